"""Owns the state of working trees as it was read. Knows nothing of git."""

from gatekeeper.model.record import NamedTuple


class RepoState(NamedTuple):
    """Where one repo stands.

    `commit` is empty where there is none (not a repo, or no commits yet); `branch` is empty where the head is
    detached. `ahead` and `behind` are None without an upstream. `drift` lists what differs from the commit as
    ``XY path`` in git's short form, at most a bounded number of lines; `drift_count` is the true number.
    `problem` says in words what could not be read.
    """

    name: str
    path: str
    commit: str = ""
    subject: str = ""
    branch: str = ""
    upstream: str = ""
    ahead: int | None = None
    behind: int | None = None
    drift: tuple[str, ...] = ()
    drift_count: int = 0
    problem: str = ""

    @property
    def clean(self) -> bool:
        """Whether nothing differs from the commit and all could be read."""
        return not self.drift_count and not self.problem


class Tree(NamedTuple):
    """The exact content that steps run on: ``sha256:`` over every repo's commit and what differs from it.

    `files` holds (repo name, path, digest) of every file that differs from its commit, for telling two trees apart.
    """

    digest: str
    repos: tuple[RepoState, ...]
    files: tuple[tuple[str, str, str], ...] = ()
