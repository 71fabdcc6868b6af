"""The engine's surroundings, in memory: every port, time that moves when told, and steps that do as scripted."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Awaitable, Callable
from typing import Self, TypeAlias, TypeVar

import anyio

from gatekeeper.engine.cycle_run import CycleRun
from gatekeeper.engine.helpers import Helpers
from gatekeeper.engine.ports import Reader
from gatekeeper.engine.remembering import Memory
from gatekeeper.engine.run_order import RunOrder
from gatekeeper.engine.stop import Stop
from gatekeeper.engine.stream import EventStream
from gatekeeper.model.errors import JournalError
from gatekeeper.model.event_parts import PlannedStep
from gatekeeper.model.events import Entry, Event, RunFinished, RunStarted
from gatekeeper.model.help_events import RunResumed
from gatekeeper.model.outcome import Attempt, Cancelled, DeadService, Exited, Outcome, Output, StepOrder
from gatekeeper.model.plan import Plan, Step
from gatekeeper.model.tree import RepoState, Tree
from gatekeeper.policy.binding import Context
from gatekeeper.policy.claims import claims_of
from gatekeeper.policy.replay import replay

PATIENCE_S = 20.0
Behaviour: TypeAlias = Outcome | Attempt | Callable[[StepOrder], Awaitable[Outcome | Attempt]]
Happened = TypeVar("Happened")


class HeldClock:
    """Time that stands still until somebody moves it."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def monotonic(self) -> float:
        return self.seconds

    def now(self) -> str:
        return "2026-02-18T02:00:07.000Z"


class MemoryJournal:
    """Keeps entries in a list; from the event for which `fails_at` says so on, nothing can be written any more."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.fails_at: Callable[[Event], bool] = lambda _: False
        self.broken = False

    def append(self, event: Event, *, sync: bool = False) -> Entry:
        self.broken = self.broken or self.fails_at(event)
        if self.broken:
            raise JournalError("no space left on device")
        entry = Entry(len(self.entries), "2026-02-18T02:00:07.000Z", "run-1", event)
        self.entries.append(entry)
        return entry


class MemoryTrees:
    """One repo whose files are a mapping; the digest follows from what they hold."""

    def __init__(self) -> None:
        self.files: dict[str, str] = {}
        self.readable = True

    async def read(self) -> Tree:
        await anyio.lowlevel.checkpoint()
        if not self.readable:
            return Tree("unknown", (RepoState("backend", "/backend", problem="cannot be read"),))
        digest = hashlib.sha256(repr(sorted(self.files.items())).encode()).hexdigest()
        files = tuple(("backend", path, text) for path, text in sorted(self.files.items()))
        return Tree(f"sha256:{digest}", (RepoState("backend", "/backend", "abc"),), files)


class ScriptedExecutor:
    """Executes attempts by the script of their step: one behaviour an attempt, the last for all that follow."""

    def __init__(self) -> None:
        self.script: dict[str, list[Behaviour]] = {}
        self.orders: list[StepOrder] = []
        self.running: dict[str, anyio.CancelScope] = {}
        self.most_at_once = 0
        self.cancelled: list[str] = []
        self.stops: list[bool] = []
        self.alive: set[str] = set()
        self.ended: list[str] = []
        self.died: list[str] = []
        self.last_lines: tuple[str, ...] = ()
        self.why = ""
        self.output: Output | None = None
        self.lost = ""
        self.on_stop: Callable[[], Awaitable[None]] = anyio.lowlevel.checkpoint
        self.on_end_service: Callable[[], Awaitable[None]] = anyio.lowlevel.checkpoint

    async def execute(self, order: StepOrder) -> Attempt:
        name = str(order.step.id)
        self.orders.append(order)
        script = self.script.get(name, [Exited(0)])
        before = sum(str(other.step.id) == name for other in self.orders) - 1
        behaviour = script[min(before, len(script) - 1)]
        found: Outcome | Attempt = Cancelled()
        with anyio.CancelScope() as scope:
            self.running[name] = scope
            self.most_at_once = max(self.most_at_once, len(self.running))
            try:
                await anyio.lowlevel.checkpoint()
                found = await behaviour(order) if callable(behaviour) else behaviour
            except anyio.get_cancelled_exc_class():
                self.cancelled.append(name)
                raise
            finally:
                del self.running[name]
        attempt = found if isinstance(found, Attempt) else Attempt(found, 1.0)
        if order.step.keep is not None and attempt.outcome == Exited(0):
            self.alive.add(order.step.keep)
            attempt = attempt._replace(service=order.step.keep)
        return attempt

    async def stop(self, *, now: bool) -> None:
        self.stops.append(now)
        for scope in self.running.values():
            scope.cancel()
        await self.on_stop()

    async def end_service(self, service: str) -> DeadService | None:
        await self.on_end_service()
        self.ended.append(service)
        if service not in self.alive:
            return None
        self.alive.remove(service)
        return DeadService(service, self.last_lines, output=self.output, lost=self.lost)

    async def died_services(self) -> tuple[DeadService, ...]:
        await anyio.lowlevel.checkpoint()
        died, self.died = tuple(self.died), []
        self.alive -= set(died)
        return tuple(DeadService(name, self.last_lines, self.why, self.output, self.lost) for name in died)


class World:
    """A plan, and everything that a run of it needs."""

    def __init__(self, plan: Plan, *readers: Reader) -> None:
        self.plan = plan
        self.clock = HeldClock()
        self.journal = MemoryJournal()
        self.trees = MemoryTrees()
        self.executor = ScriptedExecutor()
        self.stop = Stop()
        self.stream = EventStream(self.journal, readers)
        self.why_skipped: Callable[[Step, Tree], str | None] = lambda _step, _tree: None
        self.environ: dict[str, str] = {}
        self.memory: Memory | None = None
        self.helpers = Helpers()
        self.former: tuple[Event, ...] = ()
        self.switches: tuple[str, ...] = ()
        self.eased = False
        self.watch = False
        self.began: defaultdict[str, anyio.Event] = defaultdict(anyio.Event)

    def script(self, **steps: Behaviour | list[Behaviour]) -> Self:
        """Say what the attempts of `gate__step` come to."""
        for name, behaviours in steps.items():
            listed = behaviours if isinstance(behaviours, list) else [behaviours]
            self.executor.script[name.replace("__", "/")] = listed
        return self

    async def run(self, *, jobs: int = 1) -> RunFinished:
        """Run to the end; a run that hangs fails the test."""
        selected = tuple(step.id for gate in self.plan.gates for step in gate.steps)
        order = RunOrder(
            run="run-1",
            plan=self.plan,
            selected=selected,
            context=Context(self.environ),
            jobs=jobs,
            log="log.md",
            opening=self._opening,
            why_skipped=self.why_skipped,
            jitter=lambda: 0.0,
            memory=self.memory,
            watch=self.watch,
            claims=claims_of(self.plan, selected, str),
        )
        run = CycleRun(
            order if not self.former else order._replace(opening=self._going_on),
            executor=self.executor,
            trees=self.trees,
            stream=self.stream,
            clock=self.clock,
            stop=self.stop,
            helpers=self.helpers,
            former=self.former,
        )
        with anyio.fail_after(PATIENCE_S):
            finished = await run.run()
        # Whatever happened in it, what its journal says must follow from its journal.
        assert replay(self.plan, self.numbered()).problems == ()
        return finished

    def _going_on(self, tree: Tree) -> RunResumed:
        return RunResumed(len(self.former) - 1, tree.digest)

    def numbered(self) -> list[tuple[int, Event]]:
        """Every event with its line in the journal."""
        return [(entry.seq + 1, entry.event) for entry in self.journal.entries]

    def _opening(self, tree: Tree) -> RunStarted:
        policy = self.plan.until_green
        steps = tuple(
            PlannedStep(gate.name, step.name, gate.tier.value, "", step.timeout_s)
            for gate in self.plan.gates
            for step in gate.steps
        )
        started = RunStarted(self.plan.cycle, self.plan.digest, tree.digest, tree.repos, (), switches=self.switches)
        return started._replace(steps=steps, rounds=policy.rounds, within_s=policy.within_s, watch=self.watch)

    async def hang(self, order: StepOrder) -> Outcome:
        """Say that the step began, and never end."""
        self.began[str(order.step.id)].set()
        await anyio.sleep_forever()
        raise AssertionError("unreachable")

    def taking(self, seconds: float, outcome: Outcome | None = None) -> Behaviour:
        """An attempt that takes time by the clock, then ends like this."""

        async def take(_: StepOrder) -> Outcome:
            self.clock.seconds += seconds
            return outcome or Exited(0)

        return take

    def changing(self, path: str, text: str, outcome: Outcome | None = None) -> Behaviour:
        """An attempt during which a file of the tree changes."""

        async def change(_: StepOrder) -> Outcome:
            self.trees.files[path] = text
            return outcome or Exited(0)

        return change

    def told(self, kind: type[Happened]) -> list[Happened]:
        """All events of one kind, in order."""
        return [entry.event for entry in self.journal.entries if isinstance(entry.event, kind)]

    @property
    def ran(self) -> list[str]:
        """Every attempt that was executed, in order."""
        return [str(order.step.id) for order in self.executor.orders]
