"""Owns what can be read of an execution log, whoever wrote it: id, cycle, dates, verdict, rounds. Pure; opens no file.

Of a log with gatekeeper's sections only these are asked, for what people wrote around them may speak of other runs;
of one that a person keeps, its title and the lines that begin with a word in bold.
"""

from __future__ import annotations

import re

from gatekeeper.adapters.executionlog.words import sign_of_run, verdict_words
from gatekeeper.model.record import NamedTuple
from gatekeeper.model.verdict import RunVerdict

_EXECUTION_LOG = r"(?i)execution[\W_]*log"
_SECTION = r"(?ms)^<!-- gatekeeper:begin (?:summary|status) -->[ \r]*\n(.*?)^<!-- gatekeeper:end"
_TITLE = r"(?m)^ {0,3}#[ \t]+(.*?)[ \t#]*$"
# `**Status:** text`, `**Status**: text`, `## **Implementation Started: text**`.
_LABELLED = r"(?im)^[ \t]{0,3}(?:#{1,6}[ \t]+)?\*\*[^*\n]*?\b(?:%s)\b(?::\*\*|\*\*:|:)[ \t]*(.*?)[* \t\r]*$"
_RUN = r"\d{4}-\d\d-\d\dT\d\d-\d\d-\d\dZ-(.+)-[0-9a-z]{4}"
_DAY = r"\d{4}-\d\d-\d\d(?: \d\d:\d\d(?::\d\d)?)?"
_ROUNDS = r"\(\d[^()]* steps? passed[^()]*?, (\d[\d,]*) rounds?\b[^()]*\)$"
_SHOWN = 160


class KnownLog(NamedTuple):
    """A log as an index lists it; each field is empty where the log says nothing of it.

    `started` and `completed` are dates, with a time where one is told; `status` is the verdict, or what is said instead.
    `problem` tells why the file could not be read.
    """

    name: str
    id: str = ""
    cycle: str = ""
    started: str = ""
    completed: str = ""
    status: str = ""
    rounds: str = ""
    problem: str = ""

    @property
    def age(self) -> tuple[str, str]:
        """Sorts logs by their beginning; those without one come first."""
        return (self.started, self.name)


def read_log(name: str, text: str) -> KnownLog | None:
    """What `text`, a document called `name`, says as an execution log; None where it is none."""
    text = text.replace("\r\n", "\n").removeprefix("\ufeff")
    title = _found(_TITLE, text)
    ours = "\n".join(re.findall(_SECTION, text))
    if not ours and not is_called_log(name) and not re.search(_EXECUTION_LOG, title):
        return None
    said = ours or text
    run = re.search(_RUN, _labelled(said, "Run"))
    started = _day(_labelled(said, "Started")) or _day(_labelled(said, "Date")) or _day(name)
    status = _labelled(said, "Status")
    return KnownLog(
        name,
        _id(name, title),
        run[1] if run else _without_log(title),
        started,
        _day(_labelled(said, "Completed|Closed|Completion")),
        (_verdict(status) if ours else status)[:_SHOWN],
        _found(_ROUNDS, status) if ours else "",
    )


def is_called_log(name: str) -> bool:
    """Whether a file's name says that it is an execution log: ``65_EXECUTION_LOG_x.md``, ``71-execution-log.md``."""
    return re.search(_EXECUTION_LOG, name) is not None


def _id(name: str, title: str) -> str:
    """As the title has it (``Cycle 17``, ``71 Execution Log``), or else what the file's name begins with."""
    return (
        _found(r"(?i)\bcycle[ -](\d[\w.-]*)", title)
        or _found(rf"^\W*([\w.-]*\d[\w.-]*)\W+{_EXECUTION_LOG.removeprefix('(?i)')}", title)
        or _found(r"^(\d+)[-_]", name)
    )


def _without_log(title: str) -> str:
    """A title without the words that every log has in it."""
    return re.sub(_EXECUTION_LOG, "", title).strip(" \t*-–—:[]")


def _labelled(text: str, label: str) -> str:
    return _found(_LABELLED % label, text)


def _verdict(status: str) -> str:
    """The verdict alone, with its sign; a run that goes on has none and keeps its own words."""
    names = {verdict_words(verdict): verdict for verdict in RunVerdict}
    longest_first = "|".join(sorted(names, key=len, reverse=True))
    verdict = _found(rf"^\S+ ({longest_first})\b", status)
    return f"{sign_of_run(names[verdict])} {verdict}" if verdict else status


def _day(text: str) -> str:
    found = re.search(_DAY, text)
    return found[0] if found else ""


def _found(pattern: str, text: str) -> str:
    found = re.search(pattern, text)
    return found[1].strip() if found else ""
