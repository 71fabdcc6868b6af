"""Owns putting together what a plan says into one definition, and telling what found no place in it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from gatekeeper.policy.drafting.draft import Draft, Entry, Items, Keys, NotAPlan, Plain, Said, Sure, Unplaced, Value
from gatekeeper.policy.drafting.names import literal
from gatekeeper.policy.importing import about, answers, classes, commands, places, sections
from gatekeeper.policy.importing.about import Text, Titles
from gatekeeper.policy.importing.answers import Answers
from gatekeeper.policy.importing.outline import Node, walk
from gatekeeper.policy.importing.places import Document, Reading, Repo
from gatekeeper.policy.importing.steps import Around, Gate, IsSuite, gate_name, gate_of_answers, gate_of_commands

_LOOKED_FOR: Final = (
    commands.LOOKED_FOR,
    'statuses under one like "Negative paths" or "Status codes": `duplicate signup => 409`',
)


def draft(document: Node, is_suite: IsSuite) -> Draft | NotAPlan:
    """The definition that `document` describes, as far as it does."""
    known = places.repos(document)
    read = places.reading(document, known)
    ranges = classes.classes(document)
    gates = _gates(document, known, ranges, is_suite)
    if not gates:
        return NotAPlan(_LOOKED_FOR)
    titles = about.titles(document, read.log.path if read.log else "")
    entries = (
        Entry("gatekeeper", Plain("1")),
        *_titles(titles, read.log),
        *_mapping("vars", tuple(entry for gate in gates for entry in gate.variables)),
        *_mapping("repos", tuple(map(_repo, known))),
        *_reading(read),
        *_list("deliverables", tuple(Entry("", _plain(each), each.said) for each in about.deliverables(document))),
        *_mapping("classes", tuple(map(_class, ranges))),
        *_until_green(document, known),
        Entry("gates", Keys(tuple(gate.entry for gate in gates))),
    )
    to_fill = tuple(dict.fromkeys(name for gate in gates for name in gate.to_fill))
    return Draft(titles.cycle.text, entries, to_fill, tuple(_unplaced(document, frozenset(_lines(Keys(entries))))))


def _gates(
    document: Node, known: tuple[Repo, ...], ranges: tuple[classes.Class, ...], is_suite: IsSuite
) -> tuple[Gate, ...]:
    """The gates in the order of the plan, each after the one before it."""
    told: list[commands.Group | Answers] = [*commands.groups(document), *answers.answers(document)]
    around = Around(known, ranges, answers.base_url(document), is_suite)
    gates: dict[str, Gate] = {}
    variables: dict[str, Entry] = {}
    after: Gate | None = None
    for group in sorted(told, key=lambda each: each.found.node.line):
        name = gate_name(group.found, "gate", frozenset(gates))
        if isinstance(group, commands.Group):
            after = gate_of_commands(group, name, after, around)
        else:
            after = gate_of_answers(group, name, after, around, frozenset(variables))
            fresh = tuple(entry for entry in after.variables if entry.key not in variables)
            variables |= {entry.key: entry for entry in fresh}
            after = after._replace(variables=fresh)
        gates[name] = after
    return tuple(gates.values())


def _titles(told: Titles, log: Document | None) -> Iterator[Entry]:
    for key, text in (("cycle", told.cycle), ("id", told.id), ("title", told.title)):
        if text is not None:
            # A name that was read off the log's own file is said where the plan names that file.
            said = text.said if text.said.line or log is None else text.said._replace(line=log.said.line)
            yield Entry(key, _plain(text), said)


def _plain(text: Text) -> str:
    return literal(text.text)


def _mapping(key: str, entries: tuple[Entry, ...]) -> tuple[Entry, ...]:
    return (Entry(key, Keys(entries)),) if entries else ()


def _list(key: str, entries: tuple[Entry, ...]) -> tuple[Entry, ...]:
    return (Entry(key, Items(entries)),) if entries else ()


def _repo(repo: Repo) -> Entry:
    path = literal(repo.path)
    if repo.variable and "}" not in repo.path:
        path = f"${{env:{repo.variable}:-{repo.path}}}"
    branch = (Entry("branch", literal(repo.branch), repo.branch_said),) if repo.branch else ()
    return Entry(repo.name, Keys((Entry("path", path, repo.said), *branch)))


def _reading(read: Reading) -> Iterator[Entry]:
    items = []
    for each in read.documents:
        repo = (Entry("repo", each.repo),) if each.repo else ()
        items.append(Entry("", Keys((*repo, Entry("path", literal(each.path), each.said)))))
    yield from _list("reading", tuple(items))
    if read.log is not None:
        folder = f"${{repo.{read.log.repo}.path}}/" if read.log.repo else ""
        file = Entry("file", folder + literal(read.log.path), read.log.said)
        yield Entry("log", Keys((file,)))


def _class(each: classes.Class) -> Entry:
    return Entry(each.name, Keys((Entry("timeout", f"{each.shortest_s}s..{each.longest_s}s", each.said),)))


def _until_green(document: Node, known: tuple[Repo, ...]) -> Iterator[Entry]:
    said, run, provider = about.until_green(document), about.fixer(document), about.provider(document)
    if run is not None:
        yield Entry("until_green", Keys((_fixer(run, provider, known),)), said)
    elif provider is not None:
        where = provider.said
        above = f"fill in: `fixer: {{run: …}}`, if it is to be called; line {where.line} names it and no command:"
        yield Entry("until_green", Keys(()), said or where, (above, f"provider {provider.text}"))
    elif said is not None:
        yield Entry("until_green", Keys(()), said)


def _fixer(run: Text, provider: Text | None, known: tuple[Repo, ...]) -> Entry:
    keys = [Entry("run", literal(run.text), run.said)]
    if len(known) == 1:
        keys.append(Entry("in", known[0].name, Said(run.said.line, Sure.MEDIUM, "the only repo of the plan")))
    if provider is not None:
        keys.append(Entry("provider", _plain(provider), provider.said))
    above = ("fill in: `scope:`, what the fixer may change; the plan does not say",)
    return Entry("fixer", Keys(tuple(keys)), above=above)


def _lines(value: Value) -> Iterator[int]:
    if isinstance(value, (Keys, Items)):
        for entry in value.entries:
            if entry.said is not None:
                yield entry.said.line
            yield from _lines(entry.value)


def _unplaced(document: Node, used: frozenset[int]) -> Iterator[Unplaced]:
    """What no key came from, and that is no mere title of something that a key came from."""
    goals = {goal.line: goal for goal in about.goals(document)}
    for found in walk(document):
        node = found.node
        if node.kind in {"heading", "table"} or node.line in used or not node.text:
            continue
        if any(line in used for line in range(node.line, node.line + node.text.count("\n") + 1)):
            continue
        if node.children and any(inner.node.line in used for inner in walk(node)):
            continue
        if goal := goals.get(node.line):
            why = "`metrics:` of a step takes it as its `target`, once it is told where the number is read"
            yield Unplaced(node.line, f"{goal.metric}: {goal.target}", why)
        else:
            yield Unplaced(node.line, node.text, sections.why_outside(found))
