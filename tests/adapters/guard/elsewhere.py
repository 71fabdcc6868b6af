"""Owns a guard in a process of its own, behind whatever gives that process a machine with a fault."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.adapters.guard.guard_situations import ROOT, SITUATIONS, eventually, helpers


def in_private_mounts(script: str) -> tuple[str, ...]:
    """Run the rest of a command line where this shell script has changed the mounts, for nobody else."""
    return ("unshare", "-m", "sh", "-ec", f'{script}\nexec "$@"', "sh")


class Elsewhere:
    """A guard that is given orders through a pipe. `answer` waits for what came of the oldest one."""

    def __init__(
        self,
        folder: Path,
        layers: str = "cgroup",
        *,
        behind: Sequence[str] = (),
        python: str = sys.executable,
        environ: dict[str, str] | None = None,
        **popen: Any,
    ) -> None:
        self.folder = folder
        self.process = subprocess.Popen(
            [*behind, python, str(SITUATIONS / "guarded.py"), str(folder), layers],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": str(ROOT), **(environ or {})},
            text=True,
            **popen,
        )
        self.token = self._line().strip()

    def order(self, *argv: str, **fields: Any) -> None:
        """Have a command run."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps({"argv": argv, **fields}) + "\n")
        self.process.stdin.flush()

    def answer(self) -> dict[str, Any]:
        """What came of it."""
        found: dict[str, Any] = json.loads(self._line())
        return found

    def run(self, *argv: str, **fields: Any) -> dict[str, Any]:
        """Run a command to its end."""
        self.order(*argv, **fields)
        return self.answer()

    def kill(self) -> None:
        """SIGKILL, and nothing of it is waited for but itself."""
        self.process.kill()
        self.process.wait()

    def close(self) -> None:
        """Let it end in order, and see its helpers gone; fails with what it said where it did not."""
        refused = ""
        if self.process.returncode is None:
            refused = self.process.communicate(timeout=60)[1]
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            if pipe is not None:
                pipe.close()
        eventually(lambda: not helpers(self.token))
        assert self.process.returncode <= 0, refused

    def _line(self) -> str:
        assert self.process.stdout is not None
        line: str = self.process.stdout.readline()
        assert line, self.process.communicate()[1]
        return line
