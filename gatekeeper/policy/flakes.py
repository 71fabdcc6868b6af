"""Owns which steps of a past run failed and passed on one and the same tree, as its readers tell of them. Pure."""

from __future__ import annotations

from gatekeeper.model.events import StepFinished
from gatekeeper.policy.fold import RunRecord
from gatekeeper.policy.helped import mitigations, proofs
from gatekeeper.policy.summary import step_name

_FAILED = frozenset({"failed", "timed-out", "error"})


def flakes(record: RunRecord) -> dict[str, StepFinished]:
    """The first failure of each step that also passed on the tree that it failed on, though nothing helped meanwhile.

    A mitigation that ran well mended what is not in the tree: what passes after it passes for a reason.
    """
    failed: dict[tuple[str, str], StepFinished] = {}
    passed: set[tuple[str, str]] = set()
    latest: dict[str, StepFinished] = {}
    found: dict[str, StepFinished] = {}
    for each in record.rounds:
        if each.finished is not None and each.finished.tree != each.started.tree:
            continue
        for event in each.steps:
            key = (step_name(event), event.tree)
            latest[key[0]] = event
            if not event.tree:
                continue
            if event.verdict in _FAILED:
                failed.setdefault(key, event)
            elif event.verdict == "passed":
                passed.add(key)
            if key in failed and key in passed:
                found.setdefault(key[0], failed[key])
        for one in mitigations(each.help):
            if one.well:
                for name, event in latest.items():
                    if event.known is not None and event.known.pattern == one.started.pattern:
                        failed.pop((name, event.tree), None)
    return found


def flaky_steps(record: RunRecord) -> tuple[str, ...]:
    """Steps that failed and passed on one and the same tree, in this run, beside former ones, or to prove a fix."""
    told = (f"{event.gate}/{event.step}" for event in record.flaky)
    laundered = (str(step) for step, proved in proofs(record).items() if proved.outcome == "passed")
    return tuple(dict.fromkeys([*flakes(record), *told, *laundered]))
