"""Owns being somebody else: a user without rights, and a gatekeeper which that user can run."""

from __future__ import annotations

import os
import pwd
import re
import shutil
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

NAME = "nobody"


def python_for_everybody() -> str | None:
    """A Python of our own version (compiled packages must fit) that `NAME` can run, if there is one."""
    wanted = f"import sys, sqlite3; sys.exit(sys.version_info[:2] != {tuple(sys.version_info[:2])})"
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    for candidate in (os.path.realpath(sys.executable), f"/usr/bin/{version}", f"/usr/local/bin/{version}"):
        try:
            if not subprocess.run([candidate, "-c", wanted], check=False, user=NAME, capture_output=True).returncode:
                return candidate
        except OSError:
            continue
    return None


def copy_gatekeeper(target: Path) -> None:
    """gatekeeper and what it needs at run time, in one folder for PYTHONPATH."""
    shutil.copytree(
        Path(__file__).resolve().parents[2] / "gatekeeper",
        target / "gatekeeper",
        ignore=shutil.ignore_patterns("__pycache__"),
    )
    for name in _needed("gatekeeper-run"):
        found = distribution(name)
        for file in found.files or ():
            if ".." not in file.parts and "__pycache__" not in file.parts:
                place = target / file
                place.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(str(found.locate_file(file)), place)


def give(folder: Path) -> None:
    """Make all of `folder` the user's own."""
    owner = pwd.getpwnam(NAME)
    for path in (folder, *folder.rglob("*")):
        os.chown(path, owner.pw_uid, owner.pw_gid, follow_symlinks=False)


def _needed(root: str) -> set[str]:
    found: set[str] = set()
    pending = [root]
    while pending:
        for line in distribution(pending.pop()).requires or ():
            requirement, _, marker = line.partition(";")
            name = re.split(r"[^\w.-]", requirement, maxsplit=1)[0]
            if "extra ==" in marker or name in found:
                continue
            try:
                distribution(name)
            except PackageNotFoundError:
                continue  # for another platform or an older Python
            found.add(name)
            pending.append(name)
    return found
