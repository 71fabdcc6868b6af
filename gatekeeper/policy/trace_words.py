"""Owns what a trace says of results: their names in OpenTelemetry's conventions, and the attributes of a step.

Texts are cut, and hold nothing that a terminal obeys; secrets were masked when the journal was written.
"""

from __future__ import annotations

from urllib.parse import quote

from gatekeeper.model.events import RunFinished, RunStarted, StepFinished
from gatekeeper.model.report import Totals
from gatekeeper.model.verdict import RunVerdict, StepVerdict
from gatekeeper.policy import telemetry_names as names
from gatekeeper.policy.export_steps import MESSAGE, message_of, readable
from gatekeeper.policy.summary import blocking, strays_of, telling_first
from gatekeeper.policy.telemetry import Attributes, Value

BAD = frozenset({"failure", "error", "timeout", "cancellation"})
"""The results of which nobody may think that all is well."""

_OUT_OF_TIME = 124
_SUITE_STATUS = {
    "success": "success",
    "failure": "failure",
    "timeout": "timed_out",
    "skip": "skipped",
    "error": "aborted",
    "cancellation": "aborted",
}


def run_result(finished: RunFinished) -> str:
    """A run's verdict as ``cicd.pipeline.result``."""
    if not finished.exit_code:
        return "success"
    match finished.verdict:
        case RunVerdict.ABORTED if finished.duration_s is None:
            return "error"
        case RunVerdict.ABORTED if finished.exit_code == _OUT_OF_TIME:
            return "timeout"
        case RunVerdict.ABORTED if finished.exit_code > _OUT_OF_TIME:
            return "cancellation"
        case RunVerdict.ABORTED | RunVerdict.INCONCLUSIVE:
            return "error"
        case _:
            return "failure"


def step_result(verdict: str) -> str:
    """A step's verdict as ``cicd.pipeline.task.run.result``. Raises `ValueError` for what is no verdict."""
    match StepVerdict(verdict):
        case StepVerdict.PASSED:
            return "success"
        case StepVerdict.FAILED:
            return "failure"
        case StepVerdict.TIMED_OUT:
            return "timeout"
        case StepVerdict.INFRA | StepVerdict.ERROR:
            return "error"
        case StepVerdict.BLOCKED | StepVerdict.SKIPPED:
            return "skip"
        case StepVerdict.CANCELLED:
            return "cancellation"


def error_type(event: StepFinished) -> str:
    """What kind of thing stands in the way of a step's pass: a kind of finding, or else the verdict."""
    told = telling_first(blocking(event))
    return told[0].kind if told else event.verdict


def begun(event: RunStarted) -> dict[str, Value]:
    """What a run's span says from the beginning."""
    told: dict[str, Value] = {
        names.ACTION: names.RUN,
        names.PIPELINE_NAME: event.cycle,
        "gatekeeper.title": readable(event.title, MESSAGE),
        "gatekeeper.definition": event.definition,
        "gatekeeper.containment": event.containment,
        "gatekeeper.steps": len(event.steps),
        "gatekeeper.repos": tuple(f"{repo.name}@{repo.commit or 'none'}" for repo in event.repos),
    }
    return {key: value for key, value in told.items() if value != ""}


def ended(event: RunFinished) -> dict[str, Value]:
    """What a run's span says at the end."""
    result = run_result(event)
    told: dict[str, Value] = {
        names.RESULT: result,
        names.EXIT_CODE: event.exit_code,
        "gatekeeper.verdict": event.verdict,
        "gatekeeper.reason": readable(event.reason, MESSAGE),
        "gatekeeper.rounds": event.rounds,
        "gatekeeper.tree": event.tree,
        "gatekeeper.selection": readable(event.selection, MESSAGE),
        names.ERROR_TYPE: event.verdict if result in BAD else "",
    }
    return {key: value for key, value in told.items() if value != ""}


def step_ended(event: StepFinished) -> dict[str, Value]:
    """What an attempt's span says at the end."""
    result = step_result(event.verdict)
    told: dict[str, Value | None] = {
        names.TASK_RESULT: result,
        names.ERROR_TYPE: error_type(event) if result in BAD else None,
        names.EXIT_CODE: event.exit_code,
        "gatekeeper.verdict": event.verdict,
        "gatekeeper.tier": event.tier,
        "gatekeeper.tree": event.tree or None,
        "gatekeeper.signal": event.signal,
        "gatekeeper.reason": (message_of(event) or None) if result in BAD or result == "skip" else None,
        "gatekeeper.pattern": event.known.pattern if event.known is not None else None,
        "gatekeeper.reused": event.reused or None,
        "gatekeeper.flaky": event.flaky or None,
        "gatekeeper.strays": strays_of(event) or None,
        "gatekeeper.output.size": event.output_size,
    }
    if event.tests is not None:
        told |= {names.TASK_TYPE: "test", names.SUITE_NAME: event.step, names.SUITE_STATUS: _SUITE_STATUS[result]}
        told |= {f"gatekeeper.tests.{outcome}": count for outcome, count in counted(event.tests).items()}
    return {key: value for key, value in told.items() if value is not None}


def counted(tests: Totals) -> dict[str, int]:
    """How many tests had which outcome; the total is not among them."""
    return {outcome: count for outcome, count in tests._asdict().items() if outcome != "total"}


def resource_of(started: RunStarted, run: str, folder: str) -> Attributes:
    """What all of a run's telemetry is about; `folder` is the run's. The first repo is the one that counts."""
    told: dict[str, Value] = {
        names.SERVICE_NAME: "gatekeeper",
        names.SERVICE_VERSION: started.version,
        names.HOST_NAME: started.host,
        names.PIPELINE_NAME: started.cycle,
        names.RUN_ID: run,
        names.RUN_URL: file_url(started.host, folder),
    }
    if started.repos:
        repo = started.repos[0]
        told |= {names.REPO_NAME: repo.name, names.HEAD_REVISION: repo.commit, names.HEAD_NAME: repo.branch}
        told[names.HEAD_TYPE] = "branch" if repo.branch else ""
    return {key: value for key, value in told.items() if value != ""}


def file_url(host: str, path: str) -> str:
    """Where a file is, as far as one can say it to the world."""
    return f"file://{quote(host, errors='replace')}{quote(path, safe='/-._~', errors='replace')}"
