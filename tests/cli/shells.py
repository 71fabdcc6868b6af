"""Owns shells at a terminal of their own, into which keys are typed, as a person does. Knows nothing of gatekeeper."""

from __future__ import annotations

import os
import pty
import select
import signal
import time
from pathlib import Path
from types import TracebackType
from typing import Self

PATIENCE_S = 40.0


class ShellAtATerminal:
    """An interactive shell. Its environment is small, and its prompt is not looked at."""

    def __init__(self, argv: list[str], cwd: Path, environ: dict[str, str]) -> None:
        self.seen = ""
        self._pid, self._terminal = pty.fork()
        if not self._pid:  # pragma: no cover - the child
            try:
                os.chdir(cwd)
                os.execvpe(argv[0], argv, environ)
            finally:
                os._exit(127)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, fault: BaseException | None, at: TracebackType | None) -> None:
        os.kill(self._pid, signal.SIGKILL)
        os.waitpid(self._pid, 0)
        os.close(self._terminal)

    def type(self, keys: str) -> None:
        os.write(self._terminal, keys.encode())

    def read_until(self, sign: str) -> str:
        """What came since the last time, up to `sign`."""
        deadline = time.monotonic() + PATIENCE_S
        while sign not in self.seen:
            ready, _, _ = select.select([self._terminal], [], [], max(0.0, deadline - time.monotonic()))
            assert ready, f"{sign!r} did not come; what did: {self.seen[-500:]!r}"
            try:
                self.seen += os.read(self._terminal, 65536).decode("utf-8", "replace")
            except OSError:
                raise AssertionError(f"the shell ended before {sign!r}: {self.seen!r}") from None
        before, _, self.seen = self.seen.partition(sign)
        return before
