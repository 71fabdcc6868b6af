"""Owns writing a run as OTLP/JSON, in the file format of OpenTelemetry's collector: a line a kind of signal.

The first line holds the spans, the second the metrics. As OTLP has it, ids are hexadecimal and 64-bit numbers texts.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from gatekeeper.policy.telemetry import BOUNDS, Attributes, Metric, Moment, Point, Span, Telemetry, Value, buckets
from gatekeeper.policy.telemetry_names import SCHEMA_URL, SCOPE

_KINDS = {"internal": 1, "server": 2}
_DELTA = 1
_ERROR = 2


def write_otlp(told: Telemetry) -> Iterator[str]:
    """The lines, in pieces."""
    resource = {"attributes": _attributes(told.resource)}
    scope = {"name": SCOPE, "version": str(told.resource.get("service.version", ""))}
    head = f'"resource": {json.dumps(resource)}, "schemaUrl": "{SCHEMA_URL}"'
    inner = f'"scope": {json.dumps(scope)}, "schemaUrl": "{SCHEMA_URL}"'
    yield f'{{"resourceSpans": [{{{head}, "scopeSpans": [{{{inner}, "spans": ['
    for index, span in enumerate(told.spans):
        yield f"{', ' if index else ''}{json.dumps(_span(told, span))}"
    yield "]}]}]}\n"
    metrics = [_metric(told, metric) for metric in told.metrics]
    yield f'{{"resourceMetrics": [{{{head}, "scopeMetrics": [{{{inner}, "metrics": {json.dumps(metrics)}}}]}}]}}\n'


def _span(told: Telemetry, span: Span) -> dict[str, Any]:
    return {
        "traceId": told.trace_id,
        "spanId": span.span_id,
        **({"parentSpanId": span.parent_id} if span.parent_id else {}),
        "name": span.name,
        "kind": _KINDS[span.kind],
        "startTimeUnixNano": str(span.start_ns),
        "endTimeUnixNano": str(span.end_ns),
        "attributes": _attributes(span.attributes),
        "events": [_event(moment) for moment in span.moments],
        "status": {} if span.error is None else {"code": _ERROR, "message": span.error},
    }


def _event(moment: Moment) -> dict[str, Any]:
    return {
        "timeUnixNano": str(moment.at_ns),
        "name": moment.name,
        "attributes": _attributes(moment.attributes),
    }


def _metric(told: Telemetry, metric: Metric) -> dict[str, Any]:
    match metric.kind:
        case "histogram":
            points = [_point(told, point) | _counted(point) for point in metric.points]
            data: dict[str, Any] = {"dataPoints": points, "aggregationTemporality": _DELTA}
        case "sum":
            points = [_point(told, point) | {"asInt": str(point.values[0])} for point in metric.points]
            data = {"dataPoints": points, "aggregationTemporality": _DELTA, "isMonotonic": True}
    return {"name": metric.name, "description": metric.description, "unit": metric.unit, metric.kind: data}


def _point(told: Telemetry, point: Point) -> dict[str, Any]:
    return {
        "attributes": _attributes(point.attributes),
        "startTimeUnixNano": str(told.start_ns),
        "timeUnixNano": str(told.end_ns),
    }


def _counted(point: Point) -> dict[str, Any]:
    found = buckets(point.values)
    return {
        "count": str(len(point.values)),
        "sum": found.total,
        "min": found.least,
        "max": found.most,
        "bucketCounts": [str(count) for count in found.counts],
        "explicitBounds": list(BOUNDS),
    }


def _attributes(attributes: Attributes) -> list[dict[str, Any]]:
    return [{"key": key, "value": _value(value)} for key, value in attributes.items()]


def _value(value: Value) -> dict[str, Any]:
    match value:
        case bool():
            return {"boolValue": value}
        case int():
            return {"intValue": str(value)}
        case float():
            return {"doubleValue": value}
        case str():
            return {"stringValue": value}
        case tuple():
            return {"arrayValue": {"values": [{"stringValue": each} for each in value]}}
