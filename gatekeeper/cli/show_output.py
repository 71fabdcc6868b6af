"""Owns printing one attempt's output for people: no secret, no order to a terminal, and each line's time if asked."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from typing import BinaryIO

from gatekeeper.adapters.guard.output import timeline
from gatekeeper.adapters.guard.output.storing import secrets_in
from gatekeeper.cli.ink import Ink
from gatekeeper.cli.look_back import PastRun
from gatekeeper.cli.suggest import did_you_mean
from gatekeeper.model.errors import UsageError
from gatekeeper.model.events import StepFinished, StepStarted
from gatekeeper.policy.fold import RunRecord
from gatekeeper.policy.redaction import MASK, Redaction
from gatekeeper.policy.secret_forms import forms_of
from gatekeeper.policy.terminal_text import settled

_LONGEST_LINE = 1 << 20


def show_output(past: PastRun, wanted: str, *, times: bool) -> None:
    """Print the output of the attempt that `wanted` (``GATE/STEP[@ATTEMPT]``) means. Raises `UsageError`."""
    path = f"{past.folder.path}/{_output_of(past.record, wanted)}"
    secrets = forms_of(value for name in past.started.secrets if (value := os.environ.get(name)))
    index = timeline.read(path)
    ink = Ink()
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError as fault:
        raise UsageError(f"the output of {wanted} cannot be read: {path}: {fault.strerror}") from None
    with os.fdopen(descriptor, "rb") as file:
        for offset, line in _lines(file, Redaction(secrets)):
            text = settled(line.decode(errors="replace").removesuffix("\n"), "�")
            at = index.of(offset)
            time = "" if not times else " " * 12 if at is None else f"{at:10.3f} s"
            ink.say(f"{ink.paint(time, 'dim')}  {text}" if times else text)
    ink.done()


def _output_of(record: RunRecord, wanted: str) -> str:
    attempts: dict[str, dict[int, str | None]] = {}
    finished = [event for each in record.rounds for event in each.steps] + record.teardown
    begun = [event for event, _ in (*record.running.values(), *record.interrupted)]
    events: list[StepStarted | StepFinished] = [*finished, *begun]
    for event in events:
        attempts.setdefault(f"{event.gate}/{event.step}", {})[event.attempt] = event.output
    exact = attempts.get(wanted)
    step, number = (wanted, None) if exact else _split(wanted)
    if step not in attempts:
        raise UsageError(f"no step of this run is called {step!r}{did_you_mean(step, attempts)}")
    found = attempts[step]
    if number is not None and number not in found:
        raise UsageError(f"{step} has no attempt {number}; there is {', '.join(map(str, sorted(found)))}")
    attempt = max(found) if number is None else number
    output = found[attempt]
    if output is None:
        raise UsageError(f"{step} has no output: it is a probe, or no command of it ran")
    return output


def _split(wanted: str) -> tuple[str, int | None]:
    match = re.fullmatch("(.+)@([0-9]{1,9})", wanted)
    return (match[1], int(match[2])) if match else (wanted, None)


def _lines(file: BinaryIO, redaction: Redaction) -> Iterator[tuple[int, bytes]]:
    """Every line with where it begins. The mask of a secret that goes over several lines stands in the first."""
    spans = secrets_in(file.fileno(), 0, os.fstat(file.fileno()).st_size, redaction)
    span = next(spans, None)
    offset = 0
    while raw := file.readline(_LONGEST_LINE):
        end, at, shown = offset + len(raw), offset, bytearray()
        while span is not None and span[0] < end:
            shown += raw[at - offset : max(0, span[0] - offset)]
            if span[0] >= offset:
                shown += MASK
            at = min(span[1], end)
            if span[1] > end:
                break
            span = next(spans, None)
        yield offset, bytes(shown + raw[at - offset :])
        offset = end
