"""Owns where a project's things lie: its root, its definitions, its state folder. Reads no definition."""

from __future__ import annotations

import os
from contextlib import suppress

from gatekeeper.model.errors import EnvironmentFault, UsageError

GATES = "gates"
STATE = ".gatekeeper"
_SUFFIX = ".yaml"


def find_root(start: str) -> str | None:
    """The nearest folder from `start` upward that holds ``gates/``, absolute, or None."""
    folder = os.path.abspath(start)
    while True:
        if os.path.isdir(os.path.join(folder, GATES)):
            return folder
        parent = os.path.dirname(folder)
        if parent == folder:
            return None
        folder = parent


def require_root(start: str) -> str:
    """The project root. Raises `UsageError` with what to do where there is none."""
    root = find_root(start)
    if root is None:
        raise UsageError(
            f"no {GATES}/ folder in {os.path.abspath(start)} or above it\n"
            f"  a project keeps one YAML file a cycle in {GATES}/; `gatekeeper init` proposes one\n"
            f"  or create {GATES}/NAME.yaml, then: gatekeeper run NAME"
        )
    return root


def state_folder(root: str) -> str:
    """Where gatekeeper keeps runs, locks and caches of the project at `root`.

    Raises `EnvironmentFault` where it is a symbolic link, or something right in it is: what is written there, and
    believed when it is read, would lie wherever somebody made that lead.
    """
    state = os.path.join(root, STATE)
    if link := link_in(state):
        raise EnvironmentFault(
            f"{link} is a symbolic link to {os.readlink(link)}: gatekeeper neither writes nor believes what lies "
            "behind one; remove the link (to have its evidence on another disk, mount that there)"
        )
    return state


def link_in(state: str) -> str:
    """The state folder where it is a symbolic link, or the first one right in it; empty where all is in its place."""
    if os.path.islink(state):
        return state
    try:
        with os.scandir(state) as entries:
            return min((entry.path for entry in entries if entry.is_symlink()), default="")
    except OSError:
        return ""


def make_state_folder(root: str) -> str:
    """As `state_folder`, which is there afterwards; others can see in it who holds the tree, and nothing else.

    What cannot be made is told by its user.
    """
    state = state_folder(root)
    with suppress(OSError):
        os.mkdir(state, 0o711)
    return state


def cycles(root: str) -> tuple[str, ...]:
    """The names of the cycles that have a definition, sorted. Raises `EnvironmentFault` where none can be seen."""
    folder = os.path.join(root, GATES)
    try:
        files = os.listdir(folder)
    except OSError as fault:
        raise EnvironmentFault(f"the definitions in {folder} cannot be listed: {fault.strerror}") from fault
    names = (name.removesuffix(_SUFFIX) for name in files if name.endswith(_SUFFIX))
    # The quarantine stands beside the definitions and is none.
    return tuple(sorted(name for name in names if name and name != "quarantine"))


def definition_path(root: str, cycle: str) -> str:
    """The file that defines `cycle`. Raises `UsageError` naming what is near where there is none."""
    path = os.path.join(root, GATES, cycle + _SUFFIX)
    if os.sep in cycle or not os.path.isfile(path):
        from gatekeeper.cli.suggest import unknown_cycle

        raise unknown_cycle(cycle, cycles(root))
    return path


def named_definition(cycle: str | None, file: str | None) -> tuple[str | None, str]:
    """The project root, None outside of any, and the definition that a command line names: one of the two.

    A `file` stays as it was written. Raises `UsageError` where both, neither, or nothing that is there is named.
    """
    here = os.getcwd()
    if file:
        if cycle:
            raise UsageError("--file names the definition; leave out CYCLE")
        return find_root(here), file
    root = require_root(here)
    if not cycle:
        raise UsageError(f"which cycle? there is {', '.join(cycles(root)) or 'none in gates/ yet'}")
    return root, definition_path(root, cycle)
