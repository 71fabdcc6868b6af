"""Owns the index of a folder's execution logs: which files they are, and the section of ``INDEX.md`` with them."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable

from gatekeeper.adapters.executionlog.known_logs import KnownLog, is_called_log, read_log
from gatekeeper.adapters.executionlog.merge import Conflict, Merged, merge
from gatekeeper.adapters.executionlog.saving import difference, save
from gatekeeper.adapters.executionlog.text import prose
from gatekeeper.adapters.executionlog.words import plural
from gatekeeper.model.record import NamedTuple

NAME = "INDEX.md"

_SECTION = "index"
_NEW = b"# Execution Logs\n"
_ASIDE = ".gatekeeper.md"
_MOST = 2000
_READ = 256 << 10
_NONE = "—"


class Logs(NamedTuple):
    """The logs of a folder, newest first; `more` were left out because there are too many."""

    logs: tuple[KnownLog, ...]
    more: int = 0


def logs_in(folder: str) -> Logs:
    """The execution logs that lie in `folder` itself. Raises `OSError` where it cannot be listed."""
    names = [
        name
        for name in os.listdir(folder)
        if name.lower().endswith(".md") and name != NAME and not name.startswith(".") and not name.endswith(_ASIDE)
    ]
    # Those that are called a log come first, so that a folder full of other documents hides none.
    names.sort(key=lambda name: (is_called_log(name), name), reverse=True)
    found = [log for name in names[:_MOST] if (log := _log(folder, name)) is not None]
    return Logs(tuple(sorted(found, key=lambda log: log.age, reverse=True)), max(0, len(names) - _MOST))


def index(logs: Logs) -> str:
    """The section: a table, newest first. The same logs give the same text."""
    lines = ["## Index", ""]
    if logs.logs:
        lines += ["| ID | Cycle | Started | Completed | Verdict | Rounds | Log |", "|---|---|---|---|---|---|---|"]
        lines += map(_row, logs.logs)
    else:
        lines.append("There is no execution log in this folder.")
    if logs.more:
        lines += ["", f"{plural(logs.more, 'more document')} were not looked at."]
    return "\n".join(lines)


def write_index(folder: str, logs: Logs) -> str:
    """Bring the folder's index up to date; returns why that could not be, or nothing."""
    return save(os.path.join(folder, NAME), lambda before: _merged(before, logs))


def outdated(folder: str, logs: Logs) -> str:
    """Why the folder's index is not what its logs say, and what to do; or nothing where it is."""
    remedy = "; `gatekeeper status` writes it"
    path = os.path.join(folder, NAME)
    return difference(path, lambda before: _merged(before, logs), "it is not what the logs say", remedy)


def _merged(before: bytes | None, logs: Logs) -> Merged | Conflict:
    return merge(before or _NEW, {_SECTION: index(logs)}, (_SECTION,))


def _row(log: KnownLog) -> str:
    from urllib.parse import quote

    status = f"⚠️ {prose(log.problem)}" if log.problem else prose(log.status)
    said = (prose(log.id, 40), prose(log.cycle, 100), log.started, log.completed, status, log.rounds)
    cells: Iterable[str] = (text or _NONE for text in said)
    link = f"[{prose(log.name, 120)}]({quote(os.fsencode(log.name))})"
    return f"| {' | '.join((*cells, link))} |"


def _log(folder: str, name: str) -> KnownLog | None:
    try:
        text = _read(os.path.join(folder, name))
    except OSError as fault:
        return KnownLog(name, problem=f"cannot be read: {fault.strerror}") if is_called_log(name) else None
    return None if text is None else read_log(name, text)


def _read(path: str) -> str | None:
    """Beginning and end of a file, where all that is asked for stands; None for what is no file."""
    # A pipe that nobody writes to must not hold us.
    with open(path, "rb", opener=lambda name, flags: os.open(name, flags | os.O_NONBLOCK)) as file:
        found = os.fstat(file.fileno())
        if not stat.S_ISREG(found.st_mode):
            return None
        content = file.read(_READ)
        if found.st_size > _READ:
            file.seek(max(_READ, found.st_size - _READ))
            content += b"\n" + file.read(_READ)
    return content.decode("utf-8", "replace")
