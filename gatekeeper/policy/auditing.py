"""Owns which commits went out with a valid verdict, and why the others did not. Pure; knows neither git nor files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from gatekeeper.model.push import NOT_JUDGED, SKIPPED, Push
from gatekeeper.model.record import NamedTuple
from gatekeeper.model.tree_verdict import TreeVerdict
from gatekeeper.model.verdict import RunVerdict

_VALID = frozenset({RunVerdict.GREEN.value, RunVerdict.GREEN_AFTER_FIX.value})


class History(NamedTuple):
    """Commits with their parents, as far as they matter; `known` are ids that are there, in or below them."""

    parents: Mapping[str, tuple[str, ...]]
    known: frozenset[str]


class Audited(NamedTuple):
    """Whether a commit is covered by a valid verdict, and why or why not, in words."""

    commit: str
    covered: bool
    why: str


def audit(
    commits: Iterable[tuple[str, str]], history: History, pushes: Iterable[Push], kept: Iterable[TreeVerdict]
) -> tuple[Audited, ...]:
    """What is to be said of each of `commits` (its id, and that of its tree).

    A commit is covered when a push that was green took it along, or when what it holds was found green by itself.
    """
    out = dict(commits)
    took: dict[str, Push] = {}
    for push in pushes:
        for commit in _taken_along(push, history):
            if commit in out and (commit not in took or not _is_valid(took[commit].verdict)):
                took[commit] = push
    judged = _by_what_was_judged(kept)
    return tuple(_audited(commit, took.get(commit), judged.get(commit) or judged.get(out[commit])) for commit in out)


def _audited(commit: str, push: Push | None, own: TreeVerdict | None) -> Audited:
    if push is not None and _is_valid(push.verdict):
        return Audited(commit, True, f"{push.verdict} in the push to {push.ref}, by {push.run}")
    if own is not None and _is_valid(own.verdict):
        return Audited(commit, True, f"{own.verdict} by itself, by {own.run}")
    if push is not None:
        return Audited(commit, False, _why_not(push))
    if own is not None:
        return Audited(commit, False, f"{own.verdict}, by {own.run}")
    return Audited(commit, False, "no verdict: no hook saw it, or it was told not to look (--no-verify)")


def _why_not(push: Push) -> str:
    match push.verdict:
        case str(verdict) if verdict == SKIPPED:
            return f"skipped at {push.time[:16]}: {push.reason}"
        case str(verdict) if verdict == NOT_JUDGED:
            return f"not judged: {push.reason}"
        case verdict:
            return f"{verdict}, by {push.run}"


def _taken_along(push: Push, history: History) -> Iterator[str]:
    """The commits that a push brought to its remote, its own tip first."""
    tip = push.commit
    if tip not in history.parents:
        return
    yield tip
    creates = not push.old.strip("0")
    told = push.beyond if creates else (push.old,)
    below = [oid for oid in told if oid.strip("0")]
    # Where it began is not known any more: then all that is sure is what was judged.
    if not told or not all(oid in history.known for oid in below):
        return
    there = _reach(below, history, frozenset())
    yield from _reach((tip,), history, there) - {tip}


def _reach(tips: Iterable[str], history: History, without: frozenset[str]) -> frozenset[str]:
    """All commits from `tips` down, as far as the history goes."""
    found: set[str] = set()
    pending = [tip for tip in tips if tip in history.parents and tip not in without]
    while pending:
        commit = pending.pop()
        if commit not in found:
            found.add(commit)
            pending += [each for each in history.parents[commit] if each in history.parents and each not in without]
    return frozenset(found)


def _by_what_was_judged(kept: Iterable[TreeVerdict]) -> dict[str, TreeVerdict]:
    """The verdicts by the commits and the trees that they are of; of several, a valid one."""
    found: dict[str, TreeVerdict] = {}
    for verdict in kept:
        for _, oid in (*verdict.commits, *verdict.subject.contents):
            if oid not in found or not _is_valid(found[oid].verdict):
                found[oid] = verdict
    return found


def _is_valid(verdict: str) -> bool:
    return verdict in _VALID
