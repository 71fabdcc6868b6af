"""Owns saying why the system would not start a command, from the error alone. Starts nothing."""

from __future__ import annotations

import errno
import os
import shutil

from gatekeeper.model.containment import GuardOrder
from gatekeeper.model.outcome import NotStarted


def why_not(order: GuardOrder, refused: OSError) -> NotStarted:
    """What `refused`, raised by starting the order's command, means."""
    name, number = order.argv[0] if order.argv else "", refused.errno or errno.EIO
    if number == errno.EACCES and not shutil.which(name, os.F_OK, dict(order.environ).get("PATH")):
        number = errno.ENOENT  # a folder of the PATH may not be searched; the command is in none of the others
    if refused.filename == order.cwd or not os.path.isdir(order.cwd):
        return NotStarted("no-such-folder", f"{order.cwd}: {os.strerror(number)}")
    if number in (errno.ENOENT, errno.ENOTDIR):
        return NotStarted("command-not-found", f"{name}: {os.strerror(number)}")
    if number in (errno.EACCES, errno.ENOEXEC, errno.EPERM):
        return NotStarted("not-executable", f"{name}: {os.strerror(number)}")
    return NotStarted("no-resources", f"{name}: {os.strerror(number)}")
