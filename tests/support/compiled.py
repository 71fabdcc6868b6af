"""Owns turning the C programs of tests/situations into something to run, where there is a compiler."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

SITUATIONS = Path(__file__).resolve().parents[1] / "situations"


def compiler() -> str | None:
    """The C compiler of this machine, if it has one."""
    return shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")


def compiled(name: str, folder: Path) -> Path | None:
    """The program ``NAME.c``, compiled into `folder` with every warning an error; None where nothing can compile it."""
    found = compiler()
    if found is None:
        return None
    target = folder / name
    subprocess.run(
        [found, "-O2", "-Wall", "-Wextra", "-Werror", "-pthread", "-o", str(target), str(SITUATIONS / f"{name}.c")],
        check=True,
    )
    return target
