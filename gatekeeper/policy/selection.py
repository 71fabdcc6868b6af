"""Owns which steps a round runs, and which steps a run is about at all. Knows no reason beyond its arguments."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from gatekeeper.model.errors import UsageError
from gatekeeper.model.plan import HttpProbe, Plan, Step, StepId, UntilGreen
from gatekeeper.model.verdict import StepVerdict
from gatekeeper.policy.round_machine import Reason, stale_steps
from gatekeeper.policy.standing import Standings


def select(plan: Plan, only: Sequence[str]) -> tuple[StepId, ...]:
    """The steps that a run is about: all, or those that `only` names (``gate``, ``gate/step``) with all they need.

    A matrix step may be named without its combination, and then stands for all of them.

    Raises:
        UsageError: nothing in the plan has one of the names; the text lists what there is.
    """
    everything = tuple(step.id for gate in plan.gates for step in gate.steps)
    if not only:
        return everything
    wanted = {step for name in only for step in _named(name, plan, everything)}
    standings = Standings(plan, everything)
    pending = list(wanted)
    while pending:
        for need in standings.needs(pending.pop()):
            if need not in wanted:
                wanted.add(need)
                pending.append(need)
    return tuple(step for step in everything if step in wanted)


def named(plan: Plan, name: str) -> tuple[StepId, ...]:
    """The steps that ``gate`` or ``gate/step`` stands for, without what they need. Raises `UsageError`, as `select`."""
    return tuple(_named(name, plan, tuple(step.id for gate in plan.gates for step in gate.steps)))


def _named(name: str, plan: Plan, everything: tuple[StepId, ...]) -> list[StepId]:
    gate_name, _, step_name = name.partition("/")
    found = [
        step
        for step in everything
        if step.gate == gate_name and (not step_name or step_name in {step.step, step.step.partition("[")[0]})
    ]
    if not found:
        from difflib import get_close_matches

        names = [gate.name for gate in plan.gates] + [str(step) for step in everything]
        near = get_close_matches(name, names, n=3, cutoff=0.5) or names[:8]
        raise UsageError(f"{plan.cycle} has no gate or step called {name!r}; did you mean {' or '.join(near)}?")
    return found


def steps_of_round(
    reason: Reason, standings: Standings, tree: str, policy: UntilGreen, died: Collection[StepId]
) -> frozenset[StepId]:
    """The steps to run: those that `reason` names, what blocks them, what depends on them, and services' steps.

    Those are the steps of services that died, and of services that were started on another tree: what they serve is
    the code of then. Steps that did not apply on another tree are asked again whether they do.
    """
    if reason is Reason.FIRST:
        return frozenset(standings.steps)
    skipped_elsewhere = {
        step
        for step, standing in standings.items()
        if standing.verdict is StepVerdict.SKIPPED and not standing.skipped_on(tree)
    }
    if reason is Reason.CONFIRM:
        stale = stale_steps(standings, tree, policy)
        others = {
            step
            for step, standing in standings.items()
            if not standings.required(step) and not standing.passed_on(tree) and standing.verdict is not None
        }
        return _with_dependants((stale - skipped_elsewhere) | others | set(died), standings) | skipped_elsewhere
    roots = set(standings.culprits()) | set(standings.unsatisfied()) | set(died) | _of_old_services(standings, tree)
    return _with_dependants(roots, standings) | skipped_elsewhere


def reusable(
    selected: Collection[StepId],
    standings: Standings,
    inputs: Mapping[StepId, str],
    tree: str,
    died: Collection[StepId],
) -> frozenset[StepId]:
    """Those of `selected` that need not be run on `tree`: they passed elsewhere on the inputs that they have now.

    Not where something that they need is run, because that may be another thing afterwards; nor those in `died`, of
    which something else than the verdict is gone.
    """
    found = {
        step
        for step in selected
        if step not in died and not standings[step].passed_on(tree) and standings[step].holds(inputs.get(step, ""))
    }
    run = set(selected) - found
    while back := {step for step in found if not run.isdisjoint(standings.needs(step))}:
        found -= back
        run |= back
    return frozenset(found)


def needed(chosen: Collection[StepId], standings: Standings, lost: Collection[StepId]) -> frozenset[StepId]:
    """Those of `lost` that a step in `chosen` needs, directly or by way of others, and that are not in it."""
    found: set[StepId] = set()
    pending, seen = list(chosen), set(chosen)
    while pending:
        for need in standings.needs(pending.pop()):
            if need in standings.steps and need not in seen:
                seen.add(need)
                pending.append(need)
                if need in lost:
                    found.add(need)
    return frozenset(found)


def _of_old_services(standings: Standings, tree: str) -> set[StepId]:
    return {
        step
        for step, standing in standings.items()
        if standings.steps[step].keep is not None
        and standing.verdict is StepVerdict.PASSED
        and not standing.passed_on(tree)
    }


def _with_dependants(roots: Iterable[StepId], standings: Standings) -> frozenset[StepId]:
    dependants: dict[StepId, list[StepId]] = {}
    for step in standings.steps:
        for need in set(standings.needs(step)):
            dependants.setdefault(need, []).append(step)
    chosen = set(roots)
    pending = list(chosen)
    while pending:
        step = pending.pop()
        applying = {other for other in dependants.get(step, ()) if standings[other].verdict is not StepVerdict.SKIPPED}
        for other in (applying | _said_before(step, standings)) - chosen:
            chosen.add(other)
            pending.append(other)
    return frozenset(chosen)


def _said_before(step: StepId, standings: Standings) -> set[StepId]:
    """The probes that a probe needs: requests are one conversation, and it is repeated from its beginning."""
    if not isinstance(standings.steps[step].work, HttpProbe):
        return set()
    needs = (need for need in standings.steps[step].needs if need in standings.steps)
    return {need for need in needs if isinstance(standings.steps[need].work, HttpProbe)}


def leaves_something(step: Step) -> bool:
    """Whether later steps may live on what it leaves in the process of the run: a service, or what it captured."""
    probes = (step.work, *(check.probe for check in (step.ready, *step.after_each) if check is not None))
    captures = (wanted.capture for probe in probes if isinstance(probe, HttpProbe) for wanted in probe.expect.json)
    return step.keep is not None or any(captures)
