"""Owns telling a finished run as telemetry: its trace, and the metrics that are worth keeping after that."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from gatekeeper.model.events import Entry, RunFinished, RunStarted
from gatekeeper.policy import telemetry_names as names
from gatekeeper.policy.fold import RunRecord
from gatekeeper.policy.run_trace import trace_of
from gatekeeper.policy.summary import attempts_of
from gatekeeper.policy.telemetry import Metric, Point, Telemetry, Value, trace_id_of
from gatekeeper.policy.trace_words import BAD, counted, error_type, resource_of, run_result, step_result


def telemetry_of(
    record: RunRecord, started: RunStarted, finished: RunFinished, entries: Iterable[Entry], folder: str
) -> Telemetry:
    """The run as telemetry; `folder` is where it lies. Raises `ValueError` where the journal cannot be true."""
    spans = trace_of(record.run, entries, folder)
    return Telemetry(
        trace_id_of(record.run),
        resource_of(started, record.run, folder),
        spans,
        tuple(metric for metric in _metrics(record, started, finished) if metric.points),
        spans[0].start_ns,
        spans[0].end_ns,
    )


def _metrics(record: RunRecord, started: RunStarted, finished: RunFinished) -> Iterator[Metric]:
    pipeline: dict[str, Value] = {names.PIPELINE_NAME: started.cycle}
    result = run_result(finished)
    told = pipeline | {names.RUN_STATE: names.EXECUTING, names.RESULT: result}
    if result in BAD:
        told[names.ERROR_TYPE] = finished.verdict
    took = () if finished.duration_s is None else (Point(told, (finished.duration_s,)),)
    yield Metric(names.RUN_DURATION, "Duration of a pipeline run.", "s", "histogram", took)

    bad = [event for event in record.latest.values() if step_result(event.verdict) in BAD]
    yield _counts(
        names.RUN_ERRORS,
        "Steps that did not pass at the end of the run, by what stood in their way.",
        "{error}",
        ((pipeline | {names.ERROR_TYPE: kind}, count) for kind, count in Counter(map(error_type, bad)).items()),
    )

    durations: dict[tuple[str, str], list[float]] = {}
    for event in attempts_of(record):
        if event.attempt and not event.reused:
            key = (f"{event.gate}/{event.step}", step_result(event.verdict))
            durations.setdefault(key, []).append(event.duration_s)
    points = (
        Point(pipeline | {names.TASK_NAME: step, names.TASK_RESULT: came}, tuple(values))
        for (step, came), values in durations.items()
    )
    yield Metric(names.STEP_DURATION, "Duration of every attempt of a step.", "s", "histogram", tuple(points))

    yield _counts(
        names.TESTS,
        "Tests of the newest reports, by their outcome.",
        "{test}",
        (
            (pipeline | {names.TASK_NAME: str(step), "gatekeeper.outcome": outcome}, count)
            for step, event in record.latest.items()
            if event.tests is not None
            for outcome, count in counted(event.tests).items()
        ),
    )
    incidents = Counter(incident.kind.value for _, incident in record.incidents)
    yield _counts(
        names.INCIDENTS,
        "Incidents of the run, by kind.",
        "{incident}",
        ((pipeline | {"gatekeeper.kind": kind}, count) for kind, count in sorted(incidents.items())),
    )


def _counts(name: str, description: str, unit: str, found: Iterable[tuple[dict[str, Value], int]]) -> Metric:
    return Metric(name, description, unit, "sum", tuple(Point(told, (count,)) for told, count in found))
