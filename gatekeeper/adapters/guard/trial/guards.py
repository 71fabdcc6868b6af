"""Owns trying the guard itself: a command that leaves a daemon behind must be held to its promise. Grades nothing."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile

from gatekeeper.adapters.guard.choice import new_guard
from gatekeeper.adapters.guard.leftovers import sweep
from gatekeeper.adapters.guard.system import procfs
from gatekeeper.model.containment import GuardEnd, GuardOrder
from gatekeeper.model.machine import Cookie, GuardTrial
from gatekeeper.model.outcome import (
    Cancelled,
    Exited,
    GuardBroken,
    LimitExceeded,
    NotStarted,
    Outcome,
    Probed,
    Signalled,
    TimedOut,
)
from gatekeeper.policy.judging.words import signal_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gatekeeper.adapters.guard.pool import GuardianPool

_WITHIN_S = 10.0
_SLEEPS = "import time; time.sleep(30)"
_DAEMON = "import os, time; os.write(3, b'%d' % os.getpid()); os.close(3); time.sleep(30)"
# A daemon as the worst are made: a session of its own, two forks, nothing left in its environment. It says who it is
# once it has become that, and ends by itself, should nobody end it.
_LEAVES_A_DAEMON = """
import os, sys
heard, said = os.pipe()
if not os.fork():
    os.setsid()
    if not os.fork():
        os.dup2(said, 3, inheritable=True)
        bare = [sys.executable, "-I", "-S", "-c", sys.argv[1]]
        os.execve(sys.executable, bare, dict(os.environ) if sys.argv[2:] else {})
    os._exit(0)
os.close(said)
print(os.read(heard, 32).decode(), flush=True)
"""


async def try_guard(helpers: GuardianPool | None) -> GuardTrial:
    """Run a command that leaves a daemon behind, and look for it when the guard has returned.

    Without `helpers` it is the guard of other systems, from which nobody expects to see through an emptied environment.
    """
    import anyio

    with tempfile.TemporaryDirectory(prefix="gatekeeper-doctor-") as folder:
        platform = "linux" if helpers is not None else "other"
        guard = new_guard(run="doctor", folder=folder, ledger=f"{folder}/ledger", helpers=helpers, platform=platform)
        layers = guard.layers()
        try:
            with anyio.fail_after(_WITHIN_S * 2):
                guard.start()
                end = await guard.run(_order(folder, emptied=helpers is not None))
        except (OSError, TimeoutError) as refused:
            return GuardTrial(layers, problem=str(refused) or "it did not end in time")
        finally:
            await guard.close()
        return _seen(end, _announced(f"{folder}/output"))


def _order(folder: str, *, emptied: bool) -> GuardOrder:
    bare = (sys.executable, "-I", "-S", "-c", _LEAVES_A_DAEMON, _DAEMON)
    return GuardOrder(
        label="doctor",
        argv=bare if emptied else (*bare, "as it is"),
        cwd=folder,
        environ=tuple(os.environ.items()),
        output=f"{folder}/output",
        timeout_s=_WITHIN_S,
        grace_s=0.1,
    )


def _announced(output: str) -> int:
    try:
        with open(output) as file:
            text = file.read().strip()
    except OSError:
        return 0
    return int(text) if text.isdecimal() else 0


def _seen(end: GuardEnd, daemon: int) -> GuardTrial:
    if end.outcome != Exited(0) or not daemon:
        return GuardTrial(end.layers, problem=f"the trial's command {_words(end.outcome)}")
    caught = next((stray.layer for stray in end.strays if stray.pid == daemon), "")
    return GuardTrial(end.layers, caught, gone=not _was_there(daemon))


def _words(outcome: Outcome) -> str:
    """How a command ended that was to say who its daemon is and then to exit with 0."""
    match outcome:
        case Exited(0):
            return "did not say which daemon it had started"
        case Exited(code):
            return f"exited with {code}"
        case Signalled(number):
            return f"died of {signal_name(number)}"
        case NotStarted(_, detail):
            return f"could not be started: {detail}"
        case GuardBroken(detail):
            return f"was lost with its guard: {detail}"
        case TimedOut(after_s) | LimitExceeded(_, after_s):
            return f"was still running after {after_s:.1f} s"
        case Cancelled() | Probed():
            return "did not run"


def _was_there(pid: int) -> bool:
    """Whether the trial's daemon lives on under this pid; then it is ended."""
    import psutil

    try:
        found = psutil.Process(pid)
        if _DAEMON not in found.cmdline() or found.status() == psutil.STATUS_ZOMBIE:
            return False
        found.kill()
    except psutil.Error:
        return False
    return True


def try_cookie() -> Cookie:
    """Find a process by the mark in its environment, as the sweep and `reap` do."""
    mark = f"doctor:{os.urandom(8).hex()}.1"
    process = subprocess.Popen(
        [sys.executable, "-I", "-S", "-c", _SLEEPS],
        stdin=subprocess.DEVNULL,
        env=dict(sweep.with_cookie(tuple(os.environ.items()), mark)),
    )
    try:
        found = any(one.pid == process.pid for one in sweep.carriers((mark,)))
    finally:
        process.kill()
        process.wait()
    return Cookie(found, _hidepid())


def _hidepid() -> str:
    found = ""
    for line in procfs.read("/proc/self/mounts").decode(errors="replace").splitlines():
        _, point, kind, options, *_ = line.split()
        if point == "/proc" and kind == "proc":
            # What was mounted last is what is seen.
            found = next((option[8:] for option in options.split(",") if option.startswith("hidepid=")), "")
    return found
