"""Owns compiling a validated definition to a plan: names are resolved, defaults filled in, matrices multiplied out.

Names are looked up among what was *written*, so that a mistake inside something is not told again by all who name it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping

from gatekeeper.adapters.definition import models
from gatekeeper.adapters.definition.bounds import LONGEST_STEP_NAME, MOST_COMBINATIONS
from gatekeeper.adapters.definition.evidence import compile_integrity
from gatekeeper.adapters.definition.inheriting import inherited
from gatekeeper.adapters.definition.matrix import combinations, combined, combined_name, filled
from gatekeeper.adapters.definition.mistakes import Mistakes
from gatekeeper.adapters.definition.order import Needs
from gatekeeper.adapters.definition.place import Place
from gatekeeper.adapters.definition.probes import Probes
from gatekeeper.adapters.definition.scalars import Value, mapping
from gatekeeper.adapters.definition.steps import CaptureUse, Compiled, Steps, Surroundings
from gatekeeper.adapters.definition.until_green import compile_repo, compile_until_green
from gatekeeper.adapters.definition.usage import EARLY, SETTLED, Usage
from gatekeeper.model.cycle_parts import LogSpec, Notification, Reading, RepoSpec, TimeoutClass
from gatekeeper.model.plan import Gate, HttpProbe, Plan, Step, StepId, Tier, Work
from gatekeeper.policy.describe import command_line
from gatekeeper.policy.shell_text import UncertainPlace

TEARDOWN = "teardown"
_SPACES = ("vars", "ports", "repos", "classes", "gates")


def compile_plan(cycle: models.Cycle, data: dict[str, Value], mistakes: Mistakes, *, source: str, digest: str) -> Plan:
    """The plan of `cycle`; `data` is what was written. What is wrong is noted, and the plan is then worth nothing."""
    return _Compiler(cycle, data, mistakes).plan(source, digest)


class _Compiler:
    def __init__(self, cycle: models.Cycle, data: dict[str, Value], mistakes: Mistakes) -> None:
        self._cycle = cycle
        self._data = data
        self._mistakes = mistakes
        names = {space: tuple(mapping(data.get(space))) for space in _SPACES}
        known = {"vars": names["vars"], "port": names["ports"], "repo": names["repos"]}
        self._usage = Usage(mistakes, known, cycle.vars)
        self._repo_names = names["repos"]
        self._classes = {name: TimeoutClass(name, *found.timeout) for name, found in cycle.classes.items()}
        around = Surroundings(self._classes, names["classes"], names["repos"], cycle.redact)
        self._probes = Probes(mistakes)
        self._steps = Steps(around, self._usage, self._probes, mistakes)
        self._keeps: dict[str, StepId] = {}
        self._captured: dict[str, list[StepId]] = {}
        self._combinations = 0

    def plan(self, source: str, digest: str) -> Plan:
        cycle = self._cycle
        return Plan(
            cycle=cycle.cycle,
            source=source,
            digest=digest,
            id=cycle.id or "",
            title=cycle.title or "",
            vars=tuple(cycle.vars.items()),
            ports=self._ports(),
            secrets=tuple(dict.fromkeys(cycle.secrets)),
            repos=self._repos(),
            reading=self._reading(),
            deliverables=cycle.deliverables,
            log=self._log(),
            classes=tuple(self._classes.values()),
            until_green=compile_until_green(cycle.until_green, self._steps, self._usage, self._mistakes),
            integrity=compile_integrity(cycle.integrity),
            notify=self._notify(),
            gates=self._gates(),
            teardown=self._teardown(),
            environment=tuple(self._usage.environment),
            isolate=cycle.isolate,
            locks=self._steps.locks(cycle.locks, self._data, ()),
            reuse_s=cycle.reuse,
            defaulted=tuple(self._usage.defaulted),
            hook=tuple(cycle.hook.items()),
        )

    def _ports(self) -> tuple[tuple[str, str], ...]:
        for name, port in self._cycle.ports.items():
            place: Place = ("ports", name)
            self._usage.check(place, port, EARLY)
            if "${" not in port and port != "auto" and not (re.fullmatch("[0-9]{1,5}", port) and 0 < int(port) < 65536):
                self._mistakes.add(place, f"{port!r} is not a port", "write `auto`, or a number up to 65535")
        return tuple(self._cycle.ports.items())

    def _repos(self) -> tuple[RepoSpec, ...]:
        for name, repo in self._cycle.repos.items():
            self._usage.check(("repos", name, "path"), repo.path, EARLY)
        return tuple(compile_repo(name, repo, self._usage, self._mistakes) for name, repo in self._cycle.repos.items())

    def _reading(self) -> tuple[Reading, ...]:
        for index, item in enumerate(self._cycle.reading):
            self._usage.check(("reading", index, "path"), item.path, SETTLED)
            if item.repo is not None and item.repo not in self._repo_names:
                hint = self._mistakes.guess(item.repo, self._repo_names, what="is")
                self._mistakes.add(("reading", index, "repo"), f"no repo is called `{item.repo}`", hint)
        return tuple(Reading(item.repo, item.path) for item in self._cycle.reading)

    def _log(self) -> LogSpec | None:
        if self._cycle.log is None:
            return None
        self._usage.check(("log", "file"), self._cycle.log.file, SETTLED)
        templates = self._cycle.log.templates or ""
        self._usage.check(("log", "templates"), templates, SETTLED)
        return LogSpec(self._cycle.log.file, templates)

    def _notify(self) -> tuple[Notification, ...]:
        return tuple(self._told(found, ("notify", index)) for index, found in enumerate(self._cycle.notify))

    def _told(self, found: models.Notify, place: Place) -> Notification:
        if (found.to is None) == (found.exec is None):
            many = "both are there" if found.to is not None else "neither is there"
            hint = "`to` is a URL, `exec` a command; one of them in each item"
            self._mistakes.add(place, f"`to` or `exec` is wanted here, and {many}", hint)
        on = tuple(dict.fromkeys(found.on))
        if found.exec is None:
            self._usage.check((*place, "to"), found.to or "", SETTLED)
            return Notification(found.to or "", on)
        for number, word in enumerate([found.exec] if isinstance(found.exec, str) else found.exec):
            self._usage.check((*place, "exec", *(() if isinstance(found.exec, str) else (number,))), word, SETTLED)
        return Notification("", on, self._steps.command(found.exec, (*place, "exec")))

    def _gates(self) -> tuple[Gate, ...]:
        if self._data.get("gates") == {}:
            self._mistakes.add(("gates",), "at least one gate is wanted here, and there is none", "write one")
        compiled = {
            StepId(gate_name, name): self._step(gate_name, name, step)
            for gate_name, gate in self._cycle.gates.items()
            for name, step in gate.steps.items()
        }
        made = {step: self._names_made(found) for step, found in compiled.items() if self._matrix_of(step)}
        written = {
            gate: tuple(mapping(mapping(found).get("steps")))
            for gate, found in mapping(self._data.get("gates")).items()
        }
        needs = Needs(written, made, self._mistakes)
        gates = tuple(self._gate(name, gate, compiled, needs) for name, gate in self._cycle.gates.items())
        needs.refuse_circles()
        self._check_captures(compiled, needs)
        return gates

    def _gate(self, name: str, gate: models.Gate, compiled: Mapping[StepId, Compiled], needs: Needs) -> Gate:
        place: Place = ("gates", name)
        if name == TEARDOWN:
            hint = "give the gate another name, or write the steps under `teardown:` beside `gates:`"
            self._mistakes.add(place, "`teardown` is what runs at the end, and no gate", hint, at_key=True)
        raw = mapping(mapping(self._data.get("gates"))[name])
        self._gate_uses(raw, place)
        after_each = self._steps.checks(gate.after_each, raw.get("after_each"), (*place, "after_each"))
        steps: list[Step] = []
        for step_name, keys in gate.steps.items():
            step_id = StepId(name, step_name)
            step = compiled[step_id].step
            if after_each:
                step = step._replace(after_each=step.after_each + after_each)
            steps.extend(self._made(step_id, step, keys, needs))
        return Gate(
            name=name,
            steps=tuple(steps),
            tier=Tier(gate.tier),
            needs=needs.of_gate(name, gate.needs, (*place, "needs")),
            stop_on_failure=gate.stop_on_failure,
            timeout_s=gate.timeout,
            locks=self._steps.locks(gate.locks, raw, place),
        )

    def _gate_uses(self, raw: dict[str, Value], place: Place) -> None:
        for use in self._steps.uses({key: raw[key] for key in ("after_each",) if key in raw}, place, None):
            message = f"${{capture.{use.name}}} can't stand here: not every step of the gate comes after its capture"
            self._mistakes.add(use.place, message, "write `after_each` in the steps that it is for")

    def _step(self, gate: str, name: str, keys: models.Step) -> Compiled:
        place: Place = ("gates", gate, "steps", name)
        found = self._steps.compile(gate, name, keys, self._raw_step(gate, name), place)
        around = self._cycle.gates[gate].inherit, self._cycle.inherit
        found = found._replace(step=found.step._replace(inherit=inherited(keys.inherit, *around)))
        service = found.step.keep
        if service is not None and not keys.matrix:
            self._keep(service, StepId(gate, name), place)
        self._check_matrix(keys, place)
        return found

    def _keep(self, service: str, step: StepId, place: Place) -> None:
        other = self._keeps.setdefault(service, step)
        if other != step:
            message = f"the service `{service}` is kept by `{other}` already"
            self._mistakes.add((*place, "keep"), message, "give it a name of its own")

    def _check_matrix(self, keys: models.Step, place: Place) -> None:
        for dimension, values in keys.matrix.items():
            here = (*place, "matrix", dimension)
            for index, value in enumerate(values):
                if values.index(value) != index:
                    self._mistakes.add((*here, index), f"{value!r} is given twice", "remove it")
                elif value.endswith("$") or not value.isprintable() or set(value) & set("[]{}"):
                    message = f"{value!r} can't be part of a step's name"
                    self._mistakes.add((*here, index), message, "leave out brackets, braces and line breaks")
        self._combinations += math.prod(map(len, keys.matrix.values())) if keys.matrix else 0
        if self._combinations > MOST_COMBINATIONS:
            message = f"the matrices come to more than {MOST_COMBINATIONS:,} steps"
            self._mistakes.add((*place, "matrix"), message, "make it smaller", at_key=True)

    def _matrix_of(self, step: StepId) -> dict[str, tuple[str, ...]]:
        return self._cycle.gates[step.gate].steps[step.step].matrix

    def _names_made(self, found: Compiled) -> tuple[StepId, ...]:
        step = found.step
        if self._combinations > MOST_COMBINATIONS:
            return (step.id,)
        made = combinations(self._matrix_of(step.id))
        return tuple(StepId(step.gate, combined_name(step.name, combination)) for combination in made)

    def _made(self, step_id: StepId, step: Step, keys: models.Step, needs: Needs) -> list[Step]:
        place: Place = ("gates", step_id.gate, "steps", step_id.step)
        if not keys.matrix or self._combinations > MOST_COMBINATIONS:
            return [step._replace(needs=needs.of_step(step_id, keys.needs, (*place, "needs")))]
        # Only needs that speak of the matrix differ from one combination to the next.
        differing = any("${matrix." in need for need in keys.needs)
        same = () if differing else needs.of_step(step_id, keys.needs, (*place, "needs"))
        steps = []
        for combination in combinations(keys.matrix):
            if differing:
                wanted = tuple(filled(need, combination) for need in keys.needs)
                same = needs.of_step(step_id, wanted, (*place, "needs"))
            try:
                one = combined(step, combination)._replace(needs=same)
            except UncertainPlace:
                message = "a value of the matrix stands where it can't be quoted for the shell for certain"
                hint = 'hand it over: `env: {NAME: "${matrix.…}"}`, and write "$NAME" in the command'
                self._mistakes.add((*place, "run"), message, hint)
                break
            if len(one.name) > LONGEST_STEP_NAME:
                message = f"the step's name would have {len(one.name)} characters: {one.name[:60]}…"
                self._mistakes.add((*place, "matrix"), message, "shorten the values", at_key=True)
                break
            if one.keep is not None:
                self._keep(one.keep, one.id, place)
            steps.append(one)
        return steps

    def _teardown(self) -> tuple[Step, ...]:
        captured = self._captured
        written = self._data.get(TEARDOWN)
        raws = [mapping(item) for item in written] if isinstance(written, list) else []
        steps: list[Step] = []
        for index, keys in enumerate(self._cycle.teardown):
            place: Place = (TEARDOWN, index)
            found = self._steps.compile(TEARDOWN, str(index + 1), keys, raws[index], place)
            for use in found.uses:
                if use.name not in captured:
                    self._unknown_capture(use, captured)
            taken = {step.name for step in steps}
            if keys.name in taken:
                self._mistakes.add((*place, "name"), f"another step of the teardown is called `{keys.name}` already")
            name = keys.name or _name_of(found.step.work, taken=taken, number=index + 1)
            steps.append(found.step._replace(name=name, inherit=inherited(keys.inherit, self._cycle.inherit)))
        return tuple(steps)

    def _check_captures(self, compiled: Mapping[StepId, Compiled], needs: Needs) -> None:
        captured: dict[str, list[StepId]] = {}
        for step_id, found in compiled.items():
            work = found.step.work
            for wanted in work.expect.json if isinstance(work, HttpProbe) else ():
                if wanted.capture:
                    captured.setdefault(wanted.capture, []).append(step_id)
        self._captured = captured
        for step_id, found in compiled.items():
            for use in found.uses:
                if use.name not in captured:
                    self._unknown_capture(use, captured)
                elif not needs.comes_after(step_id, captured[use.name]):
                    by = captured[use.name][0]
                    message = f"`{use.name}` is captured by `{by}`, which does not come before this step"
                    hint = "a step can't use what it captures itself" if by == step_id else f"write `needs: [{by}]`"
                    self._mistakes.add(use.place, message, hint)

    def _unknown_capture(self, use: CaptureUse, captured: Mapping[str, list[StepId]]) -> None:
        hint = self._mistakes.guess(use.name, captured) or 'write `expect: {json: {"$.id": {capture: NAME}}}` in one'
        self._mistakes.add(use.place, f"no step captures `{use.name}`", hint)

    def _raw_step(self, gate: str, name: str) -> dict[str, Value]:
        return mapping(mapping(mapping(mapping(self._data.get("gates"))[gate])["steps"])[name])


def _name_of(work: Work, *, taken: set[str], number: int) -> str:
    """What people would call a step that has no name: its program's file name, or its number."""
    words = (command_line(work) or "").split(maxsplit=1)
    program = words[0].strip("\"'").rpartition("/")[2].partition(".")[0] if words else ""
    plain = program.replace("-", "").replace("_", "").isalnum()
    return program if plain and program not in taken else str(number)
