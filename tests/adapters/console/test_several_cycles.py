"""Several cycles in one view: what a moment looks like, and what is left of it at the end."""

from __future__ import annotations

import io

import pytest
from syrupy.assertion import SnapshotAssertion

from gatekeeper.adapters.console.glance import Glance, picture
from gatekeeper.adapters.console.several import JsonSeveral, PlainSeveral, QuietSeveral
from gatekeeper.adapters.console.several_groups import GitHubSeveral
from gatekeeper.adapters.console.spans import Line, cells, paint
from gatekeeper.adapters.console.voice import Voice
from gatekeeper.adapters.console.words import ASCII, UNICODE
from gatekeeper.model.events import Entry, RoundStarted
from gatekeeper.model.service_events import LockAwaited
from tests.adapters.console.closing_stories import ONE
from tests.adapters.console.sample_runs import GREEN, RED, STARTED, entries, passed, started

NAMES = ("backend", "frontend", "docs", "nightly")
HOLDER = "db is held by pid 4711, since 2026-02-18T02:00:00.000Z, run 2026-02-18T02-00-00Z-backend-1c9a"
EVIL = "name\x1b[2J\nverdict   green"


class Hand:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


def moment() -> list[Glance]:
    """One that runs, one that waits for a lock, one that has ended, one whose turn has not come, one that was not."""
    hand = Hand()
    backend, frontend, docs, nightly, broken = (Glance(name, hand) for name in (*NAMES, "broken"))
    for each in (backend, frontend, docs, broken):
        each.begin()
    hand.seconds += 2
    begun = RoundStarted(1, "first round: everything", "sha256:t", 4)
    for entry in entries(STARTED, begun, started("stack"), passed("stack", 8.0), started("smoke")):
        backend.receive(entry)
    hand.seconds += 40
    backend.receive(entries(started("suite", 2))[0])
    for entry in entries(STARTED, begun, LockAwaited(("db",), HOLDER, "smoke", "auth-onboarding")):
        frontend.receive(entry)
    for entry in GREEN:
        docs.receive(entry)
    docs.end(0, "")
    broken.end(3, "required reading cannot be read: docs/nowhere.md")
    return [backend, frontend, docs, nightly, broken]


def lines(shown: tuple[Line, ...]) -> list[str]:
    return [paint(each, colour=False) for each in shown]


@pytest.mark.parametrize("height", [24, 8, 4])
def test_one_moment(height: int, snapshot: SnapshotAssertion) -> None:
    """A block for each; where there is little room a line, and where there is none a number."""
    shown = picture(moment(), height, UNICODE)
    assert len(shown) <= height
    assert "\n".join(lines(shown)) == snapshot


@pytest.mark.parametrize("height", range(1, 12))
def test_no_window_is_too_low(height: int) -> None:
    assert len(picture(moment(), height, ASCII)) <= height


def test_a_stream_of_letters_alone_gets_no_signs() -> None:
    assert all("✓" not in each and "⠋" not in each for each in lines(picture(moment(), 24, ASCII)))


def test_a_name_gives_no_terminal_an_order() -> None:
    glance = Glance(EVIL, Hand())
    (line,) = picture([glance], 24, UNICODE)
    assert "\x1b" not in paint(line, colour=False)
    assert "\n" not in paint(line, colour=False)
    assert sum(cells(span.text) for span in line) < 80


def story(view: PlainSeveral | JsonSeveral) -> None:
    """Three cycles, whose events come between each other's; the fourth is never begun."""
    for cycle in range(3):
        view.begin(cycle)
    view.complain(1, "gatekeeper: the worktree of /project is kept: /project/.gatekeeper/worktrees/1-a")
    runs: tuple[list[Entry], ...] = (list(ONE), list(GREEN), list(RED))
    for number in range(max(map(len, runs))):
        for cycle, run in enumerate(runs):
            if number < len(run):
                view.receive(cycle, run[number])
    view.end(1, 0, "")
    view.end(0, 1, "")
    view.end(2, 1, "")
    view.end(3, 130, "told to stop before its turn came")
    view.finish()
    view.close()


def test_plain_lines_and_the_summary(snapshot: SnapshotAssertion) -> None:
    out, err = io.StringIO(), io.StringIO()
    story(PlainSeveral(NAMES, Voice(out), Voice(err), lambda run: f"runs/{run}", colour=False, monotonic=Hand()))
    assert out.getvalue() == snapshot
    assert err.getvalue().startswith("frontend | gatekeeper: the worktree")


def test_quiet_tells_the_end_and_nothing_else() -> None:
    out = io.StringIO()
    story(QuietSeveral(NAMES, Voice(out), Voice(io.StringIO()), lambda run: f"runs/{run}", colour=False))
    assert " | " not in out.getvalue()
    assert "1 of 4 cycles fine" in out.getvalue()


def test_on_github_a_group_for_each(snapshot: SnapshotAssertion) -> None:
    out, err = io.StringIO(), io.StringIO()
    view = GitHubSeveral(NAMES, Voice(out), Voice(err), lambda run: f"runs/{run}", environ={}, secret=())
    view._monotonic = Hand()
    story(view)
    depth = 0
    for line in out.getvalue().splitlines():
        depth += line.startswith("::group::") - line.startswith("::endgroup::")
        assert depth in {0, 1}, "GitHub knows no group inside of another"
    heads = [line for line in out.getvalue().splitlines() if line.startswith("::group::")]
    assert heads == snapshot


def test_as_json_whole_lines_in_the_order_in_which_they_came() -> None:
    out, err = io.StringIO(), io.StringIO()
    view = JsonSeveral(NAMES, Voice(out), Voice(err))
    for cycle, line in ((0, b'{"run":"a"}'), (2, b'{"run":"c"}'), (0, b'{"run":"a","seq":1}')):
        view.receive(cycle, GREEN[0]._replace(line=line))
    view.end(1, 78, "gates/frontend.yaml:3:1: unknown key")
    assert out.getvalue() == '{"run":"a"}\n{"run":"c"}\n{"run":"a","seq":1}\n'
    assert err.getvalue() == "frontend | exit code 78: gates/frontend.yaml:3:1: unknown key\n"
