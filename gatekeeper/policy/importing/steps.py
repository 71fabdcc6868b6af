"""Owns making gates and steps out of the commands and answers of a plan. Knows no YAML."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TypeAlias

from gatekeeper.model.record import NamedTuple
from gatekeeper.policy.importing.answers import Answer, Answers, Base
from gatekeeper.policy.importing.classes import Class, class_of
from gatekeeper.policy.importing.commands import Command, Group
from gatekeeper.policy.importing.draft import Entry, Keys, Plain, Said, Sure
from gatekeeper.policy.importing.names import literal, slug, unused, variable, words
from gatekeeper.policy.importing.outline import Found
from gatekeeper.policy.importing.places import Repo, repo_for

IsSuite: TypeAlias = Callable[[str], bool]
"""Tells of a command whether it runs tests, whose report somebody should count."""

_VERBS = frozenset("run ensure check verify execute the a all and make sure that".split())
_RUNNERS = frozenset("bash sh env sudo timeout gtimeout".split())
_STARTS = re.compile(r"(?:^|[\s/])(?:re)?start[-_]([A-Za-z0-9-]+)")
_OPEN_END = re.compile(r"\b(?:are|is|must|should)\b.*", re.IGNORECASE)


class Gate(NamedTuple):
    """A gate; what its steps need filled in are `variables`: entries of `vars:`, and `to_fill`, names of the environment."""

    entry: Entry
    line: int
    variables: tuple[Entry, ...] = ()
    to_fill: tuple[str, ...] = ()


def gate_name(found: Found, otherwise: str, taken: frozenset[str]) -> str:
    """What a gate is called after its title: ``Run mandatory gate:`` is ``mandatory-gate``."""
    text = _OPEN_END.sub("", found.node.label or found.node.text.rstrip(":"))
    told = [word for word in words(text) if word not in _VERBS and not word.isdigit()]
    return unused(slug(" ".join(told), otherwise), taken)


def gate_of_commands(
    group: Group, name: str, after: Gate | None, known: tuple[Repo, ...], classes: tuple[Class, ...], is_suite: IsSuite
) -> Gate:
    """A gate whose steps are commands."""
    repo = repo_for(group.found.above, known)
    steps: dict[str, Entry] = {}
    for command in group.commands:
        step = unused(_step_name(command), steps)
        steps[step] = Entry(step, Keys(_of_command(command, repo, classes, is_suite)))
    entries = (*_needs(after, group.found), Entry("steps", Keys(tuple(steps.values()))))
    return Gate(Entry(name, Keys(entries), _titled(group.found)), group.found.node.line)


def gate_of_answers(told: Answers, name: str, after: Gate | None, base: Base | None, taken: frozenset[str]) -> Gate:
    """A gate whose steps are probes; a status that holds "after each" of them is its `after_each`."""
    variables: dict[str, Entry] = {}
    to_fill: list[str] = []
    steps: dict[str, Entry] = {}
    after_each: list[Entry] = []
    for answer in told.answers:
        url = _url(answer, base, variables, to_fill, taken)
        probe = Keys(
            (
                Entry("http", f"{answer.method} {url}", answer.method_said),
                Entry("expect", Keys((Entry("status", Plain(answer.status), answer.said),))),
            )
        )
        if answer.after_each:
            after_each.append(Entry("", probe))
            continue
        step = unused(slug(answer.name, "probe"), steps)
        steps[step] = Entry(step, probe, above=_what_is_open(answer))
    return _gate_of_probes(told, name, after, steps, after_each, variables, to_fill)


def _gate_of_probes(
    told: Answers,
    name: str,
    after: Gate | None,
    steps: dict[str, Entry],
    after_each: list[Entry],
    variables: dict[str, Entry],
    to_fill: list[str],
) -> Gate:
    from gatekeeper.policy.importing.draft import Items

    entries = _needs(after, told.found)
    if after_each and steps:
        entries += (Entry("after_each", Items(tuple(after_each))),)
    elif after_each:
        steps = {unused("probe", steps): Entry("probe", after_each[0].value)}
    entries += (Entry("steps", Keys(tuple(steps.values()))),)
    gate = Entry(name, Keys(entries), _titled(told.found))
    return Gate(gate, told.found.node.line, tuple(variables.values()), tuple(to_fill))


def _titled(found: Found) -> Said:
    return Said(found.node.line, Sure.HIGH)


def _needs(after: Gate | None, found: Found) -> tuple[Entry, ...]:
    if after is None:
        return ()
    why = f"it stands after line {after.line}; remove it if the two may run side by side"
    return (Entry("needs", after.entry.key, Said(found.node.line, Sure.MEDIUM, why)),)


def _step_name(command: Command) -> str:
    if command.name:
        return slug(command.name, "step")
    line = next((line for line in command.script.split("\n") if not line.startswith("#")), "")
    parts = line.split()
    while len(parts) > 1 and (parts[0] in _RUNNERS or "=" in parts[0] or re.fullmatch(r"\d+[smh]?|-\S+", parts[0])):
        parts.pop(0)
    program = parts[0].rsplit("/", 1)[-1] if parts else ""
    if "/" in (parts[0] if parts else "") or "." in program:
        return slug(program.rsplit(".", 1)[0], "step")
    return slug(" ".join([program, *parts[1:4]]), "step")


def _of_command(
    command: Command, repo: Repo | None, classes: tuple[Class, ...], is_suite: IsSuite
) -> tuple[Entry, ...]:
    entries = [Entry("run", literal(command.script), command.said)]
    line = command.said.line
    if repo is not None:
        entries.append(Entry("in", repo.name, Said(line, Sure.MEDIUM, f"the title above names the {repo.name}")))
    chosen = class_of(command.script, classes)
    if command.timeout_s is not None:
        entries.append(Entry("timeout", f"{command.timeout_s}s", Said(line, Sure.HIGH)))
    elif chosen is not None:
        source = next(each.said.line for each in classes if each.name == chosen.name)
        entries.append(Entry("class", chosen.name, Said(source, Sure.MEDIUM, f"by the word {chosen.word}")))
    if started := _STARTS.search(command.script):
        why = "what a start script starts is wanted later; the plan does not say so"
        entries.append(Entry("keep", slug(started[1], "service"), Said(line, Sure.LOW, why)))
    if is_suite(command.script):
        above = ("fill in: `report:`, where the suite writes its results; the plan names none. Then remove this:",)
        reason = Entry("suite-without-report", "the plan that this was imported from names no report")
        entries.append(Entry("allow", Keys((reason,)), above=above))
    return tuple(entries)


def _what_is_open(answer: Answer) -> tuple[str, ...]:
    return () if answer.method == "GET" else ("fill in: `json:`, if the request needs a body; the plan names none",)


def _url(
    answer: Answer, base: Base | None, variables: dict[str, Entry], to_fill: list[str], taken: frozenset[str]
) -> str:
    """The URL of a probe; what the plan does not tell is a variable that the environment has to give."""
    if answer.url.startswith("http"):
        return literal(answer.url)
    if answer.url:
        if "url" not in variables:
            variables["url"] = _base(base, answer)
            if base is None:
                to_fill.append("BASE_URL")
        return "${vars.url}" + literal(answer.url)
    name = unused(f"{variable(answer.name, 'probe')}_url", {*variables, *taken}, "_")
    above = (f"fill in: the URL for “{answer.name}”; the plan names none",)
    variables[name] = Entry(name, f"${{env:{name.upper()}}}", Said(answer.said.line, Sure.LOW), above)
    to_fill.append(name.upper())
    return f"${{vars.{name}}}"


def _base(base: Base | None, answer: Answer) -> Entry:
    if base is not None:
        return Entry("url", literal(base.url), base.said)
    above = ("fill in: the URL that the paths below belong to; the plan names none",)
    return Entry("url", "${env:BASE_URL}", Said(answer.said.line, Sure.LOW), above)
