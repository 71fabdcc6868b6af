"""Nothing gets away: the matrix of every escape, at every end, as root and as an ordinary user.

Who is alive is counted by witnesses that the guard does not know (`tests.situations.census`), and at the moment when
the guard returns. Where gatekeeper itself is killed, nobody returns: there it is a matter of milliseconds.
"""

from __future__ import annotations

import os
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.adapters.guard.escapes import UNLIKE_EACH_OTHER, WITHOUT_COMPILER, Escape, escapes, written
from tests.adapters.guard.guard_situations import Witness, eventually
from tests.adapters.guard.witnessed import PLACES, NoSuchPlace, Orchestrator, Place
from tests.situations import census
from tests.support import compiled, ordinary_user, tables
from tests.support.leaks import nothing_left_behind

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the full guard is Linux only")

OBSERVED_S = 0.02
MATRIX = tables.table(
    "the matrix: who survives which escape, at which end",
    "'.' nothing survived, 'Sn' n survivors; then milliseconds: past limit and grace (deadline; from the"
    " start where the guardian is killed), from the leader's exit to the return (exit), from SIGKILL to the last one"
    " gone (killed). Comets are chains of processes that live for 50 µs each.",
)


class Stage:
    """A place with a gatekeeper that runs step after step, and always another one that may be killed."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.storm = compiled.compiled("storm", place.folder)
        self._made = 0
        self.orchestrator = self._start()
        self._victim: Orchestrator | None = None
        self._retired: list[Orchestrator] = []

    def take_victim(self) -> Orchestrator:
        """A gatekeeper to be killed."""
        victim, self._victim = self._victim or self._start(), None
        self._retired.append(victim)
        return victim

    def prepare_victim(self) -> None:
        """Have the next one come up while something else goes on."""
        self._victim = self._victim or self._start()

    def _start(self) -> Orchestrator:
        self._made += 1
        return Orchestrator(self.place, self._made)

    def close_retired(self) -> None:
        """Nothing of what was killed is left."""
        while self._retired:
            self._retired.pop().close()

    def close(self) -> None:
        self.close_retired()
        self.orchestrator.close()
        if self._victim is not None:
            self._victim.close()


@pytest.fixture(autouse=True)
def _nothing_left_behind() -> None:
    """The gatekeepers here live longer than one test; `stage` looks at what they leave."""


@pytest.fixture(scope="module", params=PLACES)
def stage(request: pytest.FixtureRequest) -> Iterator[Stage]:
    with nothing_left_behind(), tempfile.TemporaryDirectory(prefix="gatekeeper-matrix-") as folder:
        Path(folder).chmod(0o755)
        try:
            with PLACES[request.param](Path(folder)) as place:
                made = Stage(place)
                yield made
                made.close()
        except NoSuchPlace as missing:
            pytest.skip(str(missing))


@dataclass
class Trial:
    """One escape, tried once: its command line, and its witnesses."""

    escape: Escape
    stage: Stage
    announced: Path

    def argv(self, then: str) -> tuple[str, ...]:
        program, *words = self.escape.program
        if program == "storm" and self.stage.storm is None:
            if self.escape.name not in WITHOUT_COMPILER:
                pytest.skip("no C compiler here, and Python cannot do this")
            program, *words = WITHOUT_COMPILER[self.escape.name]
        if program == "storm":
            return (str(self.stage.storm), *words, str(self.announced), then)
        python = (self.stage.place.python, "-I", "-S", self.stage.place.situation(program))
        return (*python, *words, str(self.announced), then)

    def came_up(self) -> bool:
        """Whether all who were to try it were there."""
        if self.escape.comets:
            return census.beats(str(self.announced))[0] >= 3 * min(self.escape.comets, 20)
        # A step that kills its guardian is killed for it before all of it has spoken.
        return len(Witness(self.announced).announced()) >= (1 if self.escape.kills else self.escape.announce)

    def alive(self) -> list[int]:
        """Who is alive of those who said who they are."""
        return [] if self.escape.comets else Witness(self.announced).alive()

    def beats_on(self, since: int) -> bool:
        """Whether a comet was born after so many had been."""
        until = time.monotonic() + OBSERVED_S
        while self.escape.comets and time.monotonic() < until:
            if census.beats(str(self.announced))[0] != since:
                return True
        return False


@pytest.fixture
def trial(stage: Stage) -> Callable[[Escape], Trial]:
    def make(escape: Escape) -> Trial:
        folder = Path(tempfile.mkdtemp(dir=stage.place.folder, prefix="trial-"))
        if stage.place.user is not None:
            ordinary_user.give(folder)
        return Trial(escape, stage, folder / "announced")

    return make


Try = Callable[[Escape], Trial]


def note(stage: Stage, end: str, escape: Escape, survivors: int, seconds: float) -> None:
    text = f"S{survivors}" if survivors else "."
    MATRIX.note(f"{stage.place.name}: {end}", escape.name, f"{text} {seconds * 1000:.0f}")


def survivors_of(trial: Trial, back: dict[str, Any]) -> int:
    """How many outlived the return, by all witnesses."""
    alive = {pid for pid, _ in back["alive"]} | set(trial.alive())
    return len(alive) + trial.beats_on(back["beats"])


@escapes(lambda escape: escape.name not in UNLIKE_EACH_OTHER)
def test_deadline_passes_with_the_leader_still_there(stage: Stage, trial: Try, escape: Escape) -> None:
    """When the deadline ends a step, nothing that it ever started is alive on return."""
    stage.prepare_victim()
    for timeout_s in (0.3, 3.0, 20.0):
        one = trial(escape)
        stage.orchestrator.order(one.argv("stay"), one.announced, timeout_s)
        back = stage.orchestrator.returned()
        survivors = survivors_of(one, back)
        over = back["wall_s"] - (0 if escape.kills else timeout_s + 0.05)
        note(stage, "deadline", escape, survivors, over)
        assert survivors == 0, back
        assert back["outcome"] == ("GuardBroken" if escape.kills else "TimedOut"), back
        assert over < escape.within_s
        # On a busy machine they may not all have been there before the deadline: then it proved too little.
        if one.came_up():
            return
    pytest.fail("the processes did not come up in 20 s")


@escapes(lambda escape: escape.comets > 20)
def test_leader_exits_and_leaves_something(stage: Stage, trial: Try, escape: Escape) -> None:
    """When a leader exits 0 and leaves processes, they are gone on return, and each of them is told of."""
    one = trial(escape)
    stage.orchestrator.order(one.argv("exit"), one.announced, timeout_s=20)
    back = stage.orchestrator.returned()
    survivors = survivors_of(one, back)
    note(stage, "exit", escape, survivors, back["wall_s"] - back["duration_s"])
    assert survivors == 0, back
    assert one.came_up()
    assert back["outcome"] == ("GuardBroken" if escape.kills else "Exited"), back
    assert back["wall_s"] - back["duration_s"] < escape.within_s
    if escape.comets:
        # More of them may be dead before anybody without rights can look.
        assert back["strays"] or escape.comets > 20
    elif not escape.kills:
        told = {pid for pid, _ in Witness(one.announced).announced()} & set(back["strays"])
        assert len(told) == min(escape.announce - 1, 64)


@escapes(lambda escape: escape.name not in UNLIKE_EACH_OTHER)
def test_gatekeeper_is_killed(stage: Stage, trial: Try, escape: Escape) -> None:
    """When gatekeeper is killed with SIGKILL, all that its step started is gone within moments, without any help."""
    one = trial(escape)
    victim = stage.take_victim()
    output = victim.order(one.argv("await" if escape.kills else "stay"), one.announced, timeout_s=50)
    eventually(lambda: output.exists() and "ready" in output.read_text())
    assert escape.comets or len(victim.alive()) >= escape.announce
    if escape.kills:
        began = time.monotonic()
        one.announced.with_name(one.announced.name + ".go").touch()
        eventually(lambda: victim.dead() or not one.alive())
    if not escape.kills or not victim.dead():
        # The guard may be faster than the second of the two blows.
        began = victim.kill()
    until = began + escape.within_s
    while escape.comets and one.beats_on(census.beats(str(one.announced))[0]) and time.monotonic() < until:
        pass
    while (left := victim.alive()) and time.monotonic() < until:
        time.sleep(0.001)
    beats, last = census.beats(str(one.announced)) if escape.comets else (0, 0)
    ended = last / 1e9 if last else time.monotonic()
    survivors = len({pid for pid, _ in left} | set(one.alive())) + one.beats_on(beats)
    note(stage, "killed", escape, survivors, ended - began)
    assert survivors == 0, left
    eventually(partial(Orchestrator.helpers_gone, victim))
    stage.close_retired()


def gone(victim: Orchestrator, one: Trial) -> bool:
    """Whether nothing is alive of what the step of a gatekeeper started."""
    return not victim.alive() and not one.alive()


def test_gatekeeper_hangs_and_the_deadline_still_holds(stage: Stage, trial: Try) -> None:
    """An orchestrator that is stopped cannot make a step live longer: the deadline is not its to keep."""
    victim = stage.take_victim()
    for timeout_s in (1.5, 6.0, 25.0):
        one = trial(written("setsid", 2))
        output = victim.order(one.argv("stay"), one.announced, timeout_s)
        until = time.monotonic() + timeout_s
        while not (output.exists() and "ready" in output.read_text()) and time.monotonic() < until:
            time.sleep(0.002)
        os.kill(victim.told["pid"], signal.SIGSTOP)
        there = len(one.alive())
        eventually(partial(gone, victim, one))
        os.kill(victim.told["pid"], signal.SIGCONT)
        assert victim.returned()["outcome"] == "TimedOut"
        # On a busy machine it may have been over before we stopped anybody: then it proved nothing.
        if there == 2:
            break
    assert there == 2
    stage.close_retired()
