"""Help between rounds as people read it: plain lines, lines that stay, the live view, GitHub's log."""

from __future__ import annotations

import io

import pytest
from syrupy.assertion import SnapshotAssertion

from gatekeeper.adapters.console.choose import console
from gatekeeper.adapters.console.closing import closing_block
from gatekeeper.adapters.console.github import GitHubConsole
from gatekeeper.adapters.console.live import LiveConsole
from gatekeeper.adapters.console.spans import paragraph
from gatekeeper.adapters.console.voice import Voice
from gatekeeper.adapters.console.words import UNICODE
from gatekeeper.model.events import Entry
from gatekeeper.model.help_events import ChangeAwaited, FixerStarted, MitigationStarted
from gatekeeper.policy.fold import fold
from tests.adapters.console.sample_runs import FOLDER, RUN
from tests.adapters.executionlog.help_stories import HELPED
from tests.adapters.executionlog.log_stories import hostile


def shown(entries: list[Entry]) -> str:
    stream = io.StringIO()
    seen = console("human", stream=stream, environ={}, run_folder=FOLDER, encode=repr)
    for entry in entries:
        seen.receive(entry)
    seen.close()
    return stream.getvalue()


@pytest.mark.parametrize("name", HELPED)
def test_a_helped_run_in_plain_lines(name: str, snapshot: SnapshotAssertion) -> None:
    """One line an event with a word in front that can be searched for, then the closing block."""
    assert shown(HELPED[name]().entries) == snapshot


@pytest.mark.parametrize("name", HELPED)
def test_a_helped_run_on_a_terminal_of_eighty_columns(name: str, snapshot: SnapshotAssertion) -> None:
    """The lines that stay, as the terminal breaks them."""
    stream = io.StringIO()
    live = LiveConsole(Voice(stream), colour=False, run_folder=FOLDER, appears_after_s=3600)
    for entry in HELPED[name]().entries:
        live.receive(entry)
    live.close()
    broken = (line[at : at + 80] for line in stream.getvalue().splitlines() for at in range(0, len(line) or 1, 80))
    assert "\n".join(broken) == snapshot


@pytest.mark.parametrize("width", [40, 80, 200])
@pytest.mark.parametrize(
    ("name", "moment"), [("mitigated", MitigationStarted), ("fixed", FixerStarted), ("watched", ChangeAwaited)]
)
def test_what_helps_now_has_a_row_of_its_own(name: str, moment: type, width: int, snapshot: SnapshotAssertion) -> None:
    """For how long, of how much time, and who; nobody has to ask why no step runs."""
    now = [100.0]
    live = LiveConsole(
        Voice(io.StringIO()), colour=False, run_folder=FOLDER, monotonic=lambda: now[0], appears_after_s=3600
    )
    for entry in HELPED[name]().entries:
        live.receive(entry)
        if isinstance(entry.event, moment):
            break
    now[0] += 12
    text = paragraph(live.moment.picture(width, 24, True), colour=False)
    live.close()
    assert max(map(len, text.splitlines())) <= width
    assert text == snapshot


@pytest.mark.parametrize("name", HELPED)
def test_help_is_over_when_its_row_is_gone(name: str) -> None:
    """After the last event nothing is left in the live view."""
    live = LiveConsole(Voice(io.StringIO()), colour=False, run_folder=FOLDER, appears_after_s=3600)
    for entry in HELPED[name]().entries:
        live.receive(entry)
    assert live.moment.picture(80, 24, True) == ()
    live.close()


def test_a_known_failure_is_a_notice_on_github(snapshot: SnapshotAssertion) -> None:
    """Beside the error, which keeps its place in a file."""
    stream = io.StringIO()
    seen = GitHubConsole(Voice(stream), environ={}, run_folder=FOLDER, token=lambda: "TOKEN")
    for entry in HELPED["mitigated"]().entries:
        seen.receive(entry)
    assert stream.getvalue() == snapshot


@pytest.mark.parametrize("evil", ["\x1b]0;pwned\x07\x1b[2J\x9b31m\r\x08\u202eafter\x1b[0m", "a\nb\n::error::c"])
def test_help_cannot_give_orders_to_the_terminal(evil: str) -> None:
    """Whatever a fixer, a pattern or a remote writes stays in its line, without sequences and controls."""
    entries = hostile(evil).entries
    text = shown(entries)
    assert not set("\x1b\x07\x08\r\x9b\u202e") & set(text)
    assert not [line for line in text.splitlines() if line.startswith("::")]
    assert len(text.splitlines()) == len(shown(hostile("plain").entries).splitlines())
    assert "\x1b" not in paragraph(closing_block(fold(RUN, entries), FOLDER, UNICODE), colour=False)
