"""The live view: what one moment looks like, and a real terminal before and after."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion

from gatekeeper.adapters.console.frame import Progress, Row, Shown, frame
from gatekeeper.adapters.console.live import LiveConsole
from gatekeeper.adapters.console.spans import cells, paint, paragraph
from gatekeeper.adapters.console.usual import Usual
from gatekeeper.adapters.console.voice import Voice
from gatekeeper.adapters.console.words import ASCII, UNICODE
from gatekeeper.model.events import Entry
from gatekeeper.model.plan import StepId
from tests.adapters.console.sample_runs import GREEN, RED

ROWS = (
    Row("stack", "restart-stack", 12.3, 300, "starting the service on port 4000", usual=Usual(130, 150, 7)),
    Row(
        "suite",
        "npm-test",
        701,
        900,
        "✓ auth: 名前のテスト refuses a duplicate (12 ms)",
        2,
        Usual(600, 650, 9),
        ("step 3 of 4",),
    ),
    Row("a-very-long-gate-name", "and-a-step[python=3.11]", 0.2, 2, "", about=("advisory",)),
)
PROGRESS = Progress(2, 3, 7, 75, 190)
ALL = Shown(
    ROWS,
    PROGRESS,
    ended=(("lint", "passed"), ("smoke", "failed")),
    to_come=("negative-paths", "docs"),
    output=("suite/npm-test", "PASS tests/health.test.js", "RUNS tests/auth.test.js 👩‍👩‍👧"),
    hint="? keys",
)


def lines(width: int, height: int = 24, shown: Shown = ALL, *, ascii_only: bool = False) -> list[str]:
    glyphs = ASCII if ascii_only else UNICODE
    return [paint(each, colour=False) for each in frame(shown, (width, height), 3, glyphs)]


@pytest.mark.parametrize("width", [40, 80, 200])
def test_one_moment(width: int, snapshot: SnapshotAssertion) -> None:
    """Gates with what runs in them, elapsed of timeout and what is usual, output, and how far the round is."""
    assert "\n".join(lines(width)) == snapshot


def many(number: int) -> Shown:
    rows = tuple(Row(f"gate-{one}", f"step-{one}", one, 100, f"line {one}") for one in range(number))
    return Shown(rows, Progress(1, 0, number, 12), to_come=("docs",))


@pytest.mark.parametrize("width", [40, 80, 200])
def test_a_hundred_steps_side_by_side(width: int, snapshot: SnapshotAssertion) -> None:
    assert "\n".join(lines(width, shown=many(100))) == snapshot


@pytest.mark.parametrize("width", [1, 5, 12, 20, 39, 60, 119, 120, 300])
@pytest.mark.parametrize("height", [1, 2, 4, 10, 24, 60])
def test_everything_fits(width: int, height: int) -> None:
    """Wide characters count double; no line is wider than the terminal, and the view is no higher."""
    for shown in (ALL, many(100), many(3), Shown(ROWS[:1]), Shown((), keys="? keys", progress=PROGRESS)):
        text = lines(width, height, shown)
        assert all(cells(one) <= width for one in text)
        assert len(text) <= max(height - 3, 1)


def test_a_low_terminal_shows_what_fits() -> None:
    """Rows that have no room are counted, and the progress stays in sight."""
    shown = lines(80, height=10, shown=many(100))
    assert len(shown) == 7
    assert "and 95 more running" in shown[-2]
    assert "round 1" in shown[-1]


def test_many_gates_that_ended_are_counted() -> None:
    """Only what did not pass is named."""
    ended = (*((f"gate-{one}", "passed") for one in range(12)), ("suite", "failed"))
    assert lines(80, shown=Shown(ROWS[:1], ended=ended))[0].strip() == "✓ 12 gates passed  ✗ 1 gate failed: suite"


def test_letters_where_the_terminal_has_no_signs() -> None:
    """Without UTF-8 the bars and the spinner are ASCII."""
    shown = ALL._replace(rows=ROWS[:1], output=("a/b", "fine"))
    assert all(text.isascii() for text in lines(120, shown=shown, ascii_only=True))


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def moment(folder: Path, until: list[Entry], *, keys: str = "", seconds: float = 65, width: int = 80) -> str:
    """The live view some time after the last of these entries, as text."""
    clock = Clock()
    former = {StepId("suite", "npm-test"): [130.0, 110.0, 190.0]}
    live = LiveConsole(
        Voice(io.StringIO()),
        colour=False,
        run_folder=str(folder),
        monotonic=clock,
        appears_after_s=3600,
        former=lambda: former,
    )
    for entry in until:
        live.receive(entry)
    clock.now += seconds
    live.moment.picture(width, 24, True)
    live.moment.watched.press(keys)
    text = paragraph(live.moment.picture(width, 24, True), colour=False)
    live.close()
    return text


def until_the_suite_runs(folder: Path) -> list[Entry]:
    (folder / "output").mkdir()
    output = "PASS tests/health.test.js\r\n\x1b[32mRUNS\x1b[0m auth\x1b]0;title\x07\n\n" + "x" * 500 + "\n"
    (folder / "output/suite.npm-test.1.log").write_text(output)
    return GREEN[:10]


@pytest.mark.parametrize("width", [40, 80, 200])
def test_a_moment_of_a_run(width: int, tmp_path: Path, snapshot: SnapshotAssertion) -> None:
    """The running step with the end of its output file, what is usual for it, and what is left of the round."""
    assert moment(tmp_path, until_the_suite_runs(tmp_path), width=width) == snapshot


@pytest.mark.parametrize("width", [40, 80, 200])
def test_the_output_of_a_step_on_demand(width: int, tmp_path: Path, snapshot: SnapshotAssertion) -> None:
    assert moment(tmp_path, until_the_suite_runs(tmp_path), keys="t?", width=width) == snapshot


def test_what_takes_longer_than_ever_says_so(tmp_path: Path) -> None:
    """And nobody knows then how long the round will take."""
    text = moment(tmp_path, until_the_suite_runs(tmp_path), seconds=191)
    assert "longer than ever" in text
    assert "left" not in text


def test_a_run_that_is_over_at_once_needs_no_view(tmp_path: Path, snapshot: SnapshotAssertion) -> None:
    """Only lasting lines and the closing block are written, and rich is never asked."""
    stream = io.StringIO()
    live = LiveConsole(Voice(stream), colour=False, run_folder=str(tmp_path), appears_after_s=3600)
    for entry in RED:
        live.receive(entry)
    live.close()
    assert stream.getvalue().replace(str(tmp_path), "RUN") == snapshot
