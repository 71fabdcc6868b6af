"""What people read at the end of a run, and line by line where there is no terminal."""

from __future__ import annotations

import io
import re

import pytest
from syrupy.assertion import SnapshotAssertion

from gatekeeper.adapters.console.choose import console
from gatekeeper.adapters.console.closing import closing_block
from gatekeeper.adapters.console.spans import paragraph
from gatekeeper.adapters.console.words import ASCII, UNICODE, duration
from gatekeeper.model.events import Entry, IncidentHappened, RoundStarted, RunFinished
from gatekeeper.model.evidence_events import IntegrityCompared, StepFlaky
from gatekeeper.model.incident import IncidentKind
from gatekeeper.model.integrity import IntegrityChange
from gatekeeper.model.outcome import Listener, Stray
from gatekeeper.model.verdict import Finding
from gatekeeper.policy.fold import fold
from gatekeeper.policy.judging.words import describe_listener, describe_strays
from tests.adapters.console.sample_runs import DUPLICATE_FAILED, FOLDER, RED, RUN, RUNS, STARTED, entries, passed


def closing(run: list[Entry], *, ascii_only: bool = False) -> str:
    glyphs = ASCII if ascii_only else UNICODE
    return paragraph(closing_block(fold(RUN, run), FOLDER, glyphs), colour=False)


def shown(run: list[Entry], environ: dict[str, str] | None = None) -> str:
    stream = io.StringIO()
    seen = console("human", stream=stream, environ=environ or {}, run_folder=FOLDER, encode=repr)
    for entry in run:
        seen.receive(entry)
    seen.close()
    return stream.getvalue()


@pytest.mark.parametrize("name", RUNS)
def test_the_closing_block(name: str, snapshot: SnapshotAssertion) -> None:
    """Verdict, what failed and why, its first lines, the command to repeat it, and where everything lies."""
    assert closing(RUNS[name]) == snapshot


@pytest.mark.parametrize("name", ["green", "red"])
def test_plain_lines(name: str, snapshot: SnapshotAssertion) -> None:
    """One line an event with a stable word in front, then the closing block; no cursor control."""
    text = shown(RUNS[name])
    assert text == snapshot
    assert "\x1b" not in text


def test_a_time_that_nobody_knows_is_not_told() -> None:
    """A run whose process died did not take 0 ms."""
    killed = [*RED[:-1], RED[-1]._replace(event=RunFinished("aborted", 1, 1, "sha256:t", None))]
    assert "1 round\n" in closing(killed)
    verdict = next(line for line in shown(killed).splitlines() if line.startswith("verdict "))
    assert verdict.split("  ")[-2:] == ["1 round", "exit code 1"]


@pytest.mark.parametrize("environ", [{}, {"GITHUB_ACTIONS": "true"}])
def test_one_sentence_is_said_once(environ: dict[str, str]) -> None:
    """An incident that only repeats the line of its step is left out; one that says more, or of another, is not."""
    why = "ended at its hard timeout, after 1.0 s; hung: `sleep 600` (pid 7) was sleeping"
    hung = DUPLICATE_FAILED._replace(verdict="timed-out", findings=(Finding("timeout", why),), last_lines=())
    place = (hung.gate, hung.step)
    run = entries(
        RED[0].event,
        RED[1].event,
        hung,
        IncidentHappened(IncidentKind.TIMEOUT, why, *place),
        IncidentHappened(IncidentKind.STRAY, "1 process left behind and ended: x (pid 7)", *place),
        passed("stack", 3.0),
        IncidentHappened(IncidentKind.STRAY, "1 process left behind and ended: y (pid 8)", "stack", "restart-stack"),
    )
    text = shown(run, environ)
    assert "incident  timeout" not in text
    assert sum(why in line for line in text.splitlines() if line.startswith(("timed-out", "incident"))) == 1
    assert text.count("incident  stray") == 2


def test_every_failure_says_how_to_repeat_it() -> None:
    """The command runs just this step, and the raw command stands beside it with its folder."""
    text = closing(RED)
    assert "gatekeeper run backend-cycle --only suite/npm-test\n" in text
    assert "(cd examples/backend && npm test)\n" in text


def test_a_definition_that_lies_elsewhere_is_repeated_by_its_path() -> None:
    """`gatekeeper run NAME` would not find it."""
    moved = [RED[0]._replace(event=STARTED._replace(source="/tmp/my cycle.yaml")), *RED[1:]]
    assert "gatekeeper run --file '/tmp/my cycle.yaml' --only suite/npm-test" in closing(moved)


def test_output_cannot_give_orders_to_the_terminal() -> None:
    """Sequences, bells, carriage returns and turned writing in whatever a step printed are taken out."""
    evil = "\x1b]0;pwned\x07\x1b[2J\x9b31m\r\x08\u202eafter\x1b[0m"
    event = DUPLICATE_FAILED._replace(findings=(Finding("exit-code", evil),), last_lines=(evil,), request=evil)
    text = shown(entries(RED[0].event, RED[1].event, event, RED[-1].event))
    assert "after" in text
    assert not set("\x1b\x07\x08\r\x9b\u202e") & set(text)


def test_a_teardown_that_failed_is_told() -> None:
    """It changes no verdict, but somebody has to clean up."""
    left = DUPLICATE_FAILED._replace(gate="teardown", step="1", findings=(Finding("exit-code", "exit code 7"),))
    run = [*RED[:-1], RED[-1]._replace(event=left), RED[-1]]
    assert "  teardown       teardown/1 failed: exit code 7\n" in closing(run)


@pytest.mark.slow
def test_ten_thousand_failures_make_a_short_block() -> None:
    """The log has them all; the block stays one that a person reads."""
    last = RED[-1].event
    assert isinstance(last, RunFinished)
    steps = tuple(last.steps[2]._replace(step=f"s{number}") for number in range(10_000))
    events = [DUPLICATE_FAILED._replace(step=step.step) for step in steps]
    text = closing(entries(RED[0].event, RED[1].event, *events, last._replace(steps=steps)))
    assert text.count("\n") <= 24
    assert re.search(r"more +9,9\d\d more failures: gatekeeper show 7f3a", text)


def test_a_run_without_an_end_is_told_so() -> None:
    """A journal that just stops is no verdict."""
    assert "the run has no closing event" in closing(RED[:-1])


def test_letters_where_the_terminal_has_no_signs() -> None:
    """A stream that is not UTF-8 gets a block in ASCII."""
    block = closing(RED, ascii_only=True)
    assert block.startswith("x red")
    assert block.isascii()


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.0, "0 ms"),
        (0.0121, "12 ms"),
        (0.9999, "1 s"),
        (4.21, "4.2 s"),
        (9.96, "10 s"),
        (59.6, "1 min"),
        (125, "2 min 5 s"),
        (3720, "1 h 2 min"),
    ],
)
def test_durations_in_words(seconds: float, words: str) -> None:
    """The unit fits the size."""
    assert duration(seconds) == words


def test_passed_step_shows_what_it_left_behind() -> None:
    """One line a process, although nothing failed: pid, age, ports, folder, and what caught it; then no more of it."""
    # Of the eight, seven are described.
    strays = tuple(
        Stray(4711 + n, ("node", "server.js", f"{n}"), 4.2, "cgroup2", "/srv/app", (8080,)) for n in range(7)
    )
    finished = RUNS["green"][-1].event
    leaving = passed("stack", 3.0)._replace(strays=strays, strays_total=8)
    message = describe_strays(strays, 8)
    incident = IncidentHappened(IncidentKind.STRAY, message, "stack", "restart-stack")
    text = closing(entries(STARTED, RoundStarted(1, "first", "t", 1), leaving, incident, finished))
    line = (
        "  left behind    stack/restart-stack: node server.js 0 "
        "(pid 4711, 4.2 s old, listening on 8080, in /srv/app, caught by cgroup2)\n"
    )
    assert line in text
    assert text.count("left behind") == 5
    assert "and 3 more; the execution log has them" in text


def test_port_that_somebody_else_opened() -> None:
    """It stands in the block by its port and its holder, whole, however long the names are."""
    finished = RUNS["green"][-1].event
    listener = Listener(8080, 7, ("/usr/lib/postgresql/15/bin/a-rather-long-name-of-a-server",))
    told = passed("stack", 3.0)._replace(step="one-with-a-rather-long-name-of-its-own", listeners=(listener,))
    text = closing(entries(STARTED, RoundStarted(1, "first", "t", 1), told, finished))
    assert "  foreign port   stack/one-with-" in text
    assert f": {describe_listener(listener)}\n" in text


def test_dossier_of_a_step_that_hung() -> None:
    """Where the file on it lies, in front of its whole output."""
    failing = DUPLICATE_FAILED._replace(verdict="timed-out", dossier="dossiers/x.json", output="output/x.log")
    events = [entry.event for entry in RED]
    text = closing(entries(*(failing if event == DUPLICATE_FAILED else event for event in events)))
    assert f"    dossier   {FOLDER}/dossiers/x.json\n" in text


NOTED = Finding("no-changed-lines", "no executable line changed", blocks=False)
TEST = Finding("test-failed", "a::b: broken")


def test_the_failing_test_is_told_before_the_exit_code_and_what_is_noted_last() -> None:
    """The exit code stands in the head already; what blocks nothing says so."""
    failed = DUPLICATE_FAILED._replace(findings=(NOTED, Finding("exit-code", "exit code 1"), TEST))
    run = [entry._replace(event=failed) if entry.event is DUPLICATE_FAILED else entry for entry in RED]
    text = closing(run)
    assert text.index("a::b: broken") < text.index("              exit code 1")
    assert text.index("              exit code 1") < text.index("no executable line changed (noted, blocks nothing)")


def test_a_run_that_was_judged_by_a_ref_is_repeated_by_it() -> None:
    moved = [RED[0]._replace(event=STARTED._replace(judge_by="origin/main@0123456789ab")), *RED[1:]]
    assert "gatekeeper run backend-cycle --judge-by origin/main --only suite/npm-test\n" in closing(moved)


def test_what_weakened_is_told_without_what_did_not() -> None:
    """Neutral and stronger reasons of the same file would hide the one that counts."""
    change = IntegrityChange("t.py", "test", "weakening", ("fewer-cases: 2, not 3", "more-tests: 1 new"))
    compared = entries(IntegrityCompared("main@1", changes=(change,)))[0]
    text = closing([*RED[:-1], compared, RED[-1]])
    assert "t.py: fewer-cases: 2, not 3\n" in text
    assert "more-tests" not in text


def test_tests_that_ran_more_than_once_are_named_where_their_step_is_flaky() -> None:
    again = passed("suite", 1.0)
    again = again._replace(findings=(Finding("test-rerun", "a::b: ran more than once", blocks=False),))
    told = entries(again, StepFlaky(again.gate, again.step, "passed only after a part of it had been run again"))
    assert "run again: a::b: ran more than once" in closing([*RED[:-3], *told, *RED[-2:]])
