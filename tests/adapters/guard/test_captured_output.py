"""What a step writes is kept byte for byte, up to its limit, and its end is known when nobody can write any more."""

from __future__ import annotations

import hashlib
import json
import stat
import sys
from pathlib import Path

import anyio
import pytest

from gatekeeper.adapters.guard.guard import Guard
from gatekeeper.model.containment import GuardEnd
from gatekeeper.model.outcome import Exited, TimedOut
from gatekeeper.model.plan import Limits
from tests.adapters.guard.guard_situations import BARE_PYTHON, PATIENCE_S, SLEEPING, Guarded, in_time, soon

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(sys.platform != "linux", reason="the full guard is Linux only"),
]


async def test_output_is_exact_private_and_sealed(guard: Guard, order: Guarded, run_folder: Path) -> None:
    """Both streams in the order they were written, mode 0600, with the digest of what lies there."""
    end = await guard.run(order("sh", "-c", "printf 'a\\377\\0'; echo err >&2; printf b"))
    assert end.output is not None
    path = run_folder / end.output.path
    assert path.read_bytes() == b"a\xff\0err\nb"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert end.output.digest == "sha256:" + hashlib.sha256(path.read_bytes()).hexdigest()
    assert (end.output.size, end.output.dropped) == (8, 0)
    assert end.last_lines == ("a\ufffd\0err", "b")


async def test_leader_exits_while_a_grandchild_holds_the_output(guard: Guard, order: Guarded) -> None:
    """The end of a step is the end of its leader: who holds the file open has no say."""
    end = await guard.run(order("sh", "-c", f"echo hi; {SLEEPING} exit 0", timeout_s=PATIENCE_S))
    assert end.outcome == Exited(0)
    assert [stray.argv for stray in end.strays] == [("sleep", "600")]
    assert end.last_lines == ("hi",)


async def test_a_script_that_opens_its_own_output(guard: Guard, order: Guarded) -> None:
    """``> /dev/stderr`` empties a file that standard error is; what was said before is not lost by that."""
    end = await guard.run(order("sh", "-c", "echo one; echo two > /dev/stderr; echo three | tee /dev/stdout"))
    assert end.outcome == Exited(0)
    assert end.last_lines == ("one", "two", "three", "three")


async def test_reader_behind_the_shell_may_finish(guard: Guard, order: Guarded, run_folder: Path) -> None:
    """What reads the shell's last words from a pipe is not a stray, and loses none of them."""
    script = "exec > >(sh -c 'cat > copy; echo all >> copy'); echo one; echo two"
    for _ in range(5):
        end = await guard.run(order("bash", "-c", script))
        assert end.outcome == Exited(0)
        assert end.strays == ()
        assert (run_folder / "copy").read_text() == "one\ntwo\nall\n"


async def test_quiet_period(guard: Guard, order: Guarded, run_folder: Path) -> None:
    """A step that says nothing for its quiet period is a hang, and what was seen of it is kept."""
    tried = []

    async def run(quiet_s: float) -> GuardEnd:
        tried.append(quiet_s)
        script = f"for n in 1 2 3 4; do echo $n; sleep {quiet_s * 0.3}; done; printf 'Compiling: '; exec sleep 600"
        return await guard.run(order("sh", "-c", script, quiet_s=quiet_s, timeout_s=3 * quiet_s + PATIENCE_S))

    end = await in_time(run, lambda end: end.last_lines[-1:] == ("Compiling: ",))
    assert isinstance(end.outcome, TimedOut)
    assert end.outcome.by == "quiet"
    assert end.outcome.after_s > 2 * tried[-1]
    assert end.outcome.hint.endswith("was sleeping, after it wrote 'Compiling:'")
    told = json.loads((run_folder / end.dossier).read_text())
    assert told["processes"][0]["argv"] == ["sleep", "600"]
    assert told["last_lines"][-1] == "Compiling: "


async def test_hint_names_what_hung(guard: Guard, order: Guarded, run_folder: Path) -> None:
    """The sentence is about the process that the others wait for."""

    async def run(timeout_s: float) -> GuardEnd:
        return await guard.run(order("sh", "-c", "sleep 601; true", timeout_s=timeout_s))

    def slept(end: GuardEnd) -> bool:
        seen = json.loads((run_folder / end.dossier).read_text())["processes"]
        return ["sleep", "601"] in [one["argv"] for one in seen]

    end = await in_time(run, slept)
    assert isinstance(end.outcome, TimedOut)
    assert end.outcome.hint.startswith("hung: waiting for its child `sleep 601` (pid ")
    assert end.outcome.hint.endswith("), which was sleeping")


async def test_more_output_than_its_limit(guard: Guard, order: Guarded, run_folder: Path) -> None:
    """Head and tail are kept, the middle is counted, and the file says so where it was."""
    script = "import sys\nfor n in range(300000): sys.stdout.write(f'{n:07}\\n')"
    end = await guard.run(order(*BARE_PYTHON, "-c", script, limits=Limits(100_000)))
    assert end.output is not None
    content = (run_folder / end.output.path).read_bytes()
    note = b"\n[gatekeeper: 2300000 bytes of output were dropped here; the limit is 100000]\n"
    assert content == b"".join(b"%07d\n" % n for n in range(6250)) + note + b"".join(
        b"%07d\n" % n for n in range(293750, 300000)
    )
    assert end.output.dropped == 2_300_000
    assert end.output.digest == "sha256:" + hashlib.sha256(content).hexdigest()
    assert end.output.size == len(content)
    assert end.last_lines[-1] == "0299999"


async def test_disk_is_given_back_while_a_step_still_writes(guard: Guard, order: Guarded, run_folder: Path) -> None:
    """A step that writes for ever does not fill the disk up to its deadline."""
    writer = order("sh", "-c", "yes & while [ ! -e enough ]; do sleep 0.01; done", limits=Limits(1_000_000))
    ends = []

    async def one() -> None:
        ends.append(await guard.run(writer))

    path = Path(writer.output)
    async with anyio.create_task_group() as steps:
        steps.start_soon(one)
        await soon(lambda: path.exists() and path.stat().st_size > 20_000_000)
        await soon(lambda: path.stat().st_blocks * 512 < path.stat().st_size / 2)
        (run_folder / "enough").touch()
    assert ends[0].output is not None
    assert ends[0].output.size < 1_100_000


async def test_output_that_cannot_be_created(guard: Guard, order: Guarded, run_folder: Path) -> None:
    """Without a place for its output a step does not run at all, and the text names the file."""
    (run_folder / "file").write_text("")
    end = await guard.run(order("touch", "ran", output=str(run_folder / "file" / "step.log")))
    assert end.outcome.reason == "no-resources"  # type: ignore[union-attr]  # the assertion is the narrowing
    assert not (run_folder / "ran").exists()
