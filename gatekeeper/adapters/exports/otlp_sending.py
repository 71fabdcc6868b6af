"""Owns sending a run to an OTLP endpoint over HTTP, through OpenTelemetry's own exporters: an extra.

The variables ``OTEL_EXPORTER_OTLP_*`` (endpoint, headers, timeout, certificates, compression), ``OTEL_SERVICE_NAME``
and ``OTEL_RESOURCE_ATTRIBUTES`` are honoured as they are by every program that uses them.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Thread
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from gatekeeper.model.record import NamedTuple
from gatekeeper.policy.telemetry import BOUNDS, Metric, Point, Span, Telemetry, buckets
from gatekeeper.policy.telemetry_names import SCHEMA_URL, SCOPE

if TYPE_CHECKING:
    from opentelemetry.sdk.metrics.export import HistogramDataPoint, MetricsData, NumberDataPoint
    from opentelemetry.sdk.metrics.export import Metric as SdkMetric
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import ReadableSpan
    from opentelemetry.sdk.util.instrumentation import InstrumentationScope
    from opentelemetry.trace import SpanContext

MISSING = "this needs OpenTelemetry: pip install 'gatekeeper-run[otel]' (a file needs none: -o FILE)"
WITHIN_S = 60.0
"""How long all of it may take, in seconds; a single request has ``OTEL_EXPORTER_OTLP_TIMEOUT``, or 10 s."""

_BATCH = 512
_GRPC_PORT = 4317


class NotSent(Exception):
    """The endpoint has not taken the run, or not all of it; its text says why, and what to do."""


class _Addresses(NamedTuple):
    """Where each signal goes; None leaves it to the environment."""

    traces: str | None
    metrics: str | None


def send(told: Telemetry, *, endpoint: str | None, within_s: float = WITHIN_S) -> str:
    """Send it to `endpoint` (a base, as ``http://127.0.0.1:4318``), or where the environment says.

    Returns the address that took the spans, without what is secret in it. Raises `NotSent`, after `within_s` seconds at
    the latest; a part may have arrived then, and sending it once more does no harm to the trace.
    """
    if os.environ.get("OTEL_SDK_DISABLED", "").strip().lower() == "true":
        raise NotSent("nothing was sent: OTEL_SDK_DISABLED is true")
    if endpoint is None:
        addresses = _Addresses(None, None)
    else:
        base = endpoint.rstrip("/")
        addresses = _Addresses(f"{base}/v1/traces", f"{base}/v1/metrics")
    where = _shown(addresses.traces or _address_of_environment())
    said: list[str] = []
    problems = [f"it has not answered to its end within {within_s:g} s"]

    def work() -> None:
        problems[0] = _try(lambda: _send(told, addresses), said)

    with _listening(said):
        # A server that dribbles can hold a request for ever; such a thread is left behind.
        thread = Thread(target=work, daemon=True)
        thread.start()
        thread.join(within_s)
    if problems[0]:
        raise NotSent(f"{where} did not take the run: {problems[0]}{_hint(where)}")
    return where


def _try(work: Callable[[], bool], said: list[str]) -> str:
    try:
        return "" if work() else "; ".join(dict.fromkeys(said)) or "it gave no reason"
    except ImportError:
        return MISSING
    except Exception as fault:  # noqa: BLE001 - the environment can ask the exporters for anything, also in vain
        return f"{type(fault).__name__}: {fault}"


def _send(told: Telemetry, addresses: _Addresses) -> bool:
    from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.metrics.export import MetricExportResult
    from opentelemetry.sdk.resources import OTELResourceDetector, Resource
    from opentelemetry.sdk.trace.export import SpanExportResult
    from opentelemetry.sdk.util.instrumentation import InstrumentationScope

    # Not `Resource.create`: it makes up an id of the instance, and a run told twice would differ.
    resource = Resource(told.resource, SCHEMA_URL).merge(OTELResourceDetector().detect())
    scope = InstrumentationScope(SCOPE, str(told.resource.get("service.version", "")), SCHEMA_URL)
    spans = OTLPSpanExporter(endpoint=addresses.traces)
    for first in range(0, len(told.spans), _BATCH):
        batch = [_span(told, span, resource, scope) for span in told.spans[first : first + _BATCH]]
        if spans.export(batch) is not SpanExportResult.SUCCESS:
            return False
    metrics = OTLPMetricExporter(endpoint=addresses.metrics)
    return metrics.export(_metrics(told, resource, scope)) is MetricExportResult.SUCCESS


def _span(told: Telemetry, span: Span, resource: Resource, scope: InstrumentationScope) -> ReadableSpan:
    from opentelemetry.sdk.trace import Event, ReadableSpan
    from opentelemetry.trace import SpanKind
    from opentelemetry.trace.status import Status, StatusCode

    status = Status(StatusCode.UNSET) if span.error is None else Status(StatusCode.ERROR, span.error)
    return ReadableSpan(
        name=span.name,
        context=_context(told, span.span_id),
        parent=_context(told, span.parent_id) if span.parent_id else None,
        resource=resource,
        attributes=span.attributes,
        events=[Event(each.name, each.attributes, each.at_ns) for each in span.moments],
        kind=SpanKind.SERVER if span.kind == "server" else SpanKind.INTERNAL,
        status=status,
        start_time=span.start_ns,
        end_time=span.end_ns,
        instrumentation_scope=scope,
    )


def _context(told: Telemetry, span_id: str) -> SpanContext:
    from opentelemetry.trace import SpanContext, TraceFlags

    return SpanContext(int(told.trace_id, 16), int(span_id, 16), is_remote=False, trace_flags=TraceFlags(1))


def _metrics(told: Telemetry, resource: Resource, scope: InstrumentationScope) -> MetricsData:
    from opentelemetry.sdk.metrics.export import MetricsData, ResourceMetrics, ScopeMetrics

    metrics = [_metric(told, metric) for metric in told.metrics]
    return MetricsData([ResourceMetrics(resource, [ScopeMetrics(scope, metrics, SCHEMA_URL)], SCHEMA_URL)])


def _metric(told: Telemetry, metric: Metric) -> SdkMetric:
    from opentelemetry.sdk.metrics.export import AggregationTemporality, Histogram, Sum
    from opentelemetry.sdk.metrics.export import Metric as SdkMetric

    delta = AggregationTemporality.DELTA
    match metric.kind:
        case "histogram":
            data: Histogram | Sum = Histogram([_counted(told, point) for point in metric.points], delta)
        case "sum":
            data = Sum([_number(told, point) for point in metric.points], delta, is_monotonic=True)
    return SdkMetric(metric.name, metric.description, metric.unit, data)


def _number(told: Telemetry, point: Point) -> NumberDataPoint:
    from opentelemetry.sdk.metrics.export import NumberDataPoint

    return NumberDataPoint(point.attributes, told.start_ns, told.end_ns, point.values[0])


def _counted(told: Telemetry, point: Point) -> HistogramDataPoint:
    from opentelemetry.sdk.metrics.export import HistogramDataPoint

    found = buckets(point.values)
    return HistogramDataPoint(
        attributes=point.attributes,
        start_time_unix_nano=told.start_ns,
        time_unix_nano=told.end_ns,
        count=len(point.values),
        sum=found.total,
        bucket_counts=found.counts,
        explicit_bounds=BOUNDS,
        min=found.least,
        max=found.most,
    )


@contextmanager
def _listening(said: list[str]) -> Iterator[None]:
    """Hear what the exporters complain of instead of having it on standard error."""

    class Ear(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            faults = [each for each in record.args or () if isinstance(each, BaseException)]
            said.append(_cause(faults[0]) if faults else record.getMessage().rstrip("."))

    logger, ear = logging.getLogger("opentelemetry"), Ear(logging.WARNING)
    before = logger.propagate
    logger.addHandler(ear)
    logger.propagate = False
    try:
        yield
    finally:
        logger.removeHandler(ear)
        logger.propagate = before


def _cause(fault: BaseException) -> str:
    """What began it: ``Connection refused``, and not the five layers that it went through."""
    while (before := fault.__cause__ or fault.__context__) is not None:
        fault = before
    return (fault.strerror if isinstance(fault, OSError) else "") or str(fault) or type(fault).__name__


def _address_of_environment() -> str:
    """As the specification has it: the signal's own address as it is, or the base with its path."""
    own = os.environ.get("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
    base = os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT") or "http://localhost:4318"
    return own or f"{base.rstrip('/')}/v1/traces"


def _shown(address: str) -> str:
    """The address without user, password and query."""
    parts = urlsplit(address)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2], query="", fragment="").geturl()


def _hint(where: str) -> str:
    grpc = f":{_GRPC_PORT}/" in where
    return f". Port {_GRPC_PORT} is that of gRPC; OTLP over HTTP usually has 4318" if grpc else ""
