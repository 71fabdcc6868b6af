"""Owns making gates and steps out of the commands and answers of a plan. Knows no YAML."""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterator
from typing import TypeAlias

from gatekeeper.model.record import NamedTuple
from gatekeeper.policy.drafting.draft import Entry, Items, Keys, Plain, Said, Sure
from gatekeeper.policy.drafting.names import literal, slug, unused, variable, words
from gatekeeper.policy.importing.answers import Answer, Answers, Base
from gatekeeper.policy.importing.classes import Class, class_of
from gatekeeper.policy.importing.commands import Command, Group
from gatekeeper.policy.importing.outline import Found
from gatekeeper.policy.importing.places import Repo, repo_for

IsSuite: TypeAlias = Callable[[str], bool]
"""Tells of a command whether it runs tests, whose report somebody should count."""

_VERBS = frozenset(("a", "all", "and", "check", "ensure", "execute", "make", "run", "sure", "that", "the", "verify"))
_RUNNERS = frozenset(("bash", "env", "gtimeout", "sh", "sudo", "timeout"))
_STARTS = re.compile(r"(?:^|[\s/])(?:re)?start[-_]([A-Za-z0-9-]+)")
_OPEN_END = re.compile(r"\b(?:are|is|must|should)\b.*", re.IGNORECASE)


class Gate(NamedTuple):
    """A gate. What its steps need filled in are `variables`, entries of `vars:`, and `to_fill`, the environment's."""

    entry: Entry
    line: int
    variables: tuple[Entry, ...] = ()
    to_fill: tuple[str, ...] = ()
    services: frozenset[str] = frozenset()
    """What its steps and those of the gates before it keep."""


class Around(NamedTuple):
    """What the rest of the plan says that steps are made with."""

    repos: tuple[Repo, ...]
    classes: tuple[Class, ...]
    base: Base | None
    is_suite: IsSuite


def gate_name(found: Found, otherwise: str, taken: frozenset[str]) -> str:
    """What a gate is called after its title: ``Run mandatory gate:`` is ``mandatory-gate``."""
    text = _OPEN_END.sub("", found.node.label or found.node.text.rstrip(":"))
    told = [word for word in words(text) if word not in _VERBS and not word.isdigit()]
    return unused(slug(" ".join(told), otherwise), taken)


def gate_of_commands(group: Group, name: str, after: Gate | None, around: Around) -> Gate:
    """A gate whose steps are commands."""
    known = around.repos
    repo, why = repo_for((*group.found.above, group.found.node), known), "the title above names it"
    if repo is None and len(known) == 1:
        repo, why = known[0], "the only repo of the plan"
    steps: dict[str, Entry] = {}
    services = set(_services(after))
    for command in group.commands:
        step = unused(_step_name(command), steps)
        kept = tuple(_keep(command, services))
        services |= {str(entry.value) for entry in kept}
        steps[step] = Entry(step, Keys(tuple(_of_command(command, _in(repo, command, why), kept, around))))
    entries = (*_needs(after, group.found), Entry("steps", Keys(tuple(steps.values()))))
    gate = Entry(name, Keys(entries), _titled(group.found))
    return Gate(gate, group.found.node.line, services=frozenset(services))


def gate_of_answers(told: Answers, name: str, after: Gate | None, around: Around, taken: frozenset[str]) -> Gate:
    """A gate whose steps are probes; a status that holds "after each" of them is its `after_each`.

    `taken` are the variables of other gates.
    """
    urls = _Urls(around.base, taken)
    steps: dict[str, Entry] = {}
    after_each: dict[str, Entry] = {}
    for answer in told.answers:
        status = Entry("status", Plain(answer.status), answer.said)
        request = Entry("http", f"{answer.method} {urls.of(answer)}", answer.method_said)
        probe = Keys((request, Entry("expect", Keys((status,)))))
        probes = after_each if answer.after_each else steps
        called = unused(slug(answer.name, "probe"), probes)
        probes[called] = Entry(called, probe, above=_what_is_open(answer))
    if not steps:
        # After each of none: then they are what is tested.
        steps, after_each = after_each, {}
    entries = _needs(after, told.found)
    entries += (Entry("after_each", Items(tuple(after_each.values()))),) if after_each else ()
    entries += (Entry("steps", Keys(tuple(steps.values()))),)
    gate = Entry(name, Keys(entries), _titled(told.found))
    return Gate(gate, told.found.node.line, tuple(urls.variables.values()), tuple(urls.to_fill), _services(after))


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


def _of_command(command: Command, where: tuple[Entry, ...], kept: tuple[Entry, ...], around: Around) -> Iterator[Entry]:
    line = command.said.line
    yield Entry("run", literal(command.script), command.said)
    yield from where
    chosen = class_of(command.script, around.classes)
    if command.timeout_s is not None:
        yield Entry("timeout", f"{command.timeout_s}s", Said(line, Sure.HIGH))
    elif chosen is not None:
        source = next(each.said.line for each in around.classes if each.name == chosen.name)
        yield Entry("class", chosen.name, Said(source, Sure.MEDIUM, f"by the word {chosen.word}"))
    yield from kept
    if around.is_suite(command.script):
        above = ("fill in: `report:`, where the suite writes its results; the plan names none. Then remove this:",)
        reason = Entry("suite-without-report", "the plan that this was imported from names no report")
        yield Entry("allow", Keys((reason,)), above=above)


def _services(after: Gate | None) -> frozenset[str]:
    return after.services if after is not None else frozenset()


def _keep(command: Command, taken: Container[str]) -> Iterator[Entry]:
    if started := _STARTS.search(command.script):
        why = "what a start script starts is wanted later; the plan does not say so"
        service = unused(slug(started[1], "service"), taken)
        yield Entry("keep", service, Said(command.said.line, Sure.LOW, why))


def _in(repo: Repo | None, command: Command, why: str) -> tuple[Entry, ...]:
    return (Entry("in", repo.name, Said(command.said.line, Sure.MEDIUM, why)),) if repo is not None else ()


def _what_is_open(answer: Answer) -> tuple[str, ...]:
    return () if answer.method == "GET" else ("fill in: `json:`, if the request needs a body; the plan names none",)


class _Urls:
    """The URLs of probes; what the plan does not tell is a variable that the environment has to give."""

    def __init__(self, base: Base | None, taken: frozenset[str]) -> None:
        self._base = base
        self._taken = taken
        self.variables: dict[str, Entry] = {}
        self.to_fill: list[str] = []

    def of(self, answer: Answer) -> str:
        """What stands after the method."""
        if answer.url.startswith("http"):
            return literal(answer.url)
        if answer.url and self._base is not None:
            self.variables["url"] = Entry("url", literal(self._base.url), self._base.said)
            return "${vars.url}" + literal(answer.url)
        if answer.url:
            self._fill("url", "BASE_URL", answer, "the URL that the paths below belong to")
            return "${vars.url}" + literal(answer.url)
        name = unused(f"{variable(answer.name, 'probe')}_url", {*self.variables, *self._taken, "url"}, "_")
        self._fill(name, name.upper(), answer, f"the URL for “{answer.name}”")
        return f"${{vars.{name}}}"

    def _fill(self, name: str, of_environment: str, answer: Answer, what: str) -> None:
        if name not in self.variables:
            said = Said(answer.said.line, Sure.LOW, "wanted here, and nowhere given")
            above = (f"fill in: {what}; the plan names none",)
            self.variables[name] = Entry(name, f"${{env:{of_environment}}}", said, above)
            self.to_fill.append(of_environment)
