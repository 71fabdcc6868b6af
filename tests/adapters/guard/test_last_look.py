"""What is kept of a step that reached its limit: which processes, what they did, and why it hung."""

from __future__ import annotations

import math
import shlex
import sys
import time
from pathlib import Path

import pytest

from gatekeeper.adapters.guard.guard import Guard
from gatekeeper.model.containment import GuardEnd
from gatekeeper.model.outcome import TimedOut
from tests.adapters.guard.guard_situations import Guarded, in_time
from tests.adapters.guard.hanging import hang, told

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(sys.platform != "linux", reason="the full guard is Linux only"),
]


@pytest.mark.slow
async def test_dossier_tells_attempts_apart(guard: Guard, order: Guarded, run_folder: Path) -> None:
    """Two attempts of one step have two files, though their label is the same."""
    ends = [await guard.run(order("sleep", "600", timeout_s=0.2, label="gate/step")) for _ in range(2)]
    assert [end.dossier for end in ends] == ["dossiers/gate.step.1.json", "dossiers/gate.step.2.json"]
    assert {told(end, run_folder)["label"] for end in ends} == {"gate/step"}


async def test_dossier_is_for_its_owner_only(guard: Guard, order: Guarded, run_folder: Path) -> None:
    """Command lines may hold what is nobody else's business."""
    end = await guard.run(order("sleep", "600", timeout_s=0.2))
    assert (run_folder / end.dossier).stat().st_mode & 0o777 == 0o600


@pytest.mark.slow
async def test_secrets_are_masked_in_the_dossier(order: Guarded, run_folder: Path) -> None:
    """The file is shown and kept: what was given as a secret does not stand in it."""
    guard = Guard(
        run="test",
        folder=str(run_folder),
        ledger=str(run_folder / "ledger.jsonl"),
        mask=lambda text: text.replace("hunter2", "•••"),
    )
    guard.start()
    script = "echo hunter2; exec sleep 600.0 # hunter2"

    async def run(timeout_s: float) -> GuardEnd:
        return await guard.run(order("bash", "-c", f"{script}; hunter2=1", timeout_s=timeout_s))

    end = await in_time(run, lambda end: end.last_lines)
    await guard.close()
    text = (run_folder / end.dossier).read_text()
    assert "•••" in text
    assert "hunter2" not in text


@pytest.mark.slow
async def test_whole_tree_is_in_the_dossier(guard: Guard, order: Guarded, run_folder: Path) -> None:
    """The leader first, then what it started, with states, waits and standard input."""
    command = "setsid sleep 601 & touch ready"
    content = told(await hang(guard, order, command, grace_s=0.0), run_folder)
    leader, *others = content["processes"]
    assert leader["argv"][:2] == ["sh", "-c"]
    assert ["sleep", "601"] in [one["argv"] for one in others]
    assert all(one["state"] in "SRD" and one["standard_input"] == "/dev/null" for one in content["processes"])


async def test_no_dossier_for_what_ends_by_itself(guard: Guard, order: Guarded, run_folder: Path) -> None:
    """It is about what had to be ended, and nothing else."""
    end = await guard.run(order("true"))
    assert end.dossier == ""
    assert not (run_folder / "dossiers").exists() or not list((run_folder / "dossiers").iterdir())


@pytest.mark.slow
async def test_looking_holds_up_nobody(any_guard: Guard, order: Guarded) -> None:
    """The first look is taken before the limit: both together cost a step next to nothing."""
    took_s: list[float] = []
    # A busy machine may be slow, but not every time by the two seconds that looking is allowed at most.
    while min(took_s, default=math.inf) >= 1.5 and len(took_s) < 5:
        began = time.monotonic()
        end = await any_guard.run(order("sleep", "600", timeout_s=0.5))
        assert isinstance(end.outcome, TimedOut)
        took_s.append(time.monotonic() - began)
    assert min(took_s) < 1.5


@pytest.mark.slow
async def test_stopped_process_gets_no_signal_that_it_could_not_answer(
    guard: Guard, order: Guarded, run_folder: Path
) -> None:
    """A stopped Python is told as stopped, and its end does not wait for an answer."""
    (run_folder / "app.py").write_text(
        "import os, pathlib, signal\npathlib.Path('ready').touch()\nos.kill(os.getpid(), signal.SIGSTOP)\n"
    )
    content = told(await hang(guard, order, f"{shlex.quote(sys.executable)} app.py", grace_s=0.0), run_folder)
    assert "was stopped by SIGSTOP" in content["why"]
