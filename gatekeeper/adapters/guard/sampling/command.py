"""Owns one command's way under the sampling guard: its leader, its deadline and quiet period, its end. Best effort."""

from __future__ import annotations

import contextlib
import math
import os
import signal
import subprocess
import time

import psutil

from gatekeeper.adapters.guard.leftovers import private, sweep
from gatekeeper.adapters.guard.limits import restraints
from gatekeeper.adapters.guard.messages.sight import Sight
from gatekeeper.adapters.guard.messages.wire import Report, Survivor
from gatekeeper.adapters.guard.sampling.census import Census, Lineage, lives
from gatekeeper.adapters.guard.sampling.watchdog_link import Watchdog
from gatekeeper.model.containment import GuardOrder
from gatekeeper.policy.containment import BEST_EFFORT

_SHORTEST_PAUSE_S, _LONGEST_PAUSE_S = 0.002, 0.02
_CALMER = 1.02
_SHARE = 4
_DIE_WITHIN_S = 10.0
_EMPTIED_WITHIN_S = 2.0
_HANGS_AFTER_S = 2.0
_DESCRIBED = 64
_FREEZE_WITHIN_S = 1.0


class Sampled:
    """One command, from the spawn of its leader until nothing of it is seen any more."""

    def __init__(
        self, order: GuardOrder, cookie: str, serial: int, census: Census, watchdog: Watchdog, folder: str = ""
    ) -> None:
        """Start the leader, with `folder` to itself. Raises `OSError` or `ValueError` where it cannot be started."""
        self._order = order
        self._serial = serial
        self._census = census
        self._watchdog = watchdog
        self._told = ""
        self._pause_s = _SHORTEST_PAUSE_S
        os.makedirs(os.path.dirname(order.output), 0o700, exist_ok=True)
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
        self._output = os.open(order.output, flags, 0o600)
        self._folder = private.Folder()
        environ = (*order.environ, *((name, folder) for name in order.private if folder))
        try:
            self._folder.offer(folder)
            strangers = census.present()
            watchdog.begin(serial, time.monotonic() + order.timeout_s + order.grace_s + _HANGS_AFTER_S)
            self._leader = subprocess.Popen(
                order.argv,
                cwd=order.cwd,
                env=dict(sweep.with_cookie(environ, cookie)),
                stdin=subprocess.DEVNULL,
                stdout=self._output,
                stderr=self._output,
                start_new_session=True,
                preexec_fn=restraints.before_exec(order.limits),  # noqa: PLW1509 - it takes no lock and imports nothing
            )
        except BaseException:
            watchdog.end(serial)
            os.close(self._output)
            self._folder.remove(_EMPTIED_WITHIN_S)
            raise
        self._started = time.monotonic()
        self._root = psutil.Process(self._leader.pid)
        self._lineage = Lineage(self._root, cookie, strangers)
        census.add(self._lineage)
        self._tell_watchdog()

    @property
    def order(self) -> GuardOrder:
        """What it was to do."""
        return self._order

    def tell(self, *, now: bool) -> None:
        """Make it end: politely, or `now`."""
        self._told = "kill" if now or self._told == "kill" else "stop"

    def alive(self) -> list[psutil.Process]:
        """Who of it is there, after another look."""
        self._look()
        return self._lineage.alive()

    async def conduct(self) -> Report:
        """Watch it to its end, and end what is left; once."""
        report = Report(end="broken")
        try:
            report.end = await self._watch()
            report.after_s = report.duration_s = time.monotonic() - self._started
            if report.end in ("deadline", "quiet"):
                report.sights = self._sights()
            if report.end != "leader":
                await self._terminate()
            left = self._left()
            if report.end == "leader" and self._order.keep and left and self._leader.wait() == 0:
                self._watchdog.begin(self._serial)
                report.end, report.service = "exited", True
                return report
            report.survivors = tuple(map(_described, left[:_DESCRIBED]))
            report.survivors_total = len(left)
            report.unkillable = await self._kill()
            code = self._leader.wait() if not report.unkillable else self._leader.poll()
            if report.end == "leader":
                report.end, report.code = _ending(code or 0, overdue=self._is_overdue())
            report.exceeded = restraints.exceeded_alone(self._order.limits, code or 0)
            return report
        finally:
            os.close(self._output)

    async def end(self) -> tuple[int, ...]:
        """SIGTERM, the grace, SIGKILL; who would not die in time."""
        await self._terminate()
        return await self._kill()

    async def _watch(self) -> str:
        import anyio

        deadline = self._started + self._order.timeout_s
        quiet = self._order.quiet_s if self._order.quiet_s is not None else math.inf
        size, written = 0, self._started
        while True:
            self._look()
            now = time.monotonic()
            found = os.fstat(self._output).st_size
            if found != size:
                size, written = found, now
            # Seen as a zombie, not reaped: its group may still have to be signalled.
            if not lives(self._root):
                return "leader"
            if self._told:
                return "stopped"
            if now >= deadline:
                return "deadline"
            if now >= written + quiet:
                return "quiet"
            await anyio.sleep(min(self._pause_s, max(0.0, deadline - now)))

    def _look(self) -> int:
        began = time.thread_time()
        found = self._census.look()
        # Often while processes come, more seldom while none do, and never for more than a fifth of a processor's time.
        pause = _SHORTEST_PAUSE_S if found else min(self._pause_s * _CALMER, _LONGEST_PAUSE_S)
        self._pause_s = max(pause, _SHARE * (time.thread_time() - began))
        self._tell_watchdog()
        return found

    def _left(self) -> list[psutil.Process]:
        """Everybody but the leader who is still there, found by every means that there is."""
        self._look()
        self._census.sweep(self._lineage)
        return [one for one in self._lineage.alive() if one.pid != self._leader.pid]

    def _tell_watchdog(self) -> None:
        for pid, one in self._lineage.members.items():
            with contextlib.suppress(psutil.Error):
                self._watchdog.hold(self._serial, pid, one.create_time())

    def _is_overdue(self) -> bool:
        # Then it was the watchdog that ended it, because we did not.
        return time.monotonic() >= self._started + self._order.timeout_s + self._order.grace_s + _HANGS_AFTER_S

    async def _terminate(self) -> None:
        """SIGTERM to the leader's group (to each one, where the leader is gone), then as long as the grace lasts."""
        import anyio

        for number in (signal.SIGTERM, signal.SIGCONT):
            if self._leader.returncode is None:
                with contextlib.suppress(OSError):
                    os.killpg(self._leader.pid, number)
            else:
                _signal_all(self.alive(), number)
        with anyio.move_on_after(self._order.grace_s):
            while self._told != "kill" and self.alive():  # noqa: ASYNC110 - only looking tells that a process ended
                await anyio.sleep(self._pause_s)

    async def _kill(self) -> tuple[int, ...]:
        """SIGKILL until two passes found nobody; who would not die in time. Then it is looked for no more."""
        import anyio

        until = time.monotonic() + _DIE_WITHIN_S
        clean = 0
        found: list[psutil.Process] = []
        while clean < 2 and time.monotonic() < until:
            self._freeze()
            found = self._lineage.alive()
            if self._leader.returncode is None:
                with contextlib.suppress(OSError):
                    os.killpg(self._leader.pid, signal.SIGKILL)
            _signal_all(found, signal.SIGKILL)
            clean = 0 if found else clean + 1
            await anyio.sleep(0.001)
        self._leader.poll()
        self._census.drop(self._lineage)
        self._watchdog.end(self._serial)
        if clean >= 2:
            self._folder.remove(_EMPTIED_WITHIN_S)
        return tuple(one.pid for one in found) if clean < 2 else ()

    def _freeze(self) -> None:
        """Stop everybody, until nobody new is found: who is stopped forks no more, and stays his children's parent."""
        self._lineage.frozen = True
        _signal_all(self._lineage.alive(), signal.SIGSTOP)
        until = time.monotonic() + _FREEZE_WITHIN_S
        while time.monotonic() < until:
            if not self._look() and not self._census.sweep(self._lineage):
                return

    def _sights(self) -> tuple[Sight, ...]:
        found = []
        for one in self.alive()[:_DESCRIBED]:
            with contextlib.suppress(psutil.Error):
                ticks = int(sum(one.cpu_times()[:2]) * os.sysconf("SC_CLK_TCK"))
                argv, state = tuple(one.cmdline()), one.status()[:1].upper()
                found.append(Sight(argv=argv, cpu_ticks=ticks, pid=one.pid, ppid=one.ppid(), state=state))
        return tuple(found)


def _ending(code: int, *, overdue: bool) -> tuple[str, int]:
    if code == -signal.SIGKILL and overdue:
        return "deadline", 0
    return ("signalled", -code) if code < 0 else ("exited", code)


def _signal_all(processes: list[psutil.Process], number: signal.Signals) -> None:
    for one in processes:
        # psutil compares the start time first, so that a pid that was given away is not hit.
        with contextlib.suppress(psutil.Error, OSError):
            one.send_signal(number)


def _described(one: psutil.Process) -> Survivor:
    argv, age, cwd, ports = list[str](), 0.0, "", tuple[int, ...]()
    with contextlib.suppress(psutil.Error, OSError):
        age = max(0.0, time.time() - one.create_time())
        argv = one.cmdline()
        cwd = one.cwd()
        ports = tuple(sorted({each.laddr.port for each in one.net_connections("tcp") if each.status == "LISTEN"}))
    return Survivor(round(age, 2), tuple(argv), cwd, BEST_EFFORT[0], one.pid, ports)
