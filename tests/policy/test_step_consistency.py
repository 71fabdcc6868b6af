"""What can be said of one attempt, and what cannot be said of one and the same."""

from __future__ import annotations

from typing import Any

import pytest

from gatekeeper.model.baseline import Comparison
from gatekeeper.model.demands import BaselineSpec, ReportSpec
from gatekeeper.model.events import StepFinished
from gatekeeper.model.known import FailureClass, KnownFailure
from gatekeeper.model.outcome import CheckResult, ProbeResult, Received, Stray
from gatekeeper.model.plan import Check, Conditions, FileProbe, Shell, Step, StepId, TcpProbe
from gatekeeper.model.report import Totals
from gatekeeper.model.verdict import Finding
from gatekeeper.policy.step_consistency import inconsistencies

STEP = Step("g", "s", Shell("true"), 60.0)
REPORTING = STEP._replace(report=ReportSpec("junit", ("*.xml",)))
READY = STEP._replace(ready=Check("ready", FileProbe("x")))
ASKING = STEP._replace(work=TcpProbe("db.example.test:5432"))
LEFT_ALONE = Finding("dependency-open", "db.example.test:5432 was not asked")
FINDING = Finding("exit-code", "exit code 1")
UNANSWERED = Finding("probe", "status 503")
TOLD = Finding("quarantined", "known to fail", blocks=False)
UNMET = CheckResult("ready", ProbeResult("file x", "is there", Received(None, 1.0), met=False))
MET = CheckResult("ready", UNMET.probe._replace(met=True))
FAILING = Finding("test-failed", "a::b: expected 1, got 0")
REUSABLE = REPORTING._replace(inputs=("src/**",))
REUSED = {"attempt": 0, "reused": True, "inputs": "sha256:1c"}


def known(class_: FailureClass) -> dict[str, Any]:
    """What a pattern of this class says of a failure."""
    return {"known": KnownFailure("some_pattern", class_, "because"), "class_": class_, "pattern": "some_pattern"}


def event(verdict: str, **more: Any) -> StepFinished:
    """A result of the step's first attempt."""
    return StepFinished("g", "s", 1, more.pop("attempt", 1), verdict)._replace(**more)


@pytest.mark.parametrize(
    ("step", "said"),
    [
        (STEP, event("passed", exit_code=0)),
        (STEP, event("passed", exit_code=0, findings=(TOLD,))),
        (STEP, event("passed", exit_code=0, findings=(Finding("test-rerun", "a: ran more than once"),))),
        (STEP, event("failed", exit_code=1, findings=(FINDING,))),
        (STEP, event("failed", exit_code=0, findings=(FINDING,))),
        (STEP, event("cancelled")),
        (STEP, event("blocked", attempt=0, findings=(FINDING,))),
        (STEP._replace(condition=Conditions(os=("x",))), event("skipped", attempt=0, findings=(FINDING,))),
        (STEP._replace(needs=(StepId("g", "t"),)), event("skipped", attempt=0, findings=(FINDING,))),
        (STEP._replace(work=FileProbe("x")), event("passed")),
        (REPORTING, event("passed", exit_code=0, tests=Totals(2, 2, 0, 0, 0))),
        (REPORTING._replace(report=ReportSpec("junit", ("*",), optional=True)), event("passed", exit_code=0)),
        (
            REPORTING._replace(report=ReportSpec("junit", ("*",), allow_empty=True)),
            event("passed", exit_code=0, tests=Totals(0, 0, 0, 0, 0)),
        ),
        (
            REPORTING,
            event("passed", exit_code=1, tests=Totals(2, 1, 1, 0, 0), comparison=Comparison(still_failing=("a",))),
        ),
        (
            REPORTING,
            event("passed", exit_code=1, tests=Totals(2, 1, 1, 0, 0), comparison=Comparison(quarantined=("a",))),
        ),
        (
            REPORTING._replace(baseline=BaselineSpec(new_failures=1)),
            event("passed", exit_code=1, tests=Totals(2, 1, 1, 0, 0), comparison=Comparison(new_failures=("a",))),
        ),
        (READY, event("passed", exit_code=0, checks=(MET,))),
        (ASKING, event("infra", findings=(UNANSWERED,), received=Received(503, 1.0))),
        (ASKING, event("infra", attempt=0, findings=(LEFT_ALONE,))),
        (REUSABLE, event("passed", **REUSED)),
        (STEP, event("failed", exit_code=1, findings=(FINDING,), **known("config"))),
        (STEP, event("infra", exit_code=1, findings=(FINDING,), **known("infra"))),
        (STEP, event("infra", findings=(Finding("port-taken", "by node"),))),
        (STEP, event("infra", exit_code=1, findings=(Finding("output-lost", "disk full"), FAILING))),
    ],
)
def test_what_can_be_true(step: Step, said: StepFinished) -> None:
    assert list(inconsistencies(said, step)) == []


@pytest.mark.parametrize(
    ("step", "said", "because"),
    [
        (STEP, event("wonderful"), "is no verdict"),
        (STEP, event("failed", exit_code=1), "nothing says why"),
        (STEP, event("timed-out"), "nothing says why"),
        (STEP, event("error"), "nothing says why"),
        (STEP, event("blocked", findings=(FINDING,)), "has attempt 1"),
        (STEP, event("skipped", attempt=0, findings=(FINDING,)), "no condition"),
        (STEP, event("passed", attempt=0, exit_code=0), "without an attempt"),
        (STEP, event("infra", attempt=0, findings=(UNANSWERED,)), "why it was not asked"),
        (STEP, event("infra", attempt=0, findings=(LEFT_ALONE,)), "asks nobody"),
        (ASKING, event("infra", findings=(LEFT_ALONE,)), "yet it ran"),
        (ASKING, event("infra", attempt=0, findings=(LEFT_ALONE,), received=Received(200, 1.0)), "yet it ran"),
        (STEP, event("passed", exit_code=0, findings=(FINDING,)), "in spite of a finding"),
        (STEP, event("passed", exit_code=1), "exit code 1"),
        (STEP, event("passed", signal=9), "signal 9"),
        (STEP, event("passed"), "without an exit code"),
        (REPORTING, event("passed", exit_code=0), "without the report"),
        (REPORTING, event("passed", exit_code=0, tests=Totals(0, 0, 0, 0, 0)), "without a single test"),
        (REPORTING, event("passed", exit_code=0, tests=Totals(2, 1, 1, 0, 0)), "1 failing tests"),
        (
            REPORTING,
            event("passed", exit_code=1, tests=Totals(3, 1, 1, 1, 0), comparison=Comparison(still_failing=("a",))),
            "2 failing tests, of which known failures excuse 1",
        ),
        (
            REPORTING._replace(baseline=BaselineSpec(new_failures=1)),
            event("passed", exit_code=0, tests=Totals(2, 0, 2, 0, 0), comparison=Comparison(new_failures=("a", "b"))),
            "2 failing tests, of which known failures excuse 1",
        ),
        (READY, event("passed", exit_code=0), "without its ready check"),
        (READY, event("passed", exit_code=0, checks=(UNMET,)), "was not met"),
        (
            STEP._replace(strays="fail"),
            event("passed", exit_code=0, strays=(Stray(1, ("sleep",), 1.0, "cgroup2"),)),
            "left processes behind",
        ),
        (REUSABLE, event("failed", **REUSED), "only a pass may be"),
        (REUSABLE, event("passed", **{**REUSED, "attempt": 2}), "and yet it ran"),
        (REUSABLE, event("passed", exit_code=0, **REUSED), "and yet it ran"),
        (REUSABLE, event("passed", findings=(FINDING,), **REUSED), "in spite of a finding"),
        (REUSABLE, event("passed", **{**REUSED, "inputs": ""}), "without the digest"),
        (STEP, event("passed", **REUSED), "does not say what its inputs are"),
        (STEP, event("passed", exit_code=0, **known("config")), "knows its failure"),
        (STEP, event("failed", findings=(FINDING,), **{**known("config"), "class_": "code"}), "names some_pattern"),
        (STEP, event("failed", findings=(FINDING,), **{**known("config"), "pattern": None}), "names None"),
        (STEP, event("infra", exit_code=1, findings=(FINDING,)), "no pattern knows that as infra"),
        (STEP, event("infra", exit_code=1, findings=(FINDING,), **known("config")), "no pattern knows that as infra"),
        (STEP, event("infra", exit_code=1, findings=(FINDING, FAILING), **known("infra")), "test-failed"),
    ],
)
def test_what_contradicts_itself(step: Step, said: StepFinished, because: str) -> None:
    (found,) = inconsistencies(said, step)
    assert because in found
