"""Owns gatekeeper's own diagnostics, through structlog: never evidence, never a verdict.

Imported only when there is something to say (``-v``, a bug): structlog costs more than a whole short run.
"""

from __future__ import annotations

import logging
import logging.handlers
import os
import sys
import tempfile
from io import TextIOWrapper

import structlog

_NAME = "gatekeeper"
_SIZE = 1 << 20
_KEPT = 3


class _PrivateFile(logging.handlers.RotatingFileHandler):
    """A log that rotates, for its owner alone; it is not written through a link."""

    def _open(self) -> TextIOWrapper:
        descriptor = os.open(self.baseFilename, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, 0o600)
        return open(descriptor, "a", encoding=self.encoding)


def diagnostics(state: str | None, *, verbose: bool = False) -> tuple[structlog.stdlib.BoundLogger, str]:
    """A logger of JSON lines, and the file that it writes: ``gatekeeper.log`` in the state folder, or a new one.

    With `verbose` the lines also go to standard error, as they do where the file cannot be written.
    """
    handlers: list[logging.Handler] = []
    path = os.path.join(state or "", "gatekeeper.log")
    try:
        if not state or not os.path.isdir(state):
            # A folder that everybody may write to: only a name that nobody could foresee is safe there.
            descriptor, path = tempfile.mkstemp(prefix="gatekeeper-", suffix=".log")
            os.close(descriptor)
        handlers.append(_PrivateFile(path, maxBytes=_SIZE, backupCount=_KEPT, encoding="utf-8"))
    except OSError:
        verbose = True
    if verbose:
        handlers.append(logging.StreamHandler(sys.stderr))
    # Not the root logger: what libraries have to say is not ours to tell.
    own = logging.getLogger(_NAME)
    for former in own.handlers[:]:
        own.removeHandler(former)
        former.close()
    for handler in handlers:
        own.addHandler(handler)
    own.setLevel(logging.DEBUG)
    own.propagate = False
    structlog.configure(
        processors=[
            structlog.stdlib.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
    )
    logger: structlog.stdlib.BoundLogger = structlog.get_logger(_NAME)
    return logger, path


def record_bug(fault: BaseException) -> str:
    """Keep the traceback of a bug where it can be found; returns a sentence that says where."""
    from gatekeeper.cli.project import find_root, state_folder

    root = find_root(os.getcwd())
    logger, path = diagnostics(state_folder(root) if root else None)
    logger.error("bug", exc_info=fault, argv=sys.argv)
    return f"the details are in {path}; please report them"
