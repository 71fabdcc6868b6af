"""Owns which lines of a working tree differ from a base, as git tells. Knows nothing of what the lines are for.

The base is where the tree's history left it: the merge base with the ref that is named, or with the upstream. What
came to that ref since is not ours to answer for.
"""

from __future__ import annotations

import os
import re

from gatekeeper.adapters.repos.bounds import Bounds, OutOfTime
from gatekeeper.adapters.repos.git import Answer, ask
from gatekeeper.model.changed import ChangedLines

WITHIN_S = 60.0
"""How long git may take to tell what changed."""

# Whatever a repository or a person has configured, the format is this one.
_DIFF = (
    *("diff", "-U0", "--inter-hunk-context=0", "--no-ext-diff", "--no-textconv", "--no-color", "--no-relative"),
    *("--find-renames", "--src-prefix=a/", "--dst-prefix=b/", "--ignore-submodules=all", "--submodule=short"),
)
_HUNK = re.compile(rb"@@ -[0-9]+(?:,(?P<gone>[0-9]+))? \+(?P<at>[0-9]+)(?:,(?P<new>[0-9]+))? @@")
_ESCAPE = re.compile(rb"\\([0-7]{3}|.)")
_ESCAPES = {b"a": b"\a", b"b": b"\b", b"t": b"\t", b"n": b"\n", b"v": b"\v", b"f": b"\f", b"r": b"\r"}


class _CannotTell(Exception):
    """git does not know; the text says what, and what to do."""


def changed_lines(folder: str, base: str = "", *, within_s: float = WITHIN_S) -> ChangedLines:
    """The lines around `folder` that differ from where its history left `base`; untracked files count whole.

    Never raises: what cannot be told is in `problem`.
    """
    try:
        return _changed(os.fsencode(folder), base, Bounds(within_s))
    except FileNotFoundError:
        why = "there is no git, or no such folder"
    except (OSError, OutOfTime, ValueError) as fault:
        why = str(fault)
    except _CannotTell as fault:
        why = str(fault)
    return ChangedLines("", "", problem=why)


def _changed(folder: bytes, base: str, bounds: Bounds) -> ChangedLines:
    (top,) = ask(folder, ("rev-parse", "--show-toplevel"), bounds=bounds)
    if top.code:
        raise _CannotTell("the step's folder lies in no git repository")
    root = top.out.removesuffix(b"\n")
    commit = _left(root, base, bounds)
    diff, mine, others = ask(
        root,
        (*_DIFF, commit, "--"),
        ("ls-files", "-z"),
        ("ls-files", "-z", "--others", "--exclude-standard"),
        bounds=bounds,
    )
    for answer in (diff, mine, others):
        if answer.code:
            raise _CannotTell(f"git in {os.fsdecode(root)}: {answer.why}")
    lines: dict[str, frozenset[int] | None] = {os.fsdecode(path): None for path in _records(others)}
    lines |= {os.fsdecode(path): numbers for path, numbers in parse_diff(diff.out).items()}
    if b"\nBinary files " in diff.out:
        # That is for the repository's own attributes to say: what they hide counts whole.
        (counts,) = ask(root, (*_DIFF, "--numstat", "-z", commit, "--"), bounds=bounds)
        lines |= dict.fromkeys(map(os.fsdecode, parse_binaries(counts.out)), None)
    files = tuple(map(os.fsdecode, (*_records(mine), *_records(others))))
    return ChangedLines(os.fsdecode(root), f"{base or 'the upstream'} ({commit[:12]})", files, lines)


def _left(root: bytes, base: str, bounds: Bounds) -> str:
    """The commit where the history of the head left `base`."""
    ref = f"{base or '@{upstream}'}^{{commit}}"
    found, head = ask(
        root,
        ("rev-parse", "--verify", "--quiet", "--end-of-options", ref),
        ("rev-parse", "--verify", "--quiet", "HEAD^{commit}"),
        bounds=bounds,
    )
    if found.code:
        if base:
            raise _CannotTell(f"the base {base!r} is no commit here; fetch it, or name another")
        raise _CannotTell(
            "there is no upstream to compare with; name a base in the step's `coverage:`, as in `base: origin/main`"
        )
    if head.code:
        raise _CannotTell("there is no commit yet")
    (left,) = ask(root, ("merge-base", _text(found), _text(head)), bounds=bounds)
    if left.code:
        raise _CannotTell(f"{base or 'the upstream'} and the head have no common history (a shallow clone?)")
    return _text(left)


def parse_diff(text: bytes) -> dict[bytes, frozenset[int]]:
    """The numbers of the new lines of every text file that is still there, from a diff without context."""
    files: dict[bytes, set[int]] = {}
    current: set[int] = set()
    lines = iter(text.split(b"\n"))
    for line in lines:
        if line.startswith(b"+++ "):
            path = _path(line[4:])
            current = set() if path is None else files.setdefault(path, set())
        elif (hunk := _HUNK.match(line)) is not None:
            gone, new = (int(hunk[name] or 1) for name in ("gone", "new"))
            current.update(range(int(hunk["at"]), int(hunk["at"]) + new))
            # What a line holds may look like anything, so that lines are counted and not read.
            left = gone + new
            while left:
                left -= not next(lines, b"").startswith(b"\\")
    return {path: frozenset(numbers) for path, numbers in files.items()}


def parse_binaries(text: bytes) -> tuple[bytes, ...]:
    """The files that git takes for binary, from ``--numstat -z``."""
    found, records = [], iter(text.split(b"\0"))
    for record in records:
        counts, _, path = record.rpartition(b"\t")
        if record.endswith(b"\t"):  # a rename: the old path follows, then the new one
            next(records, b"")
            path = next(records, b"")
        if counts.startswith(b"-\t-"):
            found.append(path)
    return tuple(found)


def _path(written: bytes) -> bytes | None:
    """A path as a diff writes it; None stands for a file that is gone."""
    written = written.removesuffix(b"\t")
    if written == b"/dev/null":
        return None
    if written.startswith(b'"') and written.endswith(b'"'):
        written = _ESCAPE.sub(_unescaped, written[1:-1])
    return written.removeprefix(b"b/")


def _unescaped(found: re.Match[bytes]) -> bytes:
    code = found[1]
    return bytes([int(code, 8) & 0xFF]) if len(code) == 3 else _ESCAPES.get(code, code)


def _records(answer: Answer) -> list[bytes]:
    return [record for record in answer.out.split(b"\0") if record]


def _text(answer: Answer) -> str:
    return answer.out.decode("ascii", "replace").strip()
