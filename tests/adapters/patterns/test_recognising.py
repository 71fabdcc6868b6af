"""A step's failure is recognised by all that it left: its output, its findings, what came back to its probe."""

from __future__ import annotations

import contextlib
import threading
from pathlib import Path

import anyio
import pytest

from gatekeeper.adapters.definition.pattern_file import read_pattern
from gatekeeper.adapters.patterns.recognising import PatternRecogniser, recognised
from gatekeeper.adapters.patterns.registry import Registry, known_ids, load
from gatekeeper.model.errors import Problem
from gatekeeper.model.helping import Recognised
from gatekeeper.model.outcome import Attempt, CheckResult, Exited, Output, Probed, ProbeResult, Received, Signalled
from gatekeeper.model.pattern import Pattern
from gatekeeper.model.plan import HttpProbe, Shell, Step
from gatekeeper.model.report import Report, Totals
from gatekeeper.model.verdict import Finding, StepResult, StepVerdict
from gatekeeper.policy.patterns.fitting import Facts
from tests.adapters.patterns.samples import built_in
from tests.adapters.patterns.written import failure, nobody, pattern, yaml

STEP = Step("a", "one", Shell("make test"), 10.0, cwd="backend")
LOST = '{text: ["lost (?P<what>\\\\w+) for good"]}'


def told(tmp_path: Path, result: StepResult, *patterns: Pattern, step: Step = STEP) -> Recognised:
    recogniser = PatternRecogniser(str(tmp_path), lambda: Registry(patterns or built_in().patterns), lambda _: "pid 7")
    return anyio.run(recogniser.recognise, step, result)


def failed(attempt: Attempt, *findings: Finding, verdict: StepVerdict = StepVerdict.FAILED) -> StepResult:
    return StepResult(STEP.id, verdict, findings, attempt=attempt)


def test_an_output_that_was_kept_is_read(tmp_path: Path) -> None:
    """And names of the step stand in what is said."""
    (tmp_path / "output").mkdir()
    (tmp_path / "output" / "a.one.1.log").write_text("lost keys for good\n")
    attempt = Attempt(Exited(2), 0.1, output=Output("output/a.one.1.log", 19, "sha256:0"))
    said = "{what} of {gate}/{step} in {cwd}, by {command}, with {exit_code}"
    found = told(tmp_path, failed(attempt), pattern(match=LOST, root_cause=f"'{said}'"))
    assert found.known is not None
    assert found.known.root_cause == "keys of a/one in backend, by make test, with 2"
    assert found.known.line == "lost keys for good"
    assert found.known.captures == (("what", "keys"),)


def test_an_output_that_cannot_be_read_is_told_of(tmp_path: Path) -> None:
    attempt = Attempt(Exited(2), 0.1, output=Output("output/gone.log", 19, "sha256:0"))
    assert told(tmp_path, failed(attempt)).skipped == ("the output of a/one cannot be read: No such file or directory",)


def test_a_failing_tests_message_is_looked_at(tmp_path: Path) -> None:
    """Where the report has it, and the output does not."""
    finding = Finding("test-error", "t.py::test_a: ModuleNotFoundError: No module named 'yaml'")
    found = told(tmp_path, failed(Attempt(Exited(1), 0.1), finding))
    assert found.known is not None
    assert (found.known.pattern, found.known.suggestion) == ("python_missing_dep", "pip install PyYAML")


def test_what_came_back_to_a_probe_is_looked_at(tmp_path: Path) -> None:
    """Of the step itself, and of those that belong to it; the host that failed is its dependency."""
    problem = "connection refused: nothing listens on db.example.test:5432"
    probe = ProbeResult(
        "GET http://db.example.test:5432/", "status 200", Received(None, 1.0), met=False, problem=problem
    )
    step = STEP._replace(work=HttpProbe("GET", "http://db.example.test:5432/"))
    own = told(tmp_path, failed(Attempt(Probed(met=False), 0.1, probe=probe)), step=step)
    beside = told(tmp_path, failed(Attempt(Exited(0), 0.1, checks=(CheckResult("ready", probe),))))
    for found in (own, beside):
        assert found.known is not None
        assert (found.known.pattern, found.known.class_) == ("connection_refused", "infra")
        assert found.known.dependency == "db.example.test:5432"


def test_a_service_of_this_machine_is_no_infrastructure(tmp_path: Path) -> None:
    """That it does not listen may be the code's doing."""
    finding = Finding("probe", "connection refused: nothing listens on 127.0.0.1:8080")
    found = told(tmp_path, failed(Attempt(Probed(met=False), 0.1), finding))
    assert found.known is not None
    assert (found.known.pattern, found.known.class_) == ("connection_refused", "config")


def test_who_holds_a_port_is_looked_up_when_it_matters(tmp_path: Path) -> None:
    finding = Finding("exit-code", "Error: listen EADDRINUSE: address already in use :::8080")
    found = told(tmp_path, failed(Attempt(Exited(1), 0.1), finding))
    assert found.known is not None
    assert found.known.root_cause == "The port 8080 is taken by pid 7."


@pytest.mark.slow
def test_all_that_a_way_asks_for_must_hold() -> None:
    """How it ended, its verdict, its findings, its tests, its kind: each alone decides."""
    ways = {
        "{exit: [3]}": Facts(exit=3),
        "{signal: [SIGSEGV]}": Facts(signal=11),
        "{verdict: [timed-out]}": Facts(verdict=StepVerdict.TIMED_OUT),
        "{findings: [limit-memory]}": Facts(findings=frozenset({"limit-memory", "exit-code"})),
        "{tests: [none]}": Facts(tests=frozenset({"none"})),
        "{work: [tcp]}": Facts(work="tcp"),
    }
    for way, facts in ways.items():
        wanted = pattern(match=way)
        assert recognised((wanted,), failure("", facts), nobody).known is not None, way
        assert recognised((wanted,), failure("", Facts(exit=1)), nobody).known is None, way
        both = pattern(match=way.replace("}", ', text: ["lost for good"]}'))
        assert recognised((both,), failure("lost for good", facts), nobody).known is not None, way
        assert recognised((both,), failure("", facts), nobody).known is None, way


def test_facts_are_those_of_the_attempt(tmp_path: Path) -> None:
    empty = Report(Totals(0, 0, 0, 0, 0), (), ())
    none_ran = failed(Attempt(Exited(5), 0.1, report=empty), Finding("no-tests", "the report holds not one test"))
    found = told(tmp_path, none_ran)
    assert found.known is not None
    assert found.known.pattern == "missing_test_discovery"
    crashed = failed(Attempt(Signalled(11), 0.1), Finding("signal", "died of SIGSEGV"))
    assert told(tmp_path, crashed, pattern(match="{signal: SEGV}")).known is not None


def test_of_two_that_fit_the_one_of_higher_priority_speaks() -> None:
    """Of equal ones, the first by name: the same every time."""
    own = [
        ("gates/patterns/b.yaml", yaml(pattern="b", priority="90").encode()),
        ("gates/patterns/a.yaml", yaml(pattern="a").encode()),
        ("gates/patterns/c.yaml", yaml(pattern="c").encode()),
    ]
    patterns = load(read_pattern, own).patterns
    found = recognised(patterns, failure("lost for good"), nobody)
    assert found.known is not None
    assert found.known.pattern == "b"
    found = recognised(tuple(each for each in patterns if each.id != "b"), failure("lost for good"), nobody)
    assert found.known is not None
    assert found.known.pattern == "a"


def test_none_of_a_text_may_stand_there() -> None:
    wanted = pattern(match='{text: {any: ["lost for good"], all: ["nobody knows"], none: ["found again"]}}')
    assert recognised((wanted,), failure("lost for good\nnobody knows"), nobody).known is not None
    assert recognised((wanted,), failure("lost for good"), nobody).known is None
    assert recognised((wanted,), failure("lost for good\nnobody knows\nfound again"), nobody).known is None


def test_a_projects_own_pattern_takes_the_place_of_a_built_in_one(tmp_path: Path) -> None:
    own = [("gates/patterns/disk_full.yaml", yaml(pattern="disk_full", title="Ours").encode())]
    found = load(read_pattern, own).get("disk_full")
    assert found is not None
    assert found.title == "Ours"
    folder = tmp_path / "gates" / "patterns"
    folder.mkdir(parents=True)
    (folder / "ours.yaml").write_text("")
    assert known_ids(str(tmp_path)) >= {"ours", "disk_full"}


def test_a_pattern_that_is_wrong_is_left_out_and_told_of_once(tmp_path: Path) -> None:
    """The others go on; what is wrong with it is told by `gatekeeper check`."""
    own = [
        ("gates/patterns/bad.yaml", b"pattern: bad\nclass: infa\n"),
        ("gates/patterns/lost_cause.yaml", yaml().encode()),
    ]
    recogniser = PatternRecogniser(str(tmp_path), lambda: load(read_pattern, own), nobody)
    result = failed(Attempt(Exited(1), 0.1), Finding("exit-code", "lost for good"))
    first = anyio.run(recogniser.recognise, STEP, result)
    assert first.known is not None
    assert first.skipped == (
        "gates/patterns/bad.yaml:1:1: the pattern has no `title`; the pattern is left out (3 more: gatekeeper check)",
    )
    assert anyio.run(recogniser.recognise, STEP, result).skipped == ()


def test_steps_that_fail_side_by_side_have_the_patterns_read_once(tmp_path: Path) -> None:
    """Both wait for the one reading, and only one is told what is wrong with the files."""
    read: list[Registry] = []
    both_ask = threading.Barrier(2)

    def slowly() -> Registry:
        with contextlib.suppress(threading.BrokenBarrierError):
            both_ask.wait(0.1)
        read.append(Registry((pattern(match=LOST),), (Problem("gates/patterns/x.yaml", 1, 1, "", "it is empty"),)))
        return read[-1]

    recogniser = PatternRecogniser(str(tmp_path), slowly, lambda _: "")
    found: list[Recognised] = []

    async def one() -> None:
        found.append(await recogniser.recognise(STEP, failed(Attempt(Exited(1), 0.1))))

    async def two_of_them() -> None:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(one)
            tasks.start_soon(one)

    anyio.run(two_of_them)
    assert len(read) == 1
    assert sum(len(each.skipped) for each in found) == 1


def test_a_mitigation_and_a_dependency_are_there_only_with_their_values() -> None:
    """And what was captured is quoted in the command, whatever a step wrote."""
    match = '{text: ["lost (?P<what>.+) for good", "lost for good"]}'
    offers = pattern(match=match, dependency="'{what}'", mitigation="{run: 'find {what}', timeout: 5s}")
    found = recognised((offers,), failure("lost $(reboot) for good"), nobody).known
    assert found is not None
    assert (found.mitigation, found.mitigation_timeout_s) == ("find '$(reboot)'", 5.0)
    assert found.dependency == "$(reboot)"
    found = recognised((offers,), failure("lost for good"), nobody).known
    assert found is not None
    assert (found.mitigation, found.dependency) == ("", "")


FAILED = {
    "pytest": "FAILED tests/test_a.py::test_x - assert 0",
    "pytest, quiet": "1 failed, 3 passed in 0.12s",
    "unittest": "FAILED (failures=1, errors=2)",
    "jest": "Tests:       1 failed, 2 passed, 3 total",
    "vitest": "      Tests  1 failed | 2 passed (3)",
    "mocha": "  2 failing",
    "node": "# fail 1",
    "go": "--- FAIL: TestX (0.00s)",
    "cargo": "test result: FAILED. 0 passed; 1 failed; 0 ignored",
    "maven": "[ERROR] Tests run: 3, Failures: 0, Errors: 1, Skipped: 0",
}


@pytest.mark.slow
@pytest.mark.parametrize("runner", FAILED)
def test_where_tests_failed_an_outage_in_the_output_is_no_excuse(runner: str) -> None:
    """A suite that always prints one would turn its flakes into green; the cause is told all the same."""
    outage = "Error: getaddrinfo ENOTFOUND api.example.test\n"
    alone = recognised(built_in().patterns, failure(outage), nobody).known
    beside = recognised(built_in().patterns, failure(f"{outage}{FAILED[runner]}\n"), nobody).known
    assert alone is not None
    assert beside is not None
    assert (alone.class_, beside.class_) == ("infra", "flaky")
    assert beside._replace(class_="infra") == alone


@pytest.mark.parametrize(
    "passed", ["3 passed in 0.1s", "# fail 0", "Tests run: 3, Failures: 0, Errors: 0", "0 failing"]
)
def test_where_they_passed_it_stays_the_machines(passed: str) -> None:
    found = recognised(built_in().patterns, failure(f"write: No space left on device\n{passed}\n"), nobody).known
    assert found is not None
    assert found.class_ == "infra"


@pytest.mark.parametrize(
    ("listened", "port", "mitigated"),
    [
        ({8000}, "8000", True),
        (set(), "that the command wanted", False),
        ({8000, 9000}, "that the command wanted", False),
    ],
)
def test_a_port_that_no_line_names_is_the_one_that_the_step_means_and_somebody_has(
    tmp_path: Path, listened: set[int], port: str, mitigated: bool
) -> None:
    """Python says only that an address is in use. Of two ports nobody knows which one was meant: none is guessed."""
    (tmp_path / "output").mkdir()
    (tmp_path / "output" / "a.one.1.log").write_text("OSError: [Errno 98] Address already in use\n")
    attempt = Attempt(Exited(1), 0.1, output=Output("output/a.one.1.log", 43, "sha256:0"))
    step = STEP._replace(work=Shell("serve 8000 & serve 9000"))
    recogniser = PatternRecogniser(str(tmp_path), built_in, lambda _: "pid 7", listened.__contains__)
    known = anyio.run(recogniser.recognise, step, failed(attempt)).known
    assert known is not None
    assert f"The port {port} " in known.root_cause
    assert ("reap --port 8000" in known.mitigation) is mitigated
