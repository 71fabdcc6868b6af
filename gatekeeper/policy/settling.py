"""Owns what became of a repo's drift, told from what differed at the start, what differs now and what was committed."""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase
from typing import Literal

from gatekeeper.model.record import NamedTuple


class Commit(NamedTuple):
    """A commit that came since the run began: its id and subject, and the files that it touches."""

    id: str
    subject: str
    files: tuple[str, ...]

    @property
    def shown(self) -> str:
        """The commit in one line."""
        return f"{self.id[:12]} {self.subject}".rstrip()


class Settled(NamedTuple):
    """What became of it, as in `gatekeeper.model.help_events.RepoSettled`."""

    how: Literal["clean", "kept", "reverted", "unsettled"]
    commits: tuple[str, ...] = ()
    files: tuple[str, ...] = ()


def matching(paths: Iterable[str], globs: Iterable[str]) -> tuple[str, ...]:
    """Those of `paths` that one of `globs` names, or that lie in a folder that one names; all where there are none."""
    wanted = tuple(globs)
    folders = tuple(f"{glob.rstrip('/*')}/" for glob in wanted if glob.rstrip("/*"))
    return tuple(
        path
        for path in paths
        if not wanted or path.startswith(folders) or any(fnmatchcase(path, glob) for glob in wanted)
    )


def how_settled(
    before: Iterable[str], after: Iterable[str], commits: Iterable[Commit], globs: tuple[str, ...]
) -> Settled:
    """What became of the files that `globs` name.

    `before` are all files that differed from their commit at the start, `after` those that do now; `commits` are those
    that came since, newest first. Of drift that was committed in part, `files` are those that were reverted.
    """
    old, left = matching(before, globs), matching(after, globs)
    touching = [(commit.shown, frozenset(matching(commit.files, globs))) for commit in commits]
    kept = tuple(shown for shown, files in touching if files)
    if left:
        return Settled("unsettled", kept, left)
    committed = frozenset[str]().union(*(files for _, files in touching))
    reverted = tuple(path for path in old if path not in committed)
    if kept and len(reverted) < max(1, len(old)):
        return Settled("kept", kept, reverted)
    return Settled("reverted", kept, reverted) if old else Settled("clean")
