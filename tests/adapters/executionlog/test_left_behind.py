"""What a step left, and who else opened ports: counted once in the log, and told apart."""

from __future__ import annotations

from gatekeeper.adapters.executionlog.deliverables import deliverables
from gatekeeper.adapters.executionlog.failures import failure
from gatekeeper.model.events import RoundStarted, StepFinished
from gatekeeper.model.outcome import Listener, Stray
from gatekeeper.policy.fold import RunRecord, fold
from tests.adapters.executionlog import log_telling as telling

DESCRIBED = tuple(Stray(pid, ("sleep", "50"), 1.0, "guardian") for pid in range(1, 65))


def record_of(event: StepFinished) -> RunRecord:
    story = telling.Story().tell(telling.started(), RoundStarted(1, telling.FIRST, telling.TREE), event)
    return fold(telling.RUN, story.entries)


def test_all_that_were_left_are_counted() -> None:
    """Wherever some of them are shown, the rest is that of all, not of those that were described."""
    event = telling.passed("suite", "npm-test", 1, 1, 2.0)._replace(strays=DESCRIBED, strays_total=90)
    record = record_of(event)
    assert "- and 82 more processes left behind" in list(failure(record, event))
    assert "- and 70 more processes" in deliverables(record)


def test_journal_that_did_not_count_them() -> None:
    """An older one holds those that were described, and no number."""
    event = telling.passed("suite", "npm-test", 1, 1, 2.0)._replace(strays=DESCRIBED)
    assert "- and 44 more processes" in deliverables(record_of(event))


def test_ports_that_others_opened_are_no_strays() -> None:
    """They have a heading of their own, where there are any."""
    quiet = telling.passed("suite", "npm-test", 1, 1, 2.0)
    assert "#### Ports that others opened" not in deliverables(record_of(quiet))
    lines = deliverables(record_of(quiet._replace(listeners=(Listener(8080, 7, ("redis-server",)),))))
    assert lines[lines.index("#### Stray processes") + 2] == "None."
    assert "port 8080 has been listened on" in lines[lines.index("#### Ports that others opened") + 2]
