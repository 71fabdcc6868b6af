"""One attempt on this machine, with real commands and real probes around a plain guard."""

from __future__ import annotations

import shutil
import socket
from collections.abc import Iterator
from pathlib import Path

import anyio
import pytest

from gatekeeper.model.demands import ReportSpec
from gatekeeper.model.outcome import Attempt, Cancelled, Exited, NotStarted, Probed, TimedOut
from gatekeeper.model.plan import Argv, Check, FileProbe, Shell, TcpProbe
from gatekeeper.model.report import Report
from gatekeeper.policy.masking import MASK
from tests.adapters.local.place import BACKGROUND, Place, closed_port

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    place = Place(tmp_path)
    yield place
    for name in tuple(place.guard.groups):
        anyio.run(place.guard.end_service, name)


async def test_a_script_runs_strictly_in_its_folder(place: Place) -> None:
    """Strings get bash with -euo pipefail; the output file lies in the run's folder and is told relative to it."""
    (place.root / "back end").mkdir()
    attempt = await place.run(
        "pwd; echo $GATEKEEPER_GATE/$GATEKEEPER_STEP; false | true; echo not reached", cwd="back end"
    )
    assert attempt.outcome == Exited(1)
    assert attempt.output is not None
    assert attempt.output.path == "output/g.s.1.log"
    assert place.output(attempt).splitlines() == [str(place.root / "back end"), "g/s"]
    assert place.guard.orders[0].argv[:4] == ("bash", "-euo", "pipefail", "-c")


async def test_a_script_where_there_is_no_bash(tmp_path: Path) -> None:
    """Without bash on the step's own PATH, it is sh -eu."""
    tools = tmp_path / "tools"
    tools.mkdir()
    shell = shutil.which("sh")
    assert shell
    (tools / "sh").symlink_to(shell)
    place = Place(tmp_path, environ={"PATH": str(tools)})
    attempt = await place.run("echo hello")
    assert attempt.outcome == Exited(0)
    assert place.guard.orders[0].argv == ("sh", "-eu", "-c", "echo hello")


async def test_a_list_is_executed_as_it_is(place: Place) -> None:
    """No shell comes between."""
    attempt = await place.run(Argv(("printf", "%s", "$HOME; *")))
    assert place.output(attempt) == "$HOME; *"


@pytest.mark.parametrize(
    ("step", "reason", "said"),
    [
        ({"cwd": "nowhere"}, "no-such-folder", "which is not there"),
        ({"cwd": "a-file"}, "no-such-folder", "which is not a folder"),
        ({"work": Shell("  \n")}, "bad-value", "the command is empty"),
        ({"work": Argv(())}, "bad-value", "the command is empty"),
        ({"work": Shell("echo \0")}, "bad-value", "NUL byte"),
        ({"env": (("A", "\0"),)}, "bad-value", "environment variable 'A'"),
        ({"env": (("A=B", "1"),)}, "bad-value", "environment variable 'A=B'"),
    ],
)
async def test_what_cannot_be_started_says_why(place: Place, step: dict[str, object], reason: str, said: str) -> None:
    """Nothing reaches the guard, and no check is asked of something that never ran."""
    (place.root / "a-file").write_text("")
    step = {"work": Shell("true"), "after_each": (Check("after_each", FileProbe("x")),), **step}
    attempt = await place.run(step.pop("work"), **step)  # type: ignore[arg-type]  # a parametrised work
    assert isinstance(attempt.outcome, NotStarted)
    assert attempt.outcome.reason == reason
    assert said in attempt.outcome.detail
    assert place.guard.orders == []
    assert attempt.checks == ()


async def test_a_step_is_over_when_it_is_ready(place: Place) -> None:
    """The ready check is asked after the command, in the step's folder, until it is met."""
    ready = Check("ready", FileProbe("flag"), within_s=10)
    script = "(until [ -e go ]; do :; done; touch flag) >/dev/null 2>&1 &"
    attempt: list[Attempt] = []
    async with anyio.create_task_group() as both:

        async def run() -> None:
            attempt.append(await place.run(script, keep="svc", ready=ready))

        both.start_soon(run)
        await place.guard.started.wait()
        (place.root / "go").touch()
    assert attempt[0].outcome == Exited(0)
    assert [(check.kind, check.probe.met) for check in attempt[0].checks] == [("ready", True)]


async def test_a_service_lives_on_once_it_is_ready(place: Place) -> None:
    """The attempt names the service; it dies later only by `end_service`."""
    ready = Check("ready", FileProbe("address"), within_s=10)
    attempt = await place.run(BACKGROUND, keep="stack", ready=ready)
    assert attempt.service == "stack"
    address = (place.root / "address").read_text()
    assert (await place.run(TcpProbe(address))).outcome == Probed(met=True)
    assert await place.executor.end_service("stack")
    assert not await place.executor.end_service("stack")


@pytest.mark.slow
async def test_a_service_that_does_not_get_ready_is_ended(place: Place) -> None:
    """Nothing is kept of it, and the check says so."""
    ready = Check("ready", TcpProbe(closed_port()), within_s=1.0)
    attempt = await place.run(BACKGROUND, keep="stack", ready=ready)
    assert attempt.outcome == Exited(0)
    assert attempt.service is None
    assert place.guard.ended == ["stack"]
    [check] = attempt.checks
    assert not check.probe.met
    assert check.probe.problem.startswith("connection refused")
    assert check.probe.problem.endswith("; the service stack was ended")


@pytest.mark.slow
async def test_the_hard_timeout_covers_getting_ready(place: Place) -> None:
    """A ready check may wait 60 s, but not longer than the step has left."""
    ready = Check("ready", TcpProbe(closed_port()), within_s=60)
    attempt = await place.run("true", timeout_s=2.0, ready=ready)
    match attempt.outcome:
        case TimedOut(after_s=after, limit="step", hint=hint):
            assert 2.0 <= after < 40
            assert hint.startswith("it was waiting to be ready: TCP ")
        case other:
            pytest.fail(str(other))


async def test_a_command_that_failed_is_not_asked_whether_it_is_ready(place: Place) -> None:
    """But how it left things is looked at all the same."""
    attempt = await place.run(
        "exit 3",
        ready=Check("ready", FileProbe("x"), within_s=60),
        after_each=(Check("after_each", FileProbe("y")), Check("after_each", FileProbe("y", exists=False))),
    )
    assert attempt.outcome == Exited(3)
    assert [(check.kind, check.probe.met) for check in attempt.checks] == [("after_each", False), ("after_each", True)]


async def test_after_each_is_asked_after_a_timeout_too(place: Place) -> None:
    """A hanging step may have hurt the service; its own time does not count for the check."""
    after = (Check("after_each", FileProbe("y", exists=False)),)
    attempt = await place.run("read -r _ < <(tail -f /dev/null)", timeout_s=0.2, after_each=after)
    assert isinstance(attempt.outcome, TimedOut)
    assert [check.probe.met for check in attempt.checks] == [True]


async def test_a_probe_step_tells_what_it_saw(place: Place) -> None:
    """A probe is an attempt like any other, with its checks."""
    (place.root / "x").write_text("hello")
    after = (Check("after_each", FileProbe("x")),)
    attempt = await place.run(FileProbe("x", contains="bye"), after_each=after)
    assert attempt.outcome == Probed(met=False)
    assert attempt.probe is not None
    assert attempt.probe.problem == "x does not hold 'bye'"
    assert attempt.duration_s > 0
    assert [check.probe.met for check in attempt.checks] == [True]


async def test_a_probe_that_the_hard_timeout_cut(place: Place) -> None:
    """Then it is a timeout, and not an answer that was not the expected one."""
    from gatekeeper.model.plan import HttpProbe

    with socket.create_server(("127.0.0.1", 0)) as silent:
        probe = HttpProbe("GET", f"http://127.0.0.1:{silent.getsockname()[1]}")
        attempt = await place.run(probe, timeout_s=0.2)
    assert isinstance(attempt.outcome, TimedOut)
    assert "no whole answer" in attempt.outcome.hint


async def test_reports_are_cleared_before_and_read_after(place: Place) -> None:
    """Yesterday's report is gone before the command starts; today's is read whether it passed or failed."""
    spec = ReportSpec("junit", ("r.xml",))
    attempt = await place.run("touch r.xml; exit 1", report=spec)
    assert isinstance(attempt.report, Report)
    assert place.reports.asked == [("clear", [".gatekeeper"]), ("read", [".gatekeeper", "r.xml"])]


async def test_being_told_to_stop_ends_what_runs(place: Place) -> None:
    """`stop` reaches a command through the guard; nothing is checked any more."""
    after = (Check("after_each", FileProbe("y")),)
    attempt: list[Attempt] = []
    async with anyio.create_task_group() as both:

        async def run() -> None:
            attempt.append(await place.run("tail -f /dev/null", after_each=after))

        both.start_soon(run)
        await place.guard.started.wait()
        await place.executor.stop(now=False)
    assert attempt[0].outcome == Cancelled()
    assert attempt[0].checks == ()
    assert place.guard.stops == [False]


async def test_being_told_to_stop_ends_a_wait_for_ready(place: Place) -> None:
    """The service that was not ready yet is not kept."""
    attempt: list[Attempt] = []
    ready = Check("ready", FileProbe("never"), within_s=60)
    async with anyio.create_task_group() as both:

        async def run() -> None:
            attempt.append(await place.run(BACKGROUND, keep="stack", ready=ready))

        both.start_soon(run)
        with anyio.fail_after(40):
            while "stack" not in place.guard.groups:
                await anyio.lowlevel.checkpoint()
        await place.executor.stop(now=True)
    assert attempt[0].outcome == Cancelled()
    assert attempt[0].service is None
    assert place.guard.ended == ["stack"]


async def test_teardown_can_be_ordered_after_a_stop(place: Place) -> None:
    """`stop` means what runs now, not what comes."""
    await place.executor.stop(now=False)
    place.guard._stopped = anyio.Event()
    assert (await place.run("true")).outcome == Exited(0)


async def test_cancelling_the_task_while_it_waits_leaves_no_service(place: Place) -> None:
    """The cancellation goes on only after the service is gone."""
    ready = Check("ready", FileProbe("never"), within_s=60)
    with anyio.move_on_after(40) as scope:
        async with anyio.create_task_group() as both:
            both.start_soon(place.executor.execute, place.order(BACKGROUND, keep="stack", ready=ready))
            while "stack" not in place.guard.groups:
                await anyio.lowlevel.checkpoint()
            scope.cancel()
    assert place.guard.ended == ["stack"]
    assert place.guard.groups == {}


async def test_secrets_do_not_show(tmp_path: Path) -> None:
    """What an attempt says in words is masked; the output file itself is masked by whoever exports it."""
    place = Place(tmp_path, secrets=("hunter22",))
    attempt = await place.run("echo token=hunter22")
    assert attempt.last_lines == (f"token={MASK}",)


async def test_artifacts_are_kept_also_of_a_step_that_failed(place: Place) -> None:
    """They are what one looks at to see why."""
    attempt = await place.run("mkdir shots; echo pixels > shots/1.png; exit 1", artifacts=("shots/*.png",))
    (artifact,) = attempt.artifacts
    assert artifact.path == "shots/1.png"
    assert (place.run_folder / artifact.kept).read_text() == "pixels\n"
