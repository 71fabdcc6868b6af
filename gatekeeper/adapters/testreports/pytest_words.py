"""Owns what pytest's own reports have in common: the words of a failure and what its exit code may say. No format."""

from __future__ import annotations

import re

from gatekeeper.adapters.testreports.fields import items, mapping, text, whole
from gatekeeper.adapters.testreports.gathering import relative
from gatekeeper.adapters.testreports.texts import first_lines, message, place_in
from gatekeeper.model.record import NamedTuple
from gatekeeper.model.report import TestOutcome

# xdist puts this above what its workers say.
_WORKER = re.compile(r"^\[gw\d+\] [^\n]*(?:\n|$)")
_CODES = {1: "tests failed, or a plugin was not content", 2: "interrupted", 3: "an internal error", 4: "wrong usage"}
_WORSE: dict[str, int] = {"passed": 0, "xpassed": 1, "xfailed": 2, "skipped": 3, "failed": 4, "error": 5}


class Words(NamedTuple):
    """A short message and ``file:line``; either may be empty."""

    message: str = ""
    place: str = ""


def worse(one: TestOutcome, other: TestOutcome) -> TestOutcome:
    """The outcome that speaks louder."""
    return one if _WORSE.get(one, 0) >= _WORSE.get(other, 0) else other


def words_of(longrepr: object, root: str) -> Words:
    """What a ``longrepr`` says: text, a skip's (path, line, reason), or a traceback in parts."""
    match longrepr:
        case str() as found:
            told = _WORKER.sub("", text(found))
            if told.startswith("('") and ", " in told:  # a skip's triple, printed
                path, _, rest = told[2:].partition("', ")
                line, _, reason = rest.partition(", ")
                return Words(_reason(reason.strip(")'\"")), _place(path, line, root))
            return Words(first_lines(told), relative(place_in(told), root))
        case [path, line, reason]:
            return Words(_reason(text(reason)), _place(text(path), text(line), root))
        case dict():
            crash = mapping(longrepr.get("reprcrash"))
            said = crash_words(crash, root)
            return said if said.message else Words(_entries(longrepr), said.place)
        case _:
            return Words()


def crash_words(crash: dict[str, object], root: str) -> Words:
    """What a ``crash`` says: the message of the exception and where it was raised."""
    said = "\n".join(text(crash.get("message")).splitlines()[:4])
    return Words(message(said), _place(text(crash.get("path")), text(crash.get("lineno")), root))


def exit_doubt(code: int | None, bad: int) -> str:
    """Why an exit code that a report tells cannot be that of its `bad` failing tests; empty where it can."""
    match code:
        case None:
            return "does not say with what exit code pytest ended"
        case 5:
            return ""
        case 0:
            return f"says that pytest ended with exit code 0, but {bad} of its tests did not pass" if bad else ""
        case _ if bad and code == 1:
            return ""
        case _:
            known = f" ({_CODES[code]})" if code in _CODES else ""
            return "" if bad else f"says that pytest ended with exit code {code}{known}, but no test of it failed"


def _entries(longrepr: dict[str, object]) -> str:
    said: list[str] = []
    for entry in items(mapping(longrepr.get("reprtraceback")).get("reprentries")):
        said += (text(line) for line in items(mapping(mapping(entry).get("data")).get("lines")))
    return first_lines("\n".join(said))


def _reason(said: str) -> str:
    return message(said.removeprefix("Skipped: "))


def _place(path: str, line: str, root: str) -> str:
    path = relative(path, root)
    return f"{path}:{line}" if path and line.isdigit() and "site-packages/" not in path else ""


def line_after(value: object) -> int | None:
    """The line of a ``lineno`` that counts from 0."""
    line = whole(value)
    return line + 1 if line is not None and line >= 0 else None
