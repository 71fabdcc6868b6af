"""Owns what of a change is shown to people: the telling lines of its diffs, bounded. Knows no files and no git."""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase

from gatekeeper.model.event_parts import FileDiff
from gatekeeper.model.record import NamedTuple

FILES = 8
"""Of so many files something is shown."""

LINES = 120
"""Of so many lines all that is shown consists."""

LINES_OF_A_FILE = 40

# Whatever is in them would come into a log that others read, and a value that nobody declared is not masked.
_PRIVATE = (
    *(".env", ".env.*", "*.env", "*.pem", "*.key", "*.p12", "*.pfx", "*.jks", "*.kdbx", "id_rsa*", "id_ed25519*"),
    *(".netrc", ".npmrc", ".pypirc", ".git-credentials", "*credentials*", "*secret*"),
)
_FEWEST = 3


class Changed(NamedTuple):
    """A file (`path` from its repo's folder) and what it held and holds; None is no file.

    `problem` says why that is not known.
    """

    repo: str
    path: str
    before: str | None
    after: str | None
    problem: str = ""


def rank(path: str) -> int:
    """The lower, the more a change of this file tells: code first, then what judges, tests, and locks last."""
    from gatekeeper.policy.integrity.guarded import kind_of

    kind = kind_of(path)
    return 0 if kind is None else {"test": 2, "lock": 3}.get(kind, 1)


def essence(changes: Iterable[Changed]) -> tuple[FileDiff, ...]:
    """The lines that tell, of those files that tell most; a file of which nothing is shown says why."""
    left = LINES
    found: list[FileDiff] = []
    for change in sorted(changes, key=lambda change: (bool(change.problem), rank(change.path)))[:FILES]:
        told = _of_file(change, min(LINES_OF_A_FILE, left))
        left -= told.diff.count("\n") + 1 if told.diff else 0
        found.append(told)
    return tuple(found)


def _of_file(change: Changed, most: int) -> FileDiff:
    from gatekeeper.policy.integrity.diffing import telling_lines

    told = FileDiff(f"{change.repo}: {change.path}")
    if change.problem:
        return told._replace(why_not=change.problem)
    if any(fnmatchcase(change.path.rpartition("/")[2].lower(), name) for name in _PRIVATE):
        return told._replace(why_not="by its name it may hold secrets")
    if any(text is not None and "\0" in text for text in (change.before, change.after)):
        return told._replace(why_not="it is a binary file")
    if most < _FEWEST:
        return told._replace(why_not="enough is shown of the others")
    lines = telling_lines(change.before, change.after, most)
    return told._replace(diff="\n".join(lines)) if lines else told._replace(why_not="no line of its text differs")
