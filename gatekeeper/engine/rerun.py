"""Owns running the tests that failed once more by themselves, for diagnosis. Judges nothing, and changes no verdict."""

from __future__ import annotations

from collections.abc import Callable

from gatekeeper.engine.copies import kept_copies
from gatekeeper.engine.in_its_place import in_its_place
from gatekeeper.engine.ports import StepExecutor
from gatekeeper.engine.stream import EventStream
from gatekeeper.model.events import IncidentHappened
from gatekeeper.model.evidence_events import RerunFinished
from gatekeeper.model.outcome import Attempt, Cancelled, Exited, StepOrder, TimedOut
from gatekeeper.model.plan import Shell, Step
from gatekeeper.model.record import NamedTuple
from gatekeeper.model.report import Report
from gatekeeper.model.verdict import StepResult, StepVerdict

TYPE_CHECKING = False
if TYPE_CHECKING:  # what most runs never need is imported where it is used
    from gatekeeper.policy.rerun import Rerun

_LEAST_S = 1.0


class Rerunner(NamedTuple):
    """Makes reruns; `is_file` tells whether a path in a step's folder is a file."""

    executor: StepExecutor
    stream: EventStream
    is_file: Callable[[Step, str], bool]

    async def diagnose(self, order: StepOrder, result: StepResult) -> None:
        """Run again what failed in the attempt of `order`, in the time that this one left, and tell of it.

        Raises `JournalError` only.
        """
        step, failed = order.step, _failed(result)
        if not step.rerun or result.attempt is None or not failed:
            return
        from gatekeeper.policy.rerun import CannotRerun, rerun_command

        left_s = order.timeout_s - result.attempt.duration_s
        told = RerunFinished(step.gate, step.name, order.attempt, step.rerun)
        try:
            rerun = rerun_command(step.rerun, failed, lambda path: self.is_file(step, path))
        except CannotRerun as why:
            self.stream.publish(told._replace(problem=str(why)))
            return
        told = told._replace(command=rerun.command, left_out=rerun.left_out)
        if left_s < _LEAST_S:
            self.stream.publish(told._replace(problem=f"not run: nothing is left of the {order.limit}'s time"))
            return
        attempt = await self.executor.execute(
            order._replace(step=_only(step, rerun), timeout_s=left_s, purpose="rerun")
        )
        self.stream.publish(_told(told, rerun, attempt))
        for incident in attempt.incidents:
            self.stream.publish(IncidentHappened(*incident._replace(gate=step.gate, step=step.name)))


def _failed(result: StepResult) -> tuple[str, ...]:
    """What failed and can be run by itself: not what could not even be collected."""
    report = result.attempt.report if result.attempt else None
    if result.verdict is not StepVerdict.FAILED or not isinstance(report, Report):
        return ()
    from gatekeeper.policy.judging.outcomes import failing

    found = (case.id for case in report.cases if case.collected and failing(case.outcome))
    return tuple(dict.fromkeys(found))


def _only(step: Step, rerun: Rerun) -> Step:
    """The step as its rerun is executed: for nothing but its report."""
    report = step.report and step.report._replace(optional=True)
    return in_its_place(step, Shell(rerun.command))._replace(report=report)


def _told(told: RerunFinished, rerun: Rerun, attempt: Attempt) -> RerunFinished:
    match attempt.outcome:
        case Exited(code):
            told = told._replace(exit_code=code)
        case TimedOut():
            told = told._replace(problem=f"it was ended after {attempt.duration_s:.1f} s")
        case Cancelled():
            told = told._replace(problem="it was stopped with the run")
        case _:
            told = told._replace(problem="it did not end by itself")
    told = told._replace(duration_s=round(attempt.duration_s, 4))
    if attempt.output is not None:
        told = told._replace(output=attempt.output.path, output_digest=attempt.output.digest)
    report = attempt.report
    if not isinstance(report, Report):
        return told
    from gatekeeper.policy.judging.outcomes import failing

    passed = {*report.passed, *(case.id for case in report.cases if case.outcome == "flaky")}
    failed = {case.id for case in report.cases if failing(case.outcome)}
    return told._replace(
        reports=kept_copies(report.files),
        passed=tuple(test for test in rerun.tests if test in passed and test not in failed),
        failed=tuple(test for test in rerun.tests if test in failed),
    )
