"""Owns committing what was judged, to the branch that the repo is on: exactly that, or nothing.

The content is taken into git first, beside the person's index; only when the working tree is, after that, still what
was judged is the branch moved. No hook runs: it could change what was judged, or hang. Nothing is signed.
"""

from __future__ import annotations

import os
from collections.abc import Mapping

from gatekeeper.adapters.repos.bounds import Bounds, OutOfTime
from gatekeeper.adapters.repos.leaveout import leave_out as left_out
from gatekeeper.adapters.repos.questions import CannotKeep, asked, said
from gatekeeper.adapters.repos.snapshot import to_keep, tree_with
from gatekeeper.adapters.repos.status import shown
from gatekeeper.adapters.repos.worktree import NotReadable, Worktree, read_worktree
from gatekeeper.model.plan import Pairs
from gatekeeper.model.record import NamedTuple
from gatekeeper.policy.few import few

_NAMED = 3
_UNDER_WAY = {
    "MERGE_HEAD": "a merge",
    "CHERRY_PICK_HEAD": "a cherry-pick",
    "REVERT_HEAD": "a revert",
    "rebase-merge": "a rebase",
    "rebase-apply": "a rebase, or `git am`",
    "BISECT_LOG": "a bisect",
}
_NOBODY = ("dentity unknown", "empty ident", "auto-detection is disabled", "invalid ident")
_WHO = ("GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL", "GIT_COMMITTER_NAME", "GIT_COMMITTER_EMAIL")


class CannotCommit(Exception):
    """Nothing was committed; its text says why, and what to do."""


class Judged(NamedTuple):
    """What was judged of a repo: its commit, and what is at each file that differs from that (see `content`)."""

    commit: str
    files: Mapping[str, str]


class Made(NamedTuple):
    """The commit that was made and the files in it; `problem` says what was not as it should be afterwards."""

    commit: str
    files: tuple[str, ...]
    problem: str = ""


class Committer:
    """Commits in working trees.

    `leave_out` are absolute paths or globs that do not count, `environ` may say who commits.
    """

    def __init__(self, leave_out: tuple[str, ...], environ: Mapping[str, str], bounds: Bounds) -> None:
        self._left_out = left_out(leave_out)
        self._who: Pairs = tuple((name, environ[name]) for name in _WHO if environ.get(name))
        self._bounds = bounds

    def commit(self, folder: str, judged: Judged, message: str) -> Made | None:
        """Commit all that differs from its commit in `folder`; None where nothing does. Raises `CannotCommit`."""
        place, bounds = os.path.realpath(folder), self._bounds
        try:
            found = self._read(place, judged, "since it was judged")
            if not found.files:
                return None
            paths, missing = to_keep(found)
            if missing:
                raise CannotCommit(f"not all of what was judged can be committed: {few(missing, _NAMED)}")
            _require_branch(place, found, bounds)
            commit = self._made(place, tree_with(place, judged.commit, paths, bounds), judged.commit, message)
            self._read(place, judged, "while it was committed")
            _move_branch(place, found, commit, message, bounds)
            return Made(commit, tuple(judged.files), _bring_index_up_to_date(place, paths, bounds))
        except CannotKeep as fault:
            raise CannotCommit(str(fault)) from None

    def _read(self, place: str, judged: Judged, when: str) -> Worktree:
        """What is there, which is what was judged."""
        try:
            found = read_worktree(os.fsencode(place), self._left_out, self._bounds)
        except (NotReadable, OutOfTime, OSError) as fault:
            raise CannotCommit(f"{place} cannot be read again: {fault}") from None
        now = found.head.commit
        if now != judged.commit:
            raise CannotCommit(
                f"its commit changed {when}, from {judged.commit[:12] or 'none'} to {now[:12] or 'none'}"
            )
        files = {shown(path): line for path, line in found.files.items()}
        changed = [path for path in files | dict(judged.files) if files.get(path) != judged.files.get(path)]
        if changed:
            raise CannotCommit(f"it changed {when}: {few(sorted(changed), _NAMED)}; nobody judged what is there now")
        return found

    def _made(self, place: str, tree: str, parent: str, message: str) -> str:
        parents = ("-p", parent) if parent else ()
        # Without the setting git would make up an address from the names of the user and the machine.
        question = ("-c", "user.useConfigOnly=true", "commit-tree", tree, *parents, "-F", "-")
        answer = asked(place, question, self._bounds, fed=message.encode(), added=self._who)
        if answer.code and any(sign in answer.err for sign in _NOBODY):
            raise CannotCommit(
                "git does not know who commits: git config --global user.name NAME, and user.email ADDRESS "
                "(or GIT_AUTHOR_NAME, GIT_AUTHOR_EMAIL, GIT_COMMITTER_NAME and GIT_COMMITTER_EMAIL)"
            )
        if answer.code:
            raise CannotCommit(f"git could not make the commit: {answer.why}")
        return answer.out.decode().strip()


def _require_branch(place: str, found: Worktree, bounds: Bounds) -> None:
    if not found.head.branch:
        raise CannotCommit("its head is detached, so that no branch would hold the commit: git switch BRANCH")
    names = [argument for name in _UNDER_WAY for argument in ("--git-path", name)]
    paths = said(place, ("rev-parse", *names), bounds).splitlines()
    for path, what in zip(paths, _UNDER_WAY.values(), strict=True):
        if os.path.exists(os.path.join(place, path)):
            raise CannotCommit(f"{what} is under way in it: end that first")


def _move_branch(place: str, found: Worktree, commit: str, message: str, bounds: Bounds) -> None:
    branch, before = f"refs/heads/{found.head.branch}", found.head.commit or "0" * len(commit)
    told = f"commit (gatekeeper): {message.splitlines()[0]}"
    answer = asked(place, ("update-ref", "-m", told, branch, commit, before), bounds)
    if answer.code:
        raise CannotCommit(f"the branch {found.head.branch} could not be moved to the commit: {answer.why}")


def _bring_index_up_to_date(place: str, paths: list[bytes], bounds: Bounds) -> str:
    question = ("--literal-pathspecs", "reset", "--quiet", "--pathspec-from-file=-", "--pathspec-file-nul")
    try:
        said(place, question, bounds, fed=b"\0".join(paths))
    except CannotKeep as fault:
        return f"the commit is made, but the index is not up to date with it ({fault}): git reset"
    return ""
