"""Owns the guard for systems without the kernel's help (macOS): it samples the tree while a command runs. Best effort.

What gets away between two samples with its environment cleared is missed. So this guard calls itself ``best-effort``
wherever its layers show. It has the interface of `Guard`.
"""

from __future__ import annotations

import contextlib
import math
import os
import signal
import subprocess
import time

from gatekeeper.adapters.guard.refusal import why_not
from gatekeeper.adapters.guard.sampled_output import SampledOutput
from gatekeeper.adapters.guard.wire import Report, Sight, Survivor
from gatekeeper.model.containment import GuardEnd, GuardOrder
from gatekeeper.model.outcome import DeadService, NotStarted

TYPE_CHECKING = False
if TYPE_CHECKING:  # psutil is slow to import; it comes with the first command
    import psutil

LAYERS = ("best-effort",)
_SAMPLE_S = 0.02
_DIE_WITHIN_S = 10.0


class SamplingGuard:
    """Runs commands and ends what it saw of them. One a run; `run` may be called many times at once."""

    def __init__(self, *, run: str, folder: str, ledger: str) -> None:
        """`ledger` is not used: what a killed orchestrator leaves cannot be told apart without the kernel's help."""
        del ledger
        self._folder = folder
        self._token = f"{run.replace(',', '_')}:{os.urandom(4).hex()}"
        self._count = 0
        self._running: list[_Sampled] = []
        self._services: dict[str, _Sampled] = {}

    def start(self) -> None:
        """There is no helper to be started."""

    def layers(self) -> tuple[str, ...]:
        """What contains a command here."""
        return LAYERS

    async def run(self, order: GuardOrder) -> GuardEnd:
        """Run one command to its end and end everything that was seen of it. As `Guard.run`."""
        import anyio

        from gatekeeper.adapters.guard import ending

        self._count += 1
        try:
            sampled = _Sampled(order, f"{self._token}.{self._count}")
        except OSError as refused:
            return GuardEnd(why_not(order, refused), 0.0, LAYERS)
        except ValueError as refused:
            return GuardEnd(NotStarted("bad-value", str(refused)), 0.0, LAYERS)
        self._running.append(sampled)
        try:
            report = await sampled.conduct()
        except anyio.get_cancelled_exc_class():
            with anyio.CancelScope(shield=True):
                await sampled.terminate()
                await sampled.kill()
            raise
        finally:
            self._running.remove(sampled)
        if report.service and order.keep:
            before = self._services.pop(order.keep, None)
            self._services[order.keep] = sampled
            if before is not None:
                await self._finish(before)
        return (await ending.reported(order, report, self._folder))._replace(layers=LAYERS)

    async def end_service(self, name: str) -> bool:
        """End a kept service; True when it was alive and what was seen of it is gone."""
        sampled = self._services.pop(name, None)
        if sampled is None:
            return False
        there = bool(sampled.alive())
        await sampled.terminate()
        await self._finish(sampled)
        return there

    async def died_services(self) -> tuple[DeadService, ...]:
        """The kept services that ended by themselves since the last call."""
        died = {name: sampled for name, sampled in self._services.items() if not sampled.alive()}
        self._services = {name: one for name, one in self._services.items() if name not in died}
        return tuple([DeadService(name, await self._finish(one)) for name, one in died.items()])

    async def _finish(self, service: _Sampled) -> tuple[str, ...]:
        from gatekeeper.adapters.guard import ending

        await service.kill()
        service.finish(Report())
        return await ending.service_lines(service.order, self._folder)

    async def stop(self, *, now: bool = False) -> None:
        """Make every `run` that is under way end with `Cancelled`: politely, or `now`. Does not wait for it."""
        for sampled in self._running:
            sampled.told = "kill" if now or sampled.told == "kill" else "stop"

    async def kill_now(self) -> None:
        """No more grace for anything that runs, services included."""
        await self.stop(now=True)
        for sampled in self._services.values():
            await sampled.kill()

    async def close(self) -> None:
        """End every service."""
        await self.stop(now=True)
        for name in tuple(self._services):
            await self.end_service(name)


class _Sampled:
    """One command: its leader, and everybody who was ever seen below it or carries its cookie."""

    def __init__(self, order: GuardOrder, cookie: str) -> None:
        """Start the leader. Raises `OSError` or `ValueError` where it cannot be started."""
        import psutil

        from gatekeeper.adapters.guard import sweep

        self.told = ""
        self.order = order
        self._cookie = cookie
        self._seen: dict[int, psutil.Process] = {}
        self._started = time.monotonic()
        self._output = SampledOutput(order, self._started)
        try:
            self._leader = subprocess.Popen(
                order.argv,
                cwd=order.cwd,
                env=dict(sweep.with_cookie(order.environ, cookie)),
                stdin=self._output.read,
                stdout=self._output.given,
                stderr=self._output.given,
                start_new_session=True,
                preexec_fn=self._output.before_it_runs,  # noqa: PLW1509 - one call of the system, no lock
            )
        except BaseException:
            self._output.finish(Report(), self._started)
            raise
        self._output.given_away()
        self._root = psutil.Process(self._leader.pid)

    async def conduct(self) -> Report:
        """Watch it to its end, and end what is left; once."""
        report = Report(end="broken")
        try:
            report.end = await self._watch()
            report.after_s = report.duration_s = time.monotonic() - self._started
            if report.end in ("deadline", "quiet"):
                report.sights = self._sights()
            if report.end != "leader":
                await self.terminate()
            left = [one for one in self.alive() if one.pid != self._leader.pid]
            if report.end == "leader" and self.order.keep and left and self._leader.wait() == 0:
                report.end, report.service = "exited", True
                return report
            report.survivors = tuple(map(_described, left[:64]))
            report.survivors_total = len(left)
            report.unkillable = await self.kill()
            code = self._leader.wait()
            if report.end == "leader":
                report.end, report.code = ("signalled", -code) if code < 0 else ("exited", code)
            return report
        finally:
            if not report.service:
                self.finish(report)

    def finish(self, report: Report) -> None:
        """Nobody of it writes any more: bring its output to its end."""
        self._output.finish(report, time.monotonic())

    async def _watch(self) -> str:
        import anyio

        deadline = self._started + self.order.timeout_s
        quiet = self.order.quiet_s if self.order.quiet_s is not None else math.inf
        size, written = 0, self._started
        while True:
            self.sample()
            now = time.monotonic()
            found = self._output.size(now)
            if found != size:
                size, written = found, now
            # Seen as a zombie, not reaped: its group may still have to be signalled.
            if not _lives(self._root):
                return "leader"
            if self.told:
                return "stopped"
            if now >= deadline:
                return "deadline"
            if now >= written + quiet:
                return "quiet"
            await anyio.sleep(min(_SAMPLE_S, max(0.0, deadline - now)))

    def sample(self) -> None:
        """Remember who is below the leader, or below anybody who was seen before."""
        import psutil

        for one in (self._root, *self._seen.values()):
            with contextlib.suppress(psutil.Error):
                for child in one.children(recursive=True):
                    self._seen.setdefault(child.pid, child)

    def alive(self) -> list[psutil.Process]:
        """Who of them can still run code."""
        self.sample()
        return [one for one in (self._root, *self._seen.values()) if _lives(one)]

    async def terminate(self) -> None:
        """SIGTERM to the leader's group (to each one, where the leader is gone), then as long as the grace lasts."""
        import anyio

        if self._leader.returncode is None:
            with contextlib.suppress(OSError):
                os.killpg(self._leader.pid, signal.SIGTERM)
        else:
            _signal_all(self.alive(), signal.SIGTERM)
        with anyio.move_on_after(self.order.grace_s):
            while self.told != "kill" and self.alive():  # noqa: ASYNC110 - only looking tells that a process ended
                await anyio.sleep(_SAMPLE_S)

    async def kill(self) -> tuple[int, ...]:
        """SIGKILL until two passes found nobody; who would not die in time."""
        import anyio

        until = time.monotonic() + _DIE_WITHIN_S
        clean = 0
        while clean < 2:
            if self._leader.returncode is None:
                with contextlib.suppress(OSError):
                    os.killpg(self._leader.pid, signal.SIGKILL)
            found = [*self.alive(), *self._carriers()]
            _signal_all(found, signal.SIGKILL)
            clean = 0 if found else clean + 1
            if time.monotonic() > until:
                return tuple(one.pid for one in found)
            await anyio.sleep(0.001)
        return ()

    def _carriers(self) -> list[psutil.Process]:
        import psutil

        from gatekeeper.adapters.guard import sweep

        found = []
        for one in psutil.process_iter():
            with contextlib.suppress(psutil.Error, OSError):
                carries = self._cookie in one.environ().get(sweep.VARIABLE, "").split(",")
                if carries and one.pid != os.getpid() and _lives(one):
                    found.append(one)
        return found

    def _sights(self) -> tuple[Sight, ...]:
        import psutil

        found = []
        for one in self.alive()[:64]:
            with contextlib.suppress(psutil.Error):
                ticks = int(sum(one.cpu_times()[:2]) * os.sysconf("SC_CLK_TCK"))
                found.append(Sight(tuple(one.cmdline()), ticks, one.pid, one.ppid(), one.status()[:1].upper(), ""))
        return tuple(found)


def _lives(one: psutil.Process) -> bool:
    import psutil

    try:
        return one.is_running() and one.status() not in (psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD)
    except psutil.Error:
        return False


def _signal_all(processes: list[psutil.Process], number: signal.Signals) -> None:
    import psutil

    for one in processes:
        # psutil compares the start time first, so that a pid that was given away is not hit.
        with contextlib.suppress(psutil.Error, OSError):
            one.send_signal(number)


def _described(one: psutil.Process) -> Survivor:
    import psutil

    argv, age, cwd = list[str](), 0.0, ""
    with contextlib.suppress(psutil.Error):
        age = max(0.0, time.time() - one.create_time())
        argv = one.cmdline()
        cwd = one.cwd()
    return Survivor(round(age, 2), tuple(argv), cwd, LAYERS[0], one.pid, ())
