"""Owns looking at the repos before and after somebody works in them (port `Workplace`). Judges nothing."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable

from gatekeeper.adapters.repos.bounds import Bounds, aside
from gatekeeper.adapters.repos.kept_trees import files_between
from gatekeeper.adapters.repos.loose import hooks_of, repository_of
from gatekeeper.adapters.repos.putting_back import put_back
from gatekeeper.adapters.repos.questions import CannotKeep, asked, top_of
from gatekeeper.adapters.repos.reading import BoundRepo
from gatekeeper.adapters.repos.sides import read_bounded
from gatekeeper.adapters.repos.snapshot import WITHIN_S, keep
from gatekeeper.engine.fixer_ports import Undoing
from gatekeeper.model.fixing import Compared, Deeds, FileChange, NewCommit, RepoSight, Sight
from gatekeeper.model.plan import Pairs

_COMMITS = 50
_SETTINGS = ("config", "config.worktree", "info/exclude", "info/attributes", "info/sparse-checkout")
"""What git is told in its own folder: also what it is not to look at."""


class GitWorkplace:
    """The `repos` of a cycle, and its `definition`. `leave_out` are what the cycle itself writes."""

    def __init__(self, repos: tuple[BoundRepo, ...], *, leave_out: tuple[str, ...], definition: str) -> None:
        self._repos = repos
        self._leave_out = leave_out
        self._definition = definition

    async def look(self) -> Sight:
        """Keep what all repos hold, and see where each stands. Never raises: `problem` tells."""
        return await aside(self._look, WITHIN_S)

    async def looking_back(self, snapshot: Pairs, now: Sight) -> Sight:
        """How the repos were when `snapshot` was taken: their commits; the rest is as `now`. Never raises."""
        repos = await aside(lambda bounds: _back_then(dict(snapshot), now, bounds), WITHIN_S)
        return now._replace(repos=repos, snapshot=snapshot)

    async def deeds(self, before: Sight, after: Sight) -> Deeds:
        """What was done between two looks. Never raises: `problem` tells."""
        return await aside(lambda bounds: self._deeds(before, after, bounds), WITHIN_S)

    async def compare(self, before: Pairs, after: Pairs) -> Compared:
        """The files that differ between two snapshots, as far as that can be told. Never raises."""
        return await aside(lambda bounds: files_between(self._repos, before, after, bounds), WITHIN_S)

    async def put_back(self, snapshot: Pairs, changes: tuple[FileChange, ...], undoing: Undoing) -> dict[str, str]:
        """Make these files hold what they held in a snapshot; why some could not be, by their `name`. Never raises."""
        return await aside(lambda bounds: self._put_back(dict(snapshot), changes, undoing, bounds), WITHIN_S)

    def _look(self, bounds: Bounds) -> Sight:
        snapshot = keep(self._repos, self._leave_out, bounds)
        definition = read_bounded(self._definition)
        return Sight(
            tuple(_sight(repo, bounds) for repo in self._repos),
            snapshot.commits,
            _digest((definition,)) if definition is not None else "",
            snapshot.problem,
        )

    def _deeds(self, before: Sight, after: Sight, bounds: Bounds) -> Deeds:
        compared = files_between(self._repos, before.snapshot, after.snapshot, bounds)
        problem = "; ".join(f"{repo}: {why}" for repo, why in compared.unknown)
        commits: dict[tuple[str, str], NewCommit] = {}
        rewound = []
        for old, new in zip(before.repos, after.repos, strict=True):
            try:
                # Two repos of the cycle may lie in one git repository: its commits are told of once.
                for commit in _new_commits(old, new, bounds):
                    commits.setdefault((repository_of(new.path) or new.path, commit.id), commit)
                if _is_rewound(old, new, bounds):
                    rewound.append(new.name)
            except CannotKeep as fault:
                problem = f"{problem}; {fault}" if problem else str(fault)
        return Deeds(compared.changes, tuple(commits.values()), tuple(rewound), problem)

    def _put_back(
        self, kept: dict[str, str], changes: tuple[FileChange, ...], undoing: Undoing, bounds: Bounds
    ) -> dict[str, str]:
        lost = [change for change in changes if not change.held or change.repo not in kept]
        failed = {change.name: "what it held was not kept" for change in lost}
        for repo in self._repos:
            mine = [change for change in changes if change.repo == repo.name and change.name not in failed]
            if mine:
                told = put_back(
                    repo.path,
                    kept[repo.name],
                    [change.path for change in mine],
                    bounds,
                    aside=os.path.join(undoing.aside, repo.name),
                    since_ns=undoing.since_ns,
                )
                failed |= {change.name: told[change.path] for change in mine if change.path in told}
        return failed


def _sight(repo: BoundRepo, bounds: Bounds) -> RepoSight:
    """Where a repo stands; of a folder that is in no git working tree, nothing is known."""
    seen = RepoSight(repo.name, repo.path)
    try:
        top = top_of(repo.path, bounds)
        head, branch, refs, staged = (
            asked(top, question, bounds)
            for question in (
                ("rev-parse", "--verify", "--quiet", "HEAD^{commit}"),
                ("symbolic-ref", "--quiet", "--short", "HEAD"),
                ("for-each-ref", "--format=%(refname)%00%(objectname)"),
                ("diff-index", "--cached", "--raw", "-z", "--no-renames", "--ignore-submodules=dirty", "HEAD"),
            )
        )
        if head.code:
            staged = asked(top, ("ls-files", "--stage", "-z"), bounds)
    except CannotKeep:
        return seen
    inner = repository_of(repo.path) or ""
    names = [line.split(b"\0") for line in refs.out.splitlines()]
    return seen._replace(
        commit=head.out.decode().strip(),
        branch=os.fsdecode(branch.out).strip(),
        refs=tuple((os.fsdecode(pair[0]), os.fsdecode(pair[1])) for pair in names if len(pair) == 2),
        staged=_staged(staged.out),
        config=_digest(read_bounded(os.path.join(inner, name)) for name in _SETTINGS),
        hooks=_digest(part for path, text in sorted(hooks_of(repo.path).items()) for part in (path.encode(), text)),
    )


def _back_then(kept: dict[str, str], now: Sight, bounds: Bounds) -> tuple[RepoSight, ...]:
    repos = []
    for repo in now.repos:
        try:
            parent = asked(repo.path, ("rev-parse", "--verify", "--quiet", f"{kept.get(repo.name, '')}^"), bounds)
        except CannotKeep:
            repos.append(repo)
            continue
        if parent.code:  # nothing had been committed
            repos.append(repo)
            continue
        # Where its branch stood is told by that; of the other refs nobody knows.
        then, branch = parent.out.decode().strip(), f"refs/heads/{repo.branch}"
        refs = tuple((name, then if name == branch else commit) for name, commit in repo.refs)
        repos.append(repo._replace(commit=then, refs=refs))
    return tuple(repos)


def _staged(listed: bytes) -> Pairs:
    """(path, entry) from ``diff-index --raw -z`` (entry, path, entry, …) or ``ls-files -s -z`` (entry TAB path)."""
    records = [os.fsdecode(record) for record in listed.split(b"\0") if record]
    if records and not records[0].startswith(":"):
        return tuple((record.partition("\t")[2], record.partition("\t")[0]) for record in records)
    return tuple(zip(records[1::2], records[::2], strict=False))


def _new_commits(before: RepoSight, after: RepoSight, bounds: Bounds) -> list[NewCommit]:
    known = {commit for name, commit in before.refs} | {before.commit}
    # What was stashed is no commit of anybody's, and what was fetched is not the fixer's.
    reached = {commit for name, commit in after.refs if name.startswith(("refs/heads/", "refs/tags/"))} | {after.commit}
    new = sorted(filter(None, reached - known))
    if not new:
        return []
    fed = "".join(f"{commit}\n" for commit in new) + "".join(f"^{commit}\n" for commit in sorted(filter(None, known)))
    question = ("log", f"--max-count={_COMMITS}", "--format=%H%x00%s", "--no-show-signature", "--stdin")
    answer = asked(after.path, question, bounds, fed.encode())
    if answer.code:
        raise CannotKeep(f"{after.name}: git cannot tell what was committed: {answer.why}")
    lines = (line.partition("\0") for line in answer.out.decode("utf-8", "replace").splitlines())
    return [NewCommit(after.name, commit, subject) for commit, _, subject in lines]


def _is_rewound(before: RepoSight, after: RepoSight, bounds: Bounds) -> bool:
    if not before.commit or before.commit == after.commit:
        return False
    if not after.commit:
        return True
    return asked(after.path, ("merge-base", "--is-ancestor", before.commit, after.commit), bounds).code != 0


def _digest(parts: Iterable[bytes | None]) -> str:
    digest = hashlib.sha256()
    for part in parts:
        held = b"-" if part is None else b"+%d:" % len(part) + part
        digest.update(held)
    return digest.hexdigest()
