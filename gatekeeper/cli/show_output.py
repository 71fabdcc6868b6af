"""Owns printing one attempt's output for people: no secret, no order to a terminal, and each line's time if asked."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from typing import BinaryIO

from gatekeeper.adapters.guard.output import timeline
from gatekeeper.adapters.guard.output.capture import service_output
from gatekeeper.adapters.guard.output.storing import secrets_in
from gatekeeper.adapters.guard.system.files import open_ordinary
from gatekeeper.cli.ink import Ink
from gatekeeper.cli.look_back import PastRun
from gatekeeper.cli.suggest import did_you_mean
from gatekeeper.model.errors import UsageError
from gatekeeper.model.plan import StepId
from gatekeeper.model.record import NamedTuple
from gatekeeper.policy.redaction import MASK, Redaction
from gatekeeper.policy.secret_forms import forms_of
from gatekeeper.policy.terminal_text import settled

_LONGEST_LINE = 1 << 20


class _Stored(NamedTuple):
    """One attempt's output file. Of one that is `sealed`, or that never held a secret, no more has to be hidden."""

    path: str
    sealed: bool
    strict: bool


def show_output(past: PastRun, wanted: str, *, times: bool) -> None:
    """Print the output of the attempt that `wanted` (``GATE/STEP[@ATTEMPT]``) means. Raises `UsageError`."""
    stored = _output_of(past, wanted)
    redaction = _redaction(past, wanted, stored)
    ink = Ink()
    try:
        descriptor = open_ordinary(stored.path, os.O_RDONLY)
    except OSError as fault:
        raise UsageError(f"the output of {wanted} cannot be read: {stored.path}: {fault.strerror}") from None
    with os.fdopen(descriptor, "rb") as file:
        # What is written from now on is for another look.
        size = os.fstat(descriptor).st_size
        index = timeline.read(stored.path)
        for end, line in lines_of(file, size, redaction, sealed=stored.sealed):
            text = settled(line.decode(errors="replace").removesuffix("\n"), "�")
            at = index.of(end - 1)
            time = "" if not times else " " * 12 if at is None else f"{at:10.3f} s"
            ink.say(f"{ink.paint(time, 'dim')}  {text}" if times else text)
    ink.done()


def _output_of(past: PastRun, wanted: str) -> _Stored:
    """Where it lies: of an attempt that left a service, the file that the service went on writing to."""
    record = past.record
    attempts: dict[str, dict[int, str | None]] = {}
    finished = [event for each in record.rounds for event in each.steps] + record.teardown
    for event in finished:
        known = attempts.setdefault(f"{event.gate}/{event.step}", {})
        known[event.attempt] = event.output or known.get(event.attempt)
    for begun in record.begun.values():
        known = attempts.setdefault(f"{begun.gate}/{begun.step}", {})
        # One that could not be stored when its attempt ended may be there all the same.
        if begun.attempt not in known or os.path.exists(f"{past.folder.path}/{begun.output}"):
            known[begun.attempt] = known.get(begun.attempt) or begun.output
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
    if os.path.exists(f"{past.folder.path}/{service_output(output)}"):
        output = service_output(output)
    named = {event.output for event in finished} | {ended.output for _, ended in record.ended_services}
    latest = record.begun.get(StepId(*step.split("/", 1)))
    return _Stored(f"{past.folder.path}/{output}", output in named, latest is not None and latest.redact == "strict")


def _redaction(past: PastRun, wanted: str, stored: _Stored) -> Redaction:
    """What to hide. Raises `UsageError` where that cannot be known and nobody has hidden it before."""
    redaction, missing = hidden_here(past)
    if missing and not stored.sealed and not stored.strict:
        so_far = "was never masked" if past.record.finished else "is not masked yet"
        which = f"{', '.join(missing)} {'is' if len(missing) == 1 else 'are'} not set here"
        raise UsageError(f"the output of {wanted} {so_far} and {which}: set it, or read {stored.path} yourself")
    return redaction


def hidden_here(past: PastRun) -> tuple[Redaction, tuple[str, ...]]:
    """What hides the run's secrets whose values are set here, and the names of those whose are not."""
    values = {name: os.environ.get(name, "") for name in past.started.secrets}
    # What the run itself knew no value of is in no output.
    unknown = dict(past.started.unmasked_secrets)
    missing = tuple(name for name, value in values.items() if not value and name not in unknown)
    return Redaction(forms_of(filter(None, values.values()))), missing


def _split(wanted: str) -> tuple[str, int | None]:
    match = re.fullmatch("(.+)@([0-9]{1,9})", wanted)
    return (match[1], int(match[2])) if match else (wanted, None)


def lines_of(
    file: BinaryIO, size: int, redaction: Redaction, *, sealed: bool, start: int = 0
) -> Iterator[tuple[int, bytes]]:
    """Every line of the first `size` bytes, from `start` on (where the file stands), with where it ends.

    The mask of a secret that goes over several lines stands in the first. Where more is to come, the end may be the
    beginning of a secret; that much is left out.
    """
    reach = 0 if sealed else min(redaction.reach, size)
    shown_to = size - redaction.undecided(os.pread(file.fileno(), reach, size - reach))
    around = secrets_in(file.fileno(), max(0, start - redaction.reach), size, redaction)
    spans = (found for found in around if found[1] > start)
    span = next(spans, None)
    offset = start
    while raw := file.readline(min(_LONGEST_LINE, shown_to - offset)):
        end, at, shown = offset + len(raw), offset, bytearray()
        while span is not None and span[0] < end:
            shown += raw[at - offset : max(0, span[0] - offset)]
            if span[0] >= offset:
                shown += MASK
            at = min(span[1], end)
            if span[1] > end:
                break
            span = next(spans, None)
        yield end, bytes(shown + raw[at - offset :])
        offset = end
