"""Owns which runtime a process has, and the stack dumps that runtimes offer. Says not what a dump means.

Two of them tell everything and go on: py-spy looks from outside, a JVM answers SIGQUIT. A Python with faulthandler
and a Go program die of telling: they are asked only when they are about to die anyway. Before any signal it is
looked up that the process has a handler for it.
"""

from __future__ import annotations

import os
import select
import signal
import sys
import time

from gatekeeper.adapters.guard.leftovers import kill_ladder
from gatekeeper.adapters.guard.messages.sight import Sight
from gatekeeper.adapters.guard.system import procfs

PYTHON, JVM, GO, NODE = "python", "jvm", "go", "node"
LINES = 120
"""How many lines of one dump are kept."""

_HEADER = 4096
_PT_NOTE = 4
_GO_BUILD_ID = b"Go\0\0"
_REPORTS = b"--report-on-signal"
_ENDS_WITHIN_S = 0.1
_PAUSE_S = 0.001


def runtime_of(pid: int) -> str:
    """The runtime of a process, or empty where it is none that offers anything."""
    name = os.path.basename(procfs.link(f"/proc/{pid}/exe")).removesuffix(" (deleted)")
    if name.startswith(("python", "pypy")):
        return PYTHON
    if name in ("node", "nodejs"):
        return NODE
    if any(line.endswith(b"/libjvm.so") for line in procfs.read(f"/proc/{pid}/maps").splitlines()):
        return JVM
    return GO if _is_go(procfs.read(f"/proc/{pid}/exe", _HEADER)[:_HEADER]) else ""


def _is_go(head: bytes) -> bool:
    """Whether the beginning of a 64-bit ELF file has the note that Go's linker writes."""
    if head[:5] != b"\x7fELF\x02":
        return False
    little = head[5:6] == b"\x01"

    def number(at: int, size: int) -> int:
        return int.from_bytes(head[at : at + size], "little" if little else "big")

    first, size, count = number(32, 8), number(54, 2), number(56, 2)
    for at in range(first, min(len(head), first + size * count), size or 1):
        if number(at, 4) == _PT_NOTE and _GO_BUILD_ID in head[number(at + 8, 8) :][: number(at + 32, 8)]:
            return True
    return False


def catches(pid: int, *numbers: signal.Signals) -> bool:
    """Whether a process has handlers for all of these signals."""
    mask = _masks(pid).get(b"SigCgt:", 0)
    return all(mask >> (number - 1) & 1 for number in numbers)


def dies_of_sigterm(pid: int, group: int) -> bool:
    """Whether it is in this process group and SIGTERM ends it there and then: neither caught, ignored nor blocked."""
    found, masks = procfs.stat(pid), _masks(pid)
    deaf = masks.get(b"SigCgt:", 0) | masks.get(b"SigIgn:", 0) | masks.get(b"SigBlk:", 0)
    return bool(masks) and found is not None and found.group == group and not deaf >> (signal.SIGTERM - 1) & 1


def _masks(pid: int) -> dict[bytes, int]:
    """What a process does about signals: sets of bits by their names in its status; none where it is gone."""
    lines = procfs.read(f"/proc/{pid}/status").splitlines()
    return {
        name: int(bits, 16)
        for name, bits in (line.split()[:2] for line in lines if line.startswith(b"Sig"))
        if name != b"SigQ:"
    }


def tells_and_goes_on(sight: Sight) -> bool:
    """Whether SIGQUIT makes it dump its stacks and nothing else."""
    return sight.runtime == JVM and sight.state not in "Tt" and catches(sight.pid, signal.SIGQUIT)


def dying_word(sight: Sight) -> signal.Signals | None:
    """The signal that makes it dump its stacks and die, where it has a handler for it."""
    if sight.runtime == PYTHON and catches(sight.pid, signal.SIGABRT, signal.SIGSEGV, signal.SIGFPE):
        return signal.SIGABRT
    if sight.runtime == GO and catches(sight.pid, signal.SIGQUIT):
        return signal.SIGQUIT
    return None


def ask_to_die(sight: Sight, number: signal.Signals) -> bool:
    """Send the signal of `dying_word`; no core file is left of it."""
    import resource

    try:
        _, most = resource.prlimit(sight.pid, resource.RLIMIT_CORE)
        # One byte is too little for a file, and what keeps a pipe to a crash reporter from being opened.
        least = 1 if most == resource.RLIM_INFINITY else min(1, most)
        resource.prlimit(sight.pid, resource.RLIMIT_CORE, (least, least))
    except (OSError, ValueError):
        # It is somebody else's process, or gone.
        pass
    # Everybody is stopped while it is counted who is left.
    return kill_ladder.signal_one(sight.pid, sight.start, (number, signal.SIGCONT))


def py_spy() -> str:
    """Where py-spy is, or empty: on the PATH that gatekeeper was started with, or beside our own interpreter."""
    places = (*os.environ.get("PATH", "").split(":"), os.path.dirname(sys.executable))
    found = (f"{place}/py-spy" for place in places if place.startswith("/"))
    return next((path for path in found if os.access(path, os.X_OK)), "")


def spied(program: str, pid: int, until: float) -> tuple[str, ...]:
    """What py-spy says of a process, as many lines as are kept; nothing where it may not look or takes too long."""
    ours, theirs = os.pipe2(os.O_CLOEXEC)
    try:
        spy = os.posix_spawn(
            program,
            [program, "dump", "--full-filenames", "--pid", str(pid)],
            os.environ,
            file_actions=[
                (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
                (os.POSIX_SPAWN_DUP2, theirs, 1),
                (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0),
            ],
        )
    except OSError:
        os.close(ours)
        return ()
    finally:
        os.close(theirs)
    try:
        said = _all_of(ours, until)
    finally:
        os.close(ours)
        _end(spy)
    return tuple(said.decode(errors="replace").splitlines()[:LINES])


def _all_of(descriptor: int, until: float) -> bytes:
    poller = select.poll()
    poller.register(descriptor, select.POLLIN)
    said = b""
    while poller.poll(max(0, int((until - time.monotonic()) * 1000))):
        more = os.read(descriptor, 1 << 16)
        if not more:
            break
        said += more
    return said


def _end(child: int) -> None:
    """See a child of ours gone that has said what it had to say, or takes too long."""
    until = time.monotonic() + _ENDS_WITHIN_S
    try:
        os.kill(child, signal.SIGKILL)
        # One that does not end at once is reaped with all the others.
        while os.waitpid(child, os.WNOHANG)[0] != child and time.monotonic() < until:
            time.sleep(_PAUSE_S)
    except (ProcessLookupError, ChildProcessError):
        return


def no_stack(sight: Sight, *, spy: bool, word: signal.Signals | None, asked: bool) -> str:
    """Why there is no stack of a process that has a runtime, in words; empty where it has none.

    `word` is its `dying_word` when it was looked at, `asked` tells that it was sent that.
    """
    if sight.state in "Tt":
        return "it is stopped, and a stopped process tells nothing"
    if sight.runtime == PYTHON:
        outside = "py-spy may not look at it" if spy else "py-spy is not on gatekeeper's PATH"
        if word is None:
            return f"{outside}, and faulthandler is not enabled in it"
        if asked:
            return f"{outside}, and what it said to {word.name} is not in the output"
        return f"{outside}, and it ended within its grace, before it could be asked"
    if sight.runtime == JVM:
        return "it did not answer SIGQUIT in its output"
    if sight.runtime == GO:
        return "it ended within its grace, or has its own handler for SIGQUIT"
    if sight.runtime == NODE:
        return (
            "Node has no stack for others to see; with NODE_OPTIONS=--report-on-signal in the `env:` of the step it "
            "writes a report"
        )
    return ""


def writes_report(sight: Sight) -> bool:
    """Whether a Node was told to write a report on SIGUSR2; it goes on then."""
    told = procfs.environ(sight.pid) + b"\0".join(one.encode() for one in sight.argv)
    return (
        sight.runtime == NODE
        and sight.state not in "Tt"
        and _REPORTS in told
        and b"--report-signal" not in told
        and catches(sight.pid, signal.SIGUSR2)
    )
