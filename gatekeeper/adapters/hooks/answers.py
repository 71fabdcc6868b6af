"""Owns what an installed hook answers from by itself: one small file for a commit and a ref. Knows no run, no plan.

What it depended on is written beside each answer as it is now. Anything that was changed just now could be changed
again without a trace, and then nothing is kept.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from contextlib import suppress

from gatekeeper.adapters.disk.small_files import write_whole
from gatekeeper.adapters.hooks.answer.gatekeeper_answer import FOLDER, FORMAT, digest, file_name, identity
from gatekeeper.model.record import NamedTuple

_MOST = 200
_SETTLED_S = 2
"""As far apart as the times of two changes may be without being told apart, on the coarsest of file systems."""


class Grounds(NamedTuple):
    """What an answer depends on.

    `real` are paths that must lead where they lead now, `files` those that must be as they are (or not be there),
    `fresh` the same for one that was written just now and is only ever replaced. `variables` are names of
    environment variables with their values, None where one is not set.
    """

    real: tuple[str, ...]
    files: tuple[str, ...]
    fresh: tuple[str, ...]
    variables: tuple[tuple[str, str | None], ...]


class Kept(NamedTuple):
    """An answer: for whom (the hook's settings, the remote), about what, how long, in which words.

    It holds from `since` until `until`, in seconds of the epoch. `log` is the file that pushes are written to, `line`
    the rest of a line of it, after time and old id.
    """

    asked: tuple[str, ...]
    ref: str
    oid: str
    since: int
    until: int
    told: str
    log: str
    line: bytes


def keep_answer(root: str, kept: Kept, facts: list[bytes]) -> bool:
    """Keep an answer that holds while `facts` do, whole or not at all; whether it was kept. Never raises."""
    if not _is_plain((*kept.asked, kept.ref, kept.log, kept.told)):
        return False
    words = [os.fsencode(word) for word in (*kept.asked, kept.ref, kept.oid)]
    log, told = os.fsencode(kept.log), kept.told.encode()
    holds = b"%d\t%d" % (kept.since, kept.until)
    content = b"\n".join((FORMAT, b"\t".join(words), holds, told, b"\t".join((log, kept.line)), *facts, b"end"))
    folder = os.path.join(root, FOLDER)
    try:
        write_whole(os.path.join(folder, os.fsdecode(file_name(words[-1], words[-2]))), content)
        _forget_old(folder)
    except OSError:  # a ref's name may be longer than that of a file
        return False
    return True


def facts_of(grounds: Grounds) -> list[bytes] | None:
    """How what an answer depends on is now; None where a change of it could go unseen, or it cannot be written."""
    names = tuple(name for name, _ in grounds.variables)
    if not _is_plain((*grounds.real, *grounds.files, *grounds.fresh, *names)):
        return None
    about = os.uname()
    facts = [b"\t".join((b"system", about.sysname.encode(), about.machine.encode()))]
    salt = os.urandom(16)
    for name, value in grounds.variables:
        known = digest(None if value is None else os.fsencode(value), salt)
        facts.append(b"\t".join((b"var", os.fsencode(name), known, salt.hex().encode())))
    facts += (b"\t".join((b"real", os.fsencode(path), os.fsencode(os.path.realpath(path)))) for path in grounds.real)
    files = map(os.fsencode, (*grounds.files, *grounds.fresh))
    facts += (b"\t".join((b"file", path, identity(path))) for path in files)
    return None if _is_recent(grounds.files) else facts


def _is_plain(texts: Iterable[str]) -> bool:
    return not any("\t" in text or "\n" in text for text in texts)


def _is_recent(paths: Iterable[str]) -> bool:
    edge = time.time() - _SETTLED_S
    for path in paths:
        with suppress(OSError):
            found = os.stat(path)
            if max(found.st_mtime, found.st_ctime) > edge:
                return True
    return False


def _forget_old(folder: str) -> None:
    entries = list(os.scandir(folder))
    if len(entries) <= _MOST:
        return
    oldest = sorted(entries, key=lambda entry: entry.stat(follow_symlinks=False).st_mtime_ns)
    for entry in oldest[: len(entries) // 2]:
        with suppress(OSError):
            os.unlink(entry.path)
