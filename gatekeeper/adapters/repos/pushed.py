"""Owns what git knows of commits that are about to leave, or to be made. Changes no index, no branch and no file."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable

from gatekeeper.adapters.repos.bounds import Bounds
from gatekeeper.adapters.repos.commits import CannotRead
from gatekeeper.adapters.repos.questions import CannotKeep, asked, index_aside, said
from gatekeeper.model.record import NamedTuple

_WITHIN_S = 60.0
_MOST_BEYOND = 20
_ZEROS = frozenset("0")
_NOBODY = (
    *(("GIT_AUTHOR_NAME", "gatekeeper"), ("GIT_AUTHOR_EMAIL", "gatekeeper@localhost"), ("GIT_AUTHOR_DATE", "@0 +0000")),
    *(("GIT_COMMITTER_NAME", "gatekeeper"), ("GIT_COMMITTER_EMAIL", "gatekeeper@localhost")),
    ("GIT_COMMITTER_DATE", "@0 +0000"),
)
"""The same each time, so that one tree comes to one commit."""


class Landed(NamedTuple):
    """One commit as git lists it."""

    commit: str
    tree: str
    parents: tuple[str, ...]
    subject: str


def commit_of(folder: str, oid: str) -> str:
    """The commit that an object is or, being a tag, means; empty where it means none. Raises `CannotRead`."""
    bounds = Bounds(_WITHIN_S)
    try:
        kind = asked(folder, ("cat-file", "-t", oid), bounds)
        if kind.code:
            raise CannotRead(f"the object {oid} is not there: {kind.why}")
        found = asked(folder, ("rev-parse", "--verify", "--quiet", f"{oid}^{{commit}}"), bounds)
        if not found.code:
            return found.out.decode().strip()
        # A tag may mean a file or a folder; one that means nothing at all is broken.
        said(folder, ("rev-parse", "--verify", f"{oid}^{{}}"), bounds)
    except CannotKeep as fault:
        raise CannotRead(str(fault)) from None
    return ""


def tree_of(folder: str, commit: str) -> str:
    """The id of a commit's tree. Raises `CannotRead`."""
    return _said(folder, ("rev-parse", "--verify", f"{commit}^{{tree}}"))


def ever_had(folder: str, commit: str, path: str) -> bool:
    """Whether `path`, from `folder`, was there in the commit or anywhere in its history. Raises `CannotRead`."""
    return bool(_said(folder, ("log", "-1", "--format=%H", commit, "--", path)))


def beyond(folder: str, commit: str, remote: str) -> tuple[str, ...]:
    """The commits that `remote` has, as far as we know, and that those which it lacks grow on.

    An id of zeros where it has nothing of them; none where that cannot be told, or they are too many.
    """
    try:
        named = "" if "/" in remote or ":" in remote else f"={remote}"
        told = _said(folder, ("rev-list", "--boundary", commit, "--not", f"--remotes{named}"))
    except CannotRead:
        return ()
    found = tuple(line[1:] for line in told.splitlines() if line.startswith("-"))
    return (found or ("0" * len(commit),)) if len(found) <= _MOST_BEYOND else ()


def staged(folder: str, index: str) -> str:
    """A commit on no branch that holds what the index at the path `index` does. Raises `CannotRead`."""
    bounds = Bounds(_WITHIN_S)
    try:
        with index_aside() as aside:
            shutil.copyfile(index, aside[0][1])
            tree = said(folder, ("write-tree",), bounds, added=aside)
        head = asked(folder, ("rev-parse", "--verify", "--quiet", "HEAD^{commit}"), bounds)
        parents = () if head.code else ("-p", head.out.decode().strip())
        return said(folder, ("commit-tree", tree, *parents, "-m", "what is staged"), bounds, added=_NOBODY)
    except (CannotKeep, OSError) as fault:
        raise CannotRead(f"what is staged cannot be told: {fault}") from None


def index_of(folder: str) -> str:
    """Where the index of the working tree around `folder` lies. Raises `CannotRead`."""
    return os.path.join(folder, _said(folder, ("rev-parse", "--git-path", "index")))


def main_tree(folder: str) -> str:
    """The top of the main working tree, which those that are linked belong to; `folder`'s own where there is none."""
    common = os.path.normpath(os.path.join(folder, _said(folder, ("rev-parse", "--git-common-dir"))))
    own = _said(folder, ("rev-parse", "--show-toplevel"))
    return os.path.dirname(common) if os.path.basename(common) == ".git" else own


def landed(folder: str, tips: Iterable[str], without: str) -> tuple[Landed, ...]:
    """All commits that `tips` hold and `without` does not, newest first; a tip that is not there holds none.

    Raises `CannotRead`.
    """
    fed = "".join(f"{tip}\n" for tip in dict.fromkeys(tips) if set(tip) - _ZEROS) + f"^{without}\n"
    question = (
        "log",
        "--stdin",
        "--ignore-missing",
        "--topo-order",
        "--no-show-signature",
        "--format=%H%x00%T%x00%P%x00%s",
    )
    try:
        answer = asked(folder, question, Bounds(_WITHIN_S), fed.encode())
    except CannotKeep as fault:
        raise CannotRead(str(fault)) from None
    if answer.code:
        raise CannotRead(f"git cannot list the commits: {answer.why}")
    lines = (line.split("\0") for line in answer.out.decode("utf-8", "replace").split("\n") if line)
    return tuple(Landed(commit, tree, tuple(parents.split()), subject) for commit, tree, parents, subject in lines)


def are_there(folder: str, oids: Iterable[str]) -> frozenset[str]:
    """Those of `oids` that git has. Raises `CannotRead`."""
    fed = "".join(f"{oid}\n" for oid in dict.fromkeys(oids))
    if not fed:
        return frozenset()
    try:
        answer = asked(folder, ("cat-file", "--batch-check=%(objectname)"), Bounds(_WITHIN_S), fed.encode())
    except CannotKeep as fault:
        raise CannotRead(str(fault)) from None
    return frozenset(line for line in answer.out.decode().splitlines() if not line.endswith("missing"))


def _said(folder: str, question: tuple[str, ...]) -> str:
    try:
        return said(folder, question, Bounds(_WITHIN_S))
    except CannotKeep as fault:
        raise CannotRead(str(fault)) from None
