"""The guard for systems without the kernel's help, as far as Linux can stand in: best effort, and it says so."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import Any

import anyio
import psutil
import pytest

from gatekeeper.adapters.guard.choice import new_guard
from gatekeeper.adapters.guard.guard import Guard
from gatekeeper.adapters.guard.sampling.guard import SamplingGuard
from gatekeeper.model.containment import GuardEnd
from gatekeeper.model.outcome import Cancelled, Exited, NotStarted, Signalled, TimedOut
from gatekeeper.model.plan import Limits
from gatekeeper.policy.secret_forms import forms_of
from tests.adapters.guard.guard_situations import SLEEPING, Guarded, content_of, in_time, soon, touch

pytestmark = pytest.mark.anyio


@pytest.fixture
async def sampling(run_folder: Path) -> Any:
    made = new_guard(run="test", folder=str(run_folder), ledger=str(run_folder / "ledger"), platform="darwin")
    made.start()
    yield made
    await made.close()


async def test_chosen_by_platform(sampling: SamplingGuard, run_folder: Path) -> None:
    """Where the kernel helps, the full guard is taken; elsewhere the label is honest."""
    assert isinstance(sampling, SamplingGuard)
    assert sampling.layers() == ("best-effort",)
    if sys.platform == "linux":
        assert isinstance(new_guard(run="test", folder=str(run_folder), ledger=""), Guard)


@pytest.mark.parametrize(
    ("argv", "outcome"),
    [
        (("true",), Exited(0)),
        (("sh", "-c", "exit 7"), Exited(7)),
        (("sh", "-c", "kill -9 $$"), Signalled(9)),
        (("no-such-command",), NotStarted("command-not-found", "no-such-command: No such file or directory")),
    ],
)
async def test_ends_are_told_as_elsewhere(
    sampling: SamplingGuard, order: Guarded, argv: tuple[str, ...], outcome: object
) -> None:
    """The same records come out."""
    end = await sampling.run(order(*argv))
    assert end.outcome == outcome
    assert end.layers == ("best-effort",)


async def test_folder_that_is_not_there(sampling: SamplingGuard, order: Guarded) -> None:
    """A missing folder is told apart from a missing command."""
    outcome = (await sampling.run(order("true", cwd="/no/such/folder"))).outcome
    assert outcome == NotStarted("no-such-folder", "/no/such/folder: No such file or directory")


async def test_daemon_that_was_seen_is_ended(sampling: SamplingGuard, order: Guarded) -> None:
    """What left the session is a stray all the same, once a sample has seen it."""
    end = await sampling.run(order("sh", "-c", f"setsid {SLEEPING} exit 0"))
    assert end.outcome == Exited(0)
    assert [stray.argv for stray in end.strays] == [("sleep", "600")]
    assert end.strays[0].layer == "best-effort"
    assert not psutil.pid_exists(end.strays[0].pid) or psutil.Process(end.strays[0].pid).status() == "zombie"


@pytest.mark.slow
async def test_deadline_and_term_ignored(sampling: SamplingGuard, order: Guarded) -> None:
    """The kill ladder is the same."""
    end = await sampling.run(order("sh", "-c", "trap '' TERM; sleep 601 & sleep 602", timeout_s=0.3, grace_s=0.1))
    assert isinstance(end.outcome, TimedOut)
    assert end.outcome.by == "deadline"


async def test_stop(sampling: SamplingGuard, order: Guarded, run_folder: Path) -> None:
    """A run that is told to stop tells its steps."""
    ends = []

    async def one() -> None:
        ends.append(await sampling.run(order("sh", "-c", "touch ready; sleep 600")))

    async with anyio.create_task_group() as steps:
        steps.start_soon(one)
        await soon((run_folder / "ready").exists)
        await sampling.stop()
    assert ends[0].outcome == Cancelled()


async def test_service(sampling: SamplingGuard, order: Guarded) -> None:
    """A service lives on until it is told to end."""
    end = await sampling.run(order("sh", "-c", f"setsid {SLEEPING} exit 0", keep="stack"))
    assert end.service
    assert await sampling.died_services() == ()
    assert await sampling.end_service("stack")
    assert not await sampling.end_service("stack")


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"masked": (b"hunter2",), "strict": True}, "redact: strict"),
        ({"tty": True}, "tty"),
        ({"limits": Limits(memory=1 << 30, processes=9, nice=5)}, "limits.memory, limits.processes"),
    ],
)
async def test_what_cannot_be_kept_is_not_begun(
    sampling: SamplingGuard, order: Guarded, run_folder: Path, fields: dict[str, Any], name: str
) -> None:
    """A secret on the disk, or a limit that is none, must not come with a pass."""
    end = await sampling.run(order("touch", "begun", **fields))
    assert isinstance(end.outcome, NotStarted)
    assert end.outcome.reason == "bad-value"
    assert end.outcome.detail.endswith(name)
    assert not (run_folder / "begun").exists()


async def test_secrets_are_masked_in_the_end_here_too(sampling: SamplingGuard, order: Guarded) -> None:
    """Of what was written to the file, and of what a service wrote to it after its step."""
    script = "echo hunter22; (while [ ! -e speak ]; do sleep 0.01; done; echo hunter22; exec sleep 600) & sleep 0.3"
    service = order("sh", "-c", script, keep="api", masked=forms_of(["hunter22"]))
    assert (await sampling.run(service)).service
    assert content_of(service).decode() == "•••\n"
    growing = service._replace(output=service.output.replace(".log", ".service.log"))
    touch(service, "speak")
    await soon(lambda: content_of(growing).count(b"\n") == 2)
    assert await sampling.end_service("api")
    assert content_of(growing).decode() == "•••\n•••\n"


async def test_private_folder_goes_with_its_command(sampling: SamplingGuard, order: Guarded) -> None:
    """As with the full guard: one for each command, and nothing left of it."""
    script = 'touch "$TMPDIR/file"; echo "$TMPDIR"'
    ends = [await sampling.run(order("sh", "-c", script, private=("TMPDIR",))) for _ in range(2)]
    folders = [end.last_lines[0] for end in ends]
    assert len(set(folders)) == 2
    assert not any(map(os.path.lexists, folders))


@pytest.mark.slow
async def test_what_hung_is_told_as_far_as_it_is_seen(sampling: SamplingGuard, order: Guarded) -> None:
    """Without the kernel's help there is a sentence all the same, and a dossier."""

    async def run(timeout_s: float) -> GuardEnd:
        return await sampling.run(order("sh", "-c", "printf 'Password: '; sleep 600", timeout_s=timeout_s))

    end = await in_time(run, lambda end: end.last_lines)
    assert isinstance(end.outcome, TimedOut)
    assert end.outcome.hint == "hung: waiting for input at 'Password:'"
    assert end.dossier


async def test_limits_of_each_process(sampling: SamplingGuard, order: Guarded) -> None:
    """What the kernel keeps for each process holds here too."""
    limits = Limits(open_files=37, nice=3)
    end = await sampling.run(order("sh", "-c", "ulimit -n; sh -c nice", limits=limits))
    assert end.last_lines == ("37", str(os.nice(0) + 3))


@pytest.mark.slow
async def test_processor_time_of_one_process(sampling: SamplingGuard, order: Guarded) -> None:
    """The kernel's signal is named for what it means."""
    end = await sampling.run(order(sys.executable, "-I", "-c", "while True: pass", limits=Limits(cpu_s=0.1)))
    assert end.outcome == Signalled(signal.SIGXCPU)
    assert [one.limit for one in end.exceeded] == ["cpu"]
