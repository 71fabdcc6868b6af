"""Owns installing git hooks and taking them away: where they go, and what to do where they may not go there."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Callable

from gatekeeper.adapters.hooks.installing import Refused
from gatekeeper.adapters.hooks.installing import install as write_hook
from gatekeeper.adapters.hooks.installing import uninstall as remove_hook
from gatekeeper.adapters.hooks.script import Wanted
from gatekeeper.adapters.repos.hooks_folder import HooksFolder, NoRepository, Owner, hooks_folder
from gatekeeper.cli.exit_codes import OK
from gatekeeper.cli.project import cycles, definition_path, require_root
from gatekeeper.model.errors import EnvironmentFault, UsageError

_REFUSED = 1


def install(hook: str, cycle: str, judge_by: str) -> int:
    """Write the hook; returns the exit code. Raises `UsageError` where it could judge nothing."""
    root = require_root(os.getcwd())
    names = cycles(root)
    if cycle:
        definition_path(root, cycle)
    elif len(names) != 1:
        raise UsageError(f"which cycle? say --cycle NAME; there is {', '.join(names) or 'none in gates/ yet'}")
    place = _hooks_of(root)
    if place.owner is not Owner.REPOSITORY:
        return _tell_how(place, hook, cycle, judge_by)
    project = os.path.relpath(os.path.realpath(root), os.path.realpath(place.top))
    return _do(lambda: write_hook(place.path, Wanted(hook, project, cycle, judge_by)))


def uninstall(hook: str) -> int:
    """Take the hook away; returns the exit code."""
    place = _hooks_of(os.getcwd())
    return _do(lambda: remove_hook(place.path, hook))


def _hooks_of(folder: str) -> HooksFolder:
    from gatekeeper.cli.hooks.surroundings import leave_git

    leave_git()
    try:
        return hooks_folder(folder)
    except NoRepository as fault:
        raise EnvironmentFault(str(fault)) from None


def _do(work: Callable[[], str]) -> int:
    try:
        print(work())
    except Refused as refused:
        print(f"gatekeeper: {refused}", file=sys.stderr)
        return _REFUSED
    return OK


def _tell_how(place: HooksFolder, hook: str, cycle: str, judge_by: str) -> int:
    options = [f"--cycle={cycle}"] if cycle else []
    options += [f"--judge-by={judge_by}"] if judge_by else []
    line = shlex.join(["gatekeeper", "hook", "run", hook, *options]) + ' -- "$@"'
    whose = {
        Owner.PROJECT: "belongs to the project, and is committed",
        Owner.HUSKY: "is husky's, which writes it anew",
        Owner.MACHINE: "lies outside of this repository, and others use it too",
    }[place.owner]
    file = os.path.join(place.edited, hook)
    print(
        f"gatekeeper: core.hooksPath leads to {place.path}, which {whose}; nothing was written.\n"
        f"  Add this line to {file} (executable, and before anything that reads standard input):\n\n"
        f"    {line}\n",
        file=sys.stderr,
    )
    return _REFUSED
