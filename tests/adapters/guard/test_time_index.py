"""Every line of output has its time, while the file stays what the step wrote."""

from __future__ import annotations

import itertools
import os
import stat
import sys
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import anyio
import pytest

from gatekeeper.adapters.guard.guard import Guard
from gatekeeper.adapters.guard.output import timeline
from gatekeeper.adapters.guard.output.output_watch import OutputWatch
from gatekeeper.adapters.guard.output.timeline import APART_S, Timeline, Times
from gatekeeper.adapters.guard.system import kernel
from gatekeeper.model.containment import GuardEnd, GuardOrder
from gatekeeper.model.outcome import Exited
from gatekeeper.model.plan import Limits
from gatekeeper.policy.secret_forms import forms_of
from tests.adapters.guard.guard_situations import BARE_PYTHON, Guarded, content_of, eventually, in_time, soon, touch

pytestmark = [
    pytest.mark.slow,
    pytest.mark.anyio,
    pytest.mark.skipif(sys.platform != "linux", reason="the full guard is Linux only"),
]

# Says the next word when the one before was seen in the index, so that none of them can share its time.
SPOKEN = """import os, time
for word in ("one", "two"):
    print(word, flush=True)
    while not os.path.exists(f"heard-{word}"): time.sleep(0.005)
"""


SLEWED_NS = 20_000_000


def times_of_lines(output: str) -> list[float | None]:
    times, offset, found = timeline.read(output), 0, []
    for line in Path(output).read_bytes().splitlines(keepends=True):
        found.append(times.of(offset))
        offset += len(line)
    return found


async def heard(spoken: GuardOrder, entries: int, word: str) -> None:
    """Have it go on once the index has so many entries."""
    await soon(lambda: len(timeline.read(spoken.output).offsets) >= entries)
    touch(spoken, f"heard-{word}")


@pytest.mark.parametrize("way", [{}, {"tty": True}, {"masked": forms_of(["hunter22"]), "strict": True}])
async def test_each_line_has_the_time_when_it_was_written(guard: Guard, order: Guarded, way: dict[str, object]) -> None:
    """Whatever the output goes through: never before it was said, and before anything that it was waited for with."""
    spoken = order(*BARE_PYTHON, "-c", SPOKEN, **way)
    ends: list[GuardEnd] = []
    between: list[int] = []

    async def run() -> None:
        ends.append(await guard.run(spoken))

    began = time.time_ns()
    async with anyio.create_task_group() as steps:
        steps.start_soon(run)
        await soon(lambda: timeline.read(spoken.output).offsets)
        between.append(time.time_ns())
        touch(spoken, "heard-one")
        await heard(spoken, 2, "two")
    assert ends[0].output is not None
    assert content_of(spoken) == b"one\ntwo\n"
    times = timeline.read(spoken.output)
    first, second = times_of_lines(spoken.output)
    assert first is not None
    assert second is not None
    # Two clocks are compared, of which the one may be set a little meanwhile.
    assert began - SLEWED_NS <= times.began_ns
    assert times.began_ns + first * 1e9 <= between[0] + SLEWED_NS
    assert times.began_ns + second * 1e9 >= between[0] - SLEWED_NS
    assert first < second
    assert second <= ends[0].duration_s
    assert stat.S_IMODE(os.stat(timeline.beside(spoken.output)).st_mode) == 0o600


async def test_where_the_kernel_does_not_tell_of_writes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that is out of notifiers: looking again and again does it too, and not for nothing."""
    monkeypatch.setattr(kernel, "new_notifier", lambda: -1)
    output = tmp_path / "a.log"
    descriptor = os.open(output, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    began = time.monotonic()
    nobody: Any = None  # without a notifier, nothing is attended to
    growth = OutputWatch(descriptor, str(output), 1000, began, nobody)
    pauses = []
    for now in (began + 0.01 * n for n in range(200)):
        if now >= growth.next_look:
            growth.look(now)
            pauses.append(growth.next_look - now)
        if round((now - began) * 100) == 100:
            os.write(descriptor, b"said\n")
    growth.close()
    assert 1.0 <= (timeline.read(str(output)).of(0) or 0) < 1.2
    assert len(pauses) < 40
    assert max(pauses) < 0.11
    os.close(descriptor)


async def test_what_was_said_before_anybody_looked_has_the_time_of_the_first_look(tmp_path: Path) -> None:
    """On a busy machine a step may speak before its guardian comes to watch: that time is told, and not a later one."""
    output = tmp_path / "a.log"
    output.write_bytes(b"said\n")
    descriptor = os.open(output, os.O_WRONLY | os.O_APPEND)
    began = time.monotonic()
    nobody: Any = SimpleNamespace(attend=lambda *_: None, leave=lambda *_: None)
    growth = OutputWatch(descriptor, str(output), 1000, began, nobody)
    growth.look(began + 0.5)
    os.write(descriptor, b"said later\n")
    growth.look(began + 2.5)
    growth.close()
    assert times_of_lines(str(output)) == [0.5, 2.5]
    os.close(descriptor)


async def test_a_step_that_ends_at_once_has_times_too(guard: Guard, order: Guarded) -> None:
    """One entry is enough for one moment; silence leaves no index."""
    quick, silent = order("echo", "hi"), order("true")
    await guard.run(quick)
    await guard.run(silent)
    assert times_of_lines(quick.output) != [None]
    assert timeline.read(silent.output).began_ns == 0


async def test_a_busy_writer_gets_few_entries(guard: Guard, order: Guarded) -> None:
    """However many lines it writes, entries are ten milliseconds apart."""
    script = "import os\nwhile not os.path.exists('enough'): print('x', flush=True)"
    busy = order(*BARE_PYTHON, "-c", script)
    ends: list[GuardEnd] = []

    async def run() -> None:
        ends.append(await guard.run(busy))

    async with anyio.create_task_group() as steps:
        steps.start_soon(run)
        await soon(lambda: len(timeline.read(busy.output).offsets) > 10)
        touch(busy, "enough")
    times = timeline.read(busy.output)
    assert len(times.offsets) <= ends[0].duration_s / APART_S + 2
    apart = [later - sooner for sooner, later in itertools.pairwise(times.micros[:-1])]
    assert min(apart) >= APART_S * 1e6 - 1
    assert times.offsets[-1] == os.stat(busy.output).st_size


async def test_times_tell_of_the_file_as_it_is_stored(guard: Guard, order: Guarded) -> None:
    """Where the middle was dropped and secrets were masked, every line that is left has its own time."""
    script = """import os, time
for n in range(6):
    print(f"{n} {time.time():.4f} hunter22-and-more" + "." * 1000, flush=True)
    while not os.path.exists(f"heard-{n}"): time.sleep(0.005)
"""
    talker = order(*BARE_PYTHON, "-c", script, masked=forms_of(["hunter22"]), limits=Limits(2400))
    heard_s = []
    async with anyio.create_task_group() as steps:
        steps.start_soon(guard.run, talker)
        for n in range(6):
            await heard(talker, n + 1, str(n))
            heard_s.append(time.time())
    content = content_of(talker).decode()
    assert "hunter22" not in content
    began_s = timeline.read(talker.output).began_ns / 1e9
    told = zip(content.splitlines(), times_of_lines(talker.output), strict=True)
    numbers = []
    for line, at in told:
        if "•••-and" in line:
            number, said = line.split()[:2]
            assert at is not None
            # Noted after it was said, and before the next line could be.
            assert float(said) - SLEWED_NS / 1e9 <= began_s + at <= heard_s[int(number)] + SLEWED_NS / 1e9
            numbers.append(number)
    assert numbers == ["0", "1", "5"]


async def test_a_service_goes_on_being_indexed(guard: Guard, order: Guarded) -> None:
    """What it says after its step ended has its time, beside the file that it goes on writing."""
    script = "echo up; (while [ ! -e speak ]; do sleep 0.01; done; echo later; exec sleep 600) & exit 0"
    service = order("sh", "-c", script, keep="api")
    end = await guard.run(service)
    assert end.service
    assert times_of_lines(service.output) != [None]
    growing = service.output.replace(".log", ".service.log")
    touch(service, "speak")
    await soon(lambda: len(times_of_lines(growing)) == 2 and None not in times_of_lines(growing))
    await guard.end_service("api")
    first, second = times_of_lines(growing)
    assert (second or 0) > (first or 0)


async def test_quiet_is_told_from_a_drip(guard: Guard, order: Guarded) -> None:
    """A step that says a little now and then is not quiet, however seldom anybody looks."""

    async def run(quiet_s: float) -> GuardEnd:
        drip = f"for n in 1 2 3 4 5; do sleep {quiet_s * 0.4}; printf .; done"
        return await guard.run(order("sh", "-c", drip, quiet_s=quiet_s, timeout_s=3 * quiet_s + 20))

    # Whose drops were too far apart, because the machine was busy, was quiet indeed.
    await in_time(run, lambda end: end.outcome == Exited(0), 0.6)


def test_an_index_that_was_cut_short(tmp_path: Path) -> None:
    """What a crash left of the last entry does not count; what is no index tells nothing."""
    output = tmp_path / "a.log"
    written = Timeline(str(output), time.monotonic())
    written.mark(10, time.monotonic())
    written.mark(20, time.monotonic())
    written.close()
    index = Path(timeline.beside(str(output)))
    with index.open("ab") as file:
        file.write(b"30 99")
    assert timeline.read(str(output)).offsets == (10, 20)
    index.write_bytes(b"something else\n10 10\n")
    assert timeline.read(str(output)).of(0) is None
    assert timeline.read(str(tmp_path / "none.log")).began_ns == 0


def test_lines_share_the_entry_that_follows_them() -> None:
    times = Times(1, (10, 20, 20, 30), (1_000_000, 2_000_000, 2_500_000, 3_000_000))
    assert [times.of(offset) for offset in (0, 9, 10, 19, 20, 29, 30)] == [1, 1, 2, 2, 3, 3, None]


async def test_the_index_holds_while_the_orchestrator_is_stopped(guard: Guard, order: Guarded) -> None:
    """It is the guardian's: nobody here has to look for it to grow."""
    spoken = order(*BARE_PYTHON, "-c", SPOKEN)
    async with anyio.create_task_group() as steps:
        steps.start_soon(guard.run, spoken)
        await heard(spoken, 1, "one")
        # This is the hanging: nothing else of this process runs meanwhile.
        eventually(lambda: len(timeline.read(spoken.output).offsets) == 2)
        touch(spoken, "heard-two")
