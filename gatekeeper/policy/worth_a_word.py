"""Owns whether a person should look at a run that nobody watched. Knows no words."""

from __future__ import annotations

from gatekeeper.model.incident import IncidentKind
from gatekeeper.model.verdict import RunVerdict
from gatekeeper.policy.fold import RunRecord
from gatekeeper.policy.summary import attempts_of, is_fine, strays_of, weakened

_TOLD_BY_VERDICT = frozenset({IncidentKind.TIMEOUT, IncidentKind.HANG})


def is_worth_a_word(record: RunRecord) -> bool:
    """Whether anything but a plain green came of a run that has ended.

    Green after a fix is worth a word, because somebody's files were changed; so is flaky, also where the cycle allows
    it. Beside a green verdict these are: an incident, a process that was left behind, a teardown that did not pass, a
    repo that could not be settled, and what judges having become weaker. What an advisory step came to is for those
    who read the log.
    """
    finished = record.finished
    if finished is None or finished.exit_code or finished.verdict != RunVerdict.GREEN:
        return True
    return (
        any(incident.kind not in _TOLD_BY_VERDICT for _, incident in record.incidents)
        or any(strays_of(event) for event in attempts_of(record))
        or not all(map(is_fine, record.teardown))
        or any(settled.how == "unsettled" or settled.problem for settled in record.settled)
        or bool(weakened(record))
    )
