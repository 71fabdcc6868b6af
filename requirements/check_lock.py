"""Owns the question whether requirements/*.txt still lock what is declared. Offline; must not resolve or install.

Run from anywhere: ``python requirements/check_lock.py``; exit code 0 when the lock fits, 1 with every misfit named.
"""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path
from typing import NamedTuple

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
_PIN = re.compile(r"^([A-Za-z0-9._-]+)==(\S+)")
_ADDRESS = re.compile(r"^\s*(-i|-f|--(extra-)?index-url|--find-links|-e|--editable)\b|://|\s@\s", re.MULTILINE)


class Lock(NamedTuple):
    """One requirements file as pip reads it: version by normalised name, and the names that carry no hash."""

    pins: dict[str, str]
    unhashed: tuple[str, ...]


def read_lock(text: str) -> Lock:
    """Reads a requirements file that has one ``name==version`` per entry, hashes on the lines below."""
    pins: dict[str, str] = {}
    unhashed: list[str] = []
    for entry in re.split(r"\n(?=\S)", text):
        pin = _PIN.match(entry)
        if pin is None:
            continue
        name = canonicalize_name(pin[1])
        pins[name] = pin[2]
        if "--hash=sha256:" not in entry:
            unhashed.append(name)
    return Lock(pins, tuple(unhashed))


def declared(root: Path, *, extra: str | None = None) -> list[Requirement]:
    """What pyproject.toml and requirements/run.in ask for at top level, with one extra if named."""
    pyproject = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    wanted = [*pyproject["build-system"]["requires"], *pyproject["project"]["dependencies"]]
    if extra is not None:
        wanted += pyproject["project"]["optional-dependencies"][extra]
    lines = (line.strip() for line in (root / "requirements" / "run.in").read_text(encoding="utf-8").splitlines())
    wanted += [line for line in lines if line and not line.startswith(("#", "-"))]
    return [Requirement(line) for line in wanted]


def misfits(root: Path) -> list[str]:
    """Everything that is wrong with the lock below `root`, as sentences; an empty list when it fits."""
    locks: dict[str, Lock] = {}
    found: list[str] = []
    for kind, extra in (("run", None), ("dev", "dev")):
        file = f"requirements/{kind}.txt"
        text = (root / file).read_text(encoding="utf-8")
        locks[kind] = lock = read_lock(text)
        for wanted in declared(root, extra=extra):
            pinned = lock.pins.get(canonicalize_name(wanted.name))
            if pinned is None:
                found.append(f"{file} does not pin {wanted.name}")
            elif not wanted.specifier.contains(pinned):
                found.append(f"{file} pins {wanted.name} {pinned}, but {wanted} is asked for")
        found += [f"{file} has no hash for {name}" for name in lock.unhashed]
        if _ADDRESS.search(text):
            found.append(f"{file} holds an address or a path")
    for name, version in locks["run"].pins.items():
        other = locks["dev"].pins.get(name)
        if other != version:
            found.append(f"{name} is {version} in requirements/run.txt and {other} in requirements/dev.txt")
    return list(dict.fromkeys(found))


def main() -> int:
    """Tells the misfits on standard error."""
    found = misfits(ROOT)
    for line in found:
        print(line, file=sys.stderr)
    if found:
        print("`make lock` resolves both files anew.", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
