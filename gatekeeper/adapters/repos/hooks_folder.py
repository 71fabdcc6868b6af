"""Owns where git looks for the hooks of a working tree, and whose that folder is. Writes nothing."""

from __future__ import annotations

import os
from enum import StrEnum

from gatekeeper.adapters.repos.bounds import Bounds, OutOfTime
from gatekeeper.adapters.repos.git import ask
from gatekeeper.model.record import NamedTuple

_WITHIN_S = 30.0


class Owner(StrEnum):
    """Whose the folder of hooks is."""

    REPOSITORY = "repository"
    """It lies in the repository's own folder, or is a folder of the working tree that git ignores."""
    PROJECT = "project"
    """Its files are those of the project: they are committed, and others have them too."""
    HUSKY = "husky"
    """husky writes it anew with each install of packages; one's own lines go to the folder above it."""
    MACHINE = "machine"
    """It lies elsewhere, and other repositories have the same hooks."""


class HooksFolder(NamedTuple):
    """Where hooks lie: `top` is the working tree, `path` the folder (a real path), `edited` where people write."""

    top: str
    path: str
    owner: Owner
    edited: str


class NoRepository(Exception):
    """There is no working tree of git here, or git cannot tell; the text says why."""


def hooks_folder(folder: str) -> HooksFolder:
    """Where git runs the hooks of the working tree around `folder` from. Raises `NoRepository`."""
    top = _said(folder, "rev-parse", "--show-toplevel")
    common = _said(folder, "rev-parse", "--git-common-dir")
    if not top or not common:
        raise NoRepository(f"{folder} is in no working tree of git, so there is nothing to hook into")
    named = _said(top, "rev-parse", "--git-path", "hooks")
    if not named:
        raise NoRepository(f"git does not tell where the hooks of {top} lie")
    written = os.path.normpath(os.path.join(top, named))
    real, repository = os.path.realpath(written), os.path.realpath(os.path.join(folder, common))
    if _is_in(real, repository):
        return HooksFolder(top, real, Owner.REPOSITORY, real)
    if not _is_in(real, os.path.realpath(top)):
        return HooksFolder(top, real, Owner.MACHINE, written)
    if os.path.basename(real) == "_" and os.path.basename(os.path.dirname(real)) == ".husky":
        return HooksFolder(top, real, Owner.HUSKY, os.path.dirname(written))
    # A folder that is not there yet is the project's, too, unless git would ignore what is put there.
    ignored = _said(top, "check-ignore", "--", os.path.join(real, "pre-push"))
    tracked = _said(top, "ls-files", "--", real)
    owner = Owner.REPOSITORY if ignored and not tracked else Owner.PROJECT
    return HooksFolder(top, real, owner, written)


def _said(folder: str, *question: str) -> str:
    try:
        (answer,) = ask(os.fsencode(folder), question, bounds=Bounds(_WITHIN_S))
    except (OutOfTime, OSError) as fault:
        raise NoRepository(f"git in {folder} gave no answer: {fault}") from None
    return "" if answer.code else os.fsdecode(answer.out).removesuffix("\n")


def _is_in(path: str, folder: str) -> bool:
    return f"{path}/".startswith(f"{folder}/")
