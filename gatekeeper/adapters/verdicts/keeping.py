"""Owns the verdicts that are kept: one small file a subject, in the state folder. Knows no run and no plan.

What cannot be read, or was written by an older version, is as good as not there: then a run says it anew. What a newer
one wrote is neither believed nor written over.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import suppress

from gatekeeper.adapters.disk.small_files import read_own, write_whole
from gatekeeper.model.errors import EnvironmentFault
from gatekeeper.model.tree_verdict import Subject, TreeVerdict
from gatekeeper.policy.tree_verdicts import key_of

VERSION = 1
_LARGEST = 1 << 18
_FOLDER = "verdicts"
_SUFFIX = ".json"


def keep_verdict(state: str, verdict: TreeVerdict) -> None:
    """Keep a verdict, whole or not at all; of one subject the newest.

    Raises:
        OSError: it cannot be written.
        EnvironmentFault: a newer gatekeeper has kept one of that subject, which is left as it is.
    """
    path = place_of(state, verdict.subject)
    _read(path)
    content = {"v": VERSION, **verdict._asdict(), "subject": verdict.subject._asdict()}
    write_whole(path, f"{json.dumps(content, indent=1)}\n".encode())


def place_of(state: str, subject: Subject) -> str:
    """Where the verdict of a subject is kept, or would be."""
    return os.path.join(state, _FOLDER, key_of(subject) + _SUFFIX)


def find_verdict(state: str, subject: Subject) -> TreeVerdict | None:
    """The newest verdict of a subject, or None. Raises `EnvironmentFault` where a newer gatekeeper has kept it."""
    found = _read(place_of(state, subject))
    # The name is a digest of what it is of: a file under the name of another would answer for that.
    return found if found is not None and found.subject == subject else None


def kept_verdicts(state: str) -> Iterator[TreeVerdict]:
    """All verdicts that this version can read, in no order."""
    with suppress(FileNotFoundError):
        for entry in os.scandir(os.path.join(state, _FOLDER)):
            if entry.name.endswith(_SUFFIX):
                with suppress(EnvironmentFault):
                    if (found := _read(entry.path)) is not None:
                        yield found


def _read(path: str) -> TreeVerdict | None:
    try:
        found = json.loads(read_own(path, _LARGEST))
        if found["v"] != VERSION:
            if isinstance(found["v"], int) and found["v"] > VERSION:
                raise EnvironmentFault(
                    f"{path} was kept by a newer gatekeeper (format v{found['v']}; this one reads v{VERSION}): upgrade "
                    "gatekeeper, or remove the file and run the cycle again"
                )
            return None
        of = found["subject"]
        subject = Subject(
            str(of["cycle"]),
            str(of["definition"]),
            str(of["judged_by"]),
            _pairs(of["contents"]),
            str(of["surroundings"]),
        )
        return TreeVerdict(
            subject, str(found["verdict"]), str(found["run"]), str(found["time"]), _pairs(found["commits"])
        )
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return None


def _pairs(found: list[list[str]]) -> tuple[tuple[str, str], ...]:
    return tuple((str(name), str(value)) for name, value in found)
