"""Owns what can be read of an execution log, whoever wrote it: id, cycle, dates, verdict, rounds. Pure; opens no file.

Of a log with gatekeeper's sections only these are asked, for what people wrote around them may speak of other runs;
of one that a person keeps, its title and the lines that begin with a word in bold.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from gatekeeper.adapters.executionlog.placing import lines_of
from gatekeeper.adapters.executionlog.words import sign_of_run, verdict_words
from gatekeeper.model.record import NamedTuple
from gatekeeper.model.verdict import RunVerdict

_EXECUTION_LOG = r"(?i)execution[\W_]*log"
_MARKER = r"<!-- gatekeeper:(begin|end) (\S+) -->"
_READ_OF_OURS = {"summary", "status"}
_TITLE = r"(?m)^ {0,3}#[ \t]+(.*)$"
# `**Status:** text`, `**Status**: text`, `## **Implementation Started: text**`.
_LABELLED = r"(?im)^[ \t]{0,3}(?:#{1,6}[ \t]+)?\*\*[^*\n]*?\b(?:%s)\b(?::\*\*|\*\*:|:)(.*)$"
_RUN = r"\d{4}-\d\d-\d\dT\d\d-\d\d-\d\dZ-(.+)-[0-9a-z]{4}"
_DAY = r"\d{4}-\d\d-\d\d(?: \d\d:\d\d(?::\d\d)?)?"
_ROUNDS = r"\(\d[^()]* steps? passed[^()]*?, (\d[\d,]*) rounds?\b[^()]*\)$"
_LONGEST = 400


class KnownLog(NamedTuple):
    """A log as an index lists it; each field is empty where the log says nothing of it.

    `started` and `completed` are dates, with a time where one is told; `status` is the verdict, or what is said.
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
    document = lines_of(text)
    plain = "\n".join(document.texts[index] for index in document.outside_fences())
    ours = "\n".join(_ours(document.texts))
    title = _found(_TITLE, plain)
    if not ours and not is_called_log(name) and not re.search(_EXECUTION_LOG, title):
        return None
    said = ours or plain
    run = re.search(_RUN, _labelled(said, "Run"))
    started = _day(_labelled(said, "Started")) or _day(_labelled(said, "Date")) or _day(name)
    # It stands at the foot; what is called so before it speaks of a part.
    status = _labelled(said, "Status").rpartition("\n")[2]
    number, called = _id(name, title), _without_log(title)
    return KnownLog(
        name,
        number,
        run[1] if run else called if called != number else "",
        started,
        _day(_labelled(said, "Completed|Closed|Completion")),
        _verdict(status) if ours else status,
        _found(_ROUNDS, status) if ours else "",
    )


def is_called_log(name: str) -> bool:
    """Whether a file's name says that it is an execution log: ``65_EXECUTION_LOG_x.md``, ``71-execution-log.md``."""
    return re.search(_EXECUTION_LOG, name) is not None


def _ours(lines: Sequence[str]) -> Iterator[str]:
    """The lines of gatekeeper's sections that are read."""
    section = ""
    for line in lines:
        if line.startswith("<!--") and (marker := re.fullmatch(_MARKER, line.rstrip())):
            section = marker[2] if marker[1] == "begin" else ""
        elif section in _READ_OF_OURS:
            yield line


def _id(name: str, title: str) -> str:
    """As the title has it (``Cycle 17``, ``71 Execution Log``), or else what the file's name begins with."""
    return (
        _found(r"(?i)\bcycle[ -](\d[\w.-]*)", title)
        or _found(rf"(?i)^\W*([\w.-]*\d[\w.-]*)\W+{_EXECUTION_LOG.removeprefix('(?i)')}", title)
        or _found(r"^(\d+)[-_]", name)
    )


def _without_log(title: str) -> str:
    """A title without the words that every log has in it, and without what parted them from the rest."""
    return re.sub(r"^[^\w(]+|[^\w)]+$", "", re.sub(_EXECUTION_LOG, "", title))


def _labelled(text: str, label: str) -> str:
    """What stands behind a word in bold at the beginning of lines, a line for each."""
    return "\n".join(map(_plain, re.findall(_LABELLED % label, text)))


def _verdict(status: str) -> str:
    """The verdict, with its sign and what it is about; a run that goes on has none and keeps its own words."""
    names = {verdict_words(verdict): verdict for verdict in RunVerdict}
    longest_first = "|".join(sorted(names, key=len, reverse=True))
    verdict = _found(rf"^\S+ ({longest_first})\b", status)
    # That it is about a part of the cycle belongs to it.
    part = _found(rf"^\S+ {verdict}(, only [^:]+)(?:: | \(\d)", status)
    part = re.sub(r"\\(?=[^\w\s])", "", part)
    return f"{sign_of_run(names[verdict])} {verdict}{part}" if verdict else status


def _day(text: str) -> str:
    found = re.search(_DAY, text)
    return found[0] if found else ""


def _found(pattern: str, text: str) -> str:
    found = re.search(pattern, text)
    return _plain(found[1]) if found else ""


def _plain(text: str) -> str:
    """`text` without the signs of emphasis about it."""
    return text[:_LONGEST].strip(" \t\r*#")
