"""Owns telling one failed step: what failed, why we think so, its first failing lines, and how to repeat it. Pure."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from gatekeeper.adapters.console.spans import Line, Span, clean, line, shortened
from gatekeeper.adapters.console.words import Glyphs, duration, sign_of, style_of
from gatekeeper.model.event_parts import StepSummary
from gatekeeper.model.events import RunStarted, StepFinished
from gatekeeper.model.outcome import Received
from gatekeeper.model.plan import StepId
from gatekeeper.policy.fold import RunRecord
from gatekeeper.policy.help_words import known_words
from gatekeeper.policy.summary import telling_first

_FINDINGS = 5
_LAST_LINES = 8
_SCRIPT_LINES = 6
_LONGEST = 300
_LONGEST_WHY = 600
_LABEL = 9


def failure_lines(
    event: StepFinished, summary: StepSummary, record: RunRecord, run_folder: str, glyphs: Glyphs
) -> Iterator[Line]:
    """The lines about one step that did not pass."""
    step = StepId(event.gate, event.step)
    facts = [summary.tier] if summary.tier != "required" else []
    if event.exit_code is not None:
        facts.append(f"exit code {event.exit_code}")
    facts.append(duration(event.duration_s))
    if summary.attempts > 1:
        facts.append(f"attempt {summary.attempts}")
    yield line(
        Span(f"  {sign_of(event.verdict, glyphs)} {clean(str(step))}", style_of(event.verdict)),
        f"  {clean(event.verdict)}",
        Span(f" {glyphs.dot} " + f" {glyphs.dot} ".join(facts), "dim"),
    )
    yield from _why(event)
    yield from _known(event)
    if event.expected is not None:
        yield _labelled("asked", event.request or "")
        yield _labelled("expected", event.expected)
        yield _labelled("received", _received(event.received))
    yield from _last_lines(event, glyphs)
    yield from _repeat(event, step, record, run_folder)


def _why(event: StepFinished) -> Iterator[Line]:
    # What only is told of must not hide what blocks.
    ordered = sorted(telling_first(event.findings), key=lambda finding: not finding.blocks)
    for index, finding in enumerate(ordered[:_FINDINGS]):
        told = "" if finding.blocks else " (noted, blocks nothing)"
        place = f"  ({finding.place})" if finding.place else ""
        yield _labelled("" if index else "why", f"{shortened(finding.message, _LONGEST_WHY)}{told}{place}")
    if len(event.findings) > _FINDINGS:
        yield _labelled("", f"and {len(event.findings) - _FINDINGS} more; see the execution log")


def _known(event: StepFinished) -> Iterator[Line]:
    if event.known is not None:
        yield _labelled("known", shortened(known_words(event.known), _LONGEST_WHY))
        if event.known.runbook:
            yield _labelled("runbook", event.known.runbook)


def _last_lines(event: StepFinished, glyphs: Glyphs) -> Iterator[Line]:
    # A failing test says more than what its runner printed last.
    if any(finding.kind.startswith("test-") for finding in event.findings):
        return
    shown = [text for text in map(clean, event.last_lines) if text][-_LAST_LINES:]
    bar = "│" if glyphs.good == "✓" else "|"
    for index, text in enumerate(shown):
        label = f"    {'' if index else 'output':<{_LABEL}} "
        yield line(Span(label, "dim"), Span(f"{bar} ", "dim"), shortened(text, _LONGEST))


def _repeat(event: StepFinished, step: StepId, record: RunRecord, run_folder: str) -> Iterator[Line]:
    if record.started is not None:
        cycle = _cycle_arguments(record.started)
        yield _labelled("repeat", f"gatekeeper run {cycle} --only {shlex.quote(str(step))}", style="bold")
    begun = record.begun.get(step)
    script = (event.command or "").strip().splitlines()
    cwd = begun.cwd if begun is not None and begun.cwd not in {"", "."} else ""
    if len(script) == 1:
        yield _labelled("by hand", f"(cd {shlex.quote(cwd)} && {script[0]})" if cwd else script[0])
    elif script:
        yield _labelled("by hand", f"in {cwd or 'the project root'}, with bash -euo pipefail:")
        for text in script[:_SCRIPT_LINES]:
            yield _labelled("", f"  {text}")
        if len(script) > _SCRIPT_LINES:
            yield _labelled("", f"  … {len(script) - _SCRIPT_LINES} more lines")
    if event.dossier is not None:
        yield _labelled("dossier", f"{run_folder}/{event.dossier}")
    if event.output is not None:
        yield _labelled("whole log", f"{run_folder}/{event.output}")


def _cycle_arguments(started: RunStarted) -> str:
    if not started.source or started.source.endswith(f"gates/{started.cycle}.yaml"):
        cycle = shlex.quote(started.cycle)
    else:
        cycle = f"--file {shlex.quote(started.source)}"
    # Without it the step would be judged by the working tree, and may come to something else.
    ref = started.judge_by.rpartition("@")[0]
    return f"{cycle} --judge-by {shlex.quote(ref)}" if ref else cycle


def _received(received: Received | None) -> str:
    if received is None:
        return "nothing"
    status = "no answer" if received.status is None else str(received.status)
    return f"{status} after {duration(received.ms / 1000)}  {shortened(received.excerpt, 160)}".rstrip()


def _labelled(label: str, text: str, style: str = "") -> Line:
    return line(Span(f"    {label:<{_LABEL}} ", "dim"), Span(clean(text), "bold" if style == "bold" else ""))
