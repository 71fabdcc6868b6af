"""Owns compiling one step, and the rules on what its keys mean together. Knows no other step."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal, TypeAlias

from gatekeeper.adapters.definition import models, ready_made
from gatekeeper.adapters.definition.bounds import DEFAULT_TIMEOUT_S
from gatekeeper.adapters.definition.evidence import (
    compile_baseline,
    compile_coverage,
    compile_known_bad,
    compile_metrics,
    compile_report,
    compile_rerun,
)
from gatekeeper.adapters.definition.later import ELSEWHERE
from gatekeeper.adapters.definition.mistakes import Mistakes
from gatekeeper.adapters.definition.nearest import nearest
from gatekeeper.adapters.definition.place import Place
from gatekeeper.adapters.definition.probes import KINDS, Probes
from gatekeeper.adapters.definition.scalars import Value, mapping
from gatekeeper.adapters.definition.units import format_duration
from gatekeeper.adapters.definition.usage import EVERYWHERE, Usage
from gatekeeper.model.cycle_parts import TimeoutClass
from gatekeeper.model.demands import KnownBad, ReportSpec
from gatekeeper.model.plan import Argv, Check, Conditions, Limits, ReadyMade, ReadyMadeKind, Shell, Step, Work
from gatekeeper.model.record import NamedTuple

_OF_PROBES = ("http", "json", "body", "headers", "expect", "tcp", "file")
_REFERRING = ("run", *_OF_PROBES, *ready_made.KINDS, "in", "env", "ready", "after_each", "rerun")
_MATRIX_ONLY = ("report", "coverage", "metrics", "known_bad", "artifacts", "mutates", "inputs", "if", "needs", "keep")
_OF_COMMANDS = (
    "grace",
    "quiet",
    "env",
    "inherit",
    "keep",
    "ready",
    "report",
    "baseline",
    "coverage",
    "metrics",
    "rerun",
    "artifacts",
    "mutates",
    "inputs",
    "limits",
    "strays",
    "tty",
    "redact",
)
_NOT_OF_READY_MADE = ("keep", "ready", "report", "coverage", "metrics", "rerun", "artifacts", "mutates", "tty")
TimeoutFrom: TypeAlias = Literal["own", "class", "default"]
_NOTHING: frozenset[str] = frozenset()


class CaptureUse(NamedTuple):
    """A place where a captured value is used."""

    name: str
    place: Place


class Compiled(NamedTuple):
    """A step, before its matrix and its needs; with the captures that it uses."""

    step: Step
    uses: tuple[CaptureUse, ...]


class Surroundings(NamedTuple):
    """What a step may name (the classes that are whole, all names that were at least begun), and what it inherits."""

    classes: dict[str, TimeoutClass]
    class_names: tuple[str, ...]
    repo_names: tuple[str, ...]
    redact: Literal["shown", "strict"]


class Steps:
    """Compiles the steps of one definition."""

    def __init__(self, surroundings: Surroundings, usage: Usage, probes: Probes, mistakes: Mistakes) -> None:
        """Problems go to `mistakes`."""
        self._around = surroundings
        self._usage = usage
        self._probes = probes
        self._mistakes = mistakes

    def compile(self, gate: str, name: str, keys: models.StepKeys, raw: dict[str, Value], place: Place) -> Compiled:
        """The step of these `keys`, with what is wrong noted; `raw` is what was written."""
        matrix = tuple(mapping(raw.get("matrix"))) or None
        uses = tuple(self.uses(raw, place, matrix))
        work = self._work(keys, raw, place)
        timeout_s, timeout_from = self._timeout(keys, raw, place)
        step = Step(
            gate=gate,
            name=name,
            work=work,
            timeout_s=timeout_s,
            timeout_from=timeout_from,
            cwd=self.folder(keys.in_, (*place, "in")),
            timeout_class=keys.class_,
            quiet_s=keys.quiet,
            env=tuple(keys.env.items()),
            condition=_conditions(keys.if_),
            limits=_limits(keys.limits),
            strays=keys.strays,
            tty=keys.tty,
            redact=keys.redact or self._around.redact,
            line=self._mistakes.line(place),
        )
        if keys.grace is not None:
            step = step._replace(grace_s=keys.grace)
        if isinstance(keys, models.Step):
            step = step._replace(
                keep=self._service(keys.keep, (*place, "keep")),
                ready=self._ready(keys, raw, place),
                after_each=self.checks(keys.after_each, raw.get("after_each"), (*place, "after_each")),
                report=self._report(keys, work, raw, place),
                baseline=compile_baseline(keys.baseline, raw, (*place, "baseline"), self._mistakes),
                coverage=compile_coverage(keys.coverage),
                metrics=compile_metrics(keys.metrics, mapping(raw.get("metrics")), (*place, "metrics"), self._mistakes),
                rerun=compile_rerun(keys.rerun, (*place, "rerun"), self._mistakes),
                known_bad=self._known_bad(keys, raw, place),
                artifacts=keys.artifacts,
                mutates=keys.mutates,
                inputs=keys.inputs or (),
                locks=self.locks(keys.locks, raw, place),
            )
        return Compiled(step, uses)

    def checks(self, checks: tuple[models.Check, ...], raw: Value | None, place: Place) -> tuple[Check, ...]:
        """The probes of an `after_each`."""
        places = (
            [(item, (*place, index)) for index, item in enumerate(raw)] if isinstance(raw, list) else [(raw, place)]
        )
        compiled = (
            self._probes.check("after_each", check, mapping(item), here)
            for check, (item, here) in zip(checks, places, strict=False)
        )
        return tuple(check for check in compiled if check is not None)

    def uses(self, raw: dict[str, Value], place: Place, matrix: tuple[str, ...] | None) -> Iterator[CaptureUse]:
        """Check the references in what was written, and give those to captured values."""
        for key, value in raw.items():
            if key in _REFERRING:
                yield from self._walk(value, (*place, key), EVERYWHERE, matrix, keys=key == "json")
            elif key in _MATRIX_ONLY:
                yield from self._walk(value, (*place, key), _NOTHING, matrix, keys=False)

    def locks(self, names: tuple[str, ...], raw: dict[str, Value], place: Place) -> tuple[str, ...]:
        """The `names` of what is needed for itself, each once; `raw` is what they stand in."""
        for _ in self._walk(raw.get("locks", ""), (*place, "locks"), EVERYWHERE - {"capture"}, None, keys=False):
            pass
        return tuple(dict.fromkeys(names))

    def command(self, run: str | tuple[str, ...], place: Place) -> Shell | Argv | None:
        """The command of a `run:`; None, and noted, where it is none."""
        if isinstance(run, str):
            return Shell(run)
        if run and run[0].strip():
            return Argv(run)
        self._mistakes.add(place, "the list has no command to begin with")
        return None

    def folder(self, folder: str | None, place: Place) -> str:
        """The folder of an `in:`, which may be the name of a repo; the project root where there is none."""
        if folder is None:
            return "."
        if folder in self._around.repo_names:
            return f"${{repo.{folder}.path}}"
        if re.fullmatch(r"[A-Za-z_][A-Za-z0-9_-]*", folder):
            near = nearest(folder, self._around.repo_names)
            if near:
                hint = f"did you mean `{near[0]}`? For a folder of that name write ./{folder}"
                self._mistakes.add(place, f"no repo is called `{folder}`", hint)
        return folder

    def _walk(
        self, value: Value, place: Place, allowed: frozenset[str], matrix: tuple[str, ...] | None, *, keys: bool
    ) -> Iterator[CaptureUse]:
        if isinstance(value, str):
            if "${" in value:
                for name in self._usage.check(place, value, allowed, matrix):
                    yield CaptureUse(name, place)
        elif isinstance(value, dict):
            for key, item in value.items():
                if keys:
                    yield from self._walk(key, (*place, key), allowed, matrix, keys=True)
                yield from self._walk(item, (*place, key), allowed, matrix, keys=keys)
        elif isinstance(value, list):
            for index, item in enumerate(value):
                yield from self._walk(item, (*place, index), allowed, matrix, keys=keys)

    def _work(self, keys: models.StepKeys, raw: dict[str, Value], place: Place) -> Work:
        whole = isinstance(keys, models.Step)
        given = [name for name in ("run", *KINDS, *(ready_made.KINDS if whole else ())) if name in raw]
        nothing = Shell("")
        if len(given) != 1:
            if given:
                found = " and ".join(f"`{name}`" for name in given)
                message = f"a step does one thing, and this one has {found}"
                self._mistakes.add((*place, given[1]), message, "make two steps of it", at_key=True)
            elif not any(ELSEWHERE.get(key) == "run" for key in raw):
                hint = f"write `run:` and a command, or a probe: `http:`, `tcp:` or `file:`{_or_ready_made(keys)}"
                self._mistakes.add(place, "the step has nothing to do", hint, at_key=True)
            return nothing
        kind = given[0]
        if kind not in KINDS:
            for name in ("json", "body", "headers", "expect"):
                if name in raw:
                    self._mistakes.add((*place, name), f"`{name}` belongs to `http`, not to `{kind}`", at_key=True)
        if kind == "run":
            return (keys.run is not None and self.command(keys.run, (*place, "run"))) or nothing
        for known in ready_made.KINDS:
            if kind == known and isinstance(keys, models.Step):
                return self._ready_made(known, keys, raw, place) or nothing
        for name in _OF_COMMANDS:
            if name in raw:
                message = f"`{name}` has a meaning for commands only, and this step is a probe"
                self._mistakes.add((*place, name), message, "remove it", at_key=True)
        return self._probes.probe(kind, keys, raw, place) or nothing

    def _ready_made(
        self, kind: ReadyMadeKind, keys: models.Step, raw: dict[str, Value], place: Place
    ) -> ReadyMade | None:
        for name in _NOT_OF_READY_MADE:
            if name in raw:
                message = f"`{name}` has a meaning for commands only, and `{kind}` is ready-made"
                hint = "remove it: the step writes its own report" if name == "report" else "remove it"
                self._mistakes.add((*place, name), message, hint, at_key=True)
        return ready_made.compile_ready_made(kind, keys, mapping(raw[kind]), (*place, kind), self._mistakes)

    def _report(self, keys: models.Step, work: Work, raw: dict[str, Value], place: Place) -> ReportSpec | None:
        if isinstance(work, ReadyMade):
            return ready_made.OWN_REPORT
        return compile_report(keys.report, mapping(raw.get("report")), (*place, "report"), self._mistakes)

    def _timeout(self, keys: models.StepKeys, raw: dict[str, Value], place: Place) -> tuple[float, TimeoutFrom]:
        name = keys.class_
        if name is None:
            return (DEFAULT_TIMEOUT_S, "default") if keys.timeout is None else (keys.timeout, "own")
        permitted = self._around.classes.get(name)
        if permitted is None:
            if name not in self._around.class_names:
                hint = self._mistakes.guess(name, self._around.class_names, what="is")
                self._mistakes.add((*place, "class"), f"no class is called `{name}`", hint)
            return keys.timeout or DEFAULT_TIMEOUT_S, "own"
        if keys.timeout is None:
            return permitted.longest_s, "class"
        if not permitted.shortest_s <= keys.timeout <= permitted.longest_s:
            shortest, longest = format_duration(permitted.shortest_s), format_duration(permitted.longest_s)
            message = f"{raw['timeout']} is outside the class `{name}`, which permits {shortest} to {longest}"
            self._mistakes.add((*place, "timeout"), message, f"write {longest}, or take another class")
        return keys.timeout, "own"

    def _service(self, name: str | None, place: Place) -> str | None:
        bare = re.sub(r"\$\{matrix\.[^{}]*\}", "x", name or "")
        if name is not None and "${" not in bare and not re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,63}", bare):
            self._mistakes.add(place, f"{name!r} is not a name for a service", "write letters, digits, `-`, `_`, `.`")
        return name

    def _known_bad(self, keys: models.Step, raw: dict[str, Value], place: Place) -> KnownBad | None:
        return compile_known_bad(keys.known_bad, mapping(raw.get("known_bad")), (*place, "known_bad"), self._mistakes)

    def _ready(self, keys: models.Step, raw: dict[str, Value], place: Place) -> Check | None:
        if keys.ready is None:
            return None
        return self._probes.check("ready", keys.ready, mapping(raw["ready"]), (*place, "ready"))


def _or_ready_made(keys: models.StepKeys) -> str:
    return (
        f", or one of {', '.join(f'`{kind}:`' for kind in ready_made.KINDS)}" if isinstance(keys, models.Step) else ""
    )


def _limits(limits: models.Limits | None) -> Limits:
    if limits is None:
        return Limits()
    return Limits(limits.output, limits.memory, limits.processes, limits.cpu, limits.open_files, limits.nice)


def _conditions(conditions: models.Conditions | None) -> Conditions | None:
    if conditions is None:
        return None
    return Conditions(tuple(conditions.env.items()), conditions.branch, conditions.os, conditions.changed)
