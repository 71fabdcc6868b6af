"""Owns what the tests of `gatekeeper cron` share: a crontab(1) that keeps its crontab in a folder, and small cycles.

A real crontab(1) would write into the machine's own spool. How the real one and its daemon behave is tried in
tests/journeys/test_under_a_real_cron.py, where they have a spool of their own. A real systemctl(1) would tell the
machine's systemd.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from tests.support.projects import Project

_CRONTAB = """#!/bin/sh
# As Debian's, but for where the crontab lies.
if [ -e "$0.broken" ]; then echo "crontab: you are not allowed to use this program" >&2; exit 1; fi
case $1 in
-l) if [ -e "$0.text" ]; then cat "$0.text"; else echo "no crontab for tester" >&2; exit 1; fi ;;
-r) rm "$0.text" ;;
-) cat >"$0.text" ;;
esac
"""
_SYSTEMCTL = """#!/bin/sh
echo "$*" >>"$0.told"
if [ -e "$0.broken" ]; then echo "Failed to connect to bus" >&2; exit 1; fi
"""
GREEN = "gates: {one: {steps: {say: {run: 'true'}}}}\n"
RED = "until_green: {rounds: 1, retry_unchanged: 0}\ngates: {one: {steps: {say: {run: 'echo the reason; exit 3'}}}}\n"


class FakeCrontab:
    """The program in `folder`, which belongs on PATH, and the crontab that it keeps; a systemctl(1) lies beside it."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.folder = folder
        self.program = folder / "crontab"
        self.program.write_text(_CRONTAB)
        self.program.chmod(0o755)
        self._text = folder / "crontab.text"
        (folder / "systemctl").write_text(_SYSTEMCTL)
        (folder / "systemctl").chmod(0o755)

    @property
    def text(self) -> bytes | None:
        """What it holds; None where there is no crontab."""
        return self._text.read_bytes() if self._text.exists() else None

    def put(self, text: bytes) -> None:
        """Somebody wrote this crontab."""
        self._text.write_bytes(text)

    def breaks(self, name: str = "crontab") -> None:
        """From now on nobody may use it."""
        (self.folder / f"{name}.broken").touch()

    @property
    def told(self) -> list[str]:
        """What systemctl was told."""
        told = self.folder / "systemctl.told"
        return told.read_text().splitlines() if told.exists() else []

    @property
    def path(self) -> str:
        """A PATH on which it is the first."""
        return f"{self.folder}{os.pathsep}{os.environ['PATH']}"


def beat_of(project: Project, cycle: str) -> dict[str, Any]:
    """What was heard of a cycle."""
    found: dict[str, Any] = json.loads((project.root / ".gatekeeper" / "heartbeat" / f"{cycle}.json").read_text())
    return found


def remember(project: Project, cycle: str, **facts: Any) -> None:
    """Let something have been heard of a cycle."""
    folder = project.root / ".gatekeeper" / "heartbeat"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{cycle}.json").write_text(json.dumps({"v": 1, "cycle": cycle, **facts}))
