"""The journal is the truth: nothing goes on without it. Readers are guests: none of them can change a verdict."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from gatekeeper.engine.stream import EventStream
from gatekeeper.model.errors import JournalError
from gatekeeper.model.events import (
    Entry,
    Event,
    IncidentHappened,
    NoteAdded,
    RoundFinished,
    RoundStarted,
    RunFinished,
    RunStarted,
    StepFinished,
    StepStarted,
)
from gatekeeper.model.incident import IncidentKind
from gatekeeper.model.outcome import Exited, StepOrder
from gatekeeper.model.service_events import ServiceEnded, ServiceStarted

from .cycles import cycle, gate, step
from .world import MemoryJournal, World

pytestmark = pytest.mark.anyio
PLAN = cycle(
    gate("stack", step("stack/up", keep="stack"), step("stack/proxy", keep="proxy")),
    gate("g", "a", "b"),
    teardown=(step("teardown/stop"),),
)

EVERY_LINE: list[type[Event]] = [
    RunStarted,
    RoundStarted,
    StepStarted,
    StepFinished,
    ServiceStarted,
    RoundFinished,
    ServiceEnded,
    RunFinished,
]


@pytest.mark.parametrize("kind", EVERY_LINE)
@pytest.mark.parametrize("jobs", [1, 3])
async def test_a_journal_that_fails_ends_the_run_and_leaves_nothing_alive(kind: type[Event], jobs: int) -> None:
    """Whichever line cannot be written: the error goes out as it is, nothing starts after it, every service ends."""
    world = World(PLAN)
    world.journal.fails_at = lambda event: isinstance(event, kind)
    with pytest.raises(JournalError, match="no space left on device"):
        await world.run(jobs=jobs)
    assert world.executor.alive == set()
    assert world.executor.running == {}
    announced = {(each.gate, each.step, each.attempt) for each in world.told(StepStarted)}
    assert {(*order.step.id, order.attempt) for order in world.executor.orders} <= announced


async def test_a_journal_that_fails_in_the_middle_ends_what_runs_beside() -> None:
    world = World(cycle(gate("a", "slow"), gate("b", "quick", "next")))
    world.script(a__slow=world.hang)
    world.journal.fails_at = lambda event: isinstance(event, StepFinished)
    with pytest.raises(JournalError):
        await world.run(jobs=2)
    assert world.executor.cancelled == ["a/slow"]
    assert "b/next" not in world.ran


async def test_a_bug_of_ours_ends_every_service_and_closes_the_journal() -> None:
    """Nothing is said of the tree, and nobody has to guess whether the run still goes on."""
    world = World(PLAN)

    async def bug(_: StepOrder) -> Exited:
        raise ZeroDivisionError("ours")

    world.script(g__a=[bug])
    with pytest.raises(ZeroDivisionError):
        await world.run()
    assert world.executor.alive == set()
    (finished,) = world.told(RunFinished)
    assert (finished.verdict, finished.exit_code) == ("aborted", 70)
    assert [each.kind for each in world.told(IncidentHappened)] == [IncidentKind.INTERNAL]


class Listener:
    """Writes down what it was shown; raises at what it is told to raise at, each time."""

    def __init__(self, bad_at: Callable[[Event], bool] = lambda _: False) -> None:
        self.bad_at = bad_at
        self.seen: list[int] = []

    def receive(self, entry: Entry) -> None:
        self.seen.append(entry.seq)
        if self.bad_at(entry.event):
            raise OSError("the terminal is gone")


async def test_a_reader_that_raises_is_one_incident_and_is_left_out() -> None:
    """The verdict stays, the other readers go on, and in the order of the journal."""
    bad, good = Listener(lambda event: isinstance(event, StepStarted)), Listener()
    world = World(cycle(gate("g", "a", "b")), bad, good)
    finished = await world.run()
    assert (finished.verdict, finished.exit_code) == ("green", 0)
    (incident,) = world.told(IncidentHappened)
    assert incident.kind is IncidentKind.INTERNAL
    assert incident.message == "Listener stopped reading: OSError('the terminal is gone')"
    assert finished.incidents == (("internal", 1),)
    assert bad.seen == [0, 1, 2]
    assert good.seen == list(range(len(world.journal.entries)))


async def test_all_readers_fail_at_once() -> None:
    """One incident each, also where one fails at hearing of the other."""
    readers = [Listener(lambda event: isinstance(event, StepStarted | IncidentHappened)) for _ in range(3)]
    readers.append(Listener(lambda event: isinstance(event, IncidentHappened)))
    world = World(cycle(gate("g", "a")), *readers)
    finished = await world.run()
    assert finished.verdict == "green"
    assert len(world.told(IncidentHappened)) == 4


async def test_a_reader_may_have_something_to_say() -> None:
    """As the execution log has of a conflict: everybody still sees everything once, in order."""

    class Talker(Listener):
        stream: EventStream

        def receive(self, entry: Entry) -> None:
            super().receive(entry)
            if isinstance(entry.event, RoundStarted):
                self.stream.publish(NoteAdded("p", "r", "s", "g"))

    before, talker, after = Listener(), Talker(), Listener()
    world = World(cycle(gate("g", "a")), before, talker, after)
    talker.stream = world.stream
    await world.run()
    assert before.seen == talker.seen == after.seen == list(range(len(world.journal.entries)))


def test_a_journal_that_fails_is_not_taken_for_the_reader_that_had_something_to_say() -> None:
    journal = MemoryJournal()

    class Talker(Listener):
        def receive(self, entry: Entry) -> None:
            stream.publish(NoteAdded("p", "r", "s", "g"))

    stream = EventStream(journal, (Talker(),))
    journal.fails_at = lambda event: isinstance(event, NoteAdded)
    with pytest.raises(JournalError):
        stream.publish(RoundStarted(1, "first", "T"))


@pytest.mark.parametrize("kind", [StepFinished, RunFinished])
def test_what_closes_a_step_or_the_run_is_forced_to_the_disk(kind: type[Event]) -> None:
    synced: list[type[Event]] = []

    class Disk(MemoryJournal):
        def append(self, event: Event, *, sync: bool = False) -> Entry:
            if sync:
                synced.append(type(event))
            return super().append(event)

    stream = EventStream(Disk(), ())
    stream.publish(StepStarted("g", "s", 1, 1, 60.0))
    stream.publish(StepFinished("g", "s", 1, 1, "passed"))
    stream.publish(RunFinished("green", 0, 1, "T", 1.0))
    assert kind in synced
    assert StepStarted not in synced
