"""Looking at real processes that hang, each in its way: what the kernel tells of them, before anybody is killed."""

from __future__ import annotations

import fcntl
import os
import pty
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from gatekeeper.adapters.guard.dossier import looking
from gatekeeper.adapters.guard.dossier.diagnosis import sentence
from gatekeeper.adapters.guard.messages.sight import Sight
from gatekeeper.adapters.guard.system import procfs
from tests.adapters.guard.guard_situations import BARE_PYTHON, PATIENCE_S, eventually

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="what is looked at is Linux's /proc")

A_PART = 0.15
"""What one that spins gets of a core also where many others do: beside five of them, on one core."""

CAN_SEE = bool(procfs.read("/proc/self/syscall"))


class Stage:
    """Starts processes in sessions of their own and ends them with the test."""

    def __init__(self, closing: ExitStack) -> None:
        self._closing = closing

    def start(self, *argv: str, **fields: object) -> int:
        """The pid of a process that runs `argv`."""
        process = subprocess.Popen(argv, start_new_session=True, **fields)  # type: ignore[call-overload]  # as given

        def end() -> None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()

        self._closing.callback(end)
        return int(process.pid)

    def python(self, code: str, *arguments: str, **fields: object) -> int:
        """A bare Python that runs `code`."""
        return self.start(*BARE_PYTHON, "-c", code, *arguments, **fields)


@pytest.fixture
def stage() -> Iterator[Stage]:
    with ExitStack() as closing:
        yield Stage(closing)


def look(pid: int) -> tuple[Sight, ...]:
    """The process and all below it."""
    return looking.sights([pid, *(one.pid for one in procfs.descendants(pid))], None, time.monotonic() + PATIENCE_S)


def seen(pid: int, condition: Callable[[Sight], bool]) -> Sight:
    """The process, once it is seen as it should be."""
    if not CAN_SEE:
        pytest.skip("/proc/PID/syscall may not be read here")
    found: list[Sight] = []

    def as_it_should_be() -> bool:
        found[:] = look(pid)[:1]
        return bool(found) and condition(found[0])

    eventually(as_it_should_be)
    return found[0]


def waiting(pid: int, waits: str) -> Sight:
    return seen(pid, lambda one: one.waits == waits)


def test_sleeping(stage: Stage) -> None:
    """The commonest of all: somebody waits a fixed time for something."""
    one = waiting(stage.start("sleep", "600"), "sleep")
    assert sentence((one,), "") == f"hung: `sleep 600` (pid {one.pid}) was sleeping"


def test_waiting_for_a_child(stage: Stage) -> None:
    """A shell waits for what it called, and the look goes on there."""
    pid = stage.start("sh", "-c", "sleep 600; true")
    one = waiting(pid, "child")
    eventually(lambda: [(each.argv, each.waits) for each in look(pid)[1:]] == [(("sleep", "600"), "sleep")])
    assert one.peer == look(pid)[1].pid
    assert sentence(look(pid), "") == (f"hung: waiting for its child `sleep 600` (pid {one.peer}), which was sleeping")


def test_reading_a_pipe_that_nobody_writes_to(stage: Stage) -> None:
    """Standard input is a pipe, and its other end is not in the step."""
    reading, writing = os.pipe()
    try:
        one = waiting(stage.start("cat", stdin=reading, stdout=subprocess.DEVNULL), "read")
    finally:
        os.close(reading)
        os.close(writing)
    assert one.stdin.startswith("pipe:")
    assert (one.target, one.peer) == ("its standard input, a pipe", 0)


def test_reading_what_another_process_of_the_step_should_write(stage: Stage) -> None:
    """In a pipeline, who does not write is found behind who reads."""
    pid = stage.start("sh", "-c", "sleep 600 | cat")
    eventually(lambda: [one.waits for one in look(pid)] == ["child", "sleep", "read"])
    shell, silent, reader = look(pid)
    assert reader.peer == silent.pid
    assert sentence((shell, silent, reader), "").startswith(f"hung: `sleep 600` (pid {silent.pid}) was sleeping")


def test_writing_into_a_full_pipe(stage: Stage) -> None:
    """Who fills a pipe that nobody empties waits in its turn."""
    reading, writing = os.pipe()
    try:
        one = waiting(stage.start("cat", "/dev/zero", stdout=writing), "write")
    finally:
        os.close(reading)
        os.close(writing)
    assert (one.target, one.peer) == ("a pipe", 0)


def test_reading_from_a_terminal(stage: Stage) -> None:
    """A question to a person who is not there."""
    controller, terminal = pty.openpty()
    try:
        one = waiting(stage.start("cat", stdin=terminal, stdout=subprocess.DEVNULL), "input")
    finally:
        os.close(controller)
        os.close(terminal)
    assert one.target.startswith("/dev/pts/")
    assert one.stdin == one.target
    assert sentence((one,), "Enter PIN ") == "hung: waiting for input at 'Enter PIN'"


def test_fifo_without_a_writer(stage: Stage, tmp_path: Path) -> None:
    """Opening a FIFO waits for the other end, and the file's name is in the memory of who waits."""
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    one = waiting(stage.start("cat", str(fifo)), "open")
    assert one.target == str(fifo)


def test_connecting_where_nobody_accepts(stage: Stage) -> None:
    """A full queue answers nothing: the connection stays half open."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as server:
        port = server.getsockname()[1]
        code = f"import socket\nheld = []\nwhile True: held.append(socket.create_connection(('127.0.0.1', {port})))"
        one = waiting(stage.python(code), "connect")
    assert one.target == f"127.0.0.1:{port}"
    assert f"127.0.0.1:{port}" in one.connected


def test_connecting_with_a_time_limit_is_seen_behind_poll(stage: Stage) -> None:
    """Libraries with time limits of their own wait in poll(2), with the socket among what is polled."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as server:
        port = server.getsockname()[1]
        code = (
            "import socket\nheld = []\n"
            f"while True: held.append(socket.create_connection(('127.0.0.1', {port}), timeout=600))"
        )
        one = seen(stage.python(code), lambda one: one.waits == "connect" and one.syscall in ("poll", "ppoll"))
    assert one.target == f"127.0.0.1:{port}"


def test_reading_from_a_peer_that_says_nothing(stage: Stage) -> None:
    """The address of the other end stands in the sentence."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        pid = stage.python(f"import socket; socket.create_connection(('127.0.0.1', {port})).recv(1)")
        one = waiting(pid, "read")
    assert one.target == f"127.0.0.1:{port}"


def test_server_in_the_foreground(stage: Stage) -> None:
    """A step that starts a server and does not come back."""
    code = "import socket; s = socket.create_server(('127.0.0.1', 0)); s.accept()"
    one = waiting(stage.python(code), "accept")
    assert len(one.listening) == 1
    assert one.target == f"port {one.listening[0]}"


def test_server_in_an_event_loop(stage: Stage) -> None:
    """With epoll, what is waited for stands in the descriptor's own file."""
    code = (
        "import select, socket\ns = socket.create_server(('127.0.0.1', 0)); e = select.epoll()\n"
        "e.register(s, select.EPOLLIN); e.poll()"
    )
    one = waiting(stage.python(code), "accept")
    assert one.target == f"port {one.listening[0]}"


def test_select_without_an_end(stage: Stage) -> None:
    """select(2) keeps its question in bits."""
    reading, writing = os.pipe()
    try:
        pid = stage.python(f"import select; select.select([{reading}], [], [])", pass_fds=(reading,))
        # Nobody else of the step writes to it, so that nothing is claimed but the waiting.
        assert waiting(pid, "events").syscall in ("select", "pselect6")
    finally:
        os.close(reading)
        os.close(writing)


def test_file_lock(stage: Stage, tmp_path: Path) -> None:
    """Another apt, git or cargo holds the lock."""
    path = tmp_path / "lock"
    with path.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        code = "import fcntl, sys; fcntl.flock(open(sys.argv[1], 'w'), fcntl.LOCK_EX)"
        one = waiting(stage.python(code, str(path)), "file-lock")
    assert one.target == str(path)


def test_lock_between_threads(stage: Stage) -> None:
    """Two threads and one lock."""
    code = (
        "import _thread, time\nlock = _thread.allocate_lock(); lock.acquire()\n"
        "_thread.start_new_thread(lock.acquire, ()); lock.acquire()"
    )
    one = seen(stage.python(code), lambda one: one.waits == "lock" and one.threads == 2)
    assert sentence((one,), "").endswith("was waiting for a lock or another thread")


def test_waiting_for_a_signal(stage: Stage) -> None:
    """`pause` until somebody says something."""
    waiting(stage.python("import signal; signal.pause()"), "signal")


def test_stopped(stage: Stage) -> None:
    """A stopped process runs no code, and the signal that stopped it is told."""
    pid = stage.start("sleep", "600")
    os.kill(pid, signal.SIGSTOP)
    one = seen(pid, lambda one: one.state == "T")
    assert one.stopped_by == signal.SIGSTOP
    assert sentence((one,), "") == f"hung: `sleep 600` (pid {pid}) was stopped by SIGSTOP"


def test_spinning_and_sleeping_are_told_apart(stage: Stage) -> None:
    """Two looks at the processor's time tell what one look cannot."""
    spinning, sleeping = stage.python("while True: pass"), stage.start("sleep", "600")
    waiting(sleeping, "sleep")
    found: dict[int, Sight] = {}

    def spins() -> bool:
        before = looking.Glance([spinning, sleeping])
        until = before.at + 0.1
        eventually(lambda: time.monotonic() > until)
        sights = looking.sights([spinning, sleeping], before, time.monotonic() + PATIENCE_S)
        found.update((one.pid, one) for one in sights)
        return found[spinning].cpu_share > A_PART

    eventually(spins)
    assert found[sleeping].cpu_share < A_PART / 2
    assert sentence((found[spinning],), "").startswith("busy: ")


def test_threads_that_spin_count_together(stage: Stage) -> None:
    """The main thread may wait while another one burns a core."""
    code = (
        "import _thread\ndef spin():\n while True: pass\n"
        "_thread.start_new_thread(spin, ()); l = _thread.allocate_lock(); l.acquire(); l.acquire()"
    )
    pid = stage.python(code)
    waiting(pid, "lock")

    def spins() -> bool:
        before = looking.Glance([pid])
        until = before.at + 0.1
        eventually(lambda: time.monotonic() > until)
        (one,) = looking.sights([pid], before, time.monotonic() + PATIENCE_S)
        return one.cpu_share > A_PART

    eventually(spins)


def test_process_that_is_gone_is_no_sight() -> None:
    """Between two looks anybody may end."""
    process = subprocess.Popen(["true"])
    process.wait()
    assert looking.sights([process.pid], None, time.monotonic() + PATIENCE_S) == ()


def test_looking_is_bounded(stage: Stage) -> None:
    """When the time is over, what was seen so far is what there is."""
    pid = stage.start("sleep", "600")
    assert looking.sights([pid], None, time.monotonic() - 1) == ()
