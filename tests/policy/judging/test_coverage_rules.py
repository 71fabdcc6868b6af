"""Coverage beside its bounds: each kind by itself, and what was not measured is never 0."""

from __future__ import annotations

import itertools

import pytest

from gatekeeper.model.baseline import Baseline, BaselineProblem, Measured
from gatekeeper.model.demands import CoverageSpec
from gatekeeper.model.outcome import Attempt, Exited
from gatekeeper.model.report import Coverage, FileCoverage, ReportProblem, Share
from gatekeeper.model.verdict import Finding, StepResult, StepVerdict
from gatekeeper.policy.judge import judge
from tests.policy.situations import step

from .evidence import baseline, changed, kinds, messages, standard

PASSED, FAILED, ERROR = StepVerdict.PASSED, StepVerdict.FAILED, StepVerdict.ERROR
SPEC = CoverageSpec(("lcov.info",))
NOTHING = Coverage(None, None)
WHOLE = Coverage(Share(80, 100), Share(10, 40))


def covered(
    found: Coverage | ReportProblem | None,
    spec: CoverageSpec,
    before: Baseline | BaselineProblem | None = None,
    code: int = 0,
) -> StepResult:
    """The result of a step that left this coverage and nothing else."""
    attempt = Attempt(Exited(code), 1.0, coverage=found)
    return judge(step("suite/unit")._replace(coverage=spec), attempt, standard=standard(before))


def had(**shares: float) -> Baseline:
    """A baseline with these shares."""
    return baseline({}, coverage=shares)


@pytest.mark.parametrize("kind", ["lines", "branches"])
@pytest.mark.parametrize(
    ("covered_of_10000", "demand", "verdict"),
    [
        (8000, 80.0, PASSED),
        (7999, 80.0, FAILED),
        (8000, -0.5, PASSED),
        (7950, -0.5, PASSED),
        (7949, -0.5, FAILED),
        (8000, 0.0, PASSED),
        (7999, 0.0, FAILED),
        (8100, 0.0, PASSED),
    ],
)
def test_lines_and_branches_are_held_each_against_their_own_kind(
    kind: str, covered_of_10000: int, demand: float, verdict: StepVerdict
) -> None:
    """A share that is given is the least; 0 and less are points against the baseline."""
    other = {"lines": "branches", "branches": "lines"}[kind]
    found = changed(NOTHING, **{kind: Share(covered_of_10000, 10_000), other: Share(0, 10)})
    result = covered(found, changed(SPEC, **{kind: demand}), had(**{kind: 80.0, other: 100.0}))
    assert result.verdict is verdict
    assert kinds(result) == ([f"coverage-{kind}"] if verdict is FAILED else [])


def test_rounding_is_no_loss() -> None:
    """Files of coverage round to two digits; a baseline holds what was rounded."""
    third = Coverage(Share(2, 3), None)
    for before, verdict in ((66.67, PASSED), (66.671, PASSED), (66.68, FAILED)):
        assert covered(third, SPEC._replace(lines=0.0), had(lines=before)).verdict is verdict


def test_a_broken_bound_reads_well() -> None:
    result = covered(WHOLE, SPEC._replace(lines=-0.5, branches=30.0), had(lines=82.0))
    assert messages(result, "coverage-lines") == [
        "80.00 % of the lines ran, 81.50 % must (82.00 % in the baseline, and 0.5 points less are allowed)"
    ]
    assert messages(result, "coverage-branches") == ["25.00 % of the branches ran, 30.00 % must"]
    assert result.measured == (
        Measured("coverage.lines", 80.0, "higher", 82.0, 81.5, unit="%"),
        Measured("coverage.branches", 25.0, "higher", None, 30.0, unit="%"),
    )


ABSENT: dict[str, Coverage | ReportProblem | None] = {
    "not measured": NOTHING,
    "nothing to measure": Coverage(Share(0, 0), Share(0, 0)),
    "more than all": Coverage(Share(9, 3), Share(-1, 3)),
    "missing": ReportProblem("missing", "no file matches lcov.info"),
    "stale": ReportProblem("stale", "lcov.info is of yesterday"),
    "unreadable": ReportProblem("unreadable", "lcov.info:3: what is this"),
    "never looked at": None,
}


@pytest.mark.parametrize(
    ("found", "demand"), list(itertools.product(ABSENT, ({"lines": 0.1}, {"branches": 0.1}, {"lines": -100.0})))
)
def test_no_data_blocks_and_is_never_0(found: str, demand: dict[str, float]) -> None:
    """Also where any share at all would do."""
    result = covered(ABSENT[found], changed(SPEC, **demand), had(lines=0.0, branches=0.0))
    assert result.verdict is ERROR
    assert all(each.value is None for each in result.measured)
    assert covered(ABSENT[found], changed(SPEC, **demand), had(lines=0.0), code=1).verdict is FAILED


@pytest.mark.parametrize("demand", [{"lines": 0.0}, {"branches": -1.0}, {"files": -1.0}])
def test_a_baseline_that_is_needed_must_be_there(demand: dict[str, float]) -> None:
    spec = changed(SPEC, **demand)
    found = WHOLE._replace(per_file=(FileCoverage("a.py", Share(1, 2)),))
    assert kinds(covered(found, spec)) == ["baseline-missing"]
    assert kinds(covered(found, spec, BaselineProblem("not JSON"))) == ["baseline-unusable"]
    result = covered(found, spec, had(other=3.0))
    assert (result.verdict, kinds(result)) == (ERROR, ["no-coverage"])
    assert "`gatekeeper baseline accept CYCLE --step suite/unit --reason TEXT`" in result.findings[0].message
    assert covered(found, spec, had(**{next(iter(demand)): float("nan"), "file:a.py": float("nan")})).verdict is ERROR


@pytest.mark.parametrize("demand", [{}, {"lines": 1.0}, {"files": 1.0}])
def test_a_baseline_that_is_not_needed_is_not_asked_for(demand: dict[str, float]) -> None:
    found = WHOLE._replace(per_file=(FileCoverage("a.py", Share(1, 2)),))
    for held in (None, BaselineProblem("not JSON")):
        assert covered(found, changed(SPEC, **demand), held).verdict is PASSED


def test_what_nothing_bounds_is_told_all_the_same() -> None:
    assert covered(WHOLE, SPEC, had(lines=79.0)).measured == (
        Measured("coverage.lines", 80.0, "higher", 79.0, unit="%"),
        Measured("coverage.branches", 25.0, "higher", None, unit="%"),
    )
    assert covered(NOTHING, SPEC).measured == ()


FILES = (
    FileCoverage("a.py", Share(90, 100)),
    FileCoverage("b.py", Share(50, 100)),
    FileCoverage("empty.py", Share(0, 0)),
    FileCoverage("new.py", Share(0, 10)),
)
BEFORE = {"file:a.py": 90.0, "file:b.py": 60.0}


def test_every_single_file_is_held_against_itself() -> None:
    """A new one has nothing to be held against, and one without a line of code nothing to cover."""
    result = covered(WHOLE._replace(per_file=FILES), SPEC._replace(files=-5.0), had(**BEFORE))
    assert result.verdict is FAILED
    assert result.findings == (
        Finding(
            "coverage-file",
            "b.py: 50.00 % of its lines ran, 55.00 % must (60.00 % in the baseline, and 5 points less are allowed)",
            "b.py",
        ),
    )


def test_a_least_share_of_every_file_holds_for_new_ones_too() -> None:
    result = covered(WHOLE._replace(per_file=FILES), SPEC._replace(files=55.0))
    assert [found.place for found in result.findings] == ["b.py", "new.py"]


def test_a_file_that_is_measured_no_more_is_told_of() -> None:
    """It may be gone; it may also have been taken out of the measurement because it was bad."""
    result = covered(WHOLE._replace(per_file=FILES[:1]), SPEC._replace(files=0.0), had(**BEFORE))
    assert result.verdict is PASSED
    assert messages(result, "coverage-file-gone") == ["1 file of the baseline is measured no more: b.py"]


def test_files_that_are_not_named_cannot_be_held() -> None:
    assert covered(WHOLE, SPEC._replace(files=1.0)).verdict is ERROR


def test_a_file_with_a_share_that_makes_no_sense_is_not_passed_over() -> None:
    odd = WHOLE._replace(per_file=(FileCoverage("a.py", Share(9, 3)),))
    assert covered(odd, SPEC._replace(files=1.0)).verdict is ERROR


def test_many_bad_files_are_cut_and_counted() -> None:
    many = tuple(FileCoverage(f"f{n:04}.py", Share(1, 2)) for n in range(1000))
    result = covered(WHOLE._replace(per_file=many), SPEC._replace(files=80.0))
    assert len(result.findings) == 51
    assert result.findings[-1].message == "and 950 more files below their bound"


def test_changed_lines_that_never_ran_are_named() -> None:
    found = WHOLE._replace(changed=Share(4, 10), uncovered=(("b.py", (9,)), ("a.py", (12, 3, 4, 5, 13))))
    result = covered(found, SPEC._replace(changed_lines=80.0))
    assert result.verdict is FAILED
    assert result.findings == (
        Finding("coverage-changed-lines", "40.00 % of 10 changed lines ran, 80.00 % must"),
        Finding("uncovered-changed-lines", "a.py:3-5,12-13 changed and never ran", "a.py:3"),
        Finding("uncovered-changed-lines", "b.py:9 changed and never ran", "b.py:9"),
    )
    assert result.measured[-1] == Measured("coverage.changed_lines", 40.0, "higher", bound=80.0, unit="%")
    assert covered(found, SPEC._replace(changed_lines=40.0)).verdict is PASSED
    assert covered(found, SPEC).verdict is PASSED, "nobody asked"


def test_where_no_executable_line_changed_there_is_nothing_to_cover() -> None:
    result = covered(WHOLE._replace(changed=Share(0, 0)), SPEC._replace(changed_lines=100.0))
    assert result.verdict is PASSED
    assert messages(result, "no-changed-lines") == ["no executable line changed: there is nothing to cover"]
    assert result.measured[-1].value is None


@pytest.mark.parametrize(
    "found",
    [
        WHOLE,
        WHOLE._replace(problem="there is no ref origin/main"),
        WHOLE._replace(changed=Share(0, 0), problem="there is no ref origin/main"),
        WHOLE._replace(changed=Share(11, 10)),
    ],
)
def test_changed_lines_of_which_nothing_is_known_block(found: Coverage) -> None:
    """A base ref that is not there is not "nothing changed"."""
    result = covered(found, SPEC._replace(changed_lines=0.0))
    assert result.verdict is ERROR
    assert found.problem in messages(result, "no-changed-lines")[0]
