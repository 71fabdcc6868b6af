"""Owns reading the journal's last digest out of an execution log: the one thing about a run that lies elsewhere."""

from __future__ import annotations

import os
import re

from gatekeeper.model.record import NamedTuple

_LARGEST = 64 << 20
_LAST_DIGEST = re.compile(rb"^- \*\*Last digest:\*\* `(sha256:[0-9a-f]{64})`", re.MULTILINE)


class LogDigests(NamedTuple):
    """What the execution log at `path` says the journal's last digest is; or, where there is none, `why` it does not.

    There may be several: the document, and the text beside it that could not be written into the document.
    """

    path: str
    digests: tuple[str, ...] = ()
    why: str = ""


def digests_in_log(path: str, run: str, folder: str) -> LogDigests:
    """The last digests that the log at `path` has for `run`, or the text that was put beside it instead.

    `folder` is the run's, where the text went when even that could not be written.
    """
    if not path:
        return LogDigests(path, why="the run was made without an execution log")
    beside = f"{path.removesuffix('.md')}.gatekeeper.md"
    found: list[str] = []
    why = ""
    for place in (path, beside, os.path.join(folder, os.path.basename(beside))):
        try:
            with open(os.open(place, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
                content = file.read(_LARGEST)
        except OSError as fault:
            why = why or f"the execution log {place} cannot be read ({fault.strerror})"
            continue
        digests = _LAST_DIGEST.findall(content)
        if run.encode() in content and digests:
            found.append(digests[-1].decode())
        else:
            why = why or f"the execution log {place} is about another run, or has lost its end"
    return LogDigests(path, tuple(found), "" if found else why)
