"""Every step has a folder to itself, and it is gone with the step; nothing else ever is."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import anyio
import pytest

from gatekeeper.adapters.guard.guard import Guard
from gatekeeper.adapters.guard.leftovers import private
from gatekeeper.adapters.guard.reap import Reaped, reap
from gatekeeper.model.containment import GuardEnd
from gatekeeper.model.outcome import Exited, NotStarted, TimedOut
from tests.adapters.guard.guard_situations import (
    ROOT,
    SITUATIONS,
    Guarded,
    eventually,
    helpers,
    idle_guardians,
    in_time,
    kill_at_once,
)

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the full guard is Linux only")

NAMES = ("TMPDIR", "TMUX_TMPDIR")


@pytest.fixture(autouse=True)
def _no_folder_is_left() -> Iterator[None]:
    before = set(private_folders())
    yield
    eventually(lambda: not set(private_folders()) - before)


def private_folders() -> list[str]:
    own = f"gk-{os.getpid()}-"
    return [name for place in {"/tmp", os.environ.get("TMPDIR", "/tmp")} for name in os.listdir(place) if own in name]


@pytest.mark.anyio
async def test_step_has_a_folder_to_itself(any_guard: Guard, order: Guarded) -> None:
    """All its variables name it, nobody else may enter it, and what was in it is gone when the step has ended."""
    script = 'echo "$TMPDIR"; echo "$TMUX_TMPDIR"; stat -c "%a %F" "$TMPDIR"; mktemp -d; mkdir -p "$TMPDIR/a/b/c"'
    end = await any_guard.run(order("sh", "-c", script, private=NAMES))
    assert end.outcome == Exited(0)
    one, other, kind, made = end.last_lines
    assert one == other
    assert kind == "700 directory"
    assert made.startswith(f"{one}/")
    assert not exists(made)
    assert not exists(f"{one}/a")


@pytest.mark.anyio
async def test_no_step_finds_what_another_one_left(guard: Guard, order: Guarded) -> None:
    """One after the other, the folder is empty and as it was made, whatever was done to it."""
    harm = [
        'touch "$TMPDIR/file"',
        'chmod 777 "$TMPDIR"',
        'rm -r "$TMPDIR"',
        'rm -r "$TMPDIR"; touch "$TMPDIR"',
        "true",
    ]
    for one in harm:
        script = f'ls -A "$TMPDIR"; stat -c %a "$TMPDIR"; {one}'
        assert (await guard.run(order("sh", "-c", script, private=NAMES))).last_lines == ("700",)


@pytest.mark.anyio
async def test_steps_side_by_side_have_different_folders(guard: Guard, order: Guarded, run_folder: Path) -> None:
    """Two servers at the same name do not meet."""
    ends = []

    async def one(name: str, other: str) -> None:
        script = f'echo "$TMPDIR"; mkdir "$TMPDIR/s"; touch {name}; until [ -e {other} ]; do sleep 0.01; done'
        ends.append(await guard.run(order("sh", "-c", script, private=NAMES)))

    async with anyio.create_task_group() as steps:
        steps.start_soon(one, "a", "b")
        steps.start_soon(one, "b", "a")
    assert [end.outcome for end in ends] == [Exited(0)] * 2
    assert len({end.last_lines for end in ends}) == 2


@pytest.mark.anyio
async def test_nothing_is_left_when_the_guard_closes(order: Guarded, run_folder: Path) -> None:
    """The folder of a guardian goes with it."""
    guard = Guard(run="test", folder=str(run_folder), ledger=str(run_folder / "ledger.jsonl"))
    guard.start()
    end = await guard.run(order("sh", "-c", 'echo "$TMPDIR"', private=NAMES))
    await guard.close()
    assert not exists(end.last_lines[0])


@pytest.mark.anyio
async def test_order_without_names_gets_none(guard: Guard, order: Guarded) -> None:
    """Who does not ask for it keeps the variables that it gave."""
    environ = (("PATH", os.environ["PATH"]), ("TMPDIR", "/mine"))
    end = await guard.run(order("sh", "-c", 'echo "$TMPDIR"', environ=environ))
    assert end.last_lines == ("/mine",)


@pytest.mark.slow
@pytest.mark.anyio
async def test_folder_is_gone_after_a_deadline(any_guard: Guard, order: Guarded, run_folder: Path) -> None:
    """However a step ends: what it was writing there goes with it."""
    script = 'echo "$TMPDIR" > where; trap "" TERM; while :; do echo x >> "$TMPDIR/growing"; done'

    async def run(timeout_s: float) -> GuardEnd:
        return await any_guard.run(order("sh", "-c", script, private=NAMES, timeout_s=timeout_s, grace_s=0.1))

    end = await in_time(run, lambda _: (run_folder / "where").exists())
    assert isinstance(end.outcome, TimedOut)
    assert not exists(f"{read(run_folder / 'where')}/growing")


@pytest.mark.anyio
async def test_service_keeps_its_folder_as_long_as_it_lives(guard: Guard, order: Guarded, run_folder: Path) -> None:
    """Its sockets lie there."""
    script = 'echo "$TMPDIR" > where; sleep 600 &'
    end = await guard.run(order("sh", "-c", script, private=NAMES, keep="stack"))
    assert end.service
    where = read(run_folder / "where")
    assert exists(where)
    assert await guard.end_service("stack")
    assert not exists(where)


@pytest.mark.anyio
async def test_folder_is_gone_where_the_guardian_was_killed(guard: Guard, order: Guarded, run_folder: Path) -> None:
    """The other layers do what it cannot any more."""
    script = 'echo "$TMPDIR" > where; touch "$TMPDIR/file"; kill -9 $PPID; sleep 600'
    await idle_guardians(guard)
    end = await guard.run(order("sh", "-c", script, private=NAMES))
    assert end.incidents
    assert not exists(read(run_folder / "where"))


@pytest.mark.anyio
async def test_no_room_for_the_folder(
    guard: Guard, order: Guarded, monkeypatch: pytest.MonkeyPatch, run_folder: Path
) -> None:
    """A full disk is the machine's fault; nothing is started with a folder that is not there."""
    monkeypatch.setattr(private, "folder_for", lambda *_: f"{run_folder}/missing/gk-7-01234567.1")
    end = await guard.run(order("touch", "started", private=NAMES))
    assert isinstance(end.outcome, NotStarted)
    assert end.outcome.reason == "no-resources"
    assert "the private folder" in end.outcome.detail
    assert not exists(run_folder / "started")
    monkeypatch.undo()
    assert (await guard.run(order("true", private=NAMES))).outcome == Exited(0)


@pytest.mark.slow
@pytest.mark.parametrize("killed", ["the orchestrator", "all at once"])
def test_folder_of_a_killed_gatekeeper(run_folder: Path, killed: str) -> None:
    """The guardian removes it; where that is dead too, the next start does, and says so."""
    script = 'setsid sleep 600 & touch "$TMPDIR/file"; echo "$TMPDIR" > where.new; mv where.new where; wait'
    orchestrator = subprocess.Popen(
        [sys.executable, str(SITUATIONS / "orchestrator.py"), str(run_folder), "no-cgroup", "50", "sh", "-c", script],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        text=True,
    )
    assert orchestrator.stdout is not None
    token = orchestrator.stdout.readline().split()[1]
    eventually((run_folder / "where").exists)
    where = read(run_folder / "where")
    assert os.path.isdir(where)
    everybody = [orchestrator.pid, *(helpers(token) if killed == "all at once" else [])]
    kill_at_once(everybody)
    orchestrator.wait()
    orchestrator.stdout.close()
    eventually(lambda: not helpers(token))
    reaped = reap(str(run_folder / "ledger.jsonl"))
    assert (Reaped("folder", "gate-step-1", where) in reaped) is (killed == "all at once")
    assert not os.path.lexists(where)


def read(path: Path) -> str:
    return path.read_text().strip()


def exists(path: Path | str) -> bool:
    return os.path.lexists(path)


@pytest.mark.anyio
async def test_tmux_server_of_before_gets_no_work(guard: Guard, order: Guarded, tmp_path: Path) -> None:
    """A step that starts a session starts a server of its own, which ends with it; the old one has no session more."""
    if not shutil.which("tmux"):
        pytest.skip("tmux is not installed")
    # An ordinary user's own shell may be nologin, which ends a session at once.
    environ = {**os.environ, "TMUX_TMPDIR": str(tmp_path), "TERM": "xterm", "SHELL": "/bin/sh"}
    environ.pop("TMUX", None)

    def tmux(*arguments: str) -> str:
        return subprocess.run(["tmux", *arguments], env=environ, check=True, capture_output=True, text=True).stdout

    tmux("-f", "/dev/null", "new-session", "-d", "-s", "old", "sleep 600")
    try:
        script = "tmux -f /dev/null new-session -d -s new 'sleep 601'; tmux ls"
        end = await guard.run(order("sh", "-c", script, environ=tuple(environ.items()), private=NAMES))
        assert end.outcome == Exited(0)
        assert [line.partition(":")[0] for line in end.last_lines] == ["new"]
        assert any("tmux" in stray.argv[0] for stray in end.strays)
        assert [line.partition(":")[0] for line in tmux("ls").splitlines()] == ["old"]
    finally:
        tmux("kill-server")
