"""Owns the shape of what a definition demands as evidence: reports, baselines, coverage, numbers, proofs, integrity."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from gatekeeper.adapters.definition.amounts import BudgetOf, Decimal, Percent, Points, TimeBudget, Tolerance
from gatekeeper.adapters.definition.fields import PlainText, SomeText, SomeTexts, Tally, Truth, one_of, words
from gatekeeper.adapters.definition.strict import Strict

_Globs = Annotated[SomeTexts | None, Field(description="Globs of files, relative to the step's folder.")]
_Severity = Annotated[Literal["fail", "warn"], one_of("fail", "warn"), words("fail", "warn")]
COVERAGE_FORMATS = ("auto", "coverage_py", "cobertura", "lcov")


class Report(Strict):
    """Where a step leaves its test report, in one of the formats."""

    junit: _Globs = None
    ctrf: _Globs = None
    pytest_json: _Globs = None
    reportlog: _Globs = None
    tap: _Globs = None
    go_test: _Globs = None
    optional: Annotated[Truth, Field(description="true: a step that writes none is judged by its exit code.")] = False
    allow_empty: Annotated[Truth, Field(description="true: a report without a single test is no finding.")] = False


class Baseline(Strict):
    """What the tests of a step are compared with. A number is a total, "+n" is against the baseline."""

    new_failures: Annotated[Tally | None, Field(description="Tests that fail and did not before; 0.")] = None
    lost_tests: Annotated[Tally | None, Field(description="Tests that were there before and are not; 0.")] = None
    skipped: Annotated[BudgetOf | None, Field(description="Skipped tests.")] = None
    xfailed: Annotated[BudgetOf | None, Field(description="Tests that are expected to fail, and do.")] = None
    flaky: Annotated[BudgetOf | None, Field(description="Tests that passed only when they ran again.")] = None
    warnings: Annotated[BudgetOf | None, Field(description="Warnings that the report counts.")] = None
    duration: Annotated[TimeBudget | None, Field(description="What the tests take together.")] = None
    ref: Annotated[SomeText | None, Field(description="The baseline as it stands at this ref.")] = None
    measure: Annotated[Truth, Field(description="true: run the step on `ref` and compare with that.")] = False


class Coverage(Strict):
    """Where a step leaves its coverage. 0 or less are points against the baseline, more is the least share."""

    file: Annotated[SomeTexts, Field(description="Globs of files, relative to the step's folder.")]
    format: Annotated[
        Literal["auto", "coverage_py", "cobertura", "lcov"],
        one_of(*COVERAGE_FORMATS),
        words(*COVERAGE_FORMATS),
        Field(description="Told by the content if not given."),
    ] = "auto"
    lines: Annotated[Points | None, Field(description="Lines that ran.")] = None
    branches: Annotated[Points | None, Field(description="Branches that were taken.")] = None
    files: Annotated[Points | None, Field(description="Lines that ran, of every single file.")] = None
    changed_lines: Annotated[Percent | None, Field(description="Least share of the changed lines that ran.")] = None
    base: Annotated[SomeText | None, Field(description="The ref that lines changed since.")] = None


class Metric(Strict):
    """A number that a step writes or prints."""

    file: Annotated[SomeText | None, Field(description="The file that holds it; none: the step's output.")] = None
    pattern: Annotated[SomeText | None, Field(description="A regular expression whose group is the number.")] = None
    better: Annotated[
        Literal["lower", "higher"], one_of("lower", "higher"), words("lower", "higher"), Field(description="Which way.")
    ] = "lower"
    tolerance: Annotated[Tolerance | None, Field(description="How much worse than the baseline it may be.")] = None
    limit: Annotated[Decimal | None, Field(description="What it must never be beyond.")] = None
    target: Annotated[Decimal | None, Field(description="A goal; it is told of and blocks nothing.")] = None
    unit: Annotated[PlainText | None, Field(description="What it is counted in.")] = None


class KnownBad(Strict):
    """A change that the step must notice; `gatekeeper prove` makes it in a scratch worktree."""

    expect: Annotated[SomeText, Field(description="A test's id, or words, that a finding must hold then.")]
    patch: Annotated[SomeText | None, Field(description="A patch file, relative to the project root.")] = None
    run: Annotated[SomeText | None, Field(description="A shell command that makes the change.")] = None


class Integrity(Strict):
    """What a change means that weakens what the run is judged by."""

    fixer: Annotated[_Severity, Field(description="When the fixer made it.")] = "fail"
    others: Annotated[_Severity, Field(description="When anybody else did.")] = "warn"
    base: Annotated[SomeText | None, Field(description="A ref that the start is compared with.")] = None
