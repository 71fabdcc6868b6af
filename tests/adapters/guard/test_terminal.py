"""A step that insists on a terminal gets one, and is contained as closely as any other."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from gatekeeper.adapters.guard.guard import Guard
from gatekeeper.model.containment import GuardEnd
from gatekeeper.model.outcome import Exited, Signalled, TimedOut
from gatekeeper.policy.secret_forms import forms_of
from tests.adapters.guard.guard_situations import BARE_PYTHON, SLEEPING, Guarded, content_of, in_time, soon, touch

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(sys.platform != "linux", reason="the full guard is Linux only"),
]

SEES = """import json, os, sys
with open("/dev/tty", "w") as own:
    own.write("through its own name\\n")
print(json.dumps({
    "terminals": [os.isatty(n) for n in (0, 1, 2)],
    "size": tuple(os.get_terminal_size()),
    "in front": os.tcgetpgrp(0) == os.getpgrp() == os.getsid(0) == os.getpid(),
}))
"""


@pytest.mark.parametrize(("environ", "size"), [({}, [80, 24]), ({"COLUMNS": "132", "LINES": "50"}, [132, 50])])
async def test_it_is_a_terminal(guard: Guard, order: Guarded, environ: dict[str, str], size: list[int]) -> None:
    """For reading, writing and errors, in front, of the size that the environment asks for, and by its own name."""
    sees = order(*BARE_PYTHON, "-c", SEES, tty=True, environ=(("PATH", "/usr/bin:/bin"), *environ.items()))
    end = await guard.run(sees)
    assert end.outcome == Exited(0)
    first, told = content_of(sees).decode().splitlines()
    assert first == "through its own name"
    assert json.loads(told) == {"terminals": [True, True, True], "size": size, "in front": True}


async def test_lines_end_as_they_were_written(guard: Guard, order: Guarded) -> None:
    """A terminal would turn each line feed into two characters; evidence stays as it was written."""
    writer = order("printf", r"one\ntwo\r\nthree\r50%%\r100%%\033[0m\377\n", tty=True)
    assert (await guard.run(writer)).outcome == Exited(0)
    assert content_of(writer) == b"one\ntwo\r\nthree\r50%\r100%\x1b[0m\xff\n"


@pytest.mark.slow
async def test_what_asks_waits_for_its_deadline(guard: Guard, order: Guarded) -> None:
    """Nobody answers; the end says what it waited for."""
    script = "printf 'Password: '; read answer; echo got $answer"

    async def run(quiet_s: float) -> GuardEnd:
        return await guard.run(order("sh", "-c", script, tty=True, quiet_s=quiet_s))

    end = await in_time(run, lambda end: end.last_lines, 0.4)
    assert isinstance(end.outcome, TimedOut)
    assert (end.outcome.by, end.outcome.hint) == ("quiet", "hung: waiting for input at 'Password:'")


async def test_who_holds_the_terminal_when_the_leader_ended(guard: Guard, order: Guarded) -> None:
    """Its end is the step's end; those who stay are strays, also where they do not hear that it hung up."""
    end = await guard.run(order("sh", "-c", f"trap '' HUP; {SLEEPING} echo hi", tty=True))
    assert end.outcome == Exited(0)
    assert end.duration_s < 20, "it waited for who held the terminal"
    assert end.last_lines == ("hi",)
    assert [stray.argv for stray in end.strays] == [("sleep", "600")]


@pytest.mark.slow
async def test_a_large_output_through_a_terminal(guard: Guard, order: Guarded) -> None:
    """What was written before the end is all there; the terminal holds no more than a few kilobytes at a time."""
    writer = order(*BARE_PYTHON, "-c", "for n in range(50000): print(n)", tty=True)
    assert (await guard.run(writer)).outcome == Exited(0)
    assert content_of(writer) == b"".join(b"%d\n" % n for n in range(50000))


async def test_a_terminal_and_strict(guard: Guard, order: Guarded) -> None:
    """Both at once."""
    writer = order("sh", "-c", "[ -t 1 ] && printf 'hunt'; sleep 0.1; echo er22", tty=True, strict=True)
    await guard.run(writer._replace(masked=forms_of(["hunter22"])))
    assert content_of(writer).decode() == "•••\n"


async def test_a_service_on_a_terminal(guard: Guard, order: Guarded) -> None:
    """It goes on being heard, if it outlives that the terminal hangs up when its leader ends."""
    script = "trap '' HUP; (while [ ! -e speak ]; do sleep 0.01; done; echo later; exec sleep 600) & echo up"
    service = order("sh", "-c", script, keep="api", tty=True)
    assert (await guard.run(service)).service
    touch(service, "speak")
    growing = Path(service.output.replace(".log", ".service.log"))
    await soon(lambda: growing.read_bytes() == b"up\nlater\n")
    assert await guard.end_service("api")


async def test_the_terminal_hangs_up_when_its_leader_ends(guard: Guard, order: Guarded) -> None:
    """As closing a window does: what was started in front of it ends by itself."""
    end = await guard.run(order("sh", "-c", "sleep 600 & echo hi", tty=True))
    assert end.outcome == Exited(0)
    assert end.last_lines == ("hi",)


async def test_a_program_that_is_killed_on_its_terminal(guard: Guard, order: Guarded) -> None:
    assert (await guard.run(order("sh", "-c", "kill -9 $$", tty=True))).outcome == Signalled(9)


async def test_a_terminal_that_nobody_has_open_for_a_moment(guard: Guard, order: Guarded) -> None:
    """A program may close and open its terminal again: that is no end."""
    script = "exec >&- 2>&- <&-; sleep 0.2; echo back > /dev/tty; exit 3"
    again = order("sh", "-c", script, tty=True)
    assert (await guard.run(again)).outcome == Exited(3)
    assert content_of(again) == b"back\n"
