"""Owns the state that every repo was in before the run, and the words for one repo's state."""

from __future__ import annotations

from gatekeeper.adapters.executionlog.text import code, prose
from gatekeeper.adapters.executionlog.words import plural
from gatekeeper.model.tree import RepoState
from gatekeeper.policy.fold import RunRecord

_FILES_SHOWN = 10
_COMMIT_SHOWN = 7


def state_before(record: RunRecord) -> str:
    """``## Pre-Execution State`` with a part for each repo."""
    lines = ["## Pre-Execution State", ""]
    if record.started is None:
        lines += ["*Not recorded: the run's journal has no beginning.*"]
    elif not record.started.repos:
        lines += ["*No repo was looked at.*"]
    else:
        for repo in record.started.repos:
            lines += [f"### {repo_title(repo.name)}", "", *_state(repo), ""]
    return "\n".join(lines).rstrip("\n")


def repo_title(name: str) -> str:
    """``Backend Repo`` for ``backend``."""
    words = prose(name.replace("-", " ").replace("_", " "))
    return f"{words[:1].upper()}{words[1:]} Repo"


def latest_commit(repo: RepoState) -> str:
    """The commit and its subject, as `git log --oneline` has them."""
    if not repo.commit:
        return f"none ({prose(repo.problem)})" if repo.problem else "none (no commit yet)"
    return f"{repo.commit[:_COMMIT_SHOWN]} {prose(repo.subject)}".rstrip()


def drift_words(repo: RepoState) -> str:
    """Whether a repo is clean, or how many files differ from its commit."""
    if repo.problem:
        return f"⚠️ could not be read: {prose(repo.problem)}"
    if not repo.drift_count:
        return "Clean (no uncommitted changes)"
    return plural(repo.drift_count, "changed file")


def branch_words(repo: RepoState) -> str:
    """The branch, and how far it is from its upstream."""
    if not repo.branch:
        return "none (detached head)" if repo.commit else "none"
    if repo.ahead is None and repo.behind is None:
        return prose(repo.branch)
    ahead, behind = repo.ahead or 0, repo.behind or 0
    upstream = prose(repo.upstream) if repo.upstream else "its upstream"
    distance = [f"{number} {word}" for number, word in ((ahead, "ahead"), (behind, "behind")) if number]
    where = f"{', '.join(distance)} of {upstream}" if distance else f"level with {upstream}"
    return f"{prose(repo.branch)} ({where})"


def file_list(repo: RepoState, indent: str = "  ") -> list[str]:
    """The changed files of a repo as a bounded list."""
    lines = [f"{indent}- {code(line)}" for line in repo.drift[:_FILES_SHOWN]]
    if (more := repo.drift_count - len(lines)) > 0 and lines:
        lines.append(f"{indent}- and {more:,} more")
    return lines


def _state(repo: RepoState) -> list[str]:
    return [
        f"- **Latest commit:** {latest_commit(repo)}",
        f"- **Status:** {drift_words(repo)}",
        *file_list(repo),
        f"- **Branch:** {branch_words(repo)}",
    ]
