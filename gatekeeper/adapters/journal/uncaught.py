"""Owns what past runs kept of failures that no pattern knew. Groups and judges nothing."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

from gatekeeper.adapters.journal.line import NotALine, OtherFormat, parse
from gatekeeper.adapters.journal.runs import RunFolder, list_runs
from gatekeeper.adapters.journal.unheld import unheld
from gatekeeper.policy.patterns.mining import Uncaught
from gatekeeper.policy.terminal_text import settled

_LOOKED_AT = 256 * 1024
"""How many bytes of an output's end are looked at."""

_LONGEST_LINE = 4096
UNSEEN = "\ufffd"
"""What stands for characters that are not seen."""


_FINISHED = b'"event":"step.finished"'
_PASSED = b'"verdict":"passed"'
_FAILED = frozenset({"failed", "timed-out", "infra", "error"})


class PastFailures:
    """The failures of the runs in a state folder, newest run first; `secrets` and `runs` tell what was come by."""

    def __init__(self, state: str, cycle: str | None = None, *, since: str = "") -> None:
        """Look at runs of `cycle`, or all, that began at `since` (as in ``2026-02-18T02-00-07Z``) or later."""
        self._folders = tuple(run for run in list_runs(state, cycle) if run.run[: len(since)] >= since)
        self.secrets: set[str] = set()
        """Names of the environment variables that the runs had as secrets."""

    @property
    def runs(self) -> int:
        """How many runs there are to look at."""
        return len(self._folders)

    def __iter__(self) -> Iterator[Uncaught]:
        for folder in self._folders:
            yield from self._of(folder)

    def _of(self, folder: RunFolder) -> Iterator[Uncaught]:
        try:
            with open(folder.journal, "rb", opener=unheld) as journal:
                lines = journal.readlines()
        except OSError:
            return
        started = _data(lines[0]) if lines else {}
        self.secrets.update(str(name) for name in _list(started.get("secrets")))
        for line in lines:
            if _FINISHED in line and _PASSED not in line[:400]:
                data = _data(line)
                if data.get("verdict") in _FAILED and data.get("attempt") and not data.get("known"):
                    yield _uncaught(folder, data)


def _uncaught(folder: RunFolder, data: dict[str, Any]) -> Uncaught:
    findings = [each for each in _list(data.get("findings")) if isinstance(each, dict) and each.get("blocks", True)]
    return Uncaught(
        run=folder.run,
        gate=str(data.get("gate")),
        step=str(data.get("step")),
        verdict=str(data.get("verdict")),
        exit_code=_number(data.get("exit_code")),
        signal=_number(data.get("signal")),
        said=tuple((str(each.get("kind")), settled(str(each.get("message")), UNSEEN)) for each in findings),
        output=_written(folder, data),
    )


def _written(folder: RunFolder, data: dict[str, Any]) -> tuple[str, ...]:
    """The last lines of the output as a terminal would have left them; of one that is gone, those in the journal."""
    path = os.path.normpath(os.path.join(folder.path, str(data.get("output") or "")))
    if not path.startswith(folder.path + os.sep):
        return _kept(data)
    try:
        with open(path, "rb", opener=unheld) as file:
            size = os.fstat(file.fileno()).st_size
            file.seek(max(0, size - _LOOKED_AT))
            content = file.read(_LOOKED_AT)
    except OSError:
        return _kept(data)
    if size > _LOOKED_AT:
        content = content[content.find(b"\n") + 1 :] or content
    lines = settled(content.decode("utf-8", "replace"), UNSEEN).splitlines()
    return tuple(line[:_LONGEST_LINE] for line in lines)


def _kept(data: dict[str, Any]) -> tuple[str, ...]:
    return tuple(settled(str(line), UNSEEN) for line in _list(data.get("last_lines")))


def _data(line: bytes) -> dict[str, Any]:
    try:
        return parse(line).data
    except (NotALine, OtherFormat):
        return {}


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _number(value: object) -> int | None:
    return value if isinstance(value, int) else None
