"""Owns what one run of a step on the tree before its fix says of that fix. Runs nothing."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from gatekeeper.model.events import StepFinished
from gatekeeper.model.help_events import FixProved
from gatekeeper.model.record import NamedTuple
from gatekeeper.model.verdict import StepVerdict
from gatekeeper.policy.fold import RunRecord
from gatekeeper.policy.signature import headline_beside, result_signature
from gatekeeper.policy.summary import telling_first

_LONGEST = 300
_NAMED = 3
_UNJUDGED = frozenset({"blocked", "skipped", "cancelled"})
_FINE = frozenset({"passed", "skipped"})
_TESTS = frozenset({"test", "test-config"})


class FixOutcome(NamedTuple):
    """What came of it, as in `gatekeeper.model.help_events.FixProved`; `message` of a failure is its finding.

    `elsewhere` tells that it failed there as it had not before: something may be missing that git does not keep.
    """

    outcome: Literal["failed", "passed", "unclear"]
    message: str = ""
    elsewhere: bool = False


def outcome_of_fix(signature: str, result: StepFinished | None, others: Iterable[StepFinished]) -> FixOutcome:
    """What `result`, the step's on the tree before its fix, says; None where it has none.

    `signature` is that of the failure there (see `step_signature`), `others` are the results of what it needs.
    """
    if result is None or result.verdict in _UNJUDGED:
        return _not_run(result, others)
    said = _first(result)
    if result.verdict == StepVerdict.PASSED:
        return FixOutcome("passed")
    if result_signature(result) == signature:
        return FixOutcome("failed", said)
    return FixOutcome("unclear", f"it is {result.verdict} for another reason than it was: {said}", elsewhere=True)


def beside_tests_alone(proved: FixProved, record: RunRecord) -> FixProved:
    """`proved`, or unclear where a test had failed on the tree before, and since then only tests were changed.

    `record` is that of the run. Whether such a test or the code was wrong, no run of it can tell.
    """
    files = _tests_alone(record) if proved.outcome == "failed" else ()
    if not files or not any(_failed_a_test(result, proved) for one in record.rounds for result in one.steps):
        return proved
    named = ", ".join(files[:_NAMED]) + (f" and {len(files) - _NAMED} more" if len(files) > _NAMED else "")
    message = (
        f"it fails there as it had ({proved.message}), but the fixer changed nothing but tests since ({named}): "
        "see whether they or the code were wrong; a new run is judged by them"
    )
    return proved._replace(outcome="unclear", message=message)


def _tests_alone(record: RunRecord) -> tuple[str, ...]:
    """All files that changed in the run, where each is a test that the fixer changed; else none."""
    changes = [change for _, change in record.changes]
    files = tuple(dict.fromkeys(file for change in changes for file in change.files))
    tests = [one.file for change in changes if change.by == "fixer" for one in change.integrity if one.kind in _TESTS]
    paths = (file.partition(": ")[2] for file in files)
    return files if all(any(f"/{test}".endswith(f"/{path}") for test in tests) for path in paths) else ()


def _failed_a_test(result: StepFinished, proved: FixProved) -> bool:
    if (result.gate, result.step, result.tree) != (proved.gate, proved.step, proved.tree):
        return False
    return any(finding.kind == "test-failed" and finding.blocks for finding in result.findings)


def _not_run(result: StepFinished | None, others: Iterable[StepFinished]) -> FixOutcome:
    cause = next((one for one in others if one.verdict not in _FINE | {"blocked"}), result)
    if cause is None:
        return FixOutcome("unclear", "it has no result")
    name = f"{cause.gate}/{cause.step}"
    if cause.verdict in _UNJUDGED:
        return FixOutcome("unclear", f"{name} was {cause.verdict}")
    why = f"it does not run, because {name}, which it needs, is {cause.verdict}: {_first(cause)}"
    return FixOutcome("unclear", why, elsewhere=True)


def _first(result: StepFinished) -> str:
    """What speaks most tellingly against it, in one line."""
    one = next((each for each in telling_first(result.findings) if each.blocks), None)
    words = (one.message or one.kind) if one else "nothing is said against it"
    if said := headline_beside(result.findings, result.last_lines):
        words += f": {said}"
    line = " ".join(words.split())
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}…"
