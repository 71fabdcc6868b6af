"""Owns turning this process into a command, as execvp(3) does. Knows nothing of what becomes of it."""

from __future__ import annotations

import errno
import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping


def become(argv: tuple[str, ...], environ: Mapping[str, str] | None = None, *, fallback: str = "") -> int:
    """Be `argv` from now on; returns only where that failed, with the error's number.

    That is ``-ENOENT`` where the command is there and its interpreter is not. `environ` is the environment, or None
    for that of this process, byte by byte. A `fallback` is a shell that runs what is executable but no program, as
    execvp(3) has it. Raises `ValueError` or `IndexError` where a value cannot be handed over.
    """
    name = argv[0]
    if "/" in name:
        places = [name]
    elif not name:
        return errno.ENOENT
    else:
        path = (os.environ if environ is None else environ).get("PATH", os.defpath)
        places = [f"{folder or '.'}/{name}" for folder in path.split(":")]
    worst = errno.ENOENT
    for place in places:
        if not os.access(place, os.F_OK):
            continue
        found = _exec(place, argv, environ)
        if found == errno.ENOEXEC and fallback:
            found = _exec(fallback, (fallback, place, *argv[1:]), environ)
        # As in execvp(3): a file that may not be executed does not hide one that may, further down the path.
        if found in (errno.ENOENT, errno.ENOTDIR):
            worst = -errno.ENOENT if "/" in name or worst == errno.ENOENT else worst
        elif found == errno.EACCES:
            worst = found
        else:
            return found
    return worst


def _exec(place: str, argv: tuple[str, ...], environ: Mapping[str, str] | None) -> int:
    try:
        if environ is None:
            os.execv(place, argv)  # noqa: S606 - running what one was asked to run is the whole purpose
        else:
            os.execve(place, argv, environ)  # noqa: S606 - as above
    except OSError as refused:
        return refused.errno or errno.EIO
