"""How long those are waited for who may still read a leader's last words: told with injected time."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from types import SimpleNamespace

import pytest

from gatekeeper.adapters.guard.leftovers import readers
from gatekeeper.adapters.guard.leftovers.kill_ladder import Reaper
from gatekeeper.adapters.guard.system import procfs

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the full guard is Linux only")


class Nobody(Reaper):
    """Has no children to reap: who reads is told by the test."""

    def all_gone(self) -> bool:
        return False


class Waiting:
    """Waits on a clock that only it moves."""

    def __init__(self) -> None:
        self.reaper: Reaper = Nobody(0)
        self.told = b""
        self.now = 100.0

    def wait(self, until: float) -> None:
        self.now = until


def one_that_is(state: str) -> procfs.Stat:
    return procfs.Stat(7, state, os.getpid(), 7, 7, 0, 1, 1)


@pytest.fixture
def waited_for(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[float], str]], float]:
    """For how long a reader is waited for that is in this state after so many seconds; gone where it is empty."""

    def ask(state_after: Callable[[float], str]) -> float:
        watch = Waiting()
        began = watch.now

        def descendants(_: int) -> list[procfs.Stat]:
            state = state_after(watch.now - began)
            return [one_that_is(state)] if state else []

        clock = SimpleNamespace(monotonic=lambda: watch.now)
        monkeypatch.setattr("gatekeeper.adapters.guard.leftovers.readers.time", clock)
        monkeypatch.setattr(procfs, "own_children", list)
        monkeypatch.setattr(procfs, "pipes", lambda _: frozenset({"pipe:[1]"}))
        monkeypatch.setattr(procfs, "descendants", descendants)
        readers.let_finish(watch)
        return watch.now - began

    return ask


def test_one_that_waits_for_words_is_waited_for_a_moment(waited_for: Callable[[Callable[[float], str]], float]) -> None:
    """It may be a daemon that somebody started; a step's end is not held up for it."""
    assert waited_for(lambda _: "S") == pytest.approx(0.1)


def test_one_that_waits_for_its_turn_is_waited_for_longer(
    waited_for: Callable[[Callable[[float], str]], float],
) -> None:
    """On a busy machine it has not had the moment yet; but one that always wants to run is not waited for either."""
    assert waited_for(lambda after: "R" if after < 0.4 else "") == pytest.approx(0.4, abs=0.011)
    assert waited_for(lambda after: "D" if after < 0.4 else "S") == pytest.approx(0.4, abs=0.011)
    assert waited_for(lambda _: "R") == pytest.approx(1.0)
