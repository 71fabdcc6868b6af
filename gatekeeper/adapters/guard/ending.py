"""Owns putting what a guardian reported into the words of the model, with the evidence sealed. Ends nothing itself."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial

from gatekeeper.adapters.guard.messages.sight import Sight
from gatekeeper.adapters.guard.messages.wire import Message, Report, Survivor
from gatekeeper.adapters.guard.output import capture
from gatekeeper.adapters.guard.output.capture import Sealed
from gatekeeper.model.containment import GuardEnd, GuardOrder
from gatekeeper.model.incident import Incident, IncidentKind
from gatekeeper.model.outcome import (
    Cancelled,
    DeadService,
    Exceeded,
    Exited,
    GuardBroken,
    LimitExceeded,
    Listener,
    NotStarted,
    Outcome,
    Signalled,
    Stray,
    TimedOut,
)

ALWAYS = ("guardian", "subreaper", "cookie", "ledger")
"""The layers that every Linux offers, strongest first."""


def refused(detail: str) -> GuardEnd:
    """The machine would not have it started."""
    return GuardEnd(NotStarted("no-resources", detail), 0.0, ())


def unguarded(detail: str) -> GuardEnd:
    """Nobody could be had to guard it, so it was not started."""
    return GuardEnd(GuardBroken(detail), 0.0, (), incidents=(Incident(IncidentKind.CONTAINMENT_BROKEN, detail),))


def never_began() -> GuardEnd:
    """It was told to stop before it began."""
    return GuardEnd(Cancelled(), 0.0, ())


async def reported(order: GuardOrder, report: Report, folder: str, mask: Callable[[str], str] = str) -> GuardEnd:
    """The end of a command whose guardian reported. What is written of it besides its output goes through `mask`."""
    incidents: list[Incident] = []
    sealed, lost = await _sealed(order, folder, still_written=report.service)
    lost = "; ".join(filter(None, (_unwritten(order, report), lost)))
    lines = sealed.last_lines if sealed else ()
    why, kept = "", ("", "")
    if report.end in ("deadline", "quiet", "limit"):
        report.sights = _hidden(report.sights, order.masked)
        from gatekeeper.adapters.guard.dossier import diagnosis
        from gatekeeper.adapters.guard.dossier import writing as dossier

        unfinished = sealed.unfinished if sealed and report.unfinished is None else report.unfinished
        if report.limit in ("memory", "processes"):
            why = diagnosis.largest(report.limit, report.sights)
        else:
            why = diagnosis.sentence(report.sights, mask(unfinished or ""))
        if report.detail:
            incidents.append(_internal(f"the dossier of {order.label} is not whole: {report.detail}"))
        # What a runtime dumped into the output is not what the command said last.
        lines = capture.last_lines(mask(report.spoken)) if report.spoken is not None else lines
        try:
            if report.sights:
                kept = dossier.write(folder, order.output, report, dossier.Occasion(order.label, why, lines), mask)
        except OSError as failed:
            incidents.append(_internal(f"the dossier of {order.label} could not be written: {failed}"))
    if report.unkillable:
        incidents.append(Incident(IncidentKind.UNKILLABLE, _not_ended(report)))
    return GuardEnd(
        _outcome(order, report, why),
        report.duration_s,
        ("cgroup2", *ALWAYS) if report.joined else ALWAYS,
        tuple(map(_stray, report.survivors)),
        tuple(incidents),
        sealed.output._replace(dropped=sealed.output.dropped + report.dropped) if sealed else None,
        lines,
        report.service,
        tuple(Exceeded(*one) for one in report.exceeded),  # type: ignore[arg-type]  # the guardian names only limits
        tuple(Listener(*one) for one in report.listeners),
        kept[0],
        lost,
        report.survivors_total,
        kept[1],
    )


async def broken(order: GuardOrder, detail: str, caught: tuple[Survivor, ...], after_s: float, folder: str) -> GuardEnd:
    """The end of a command whose guardian did not report; `caught` is what the other layers ended."""
    words = f"{detail}; the other layers found {len(caught)} processes and ended them"
    sealed, lost = await _sealed(order, folder, still_written=False)
    return GuardEnd(
        GuardBroken(detail),
        after_s,
        ALWAYS[1:],
        tuple(map(_stray, caught)),
        (Incident(IncidentKind.CONTAINMENT_BROKEN, words),),
        sealed.output if sealed else None,
        sealed.last_lines if sealed else (),
        lost=lost,
        strays_total=len(caught),
    )


async def _sealed(order: GuardOrder, folder: str, *, still_written: bool) -> tuple[Sealed | None, str]:
    """The output, and why it is not there where it should be."""
    seal = partial(
        capture.seal,
        order.output,
        folder,
        order.limits.output,
        # Where the guardian has masked what it wrote, there is nothing to look for.
        () if order.strict else order.masked,
        still_written=still_written,
    )
    try:
        if os.stat(order.output).st_size <= capture.INLINE_UP_TO:
            return seal(), ""
        import anyio.to_thread

        sealed = await anyio.to_thread.run_sync(seal)
    except FileNotFoundError:
        return None, ""
    except OSError as failed:
        trouble = "kept"
        if order.masked and not order.strict:
            trouble = "masked and still holds what it wrote"
        return None, f"the output of {order.label} could not be {trouble}: {order.output}: {failed.strerror}"
    else:
        return sealed, ""


def _unwritten(order: GuardOrder, report: Report) -> str:
    """What of the output never reached its file, or nothing."""
    if report.dropped:
        return f"{report.dropped} bytes of its output could not be kept in {order.output}: {report.refused}"
    return f"the disk was full while it ran: what it said then is not in {order.output}" if report.disk_full else ""


async def dead_service(name: str, order: GuardOrder, folder: str, message: Message | None = None) -> DeadService:
    """Finish what the service of this order wrote, now that it is gone; `message` is its guardian's last word."""
    report = Report.unpack(message.content) if message else Report()
    left = order._replace(label=f"service {name}", output=capture.service_output(order.output))
    sealed, lost = await _sealed(left, folder, still_written=False)
    return DeadService(
        name,
        sealed.last_lines if sealed else (),
        "; ".join(words for _, words in report.exceeded),
        sealed.output._replace(dropped=sealed.output.dropped + report.dropped) if sealed else None,
        "; ".join(filter(None, (_unwritten(left, report), lost))),
        f"of the service {name}, {_not_ended(report)}" if report.unkillable else "",
    )


def _not_ended(report: Report) -> str:
    return f"SIGKILL did not end within 10 s: pid {', '.join(map(str, report.unkillable))}"


def _internal(message: str) -> Incident:
    return Incident(IncidentKind.INTERNAL, message)


def _hidden(sights: tuple[Sight, ...], masked: tuple[bytes, ...]) -> tuple[Sight, ...]:
    """The same without secrets in their command lines; these were cut, perhaps within one."""
    if masked:
        from gatekeeper.policy.masking import Masker

        masker = Masker.of(masked)
        for sight in sights:
            sight.argv = tuple(masker.mask(text, cut=True) for text in sight.argv)
    return sights


def _stray(survivor: Survivor) -> Stray:
    return Stray(survivor.pid, survivor.argv, survivor.age_s, survivor.layer, survivor.cwd, survivor.ports)


def _outcome(order: GuardOrder, report: Report, hint: str) -> Outcome:
    match report.end:
        case "exited":
            return Exited(report.code)
        case "signalled":
            return Signalled(report.code)
        case "deadline":
            return TimedOut(report.after_s, "deadline", order.limit, hint)
        case "quiet":
            return TimedOut(report.after_s, "quiet", order.limit, hint)
        case "limit":
            return LimitExceeded(report.limit, report.after_s, hint)  # type: ignore[arg-type]  # it names only limits
        case "stopped":
            return Cancelled()
        case "not-started":
            reason, _, detail = report.detail.partition(" ")
            return NotStarted(reason, detail)  # type: ignore[arg-type]  # `leader.reason` says only what this takes
        case _:
            return GuardBroken(report.detail or f"the guardian said {report.end!r}")
