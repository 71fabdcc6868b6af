"""Owns telling one failed step: what failed, why we think so, its first failing lines, and how to repeat it. Pure."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from typing import Literal

from gatekeeper.adapters.console.layout import Row
from gatekeeper.adapters.console.lines import told_of
from gatekeeper.adapters.console.spans import Line, Span, Style, clean, line, shortened
from gatekeeper.adapters.console.words import Glyphs, sign_of, style_of
from gatekeeper.model.events import StepFinished
from gatekeeper.model.outcome import Received
from gatekeeper.model.plan import StepId
from gatekeeper.model.record import NamedTuple
from gatekeeper.model.verdict import Finding
from gatekeeper.policy.causes import Cause
from gatekeeper.policy.few import few
from gatekeeper.policy.fold import RunRecord
from gatekeeper.policy.help_words import cause_words, known_words
from gatekeeper.policy.number_words import duration, plural
from gatekeeper.policy.repeating import repeat_command
from gatekeeper.policy.summary import telling_first

_LONGEST = 300
_LONGEST_WHY = 600
_LONGEST_LINE = 160
_SHOWN_NAMES = 5
_LABEL = 9


class Detail(NamedTuple):
    """How much is told of one failure, in lines; None is all there is."""

    findings: int | None
    last_lines: int | None
    script: int | None


WHOLE = Detail(None, None, None)
"""All that is kept of a failure."""

_GRADES = (Detail(5, 8, 6), Detail(3, 3, 2), Detail(1, 1, 1))


def forms_of(cause: Cause, record: RunRecord, run_folder: str, glyphs: Glyphs) -> tuple[tuple[Row, ...], ...]:
    """The failure as rows, from the longest form to a single one."""
    told = [tuple(failure_rows(cause, record, run_folder, glyphs, detail)) for detail in _GRADES]
    short = _in_a_line(cause, glyphs)
    return (*dict.fromkeys(told), (short, *_again(cause.event, record)), (short,))


def failure_rows(
    cause: Cause, record: RunRecord, run_folder: str, glyphs: Glyphs, detail: Detail = WHOLE
) -> Iterator[Row]:
    """What failed, why we think so, what it wrote last, how to repeat it, and where all of that lies."""
    event = cause.event
    step = StepId(event.gate, event.step)
    facts = [event.tier] if event.tier != "required" else []
    if event.exit_code is not None:
        facts.append(f"exit code {event.exit_code}")
    facts.append(duration(event.duration_s))
    if event.attempt > 1:
        facts.append(f"attempt {event.attempt}")
    dot = f" {glyphs.dot} "
    yield Row(
        line(*_name(event, glyphs), "  "),
        line(clean(event.verdict), Span(f"{dot}{dot.join(facts)}", "dim")),
    )
    yield from _why(event, detail.findings)
    yield from _known(event)
    if event.expected is not None:
        yield _labelled("asked", event.request or "")
        yield _labelled("expected", event.expected)
        yield _labelled("received", _received(event.received))
    yield from _last_lines(event, glyphs, detail.last_lines)
    if cause.alike:
        yield _labelled("same in", few([clean(each.step) for each in cause.alike], _SHOWN_NAMES))
    if cause.blocked:
        names = few([clean(name) for name in cause.blocked], _SHOWN_NAMES)
        yield _labelled("blocked", f"{names}: {'it' if len(cause.blocked) == 1 else 'they'} did not run")
    yield from _repeat(event, step, record, run_folder, detail.script)


def _in_a_line(cause: Cause, glyphs: Glyphs) -> Row:
    event = cause.event
    why = next((told_of(event, finding) for finding in _ordered(event)), "")
    if event.known is not None:
        why = cause_words(event.known)
    beside = [f"the same in {len(cause.alike)} more"] if cause.alike else []
    beside += [f"{plural(len(cause.blocked), 'step')} blocked by it"] if cause.blocked else []
    more = f" ({', '.join(beside)})" if beside else ""
    words = f"{event.verdict}{more}: {why}" if why else f"{event.verdict}{more}"
    return Row(line(*_name(event, glyphs), "  "), line(shortened(words, _LONGEST_LINE)), "brief")


def _name(event: StepFinished, glyphs: Glyphs) -> Line:
    return line(
        Span(f"  {sign_of(event.verdict, glyphs)} {clean(f'{event.gate}/{event.step}')}", style_of(event.verdict))
    )


def _ordered(event: StepFinished) -> list[Finding]:
    # What only is told of must not hide what blocks.
    return sorted(telling_first(event.findings), key=lambda finding: not finding.blocks)


def _why(event: StepFinished, most: int | None) -> Iterator[Row]:
    ordered = _ordered(event)[:most]
    for index, finding in enumerate(ordered):
        told = "" if finding.blocks else " (noted, blocks nothing)"
        place = f"  ({finding.place})" if finding.place else ""
        yield _labelled("" if index else "why", f"{shortened(finding.message, _LONGEST_WHY)}{told}{place}")
    if (more := len(event.findings) - len(ordered)) > 0:
        yield _labelled("", f"and {more} more")


def _known(event: StepFinished) -> Iterator[Row]:
    if event.known is not None:
        yield _labelled("known", shortened(known_words(event.known), _LONGEST_WHY))
        if event.known.runbook:
            yield _labelled("runbook", event.known.runbook, "whole")


def _last_lines(event: StepFinished, glyphs: Glyphs, most: int | None) -> Iterator[Row]:
    # A failing test says more than what its runner printed last.
    if any(finding.kind.startswith("test-") for finding in event.findings):
        return
    shown = [text for text in map(clean, event.last_lines) if text]
    bar = "│" if glyphs.good == "✓" else "|"
    for index, text in enumerate(shown if most is None else shown[-most:]):
        label = f"    {'' if index else 'output':<{_LABEL}} "
        yield Row(line(Span(label, "dim"), Span(f"{bar} ", "dim")), line(shortened(text, _LONGEST)), "output")


def _repeat(event: StepFinished, step: StepId, record: RunRecord, run_folder: str, most: int | None) -> Iterator[Row]:
    yield from _again(event, record)
    begun = record.begun.get(step)
    # In a worktree that is gone nothing can be done by hand.
    script = [] if record.started is not None and record.started.at else (event.command or "").strip().splitlines()
    cwd = begun.cwd if begun is not None and begun.cwd not in {"", "."} else ""
    if len(script) == 1:
        yield _labelled("by hand", f"(cd {shlex.quote(cwd)} && {script[0]})" if cwd else script[0], "whole")
    elif script and most != 1:
        yield _labelled("by hand", f"in {cwd or 'the project root'}, with bash -euo pipefail:")
        for text in script[:most]:
            yield _labelled("", f"  {text}", "whole")
        if most is not None and len(script) > most:
            yield _labelled("", f"  … {len(script) - most} more lines")
    if event.dossier is not None:
        yield _labelled("dossier", f"{run_folder}/{event.dossier}", "whole")
    if event.output is not None:
        yield _labelled("whole log", f"{run_folder}/{event.output}", "whole")


def _again(event: StepFinished, record: RunRecord) -> Iterator[Row]:
    if record.started is not None:
        command = repeat_command(record.started, f"{event.gate}/{event.step}")
        yield _labelled("repeat", command, "command", style="bold")


def _received(received: Received | None) -> str:
    if received is None:
        return "nothing"
    status = "no answer" if received.status is None else str(received.status)
    return f"{status} after {duration(received.ms / 1000)}  {shortened(received.excerpt, 160)}".rstrip()


def _labelled(label: str, text: str, how: Literal["words", "command", "whole"] = "words", style: Style = "") -> Row:
    return Row(line(Span(f"    {label:<{_LABEL}} ", "dim")), line(Span(clean(text), style)), how)
