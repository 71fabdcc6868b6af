"""Owns what is seen of the repos before and after a call of the fixer. Knows no git and no rule."""

from gatekeeper.model.plan import Pairs
from gatekeeper.model.record import NamedTuple


class RepoSight(NamedTuple):
    """Where a repo stands, beside what its files hold.

    `commit` and `branch` are as in `RepoState`. `refs` are all refs with their commits, `staged` the paths whose entry
    in the index differs from the commit, with that entry. `config` and `hooks` are digests of git's own settings of the
    repo, and of its hooks.
    """

    name: str
    path: str
    commit: str = ""
    branch: str = ""
    refs: Pairs = ()
    staged: Pairs = ()
    config: str = ""
    hooks: str = ""


class Sight(NamedTuple):
    """One look at all repos. `snapshot` holds what their files held, `definition` is the digest of the cycle's own.

    `problem` says what could not be seen.
    """

    repos: tuple[RepoSight, ...]
    snapshot: Pairs = ()
    definition: str = ""
    problem: str = ""


class FileChange(NamedTuple):
    """A file that differs between two snapshots. `path` is relative to its repo's folder, and may leave it.

    `shown` is that as text on one line. `status` is git's letter (A, D, M, T); `added` and `removed` count lines, None
    where it is no text. What it was is `held` by a snapshot, or only known to have been something else.
    """

    repo: str
    path: str
    shown: str
    status: str
    added: int | None = None
    removed: int | None = None
    held: bool = True

    @property
    def name(self) -> str:
        """As it is told: ``repo: path``."""
        return f"{self.repo}: {self.shown}"


class Compared(NamedTuple):
    """The files that differ between two snapshots; `unknown` are the repos of which that cannot be told, and why."""

    changes: tuple[FileChange, ...] = ()
    unknown: Pairs = ()


class NewCommit(NamedTuple):
    """A commit that no ref and no head reached before."""

    repo: str
    id: str
    subject: str


class Deeds(NamedTuple):
    """What became of the repos between two looks. `rewound` names those whose head left what it had reached.

    `problem` says what could not be told.
    """

    changes: tuple[FileChange, ...] = ()
    commits: tuple[NewCommit, ...] = ()
    rewound: tuple[str, ...] = ()
    problem: str = ""
