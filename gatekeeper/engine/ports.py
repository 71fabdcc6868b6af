"""Owns what the engine needs from the world, as small Protocols. Knows no adapter."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

from gatekeeper.model.baseline import Standard
from gatekeeper.model.demands import IntegritySpec
from gatekeeper.model.event_parts import FileDiff
from gatekeeper.model.events import Entry, Event
from gatekeeper.model.evidence_events import IntegrityCompared
from gatekeeper.model.help_events import FixProved, RepoSettled
from gatekeeper.model.helping import DueProof, Recognised, Snapshot
from gatekeeper.model.integrity import IntegrityChange
from gatekeeper.model.outcome import Attempt, DeadService, StepOrder
from gatekeeper.model.plan import Step, StepId
from gatekeeper.model.tree import Tree
from gatekeeper.model.verdict import StepResult


class Clock(Protocol):
    """Time as a parameter: `monotonic` in seconds for durations, `now` as UTC ISO 8601 with milliseconds and Z."""

    def monotonic(self) -> float:
        """Seconds on a clock that never jumps."""
        ...

    def now(self) -> str:
        """The wall clock, as in ``2026-02-18T02:00:07.123Z``."""
        ...


class Journal(Protocol):
    """The append-only truth. `append` returns only when the entry is in the operating system's hands."""

    def append(self, event: Event, *, sync: bool = False) -> Entry:
        """Write one event; with `sync` also force it to the disk. Raises `JournalError` when it cannot."""
        ...


class Reader(Protocol):
    """Somebody who reads the event stream: console, execution log, and whoever comes."""

    def receive(self, entry: Entry) -> None:
        """Take one entry. What is raised here becomes an incident and never touches the verdict."""
        ...


class StepExecutor(Protocol):
    """Executes attempts, here or on another machine, under the guard. Never raises for what a step did."""

    async def execute(self, order: StepOrder) -> Attempt:
        """Run one attempt to its end. Cancelling the task ends the step before the cancellation goes on."""
        ...

    async def stop(self, *, now: bool) -> None:
        """End every attempt that is running at this moment as `Cancelled`: after its grace, or at once with `now`.

        An attempt is running from the moment `execute` is called; those that are ordered later (teardown) are not
        touched. Returns without waiting for the ends.
        """
        ...

    async def end_service(self, service: str) -> DeadService | None:
        """End a kept service and see it gone; what is left of it, or None where there is none of that name."""
        ...

    async def died_services(self) -> tuple[DeadService, ...]:
        """The kept services that ended by themselves since the last call."""
        ...


class Standards(Protocol):
    """Knows what a step's evidence is held against."""

    async def of(self, step: Step) -> Standard:
        """The standard of a bound step; what cannot be read is in it as a problem. Never raises for that."""
        ...


class Integrity(Protocol):
    """Knows what a run is judged by, and what became of it. Never raises for what files look like: it says so."""

    @property
    def spec(self) -> IntegritySpec:
        """What a weakening change means; as the base has it where that is harder, once that was compared."""
        ...

    def begin(self, tree: Tree) -> None:
        """Keep what `tree`, the one at the start, holds, beside what else goes on."""
        ...

    async def changes(self, before: Tree, after: Tree) -> tuple[IntegrityChange, ...]:
        """What changed of what judges between two readings."""
        ...

    async def essence(self, before: Tree, after: Tree) -> tuple[FileDiff, ...]:
        """The telling lines of all that changed between two readings, bounded."""
        ...

    async def outside(self) -> tuple[IntegrityChange, ...]:
        """What changed since the start of what judges and lies outside of all trees."""
        ...

    async def beside_base(self, first: Tree) -> IntegrityCompared | None:
        """What judges at the start, beside the base; None where the cycle names none."""
        ...


class Recogniser(Protocol):
    """Knows known failures."""

    async def recognise(self, step: Step, result: StepResult) -> Recognised:
        """What is known of a bound step that did not pass. Never raises: a pattern that fails is told of."""
        ...


class FixerCalls(Protocol):
    """Calls the fixer."""

    async def call(self, number: int, tree: Tree, *, left_s: float, rounds_left: int, calls_left: int) -> None:
        """Call it for the `number`-th time on `tree`, and tell of that; within `left_s` seconds in any case.

        `rounds_left` and `calls_left` are what it is told of the budget. Raises `JournalError` only.
        """
        ...

    async def look_back(self, number: int) -> None:
        """Tell what the `number`-th call did, of which nobody saw the end because this run's process died.

        Raises `JournalError` only.
        """
        ...


class Snapshots(Protocol):
    """Keeps the content of working trees, as commits on no branch."""

    async def take(self) -> Snapshot:
        """Keep what all repos hold now. Never raises: what cannot be kept is told of in `problem`."""
        ...


class Inputs(Protocol):
    """Knows the content of what steps say that they depend on."""

    async def digests(self, tree: Tree) -> Mapping[StepId, str]:
        """The digest of the inputs of every step that has some, in `tree` as it was just read; none where unknown."""
        ...


class Resources(Protocol):
    """Knows who has which named resources for itself."""

    def take(self, names: tuple[str, ...]) -> Callable[[], None] | str:
        """Take all of `names`, or none: what gives them back, or in words which one somebody has. Waits for nobody."""
        ...


class FixProver(Protocol):
    """Runs steps on trees of before."""

    async def prove(self, due: DueProof) -> FixProved:
        """Run the step once on the tree before its fix. Never raises for what comes of it: that is the outcome."""
        ...


class Settler(Protocol):
    """Sees to what became of the repos' drift."""

    async def settle(self, first: Tree, last: Tree, *, green: bool) -> tuple[RepoSettled, ...]:
        """What became of every repo that the cycle wants settled, between the trees at the start and at the end.

        Only with `green` is anything committed or pushed, and only where the cycle says so.
        """
        ...


class Trees(Protocol):
    """Reads the cycle's working trees."""

    async def read(self) -> Tree:
        """The exact content of all repos, now. Never raises for what a repo looks like: it says so in `problem`."""
        ...
