"""Owns telling a run as a trace: it, its rounds, each attempt of a step, help, and services, as long as they took.

Whatever had not ended when the run did, or when its process died, ends with it, and is told as an error.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

from gatekeeper.model.events import (
    Entry,
    IncidentHappened,
    RoundFinished,
    RoundStarted,
    RunFinished,
    RunStarted,
    StepFinished,
    StepStarted,
)
from gatekeeper.model.help_events import FixerFinished, FixerStarted, MitigationFinished, MitigationStarted, RunResumed
from gatekeeper.model.plan import StepId
from gatekeeper.model.service_events import ServiceEnded, ServiceStarted
from gatekeeper.policy import telemetry_names as names
from gatekeeper.policy.export_steps import MESSAGE, readable
from gatekeeper.policy.telemetry import Moment, Span, Value, nanoseconds, span_id_of
from gatekeeper.policy.trace_moments import moment_of
from gatekeeper.policy.trace_words import BAD, begun, ended, file_url, run_result, step_ended, step_result

_Key: TypeAlias = StepId | str
_RUN, _ROUND, _FIXER, _MITIGATION, _SERVICE = "run", "round", "fixer", "mitigation", "service "
_CUT_OFF = "interrupted: the run ended while it went on"


class _Growing:
    """A span that may not have ended yet."""

    def __init__(self, span_id: str, parent_id: str, name: str, start_ns: int, attributes: dict[str, Value]) -> None:
        self.span_id = span_id
        self.parent_id = parent_id
        self.name = name
        self.start_ns = self.end_ns = start_ns
        self.attributes = attributes
        self.moments: list[Moment] = []
        self.error: str | None = None

    def done(self) -> Span:
        return Span(
            self.span_id,
            self.parent_id,
            self.name,
            "internal" if self.parent_id else "server",
            self.start_ns,
            # A clock may have been set back meanwhile.
            max(self.start_ns, self.end_ns),
            self.attributes,
            tuple(self.moments),
            self.error,
        )


class _Trace:
    """The spans so far; `folder` is the run's, and `open` what has not ended."""

    def __init__(self, run: str, folder: str) -> None:
        self.run = run
        self.folder = folder
        self.host = ""
        self.spans: list[_Growing] = []
        self.open: dict[_Key, _Growing] = {}
        self.attempts: dict[StepId, _Growing] = {}
        self.last_ns = 0
        self.over = False

    def apply(self, entry: Entry) -> None:
        at_ns = nanoseconds(entry.time)
        # What people add to a run that is over is no part of what it did.
        if self.over and not isinstance(entry.event, RunResumed):
            return
        match entry.event:
            case RunStarted() as event:
                self.host = event.host
                self._begin(_RUN, entry.seq, at_ns, f"{names.RUN} {event.cycle}", begun(event))
            case RoundStarted() as event:
                told: dict[str, Value] = {"gatekeeper.round": event.round, "gatekeeper.reason": event.reason}
                self._begin(_ROUND, entry.seq, at_ns, "round", told)
            case RoundFinished() as event:
                failed = f"did not pass: {', '.join(event.failed)}" if event.failed else None
                more: dict[str, Value] = {"gatekeeper.failed": event.failed, "gatekeeper.tree": event.tree}
                self._end(_ROUND, at_ns, more, readable(failed, MESSAGE) if failed else None)
            case StepStarted() as event:
                self._step_begins(event, entry.seq, at_ns)
            case StepFinished() as event:
                self._step_ends(event, entry.seq, at_ns)
            case IncidentHappened() as event:
                self._beside(entry, at_ns, self.attempts.get(StepId(event.gate, event.step)))
            case RunFinished() as event:
                # Of a run that died, somebody wrote the end who came later.
                self._run_ends(event, self.last_ns if event.duration_s is None else at_ns)
            case RunResumed():
                self._goes_on()
                self._beside(entry, at_ns)
            case _:
                self._apply_help(entry, at_ns)
        self.last_ns = at_ns

    def _apply_help(self, entry: Entry, at_ns: int) -> None:
        match entry.event:
            case ServiceStarted() as event:
                step: dict[str, Value] = {"gatekeeper.step": f"{event.gate}/{event.step}"}
                self._begin(_SERVICE + event.service, entry.seq, at_ns, f"service {event.service}", step)
            case ServiceEnded() as event:
                died = "the service died" if event.how == "died" else None
                self._end(_SERVICE + event.service, at_ns, {"gatekeeper.how": event.how}, died)
            case MitigationStarted() as event:
                told: dict[str, Value] = {
                    "gatekeeper.step": f"{event.gate}/{event.step}",
                    "gatekeeper.pattern": event.pattern,
                    names.COMMAND_LINE: readable(event.command, MESSAGE),
                }
                self._begin(_MITIGATION, entry.seq, at_ns, f"mitigation {event.pattern}", told)
            case MitigationFinished() as event:
                self._call_ends(_MITIGATION, event, at_ns, {})
            case FixerStarted() as event:
                told = {"gatekeeper.fixer.call": event.call, "gatekeeper.fixer.provider": event.provider}
                self._begin(_FIXER, entry.seq, at_ns, "fixer", told)
            case FixerFinished() as event:
                tokens = {names.INPUT_TOKENS: event.usage.input_tokens, names.OUTPUT_TOKENS: event.usage.output_tokens}
                more: dict[str, Value] = {"gatekeeper.changed": len(event.changed)}
                self._call_ends(_FIXER, event, at_ns, more | {k: v for k, v in tokens.items() if v is not None})
            case _:
                self._beside(entry, at_ns)

    def _step_begins(self, event: StepStarted, seq: int, at_ns: int) -> None:
        told = self._task(event, event.output)
        told["gatekeeper.timeout_s"] = event.timeout_s
        if words := event.command or event.probe:
            told[names.COMMAND_LINE if event.command else "gatekeeper.probe"] = readable(words, MESSAGE)
        step = StepId(event.gate, event.step)
        self.attempts[step] = self._begin(step, seq, at_ns, str(step), told)

    def _step_ends(self, event: StepFinished, seq: int, at_ns: int) -> None:
        step = StepId(event.gate, event.step)
        if step not in self.open:
            # It was blocked, skipped, or passed before on the same inputs: nothing ran, and so no time went by.
            self.attempts[step] = self._begin(step, seq, at_ns, str(step), self._task(event, event.output))
        told = step_ended(event)
        bad = step_result(event.verdict) in BAD
        self._end(step, at_ns, told, str(told.get("gatekeeper.reason", event.verdict)) if bad else None)

    def _task(self, event: StepStarted | StepFinished, output: str | None) -> dict[str, Value]:
        return {
            names.TASK_NAME: f"{event.gate}/{event.step}",
            names.TASK_ID: f"{event.gate}/{event.step}#{event.round}.{event.attempt}",
            names.TASK_URL: file_url(self.host, f"{self.folder}/{output}" if output else self.folder),
            "gatekeeper.gate": event.gate,
            "gatekeeper.round": event.round,
            "gatekeeper.attempt": event.attempt,
        }

    def _call_ends(
        self, key: _Key, event: MitigationFinished | FixerFinished, at_ns: int, told: dict[str, Value]
    ) -> None:
        error = event.problem or (f"exit code {event.exit_code}" if event.exit_code else None)
        if event.exit_code is not None:
            told[names.EXIT_CODE] = event.exit_code
        self._end(key, at_ns, told, readable(error, MESSAGE) if error else None)

    def _run_ends(self, event: RunFinished, at_ns: int) -> None:
        told = ended(event)
        bad = run_result(event) in BAD
        error = f"{event.verdict}: {told.get('gatekeeper.reason', '')}".removesuffix(": ") if bad else None
        # Services live as long as the run, and it ends them: that is no fault of theirs.
        for key in [key for key in self.open if isinstance(key, str) and key.startswith(_SERVICE)]:
            self._end(key, at_ns, {}, None)
        self._cut_off(at_ns)
        self._end(_RUN, at_ns, told, error)
        self.over = True

    def _goes_on(self) -> None:
        self._cut_off(self.last_ns)
        self.open[_RUN] = self.spans[0]
        self.spans[0].error, self.over = None, False

    def _cut_off(self, at_ns: int) -> None:
        for key in [key for key in self.open if key != _RUN]:
            told: dict[str, Value] = {names.TASK_RESULT: "error", names.ERROR_TYPE: "interrupted"}
            self._end(key, at_ns, told if isinstance(key, StepId) else {}, _CUT_OFF)

    def _begin(self, key: _Key, seq: int, at_ns: int, name: str, attributes: dict[str, Value]) -> _Growing:
        within = self.open.get(_ROUND) if isinstance(key, StepId) else None
        parent = within or (self.spans[0] if self.spans else None)
        span = _Growing(span_id_of(self.run, seq), parent.span_id if parent else "", name, at_ns, attributes)
        self.spans.append(span)
        self.open[key] = span
        return span

    def _end(self, key: _Key, at_ns: int, attributes: dict[str, Value], error: str | None) -> None:
        if (span := self.open.pop(key, None)) is not None:
            span.end_ns = at_ns
            span.attributes |= attributes
            span.error = error

    def _beside(self, entry: Entry, at_ns: int, of: _Growing | None = None) -> None:
        moment = moment_of(entry.event, at_ns)
        within = of or self.open.get(_ROUND) or (self.spans[0] if self.spans else None)
        if moment is not None and within is not None:
            within.moments.append(moment)


def trace_of(run: str, entries: Iterable[Entry], folder: str) -> tuple[Span, ...]:
    """The run's spans in the order in which they began, its own first; `folder` is where it lies.

    Raises:
        ValueError: the journal says what cannot be true: a time that is none, a verdict that nobody knows.
    """
    trace = _Trace(run, folder)
    for entry in entries:
        trace.apply(entry)
    return tuple(span.done() for span in trace.spans)
