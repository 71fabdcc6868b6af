"""What failed is run once more by itself, for diagnosis, and decides nothing."""

from __future__ import annotations

import pytest

from gatekeeper.model.demands import ReportSpec
from gatekeeper.model.evidence_events import RerunFinished
from gatekeeper.model.outcome import Attempt, Cancelled, Exited, Output, StepOrder, TimedOut
from gatekeeper.model.plan import Plan, Shell, UntilGreen
from gatekeeper.model.report import Report, ReportedTest, ReportProblem, Totals
from gatekeeper.model.stopping import StopReason

from .cycles import cycle, gate, step
from .world import World

pytestmark = pytest.mark.anyio


def report(passed: tuple[str, ...] = (), failed: tuple[str, ...] = (), broken: tuple[str, ...] = ()) -> Report:
    cases = [ReportedTest(test, "failed") for test in failed]
    cases += [ReportedTest(test, "error", collected=False) for test in broken]
    counts = Totals(len(passed) + len(cases), len(passed), len(failed), len(broken), 0)
    return Report(counts, tuple(cases), (), passed=passed)


def suite(rerun: str = "run {failed}", timeout_s: float = 60.0) -> Plan:
    declared = step("g/suite", script="all", timeout_s=timeout_s)
    declared = declared._replace(rerun=rerun, report=ReportSpec("junit", ("r.xml",)), artifacts=("*.png",), keep="db")
    return cycle(gate("g", declared), until_green=UntilGreen(rounds=1))


RED = Attempt(Exited(1), 1.0, report=report(("s::a",), ("s::b", "s::c"), ("s::d",)))


async def test_what_failed_is_run_again_and_the_run_stays_red() -> None:
    """Also where all of it passes this time; what could not be collected is nothing to run."""
    again = Attempt(Exited(0), 2.0, report=report(("s::b",), ("s::c",)), output=Output("output/x", 1, "sha256:x"))
    world = World(suite()).script(g__suite=[RED, again])
    finished = await world.run()
    assert (finished.verdict, finished.steps[0].attempts) == ("red", 1)
    assert world.told(RerunFinished) == [
        RerunFinished(
            "g", "suite", 1, "run b c", 0, 2.0, ("s::b",), ("s::c",), output="output/x", output_digest="sha256:x"
        )
    ]
    rerun = world.executor.orders[1]
    assert rerun.step.work == Shell("run b c")
    assert rerun.timeout_s == 59.0
    assert rerun.output_name == "g.suite.1.rerun.log"
    assert (rerun.step.keep, rerun.step.artifacts, rerun.step.rerun) == (None, (), "")


@pytest.mark.parametrize(
    "attempt",
    [
        Attempt(Exited(0), 1.0, report=report(("s::a",))),
        Attempt(TimedOut(60.0), 60.0, report=report((), ("s::b",))),
        Attempt(Exited(1), 1.0, report=ReportProblem("missing", "none")),
        Attempt(Exited(1), 1.0, report=report((), (), ("s::d",))),
    ],
)
async def test_there_is_nothing_to_run_again(attempt: Attempt) -> None:
    """It passed, ran out of time, left no report, or nothing of it could be collected."""
    world = World(suite()).script(g__suite=[attempt])
    await world.run()
    assert world.ran == ["g/suite"]
    assert world.told(RerunFinished) == []


async def test_without_a_report_the_exit_code_tells() -> None:
    """The tests are not said to have passed or failed."""
    world = World(suite()).script(g__suite=[RED, Attempt(Exited(3), 1.0, report=ReportProblem("missing", "none"))])
    await world.run()
    assert world.told(RerunFinished) == [RerunFinished("g", "suite", 1, "run b c", 3, 1.0)]


async def test_a_rerun_has_what_is_left_of_the_time() -> None:
    """Together they never take longer than the step may."""
    world = World(suite(timeout_s=10.0)).script(g__suite=[RED._replace(duration_s=9.5)])
    await world.run()
    assert world.ran == ["g/suite"]
    assert world.told(RerunFinished)[0].problem == "not run: nothing is left of the step's time"
    cut = World(suite()).script(g__suite=[RED, Attempt(TimedOut(59.0), 59.0)])
    await cut.run()
    assert cut.told(RerunFinished)[0].problem == "it was ended after 59.0 s"


async def test_a_place_between_quotes_is_told() -> None:
    """Nothing runs that nobody can quote."""
    world = World(suite("run '{failed}'")).script(g__suite=[RED])
    await world.run()
    assert world.ran == ["g/suite"]
    assert "stands between quotes" in world.told(RerunFinished)[0].problem


async def test_a_run_that_was_stopped_runs_nothing_again() -> None:
    """Nor does it wait for a rerun that is going on."""

    async def stopping(_: StepOrder) -> Attempt:
        world.stop.request(StopReason.INTERRUPTED)
        return RED

    world = World(suite()).script(g__suite=[stopping, Attempt(Cancelled(), 0.0)])
    finished = await world.run()
    assert finished.verdict == "aborted"
    assert world.ran == ["g/suite"]
