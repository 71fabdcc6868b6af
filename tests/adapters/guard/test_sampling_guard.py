"""The guard for systems without the kernel's help, as far as Linux can stand in: best effort, and it says so."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import anyio
import psutil
import pytest

from gatekeeper.adapters.guard import timeline
from gatekeeper.adapters.guard.choice import new_guard
from gatekeeper.adapters.guard.guard import Guard
from gatekeeper.adapters.guard.sampling import SamplingGuard
from gatekeeper.model.outcome import Cancelled, Exited, NotStarted, Signalled, TimedOut
from gatekeeper.policy.secret_forms import forms_of
from tests.adapters.guard.guard_situations import Guarded, content_of, soon, touch

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
    end = await sampling.run(order("sh", "-c", "setsid sleep 600 & sleep 0.3; exit 0"))
    assert end.outcome == Exited(0)
    assert [stray.argv for stray in end.strays] == [("sleep", "600")]
    assert end.strays[0].layer == "best-effort"
    assert not psutil.pid_exists(end.strays[0].pid) or psutil.Process(end.strays[0].pid).status() == "zombie"


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
    end = await sampling.run(order("sh", "-c", "setsid sleep 600 & sleep 0.2", keep="stack"))
    assert end.service
    assert await sampling.died_services() == ()
    assert await sampling.end_service("stack")
    assert not await sampling.end_service("stack")


@pytest.mark.parametrize("way", [{"strict": True}, {"strict": True, "tty": True}, {}])
async def test_secrets_and_terminals_here_too(sampling: SamplingGuard, order: Guarded, way: dict[str, Any]) -> None:
    """What a step is promised about its output does not depend on the system."""
    script = "printf 'hunt'; sleep 0.1; echo er22; if [ -t 0 ] && [ -t 1 ]; then echo terminal; fi"
    said = order("sh", "-c", script, masked=forms_of(["hunter22"]), **way)
    assert (await sampling.run(said)).outcome == Exited(0)
    assert content_of(said).decode() == ("•••\nterminal\n" if "tty" in way else "•••\n")
    assert timeline.read(said.output).offsets[-1] == len(content_of(said))


async def test_a_masked_service_here_too(sampling: SamplingGuard, order: Guarded) -> None:
    """It goes on being masked, before the disk where that is asked for."""
    script = "echo up; (while [ ! -e speak ]; do sleep 0.01; done; echo hunter22 later; exec sleep 600) & sleep 0.3"
    for way in ({"strict": True}, {}):
        service = order("sh", "-c", script, keep="api", masked=forms_of(["hunter22"]), **way)
        assert (await sampling.run(service)).service
        growing = service._replace(output=service.output.replace(".log", ".service.log"))
        touch(service, "speak")
        await soon(lambda: b"later" in content_of(growing))  # noqa: B023 - waited for here
        if way:
            assert b"hunter22" not in content_of(growing)
        assert await sampling.end_service("api")
        assert content_of(growing).decode() == "up\n••• later\n"
