"""A run as an OpenTelemetry trace: what its spans say, and that an endpoint gets them."""

from __future__ import annotations

import os
import re
import socket
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from opentelemetry.semconv._incubating import attributes as conventional
from opentelemetry.semconv._incubating.metrics import cicd_metrics

from gatekeeper.adapters.exports.otlp_json import write_otlp
from gatekeeper.adapters.exports.otlp_sending import MISSING, NotSent, send
from gatekeeper.policy import telemetry_names as names
from gatekeeper.policy.fold import fold
from gatekeeper.policy.run_telemetry import telemetry_of
from gatekeeper.policy.telemetry import Span, Telemetry
from tests.adapters.executionlog.log_stories import hostile
from tests.adapters.executionlog.log_telling import RUN, Story
from tests.adapters.executionlog.red_stories import red_with_timeout_and_stray
from tests.adapters.exports.collecting import collector, parsed, plain, told_by
from tests.adapters.exports.exported import STORIES

FOLDER = "/home/dev/project/.gatekeeper/runs/" + RUN


@pytest.fixture(autouse=True)
def _nobodys_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither a collector of the machine that the tests run on, nor a proxy, nor its name for a service."""
    for name in tuple(os.environ):
        if name.startswith("OTEL_") or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)


def told(story: Story) -> Telemetry:
    record = fold(RUN, story.entries)
    assert record.started is not None
    assert record.finished is not None
    return telemetry_of(record, record.started, record.finished, story.entries, FOLDER)


def named(telemetry: Telemetry, name: str) -> list[Span]:
    return [span for span in telemetry.spans if span.name == name]


@pytest.mark.parametrize("name", STORIES)
def test_every_run_is_one_trace(name: str) -> None:
    """Of one root, whose spans lie in one another and in their time, and of conventional names or our own."""
    telemetry = told(STORIES[name]())
    spans = {span.span_id: span for span in telemetry.spans}
    assert len(spans) == len(telemetry.spans)
    assert [span.name for span in telemetry.spans if not span.parent_id] == ["RUN backend-cycle"]
    attributes = set(telemetry.resource)
    for span in telemetry.spans:
        parent = spans[span.parent_id] if span.parent_id else span
        assert parent.start_ns <= span.start_ns <= span.end_ns <= parent.end_ns, span
        attributes |= set(span.attributes).union(*(moment.attributes for moment in span.moments))
    attributes |= {key for metric in telemetry.metrics for point in metric.points for key in point.attributes}
    assert {key for key in attributes if not key.startswith(names.OURS)} <= names.CONVENTIONAL
    assert told(STORIES[name]()) == telemetry, "told twice, it is the same trace"


@pytest.mark.parametrize("name", STORIES)
def test_an_endpoint_gets_what_a_file_gets(name: str) -> None:
    """OpenTelemetry's exporters say in protobuf what our own writer says in JSON."""
    telemetry = told(STORIES[name]())
    with collector() as collected:
        assert send(telemetry, endpoint=collected.address) == f"{collected.address}/v1/traces"
    lines = "".join(write_otlp(telemetry)).splitlines()
    sent = [told_by(message) for message in (*collected.traces, *collected.metrics)]
    assert sent == [told_by(parsed(line)) for line in lines]


@settings(max_examples=20)
@given(st.text(max_size=100))
def test_no_text_breaks_the_lines(text: str) -> None:
    """Whatever a run, a step or an output is called."""
    lines = "".join(write_otlp(told(hostile(text)))).splitlines()
    assert [parsed(line).IsInitialized() for line in lines] == [True, True]


def test_the_names_are_those_of_the_conventions() -> None:
    """As OpenTelemetry's own package has them."""
    known = {
        value
        for module in ("cicd", "vcs", "test", "process", "service", "host", "error", "gen_ai")
        for key, value in vars(__import__(f"{conventional.__name__}.{module}_attributes", fromlist=["x"])).items()
        if key.isupper()
    } | {"error.type", "service.name", "service.version"}
    assert known >= names.CONVENTIONAL
    assert {cicd_metrics.CICD_PIPELINE_RUN_DURATION, cicd_metrics.CICD_PIPELINE_RUN_ERRORS} == {
        names.RUN_DURATION,
        names.RUN_ERRORS,
    }


def test_a_red_run_says_where_it_went_wrong() -> None:
    with collector() as collected:
        send(told(red_with_timeout_and_stray()), endpoint=collected.address)
    spans = {span.name: span for span in collected.spans}
    root = plain(spans["RUN backend-cycle"].attributes)
    assert (root["cicd.pipeline.result"], root["error.type"], root["process.exit.code"]) == ("failure", "red", 1)
    assert spans["RUN backend-cycle"].status.code == 2
    smoke = plain(spans["smoke/auth-onboarding"].attributes)
    assert (smoke["cicd.pipeline.task.run.result"], smoke["cicd.pipeline.task.name"]) == (
        "timeout",
        "smoke/auth-onboarding",
    )
    assert str(smoke["cicd.pipeline.task.run.url.full"]).startswith(f"file://nightly-2{FOLDER}/output/")
    assert spans["smoke/auth-onboarding"].status.message.startswith("ended at its hard timeout")
    moments = {moment.name for span in collected.spans for moment in span.events}
    assert "gatekeeper.incident" in moments
    resource = collected.resource()
    assert (resource["service.name"], resource["cicd.pipeline.run.id"]) == ("gatekeeper", RUN)
    assert (resource["vcs.ref.head.name"], resource["vcs.repository.name"]) == ("development", "backend")


def test_help_takes_its_time() -> None:
    fixed, mitigated = told(STORIES["fixed"]()), told(STORIES["mitigated"]())
    (fixer,) = named(fixed, "fixer")
    assert (fixer.attributes["gen_ai.usage.input_tokens"], fixer.attributes["gatekeeper.changed"]) == (120_412, 2)
    assert fixer.end_ns > fixer.start_ns
    (mitigation,) = named(mitigated, "mitigation port_in_use")
    assert (mitigation.attributes["process.exit.code"], mitigation.error) == (0, None)
    assert fixed.spans[0].attributes["cicd.pipeline.result"] == "success"
    assert fixed.spans[0].error is None


def test_a_run_that_died_ends_where_it_was_last_seen() -> None:
    """Not where somebody found out, and nothing of it looks well."""
    story = STORIES["aborted"]()
    telemetry = told(story)
    root = telemetry.spans[0]
    assert root.attributes["cicd.pipeline.result"] == "error"
    cut = [span for span in telemetry.spans if span.attributes.get("error.type") == "interrupted"]
    assert cut
    assert all(span.error and span.end_ns == root.end_ns for span in cut)


def test_metrics_are_of_this_run_alone() -> None:
    with collector() as collected:
        send(told(red_with_timeout_and_stray()), endpoint=collected.address)
    (message,) = collected.metrics
    metrics = {metric.name: metric for metric in message.resource_metrics[0].scope_metrics[0].metrics}
    (point,) = metrics["cicd.pipeline.run.duration"].histogram.data_points
    assert (point.count, metrics["cicd.pipeline.run.duration"].unit) == (1, "s")
    assert sum(point.bucket_counts) == 1
    assert plain(point.attributes) == {
        "cicd.pipeline.name": "backend-cycle",
        "cicd.pipeline.run.state": "executing",
        "cicd.pipeline.result": "failure",
        "error.type": "red",
    }
    errors = metrics["cicd.pipeline.run.errors"].sum
    assert errors.is_monotonic
    assert {plain(one.attributes)["error.type"] for one in errors.data_points} >= {"timeout"}


def test_the_environment_is_asked_as_everybody_asks_it(monkeypatch: pytest.MonkeyPatch) -> None:
    with collector() as collected:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", f"{collected.address}/base/")
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", "x-api-key=abc")
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip")
        monkeypatch.setenv("OTEL_RESOURCE_ATTRIBUTES", "service.name=nightly,deployment.environment.name=ci")
        send(told(STORIES["green"]()), endpoint=None)
    assert collected.paths == ["/base/v1/traces", "/base/v1/metrics"]
    assert {(each["x-api-key"], each["content-encoding"]) for each in collected.headers} == {("abc", "gzip")}
    resource = collected.resource()
    assert (resource["service.name"], resource["deployment.environment.name"]) == ("nightly", "ci")
    monkeypatch.setenv("OTEL_SDK_DISABLED", "true")
    with pytest.raises(NotSent, match="OTEL_SDK_DISABLED is true"):
        send(told(STORIES["green"]()), endpoint=collected.address)


def test_an_endpoint_that_refuses_is_told_with_its_word() -> None:
    with collector(401) as collected, pytest.raises(NotSent, match="code: 401, reason: Unauthorized"):
        send(told(STORIES["green"]()), endpoint=collected.address)
    assert len(collected.traces) == 1, "what is wrong for good is not tried again"


@pytest.mark.parametrize("within_s", [30.0, 0.05])
def test_an_endpoint_that_never_answers_holds_nobody(within_s: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither by its silence in one request, nor for all that is to be sent."""
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "0.2")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"http://name:word@127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(NotSent) as why:
            send(told(STORIES["green"]()), endpoint=address, within_s=within_s)
    assert re.search(r"due to timeout|has not answered to its end within 0\.05 s", str(why.value))
    assert "word" not in str(why.value)


def test_without_the_extra_one_is_told_which(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry.exporter.otlp.proto.http.trace_exporter", None)
    with pytest.raises(NotSent, match=re.escape(MISSING)):
        send(told(STORIES["green"]()), endpoint="http://127.0.0.1:1")
