"""Owns making short, safe texts of what test runners print into reports. Pure; knows no format."""

from __future__ import annotations

import re
from binascii import crc32

MESSAGE = 300
"""The longest message that is kept of a failing test, in characters."""

_ID = 500
_LOOKED_AT = 64 << 10

# pytest writes an escape character, which XML cannot hold, as the text #x1B.
_ANSI = re.compile(r"(?:\x1b|#x1B)(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\-_])")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]")
_SPACES = re.compile(r"\s+")
# What Go prints around every test.
_FRAMES = re.compile(r"^[ \t]*(?:=== (?:RUN|PAUSE|CONT|NAME)\b|--- (?:FAIL|SKIP|PASS):).*\n?", re.MULTILINE)
_ADDRESS = re.compile(r"\b(?:at )?0x[0-9a-fA-F]{8,}")
_STACK = re.compile(r"^\s*(?:at\s|Traceback \(most recent|\.\.\. \d+ more)")
_PYTHON = re.compile(r"^(?P<file>[^\s:()<>]+\.(?:py|rb|exs?)):(?P<line>\d+)", re.MULTILINE)
_PLACES = (
    _PYTHON,
    re.compile(r"^[ \t]*(?P<file>[^\s:()<>]+_test\.go):(?P<line>\d+)", re.MULTILINE),
    re.compile(r"^[ \t]*(?P<file>[^\s:()<>]+\.(?:php|go)):(?P<line>\d+)", re.MULTILINE),
    re.compile(r"panicked at (?:'.*', )?(?P<file>[^\s:'()]+\.rs):(?P<line>\d+)"),
    re.compile(
        r"(?:\(|\bat |\u276f |^[ \t]*)(?:file://)?(?P<file>(?!node:)[^\s():]+\.[cm]?[jt]sx?):(?P<line>\d+):\d+",
        re.MULTILINE,
    ),
    re.compile(r"\((?P<file>[A-Za-z_]\w*Tests?\.(?:java|kt|scala|groovy)):(?P<line>\d+)\)"),
    re.compile(r"in (?:test )?file (?P<file>\S+\.(?:bats|sh|bash)), line (?P<line>\d+)"),
)


def plain(text: str) -> str:
    """`text` without terminal sequences and control characters; line ends and tabs stay."""
    return _CONTROL.sub("", _ANSI.sub("", text))


def message(text: str) -> str:
    """`text` as one line of at most `MESSAGE` characters."""
    text = text[:_LOOKED_AT]
    line = _SPACES.sub(" ", _FRAMES.sub("", plain(text)) if "=== " in text else plain(text)).strip()
    return line if len(line) <= MESSAGE else line[: MESSAGE - 1] + "…"


def first_lines(text: str, lines: int = 4) -> str:
    """The lines of a failure's text that say most, as one line: pytest marks them, elsewhere they come first."""
    text = _FRAMES.sub("", text)
    marked = [line[2:] for line in text.splitlines() if line.startswith("E  ")]
    if marked:
        return message(" ".join(marked[:lines]))
    chosen: list[str] = []
    for line in text.splitlines():
        if _STACK.match(line) or len(chosen) == lines:
            break
        if line.strip():
            chosen.append(line)
    return message(" ".join(chosen))


def last_lines(text: str, lines: int = 4) -> str:
    """The last lines of what a test printed, as one line, for a failure that says nothing else."""
    return message(" ".join([line for line in text.splitlines() if line.strip()][-lines:]))


def identity(text: str) -> str:
    """`text` as an id: one line of bounded length, and the same in every run (an address in memory is not)."""
    if len(text) > _ID:
        text = f"{text[:_ID]}…{crc32(text.encode('utf-8', 'surrogatepass')):08x}"
    if not text.isprintable():
        text = _SPACES.sub(" ", plain(text)).strip()
    if "0x" in text:
        text = _ADDRESS.sub("0x…", text)
    return text


def place_in(text: str) -> str:
    """``file:line`` of the failure, where its text gives one away, or nothing."""
    for pattern in _PLACES:
        found = [place for place in pattern.finditer(text) if "node_modules/" not in place["file"]]
        if found:
            # Python tells the innermost call last, the others tell it first.
            place = found[-1] if pattern is _PYTHON else found[0]
            return f"{place['file']}:{place['line']}"
    return ""
