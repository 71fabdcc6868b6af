"""Owns grading what calls cycles by itself: whether anything does, whether it can, whether it did."""

from __future__ import annotations

from gatekeeper.model.machine import Nightly, Unanswered
from gatekeeper.policy.diagnosis_rows import Grade, Row, unanswered

_NAME = "cron"


def nightly_rows(nightly: Nightly | Unanswered | None) -> tuple[Row, ...]:
    """A line for what is installed, and one for runs that are missing."""
    match nightly:
        case None:
            return ()
        case Unanswered() as answer:
            return (unanswered(_NAME, answer, Grade.NOTE),)
        case Nightly(missing=missing):
            if not missing:
                return (_installed(nightly),)
            advice = "gatekeeper cron run CYCLE runs it now; gatekeeper cron show tells more"
            return _installed(nightly), Row(Grade.LOOK, "missing runs", "; ".join(missing), advice)


def _installed(nightly: Nightly) -> Row:
    calls = "; ".join(nightly.calls)
    if nightly.problem and not calls:
        return Row(Grade.NOTE, _NAME, nightly.problem)
    if not calls:
        return Row(
            Grade.NOTE, _NAME, "no cycle of this project runs by itself", "gatekeeper cron install --at 02:00 CYCLE"
        )
    if nightly.by_cron and not nightly.daemon:
        return Row(Grade.LOOK, _NAME, f"{calls}; but no cron daemon runs", "start it: systemctl enable --now cron")
    if nightly.lingers is False:
        return Row(Grade.LOOK, _NAME, f"{calls}; but only while you are logged in", "loginctl enable-linger")
    return Row(Grade.OK, _NAME, f"{calls}{f' ({nightly.daemon})' if nightly.by_cron else ''}")
