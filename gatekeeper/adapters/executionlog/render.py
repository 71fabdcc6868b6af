"""Owns the whole of the execution log's text: which sections there are. Pure: the same record, the same text."""

from __future__ import annotations

from collections.abc import Mapping

from gatekeeper.adapters.executionlog.before_section import state_before
from gatekeeper.adapters.executionlog.plan_section import configuration
from gatekeeper.adapters.executionlog.status_section import status
from gatekeeper.adapters.executionlog.summary_section import summary
from gatekeeper.adapters.executionlog.text import prose
from gatekeeper.model.record import NamedTuple
from gatekeeper.policy.fold import RunRecord


class Overridden(NamedTuple):
    """The sections with what templates make of them, and in words why a built-in text stands instead."""

    sections: Mapping[str, str]
    problems: tuple[str, ...] = ()


def render(record: RunRecord) -> Mapping[str, str]:
    """The sections of the execution log as far as the run has come; Markdown, headings from the second level on."""
    return {
        "summary": summary(record),
        "state-before": state_before(record),
        "configuration": configuration(record),
        "execution": _execution(record),
        "status": status(record),
    }


def _execution(record: RunRecord) -> str:
    if not record.rounds and record.finished is None:
        return "## Execution Log\n\n*No round has begun yet.*"
    # The first log is written before the first step starts; what it does not need is imported while steps run.
    from gatekeeper.adapters.executionlog.execution_section import execution

    return execution(record)


def title(record: RunRecord) -> str:
    """The heading of a document of our own: the cycle's id, where it has one, and its title."""
    started = record.started
    if started is None:
        return f"Execution Log - {prose(record.run)}"
    name = started.title or started.cycle
    # An id is often a number; one that is the name again says nothing.
    prefix = f"Cycle {started.id} " if started.id and started.id not in {started.cycle, name} else ""
    return f"Execution Log - {prose(prefix + name)}"
