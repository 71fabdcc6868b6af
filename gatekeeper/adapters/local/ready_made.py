"""Owns where a ready-made step leaves its own report: in the run's folder, one place an attempt, for us alone."""

from __future__ import annotations

import os
from contextlib import suppress

from gatekeeper.model.outcome import StepOrder
from gatekeeper.model.plan import ReadyMade, Step

REPORT = "GATEKEEPER_REPORT"
"""The variable that tells a ready-made step where its report belongs."""


def with_own_report(order: StepOrder, run_folder: str) -> StepOrder:
    """`order`, and for a ready-made step with the place of its report filled in."""
    match order.step:
        case Step(work=ReadyMade(), report=report) if report is not None:
            from glob import escape

            place = os.path.join(run_folder, "ready-made", f"{order.output_name.removesuffix('.log')}.json")
            env = (*order.step.env, (REPORT, place))
            return order._replace(step=order.step._replace(env=env, report=report._replace(globs=(escape(place),))))
        case _:
            return order


def remove_own_report(step: Step) -> None:
    """Remove it once it was read: what was kept of it is the copy, in which secrets are masked."""
    match step.work:
        case ReadyMade():
            with suppress(OSError):
                os.unlink(dict(step.env).get(REPORT, ""))
        case _:
            pass
