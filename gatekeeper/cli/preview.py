"""Owns what can be known of a run beforehand: references filled in, effective timeouts, the order. Prints nothing."""

import re
from collections.abc import Collection, Iterator, Mapping

from gatekeeper.adapters.definition.units import format_duration
from gatekeeper.cli.opening import fixer_name
from gatekeeper.cli.preview_words import condition_in_words, expectation, limits_in_words
from gatekeeper.model.plan import Check, FixerSpec, Gate, HttpProbe, Pairs, Plan, Step, StepId
from gatekeeper.model.record import NamedTuple
from gatekeeper.model.verdict import StepVerdict
from gatekeeper.policy.binding import Context, UnboundReference, bind_step, fill
from gatekeeper.policy.claims import claims_of
from gatekeeper.policy.demand_words import demand_words
from gatekeeper.policy.describe import probe_line, work_line
from gatekeeper.policy.fixer_order import fixer_step
from gatekeeper.policy.inheritance import in_words
from gatekeeper.policy.masking import Masker, unmasked
from gatekeeper.policy.schedule import Schedule, Start
from gatekeeper.policy.switches import Switch, switches_in

_MARK = "@@gatekeeper-{}@@"
_MARKED = re.compile(r"@@gatekeeper-([0-9]+)@@")
_REFERENCE = re.compile(r"\$\$\{|\$\{([^{}]*)\}")


class ShownStep(NamedTuple):
    """One step as it would run. `timeout_from` says whose the timeout is: own, class, default, gate, round, run.

    `report` are the places of its report, `demands` what is demanded of that and of its other evidence, in words.
    `known_bad` is the change that it declares it would notice, `proof` whether it is ``proven`` that it does; what
    declares none is ``unproven``.
    """

    name: str
    does: str
    folder: str
    timeout_s: float
    timeout_from: str
    timeout_class: str | None
    needs: tuple[str, ...]
    keep: str | None
    ready: str | None
    after_each: tuple[str, ...]
    only_if: str
    inputs: tuple[str, ...]
    report: tuple[str, ...]
    demands: tuple[str, ...]
    expects: str
    strays: str
    limits: tuple[str, ...]
    quiet_s: float | None
    tty: bool
    redact: str
    known_bad: str
    proof: str
    inherits: str
    locks: tuple[str, ...]


class ShownGate(NamedTuple):
    """One gate, with its steps in order. `locks`, as those of a step, are what it has for itself while it lasts."""

    name: str
    tier: str
    needs: tuple[str, ...]
    timeout_s: float | None
    stop_on_failure: bool
    locks: tuple[str, ...]
    steps: tuple[ShownStep, ...]


class ShownFixer(NamedTuple):
    """Who would be called between rounds, and with what bounds; `brief` in bytes, `env` the names only."""

    name: str
    does: str
    folder: str
    timeout_s: float
    calls: int
    scope: tuple[str, ...]
    protected: tuple[str, ...]
    undo: bool
    goal: str
    env: tuple[str, ...]
    brief: int


class Preview(NamedTuple):
    """One cycle as it would run. `missing` are variables of the environment that nobody set.

    `unmasked` names the secrets that nothing would be hidden for, and why; `switches` what help is turned off here.
    """

    plan: Plan
    gates: tuple[ShownGate, ...]
    teardown: tuple[ShownStep, ...]
    vars: tuple[tuple[str, str], ...]
    repos: tuple[tuple[str, str], ...]
    ports: tuple[tuple[str, str], ...]
    log: str | None
    missing: tuple[str, ...]
    unmasked: Pairs
    fixer: ShownFixer | None
    switches: tuple[Switch, ...]
    locks: tuple[str, ...]

    def as_json(self) -> dict[str, object]:
        """Everything, for machines."""
        plan = self.plan
        return {
            "cycle": plan.cycle,
            "id": plan.id or None,
            "title": plan.title or None,
            "file": plan.source,
            "digest": plan.digest,
            "missing_environment": list(self.missing),
            "unmasked_secrets": dict(self.unmasked),
            "vars": dict(self.vars),
            "repos": dict(self.repos),
            "ports": dict(self.ports),
            "log": self.log,
            "secrets": list(plan.secrets),
            "isolate": plan.isolate,
            "locks": list(self.locks),
            "until_green": {**plan.until_green._asdict(), "fixer": self.fixer and self.fixer._asdict()},
            "switches": [switch.value for switch in self.switches],
            "integrity": plan.integrity._asdict(),
            "gates": [{**gate._asdict(), "steps": [step._asdict() for step in gate.steps]} for gate in self.gates],
            "teardown": [step._asdict() for step in self.teardown],
        }


def preview(plan: Plan, environ: Mapping[str, str], proven: Collection[StepId] = ()) -> Preview:
    """What a run of `plan` in `environ` would do, with secrets masked. `proven` are steps with a proof that holds."""
    return _Previewer(plan, environ, proven).preview()


class _Previewer:
    def __init__(self, plan: Plan, environ: Mapping[str, str], proven: Collection[StepId]) -> None:
        self._plan = plan
        self._proven = proven
        self._masker = Masker(environ[name] for name in plan.secrets if environ.get(name))
        self._unmasked_secrets = unmasked(plan.secrets, environ)
        self._marks: list[str] = []
        self._missing = tuple(name for name in plan.environment if name not in environ)
        unset = {name: self._mark(f"env:{name}") for name in self._missing}
        context = Context(
            environ={**environ, **unset},
            vars=dict(plan.vars),
            facts={
                "cycle.name": plan.cycle,
                "cycle.id": plan.id or plan.cycle,
                "cycle.title": plan.title or plan.cycle,
                "run.id": self._mark("run.id"),
                "run.date": self._mark("run.date"),
                "run.round": self._mark("run.round"),
                "run.attempt": self._mark("run.attempt"),
            },
            captures={name: self._mark(f"capture.{name}") for name in self._captured()},
        )
        ports = {name: fill(port, context) for name, port in plan.ports}
        self._ports = {name: self._mark(f"port.{name}") if port == "auto" else port for name, port in ports.items()}
        self._context = context._replace(
            ports=self._ports, repos={repo.name: fill(repo.path, context) for repo in plan.repos}
        )
        self._claims = claims_of(plan, {step.id for gate in plan.gates for step in gate.steps}, self._text)

    def preview(self) -> Preview:
        plan = self._plan
        return Preview(
            plan=plan,
            gates=tuple(self._gate(gate) for gate in _in_order(plan)),
            teardown=tuple(self._step(step, None) for step in plan.teardown),
            vars=tuple((name, self._text(value)) for name, value in plan.vars),
            repos=tuple((name, self._unmarked(path)) for name, path in self._context.repos.items()),
            ports=tuple((name, self._port(name)) for name, _ in plan.ports),
            log=self._text(plan.log.file) if plan.log else None,
            missing=self._missing,
            unmasked=self._unmasked_secrets,
            fixer=plan.until_green.fixer and self._fixer(plan.until_green.fixer),
            switches=switches_in(self._context.environ),
            locks=self._claims.run,
        )

    def _port(self, name: str) -> str:
        port = self._unmarked(self._ports[name])
        return "a free one" if port == f"${{port.{name}}}" else port

    def _mark(self, inside: str) -> str:
        # Stands for a value that only the run will know. It is quoted for the shell as most values are: not at all.
        self._marks.append(f"${{{inside}}}")
        return _MARK.format(len(self._marks) - 1)

    def _unmarked(self, text: str) -> str:
        return self._masker.mask(_MARKED.sub(lambda mark: self._marks[int(mark[1])], text))

    def _text(self, text: str) -> str:
        return self._unmarked(fill(text, self._context))

    def _captured(self) -> Iterator[str]:
        for gate in self._plan.gates:
            for step in gate.steps:
                if isinstance(step.work, HttpProbe):
                    yield from (wanted.capture for wanted in step.work.expect.json if wanted.capture)

    def _gate(self, gate: Gate) -> ShownGate:
        steps = tuple(self._step(step, gate) for step in gate.steps)
        locks = self._claims.gates.get(gate.name, ())
        return ShownGate(gate.name, gate.tier.value, gate.needs, gate.timeout_s, gate.stop_on_failure, locks, steps)

    def _bound(self, step: Step) -> Step:
        try:
            return bind_step(step, self._context)
        except UnboundReference:
            # What cannot be quoted where it stands is told when it is run; until then it is shown as it was written.
            return step

    def _step(self, step: Step, gate: Gate | None) -> ShownStep:
        bound = self._bound(step)
        timeout_s, whose = self._timeout(step, gate)
        needs = (need.step if gate and need.gate == gate.name else str(need) for need in step.needs)
        return ShownStep(
            name=step.name,
            does=self._unmarked(work_line(bound.work)),
            folder=self._unmarked(bound.cwd),
            timeout_s=timeout_s,
            timeout_from=whose,
            timeout_class=step.timeout_class,
            needs=tuple(needs),
            keep=step.keep,
            ready=bound.ready and self._check(bound.ready),
            after_each=tuple(map(self._check, bound.after_each)),
            only_if=condition_in_words(step.condition) if step.condition else "",
            inputs=step.inputs,
            report=step.report.globs if step.report else (),
            demands=tuple(map(self._unmarked, demand_words(bound))),
            expects=self._unmarked(expectation(bound.work)),
            strays=step.strays,
            limits=tuple(limits_in_words(step.limits)),
            quiet_s=step.quiet_s,
            tty=step.tty,
            redact=step.redact,
            known_bad=(step.known_bad.patch or step.known_bad.run) if step.known_bad else "",
            inherits=in_words(step.inherit),
            proof="proven" if step.id in self._proven else "unproven",
            locks=self._claims.steps.get(step.id, ()),
        )

    def _fixer(self, fixer: FixerSpec) -> ShownFixer:
        bound = self._bound(fixer_step(fixer))
        return ShownFixer(
            name=self._unmarked(fixer_name(fixer, self._context)),
            does=self._unmarked(work_line(bound.work)),
            folder=self._unmarked(bound.cwd),
            timeout_s=fixer.timeout_s,
            calls=fixer.calls,
            scope=fixer.scope,
            protected=fixer.protected,
            undo=fixer.undo,
            goal=self._text(fixer.goal),
            env=tuple(name for name, _ in fixer.env),
            brief=fixer.brief_size,
        )

    def _check(self, check: Check) -> str:
        parts = [probe_line(check.probe) or "", expectation(check.probe)]
        parts += [f"for up to {format_duration(check.within_s)}"] if check.within_s else []
        return self._unmarked(" ".join(filter(None, parts)))

    def _timeout(self, step: Step, gate: Gate | None) -> tuple[float, str]:
        """The smallest of all the times that bound the step, and whose it is."""
        bounds: list[tuple[float, str]] = [(step.timeout_s, step.timeout_from)]
        if gate is not None:
            policy = self._plan.until_green
            bounds += [
                (seconds, whose)
                for seconds, whose in (
                    (gate.timeout_s, "gate"),
                    (policy.round_within_s, "round"),
                    (policy.within_s, "run"),
                )
                if seconds is not None
            ]
        return min(bounds, key=lambda bound: bound[0])


def _in_order(plan: Plan) -> tuple[Gate, ...]:
    """The gates in the order in which a run begins them, one at a time."""
    if len(plan.gates) == 1:
        return plan.gates
    schedule = Schedule(plan.gates, frozenset(step.id for gate in plan.gates for step in gate.steps), {})
    started: dict[str, None] = {}
    while (decision := schedule.next()) is not None:
        if isinstance(decision, Start):
            started[decision.step.gate] = None
            schedule.finished(StepId(decision.step.gate, decision.step.name), StepVerdict.PASSED)
    gates = {gate.name: gate for gate in plan.gates}
    return tuple(gates[name] for name in started)
