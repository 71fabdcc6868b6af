"""Owns comparing two compiled definitions of one cycle: what the one calls green and the other does not."""

from __future__ import annotations

from collections.abc import Iterator

from gatekeeper.model.demands import BaselineSpec, Budget, CoverageSpec, MetricSpec
from gatekeeper.model.plan import (
    FileProbe,
    Gate,
    HttpExpectation,
    HttpProbe,
    Plan,
    ReadyMade,
    Shell,
    Step,
    Tier,
    UntilGreen,
)
from gatekeeper.policy.describe import work_line
from gatekeeper.policy.integrity.change import Note, some
from gatekeeper.policy.integrity.help_rules import compare_help, compare_inputs
from gatekeeper.policy.integrity.place_rules import compare_places, compare_repos
from gatekeeper.policy.integrity.shell_rules import commands_of, compare_scripts
from gatekeeper.policy.ready_made.weakening import demands_gone

_TIERS = (Tier.INFORMATIONAL, Tier.ADVISORY, Tier.REQUIRED)
_FLAKY = ("pass", "warn", "fail")


def compare_plans(before: Plan, after: Plan) -> list[Note]:
    """What is to be said of the definition, demand by demand."""
    notes = [*_policy(before, after), *compare_repos(before, after)]
    old_gates, new_gates = {gate.name: gate for gate in before.gates}, {gate.name: gate for gate in after.gates}
    old_steps = {(gate.name, step.name): step for gate in before.gates for step in gate.steps}
    new_steps = {(gate.name, step.name): step for gate in after.gates for step in gate.steps}
    for name in old_gates.keys() & new_gates.keys():
        notes += _gate(old_gates[name], new_gates[name])
    gone = [key for key in old_steps if key not in new_steps]
    come = [key for key in new_steps if key not in old_steps]
    for key in list(gone):
        # The same work under another name, or in another gate, is the same step.
        match = next((other for other in come if new_steps[other].work == old_steps[key].work), None)
        if match is not None:
            gone.remove(key)
            come.remove(match)
            notes += _renamed(old_gates[key[0]], new_gates[match[0]], old_steps[key], new_steps[match])
    for key in old_steps.keys() & new_steps.keys():
        notes += _step("/".join(key), old_steps[key], new_steps[key])
    empty = sorted(name for name in old_gates.keys() - new_gates.keys() if any(key[0] == name for key in gone))
    if empty:
        notes.append(Note("removed-gate", some(empty)))
    if left := ["/".join(key) for key in gone if key[0] not in empty]:
        notes.append(Note("removed-step", some(left)))
    if come:
        notes.append(Note("more-steps", some(["/".join(key) for key in come])))
    return notes


def _renamed(old_gate: Gate, new_gate: Gate, old: Step, new: Step) -> Iterator[Note]:
    if old_gate.name != new_gate.name:
        yield from _gate(old_gate, new_gate)
    yield from _step(str(new.id), old, new)


def _gate(old: Gate, new: Gate) -> Iterator[Note]:
    if old.tier is not new.tier:
        lower = _TIERS.index(new.tier) < _TIERS.index(old.tier)
        yield Note("lower-tier" if lower else "higher-tier", f"{new.name} is {new.tier} instead of {old.tier}")
    yield from _time(f"the gate {new.name}", old.timeout_s, new.timeout_s)


def _policy(before: Plan, after: Plan) -> Iterator[Note]:
    old, new = before.until_green, after.until_green
    yield from _ladder("flaky", _FLAKY, old.flaky, new.flaky)
    for name in ("fixer", "others"):
        yield from _ladder(
            f"integrity {name}", ("warn", "fail"), getattr(before.integrity, name), getattr(after.integrity, name)
        )
    yield from _counts(old, new)
    yield from compare_help(old, new)
    yield from _time("the run", old.within_s, new.within_s)
    yield from _time("a round", old.round_within_s, new.round_within_s)
    if before.integrity.base and before.integrity.base != after.integrity.base:
        yield Note(
            "laxer-policy", f"integrity base is {after.integrity.base or 'gone'} instead of {before.integrity.base}"
        )
    for each in before.classes:
        now = next((other for other in after.classes if other.name == each.name), None)
        if now is not None:
            yield from _time(f"the class {each.name}", each.longest_s, now.longest_s)
    if gone := set(before.reading) - set(after.reading):
        yield Note("removed-demand", f"required reading: {some(sorted(each.path for each in gone))}")
    if gone_secrets := set(before.secrets) - set(after.secrets):
        yield Note("laxer-policy", f"secrets that are not hidden any more: {some(sorted(gone_secrets))}")


def _counts(old: UntilGreen, new: UntilGreen) -> Iterator[Note]:
    for name, more_is_lax in (("retry_unchanged", True), ("retry_infra", True), ("confirm", False)):
        was, now = getattr(old, name), getattr(new, name)
        if was != now:
            lax = (now > was) is more_is_lax
            yield Note("laxer-policy" if lax else "stricter-policy", f"{name} is {now} instead of {was}")


def _step(name: str, old: Step, new: Step) -> Iterator[Note]:
    yield from _time(name, old.timeout_s, new.timeout_s)
    yield from _time(f"{name}, without output", old.quiet_s, new.quiet_s)
    yield from _work(name, old, new)
    yield from _evidence(name, old, new)
    yield from compare_places(name, old, new)
    yield from compare_inputs(name, old, new)
    if old.condition != new.condition:
        gone = new.condition is None
        rule = "condition-removed" if gone else "new-condition"
        yield Note(rule, f"{name}: `if` is {'gone' if gone else 'new' if old.condition is None else 'another'}")
    if old.strays != new.strays:
        yield Note("laxer-policy" if new.strays == "kill" else "stricter-policy", f"{name}: strays is {new.strays}")
    if lost := set(old.after_each) - set(new.after_each):
        yield Note("removed-demand", f"{name}: {len(lost)} of its `after_each` probes changed or went")
    if old.ready and not new.ready:
        yield Note("removed-demand", f"{name}: ready")
    if gone_needs := set(old.needs) - set(new.needs):
        yield Note("changed-command-line", f"{name} does not need {some(sorted(map(str, gone_needs)))} any more")


def _work(name: str, old: Step, new: Step) -> Iterator[Note]:
    match old.work, new.work:
        case Shell(script=was), Shell(script=now):
            if not commands_of(now) and commands_of(was):
                yield Note("changed-command", f"{name}: `{now.strip()[:80]}` instead of `{was.strip()[:80]}`")
                return
            yield from (note._replace(text=f"{name}: {note.text}") for note in compare_scripts(was, now))
        case HttpProbe(expect=was_expected), HttpProbe(expect=now_expected):
            yield from _expectation(name, was_expected, now_expected)
        case FileProbe(contains=str()), FileProbe(contains=None):
            yield Note("removed-demand", f"{name}: contains")
        case ReadyMade() as was, ReadyMade() as now:
            yield from (Note("removed-demand", f"{name}: {text}") for text in demands_gone(was, now))
        case _ if old.work != new.work:
            yield Note("changed-command-line", f"{name}: `{work_line(new.work)[:80]}`")
        case _:
            pass
    if old.env != new.env:
        was_env, now_env = (" ".join(f"{key}={value}" for key, value in each.env) for each in (old, new))
        yield from (note._replace(text=f"{name}: {note.text}") for note in compare_scripts(was_env, now_env))


def _expectation(name: str, was: HttpExpectation, now: HttpExpectation) -> Iterator[Note]:
    for field in ("json", "headers", "status"):
        lost = set(getattr(was, field)) - set(getattr(now, field))
        more = set(getattr(now, field)) - set(getattr(was, field))
        if lost and (len(lost) > len(more)) == (field != "status"):
            yield Note("removed-demand", f"{name}: expect.{field}")
        elif field == "status" and (more or not now.status) and len(now.status) != 1:
            yield Note("lower-threshold", f"{name}: more answers will do: {', '.join(map(str, now.status)) or 'any'}")
    if was.contains and not now.contains:
        yield Note("removed-demand", f"{name}: expect.contains")
    yield from _time(f"{name}, for an answer", was.within_s, now.within_s)


def _evidence(name: str, old: Step, new: Step) -> Iterator[Note]:
    for what in ("report", "baseline", "coverage", "known_bad"):
        was, now = getattr(old, what), getattr(new, what)
        if was and not now:
            yield Note("removed-demand", f"{name}: {what}")
        elif now and not was:
            yield Note("more-demands", f"{name}: {what}")
    if old.report and new.report:
        for flag in ("optional", "allow_empty"):
            if getattr(old.report, flag) != getattr(new.report, flag):
                lax = getattr(new.report, flag)
                yield Note("laxer-policy" if lax else "stricter-policy", f"{name}: report.{flag} is {str(lax).lower()}")
    if old.baseline and new.baseline:
        yield from _baseline(name, old.baseline, new.baseline)
    if old.coverage and new.coverage:
        yield from _coverage(name, old.coverage, new.coverage)
    yield from _metrics(name, old.metrics, new.metrics)


def _baseline(name: str, old: BaselineSpec, new: BaselineSpec) -> Iterator[Note]:
    if old.compares != new.compares:
        yield Note("more-demands" if new.compares else "removed-demand", f"{name}: comparing with the baseline")
    for field in ("new_failures", "lost_tests"):
        yield from _limit(f"{name}: baseline.{field}", getattr(old, field), getattr(new, field))
    for field in ("skipped", "xfailed", "flaky", "warnings", "duration_s"):
        was, now = getattr(old, field), getattr(new, field)
        label = f"{name}: baseline.{field}"
        if was is None or now is None or (was.total is None) != (now.total is None):
            if was != now:
                yield Note("removed-demand" if was else "more-demands", label)
            continue
        yield from _limit(label, _amount(was), _amount(now))


def _coverage(name: str, old: CoverageSpec, new: CoverageSpec) -> Iterator[Note]:
    for field in ("lines", "branches", "files", "changed_lines"):
        was, now = getattr(old, field), getattr(new, field)
        label = f"{name}: coverage.{field}"
        if was == now:
            continue
        if was is None or now is None:
            yield Note("removed-demand" if now is None else "more-demands", label)
        else:
            rule = "lower-threshold" if now < was else "higher-threshold"
            yield Note(rule, f"{label} is {now:g} instead of {was:g}")


def _metrics(name: str, old: tuple[MetricSpec, ...], new: tuple[MetricSpec, ...]) -> Iterator[Note]:
    now = {metric.name: metric for metric in new}
    for metric in old:
        other = now.pop(metric.name, None)
        label = f"{name}: the number {metric.name}"
        if other is None:
            yield Note("removed-demand", label)
            continue
        yield from _limit(f"{label}, tolerance", metric.tolerance, other.tolerance)
        yield from _limit(f"{label}, limit", metric.limit, other.limit, high_is_lax=metric.better == "lower")
        if metric.better != other.better:
            yield Note("laxer-policy", f"{label}: better is {other.better} instead of {metric.better}")
    if now:
        yield Note("more-demands", f"{name}: the numbers {some(sorted(now))}")


def _limit(label: str, was: float | None, now: float | None, *, high_is_lax: bool = True) -> Iterator[Note]:
    if was == now:
        return
    if was is None or now is None:
        yield Note(
            "higher-limit" if now is None else "lower-limit", f"{label} is {'gone' if now is None else f'{now:g}'}"
        )
    else:
        rule = "higher-limit" if (now > was) is high_is_lax else "lower-limit"
        yield Note(rule, f"{label} is {now:g} instead of {was:g}")


def _time(label: str, was: float | None, now: float | None) -> Iterator[Note]:
    if was == now:
        return
    wider = now is None or (was is not None and now > was)
    words = "may take as long as it likes" if now is None else f"may take {now:g} s"
    instead = f" instead of {was:g} s" if was is not None else ""
    yield Note("wider-timeout" if wider else "narrower-timeout", f"{label} {words}{instead}")


def _ladder(label: str, rungs: tuple[str, ...], was: str, now: str) -> Iterator[Note]:
    if was != now:
        lax = rungs.index(now) < rungs.index(was)
        yield Note("laxer-policy" if lax else "stricter-policy", f"{label} is {now} instead of {was}")


def _amount(budget: Budget) -> float | None:
    return budget.total if budget.total is not None else budget.growth
