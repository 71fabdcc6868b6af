"""A baseline's file: what is written is read again, and what is not exactly a baseline is a problem with its line."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from gatekeeper.adapters.baselines.naming import baseline_file
from gatekeeper.adapters.baselines.parsing import parse_baseline
from gatekeeper.adapters.baselines.writing import baseline_text
from gatekeeper.model.baseline import Acceptance, Baseline, BaselineProblem, RecordedBaseline
from gatekeeper.model.plan import StepId
from gatekeeper.model.report import TestOutcome

OUTCOMES: tuple[TestOutcome, ...] = get_args(TestOutcome)
FILE = "gates/baselines/app/suite.unit.json"
texts = some.text(min_size=1)
numbers = some.dictionaries(texts, some.floats(allow_nan=False, allow_infinity=False))
acceptances = some.builds(Acceptance, texts, texts, texts, texts, some.lists(some.text()).map(tuple))


def parsed(content: bytes) -> RecordedBaseline | BaselineProblem:
    return parse_baseline(content, FILE, cycle="app", step="suite/unit")


def recorded(tests: dict[str, TestOutcome], *accepted: Acceptance, **numbers: dict[str, float]) -> RecordedBaseline:
    return RecordedBaseline("app", "suite/unit", Baseline("", "", tests, **numbers), accepted)


def problem(content: bytes) -> str:
    match parsed(content):
        case BaselineProblem(message):
            return message
        case other:
            raise AssertionError(f"was read: {other}")


@pytest.mark.slow
@given(
    some.dictionaries(texts, some.sampled_from(OUTCOMES)),
    numbers,
    numbers,
    numbers,
    some.lists(acceptances, max_size=3, unique=True),
)
@settings(max_examples=40, deadline=None)
def test_what_was_written_is_read_again(
    tests: dict[str, TestOutcome],
    coverage: dict[str, float],
    metrics: dict[str, float],
    counts: dict[str, float],
    accepted: list[Acceptance],
) -> None:
    """Whatever the names hold; and what was read is written as the same bytes."""
    text = baseline_text(recorded(tests, *accepted, coverage=coverage, metrics=metrics, counts=counts))
    match parsed(text):
        case RecordedBaseline(_, _, baseline, history) as again:
            assert (baseline.tests, baseline.coverage, baseline.metrics, baseline.counts) == (
                tests,
                coverage,
                metrics,
                counts,
            )
            assert history == tuple(sorted(accepted))
            assert baseline_text(again) == text
            assert baseline.digest.startswith("sha256:")
        case refused:
            raise AssertionError(refused)


@pytest.mark.slow
@given(
    some.binary()
    | some.text().map(str.encode)
    | some.recursive(some.none(), some.lists).map(json.dumps).map(str.encode)
)
@settings(max_examples=60, deadline=None)
def test_garbage_is_a_problem_with_a_line_and_never_a_baseline(content: bytes) -> None:
    assert problem(content).startswith(f"{FILE}:")


@given(some.data())
@settings(max_examples=60, deadline=None)
def test_a_damaged_file_is_told_of_or_still_holds_together(data: some.DataObject) -> None:
    """Whatever is cut out of it, put in or swapped: no traceback, and what is read can be written and read again."""
    sound = SOUND.encode()
    start, end = sorted(data.draw(some.tuples(some.integers(0, len(sound)), some.integers(0, len(sound)))))
    match parsed(sound[:start] + data.draw(some.binary(max_size=8)) + sound[end:]):
        case RecordedBaseline() as read:
            again = parsed(baseline_text(read))
            assert isinstance(again, RecordedBaseline)
            assert again.baseline.tests == read.baseline.tests
        case BaselineProblem(message):
            assert message.startswith(f"{FILE}:")


def test_a_file_reads_like_a_list(snapshot: object) -> None:
    """One fact a line, sorted, and no line depends on its neighbour."""
    history = (
        Acceptance("2026-02-19T10:00:00Z", "Bo <bo@x.test>", "known until #12", "run-2", ("b.py::two",)),
        Acceptance("2026-02-18T10:00:00Z", "Ada <ada@x.test>", "the first", "run-1"),
    )
    text = baseline_text(
        recorded(
            {"b.py::two": "failed", "a.py::ünïcode[1]": "passed", "a.py::half\ud800": "skipped"},
            *history,
            coverage={"lines": 81.5, "branches": 70.0},
            metrics={"bundle_kb": 250.0},
        )
    ).decode()
    assert text == snapshot


SOUND = baseline_text(recorded({"a": "passed", "b": "failed"}, coverage={"lines": 80.5})).decode()


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ('"b": "failed"', '"a": "failed"', 7, "'a' is recorded twice, as 'passed' and as 'failed': a merge took both"),
        ('"b": "failed"', '"b": "broken"', 7, "'broken' is no outcome of a test"),
        ('"b": "failed"', '"b": ["failed"]', 7, "is no outcome of a test"),
        ('    "b": "failed",', '<<<<<<< HEAD\n"b": "failed",', 7, "conflict marks"),
        ('    "b": "failed",', "=======", 7, "conflict marks"),
        ('"lines": 80.5', '"lines": 80.5, "lines": 80', 11, "recorded twice, as 80.5 and as 80.0"),
        ('"lines": 80.5', '"lines": "80.5"', 11, "'80.5' is no number"),
        ('"lines": 80.5', '"lines": true', 11, "True is no number"),
        ('"lines": 80.5', '"lines": NaN', 11, "NaN is no number"),
        ('"lines": 80.5', '"lines": 1e999', 11, "inf is no number"),
        ('"gatekeeper_baseline": 1', '"gatekeeper_baseline": 2', 2, "version 2 of the format is not known"),
        ('"gatekeeper_baseline": 1', '"gatekeeper_baseline": true', 2, "version True"),
        ('  "gatekeeper_baseline": 1,\n', "", 1, "has no 'gatekeeper_baseline'"),
        ('"cycle": "app"', '"cycle": "other"', 3, "the baseline of the cycle 'other'"),
        ('"step": "suite/unit"', '"step": "suite/e2e"', 4, "the baseline of the step 'suite/e2e'"),
        ('"tests": {', '"tests": {}, "tests": {', 5, "'tests' stands here twice"),
        ('"tests": {', '"other": 1, "tests": {', 5, "'other' is not part of a baseline"),
        ('"accepted": [', '"accepted": [{"at": "today"},', 20, "an acceptance has"),
        ('"accepted": [', '"accepted": [7,', 20, "an acceptance has"),
        ("}\n", "\n", 4, "this is not JSON"),
        ("{", "[{", 1, ""),
    ],
)
def test_what_is_wrong_is_told_with_its_line(old: str, new: str, line: int, words: str) -> None:
    assert old in SOUND
    told = problem(SOUND.replace(old, new, 1).encode())
    assert words in told
    assert told.startswith(f"{FILE}:{line}: ") or words in {"this is not JSON", ""}


def test_what_is_no_text_or_too_deep_is_told() -> None:
    assert problem(SOUND.replace('"a"', '"\udce4"').encode("utf-8", "surrogateescape")).startswith(
        f"{FILE}:6: the byte 0xe4"
    )
    assert "not a baseline" in problem(b"[" * 100_000)
    assert "not a baseline" in problem(b'{"x": ' + b"1" * 5000 + b"}")


def test_the_same_line_twice_is_harmless() -> None:
    """A merge that takes both sides of an equal change writes it twice."""
    twice = SOUND.replace('    "a": "passed",\n', '    "a": "passed",\n    "a": "passed",\n')
    assert isinstance(parsed(twice.encode()), RecordedBaseline)


def test_every_step_has_a_file_of_its_own() -> None:
    names = [("a.b", "c"), ("a", "b.c"), ("a", "b[x=1/2]"), ("a", "b[x=1.2]"), ("a", "b" * 300), ("a", "b" * 299 + "c")]
    files = [baseline_file("app", StepId(*name)) for name in names]
    assert len(set(files)) == len(names)
    assert (
        baseline_file("app", StepId("suite", "unit[python=3.11]"))
        == "gates/baselines/app/suite.unit%5Bpython=3.11%5D.json"
    )
    assert all(len(file.rpartition("/")[2]) < 255 and file.startswith("gates/baselines/app/a") for file in files)


def test_two_branches_that_each_record_a_test_are_merged(tmp_path: Path) -> None:
    """Also where both stand in one place, and although both wrote into the history: every line stands for itself."""

    def git(*arguments: str) -> None:
        command = ("git", "-c", "user.name=Ada", "-c", "user.email=ada@example.test", *arguments)
        subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)

    def record(name: str, who: str) -> None:
        history = (
            Acceptance("2026-02-18T10:00:00Z", "Ada", "the first", "run-1"),
            Acceptance(f"2026-02-19-{who}", who, "", ""),
        )
        more: dict[str, TestOutcome] = {"m::old": "passed", name: "passed"}
        (tmp_path / "b.json").write_bytes(baseline_text(recorded(more, *history[: 1 + bool(who)])))
        git("add", "--all")
        git("commit", "--quiet", "--message", who or "first")

    git("init", "--quiet", "--initial-branch", "main")
    (tmp_path / ".gitattributes").write_text("*.json merge=union\n")
    record("m::old", "")
    git("switch", "--quiet", "--create", "theirs")
    record("n::theirs", "Bo")
    git("switch", "--quiet", "main")
    record("n::ours", "Cy")
    git("merge", "--quiet", "theirs")
    match parsed((tmp_path / "b.json").read_bytes()):
        case RecordedBaseline(_, _, baseline, history):
            assert sorted(baseline.tests) == ["m::old", "n::ours", "n::theirs"]
            assert [each.by for each in history] == ["Ada", "Bo", "Cy"]
        case refused:
            raise AssertionError(refused)
