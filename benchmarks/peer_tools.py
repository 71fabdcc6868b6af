"""Owns the tools that a user would pick instead: getting them from the registries into a cache of our own.

The cache lies outside of the repository, and nothing is installed twice. What cannot be had is None, and whoever
compares says so.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

_WITHIN_S = 300.0
_FROM_PIP = ("tox", "nox", "pre-commit", "prek")


def cache() -> Path:
    """Where the tools are kept between two benchmarks."""
    folder = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "gatekeeper-bench"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def from_pip(tool: str) -> str | None:
    """One of tox, nox, pre-commit and prek, from a virtual environment that they share."""
    folder = cache() / "pip"
    command = folder / "bin" / tool
    if not command.exists():
        _done(sys.executable, "-m", "venv", str(folder))
        _done(str(folder / "bin" / "pip"), "install", "-q", *_FROM_PIP)
    return str(command) if command.exists() else None


def from_npm(tool: str) -> str | None:
    """A package of npm whose command has the same name."""
    folder = cache() / "npm"
    command = folder / "node_modules" / ".bin" / tool
    if not command.exists() and shutil.which("npm"):
        folder.mkdir(exist_ok=True)
        # Without its scripts: lefthook's would put hooks into the repository that npm was called from.
        quiet = ("--silent", "--ignore-scripts", "--no-audit", "--no-fund")
        _done("npm", "install", *quiet, "--prefix", str(folder), tool)
    return str(command) if command.exists() else None


def from_debian(tool: str) -> str | None:
    """What is installed, or what apt-get can install where we are root."""
    if shutil.which(tool) is None and os.geteuid() == 0 and shutil.which("apt-get"):
        install = ("apt-get", "install", "-qy", "--no-install-recommends", tool)
        if not _done(*install):
            _done("apt-get", "update", "-q")
            _done(*install)
    return shutil.which(tool)


def version(command: Sequence[str]) -> str:
    """The first word with a digit in front that a tool says of its version."""
    asked = subprocess.run(command, capture_output=True, text=True, check=False, timeout=_WITHIN_S, cwd=cache())
    return next((word.strip(",()") for word in f"{asked.stdout} {asked.stderr}".split() if word[0].isdigit()), "?")


def _done(*command: str) -> bool:
    environ = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    try:
        subprocess.run(
            command, env=environ, stdin=subprocess.DEVNULL, capture_output=True, timeout=_WITHIN_S, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return False
    return True
