"""Owns an OTLP endpoint on the loopback that keeps what it is sent, decoded by OpenTelemetry's own message types."""

from __future__ import annotations

import gzip
import json
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from google.protobuf.json_format import MessageToDict, ParseDict
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest


class Collected:
    """What an endpoint was sent: `spans` and `metrics` by message, the `headers` and paths of each request."""

    def __init__(self) -> None:
        self.address = ""
        self.traces: list[ExportTraceServiceRequest] = []
        self.metrics: list[ExportMetricsServiceRequest] = []
        self.headers: list[dict[str, str]] = []
        self.paths: list[str] = []

    @property
    def spans(self) -> list[Any]:
        """Every span, in the order they came."""
        return [
            span
            for one in self.traces
            for resource in one.resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        ]

    def resource(self) -> dict[str, object]:
        """The attributes of the resource of the first message."""
        return plain(self.traces[0].resource_spans[0].resource.attributes)


@contextmanager
def collector(status: int = 200) -> Iterator[Collected]:
    """An endpoint that answers everything with `status`."""
    collected = Collected()

    class Endpoint(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            body = gzip.decompress(body) if self.headers.get("content-encoding") == "gzip" else body
            collected.headers.append({key.lower(): value for key, value in self.headers.items()})
            collected.paths.append(self.path)
            if self.path.endswith("/v1/traces"):
                collected.traces.append(ExportTraceServiceRequest.FromString(body))
            else:
                collected.metrics.append(ExportMetricsServiceRequest.FromString(body))
            self.send_response(status)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Endpoint) as server:
        collected.address = f"http://127.0.0.1:{server.server_port}"
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield collected
        finally:
            server.shutdown()
            thread.join()


def plain(attributes: Any) -> dict[str, object]:
    """Attributes of a message as a dictionary."""
    found: dict[str, object] = {}
    for each in attributes:
        kind = each.value.WhichOneof("value")
        value = getattr(each.value, kind)
        found[each.key] = [one.string_value for one in value.values] if kind == "array_value" else value
    return found


def parsed(line: str) -> ExportTraceServiceRequest | ExportMetricsServiceRequest:
    """A line of OTLP/JSON as a message; raises where it has a key that the protocol does not know."""
    document = json.loads(line)
    message = ExportTraceServiceRequest() if "resourceSpans" in document else ExportMetricsServiceRequest()
    # Protobuf's own JSON has bytes in base64, OTLP's has ids in hexadecimal.
    return ParseDict(_with_base64(document), message)


def told_by(message: Any) -> dict[str, Any]:
    """A message as one compares it."""
    document: dict[str, Any] = MessageToDict(message)
    spans = (
        span for each in document.get("resourceSpans", ()) for scope in each["scopeSpans"] for span in scope["spans"]
    )
    for span in spans:
        # The SDK writes the flags of the context; nobody asked for them in a file.
        span.pop("flags", None)
    return document


def _with_base64(value: Any) -> Any:
    match value:
        case dict():
            ids = {"traceId", "spanId", "parentSpanId"}
            return {
                key: b64encode(bytes.fromhex(inside)).decode() if key in ids else _with_base64(inside)
                for key, inside in value.items()
            }
        case list():
            return [_with_base64(each) for each in value]
        case _:
            return value
