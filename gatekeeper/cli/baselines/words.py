"""Owns how changes of baselines are told: in one line each, with the name that `--only` takes."""

from __future__ import annotations

from gatekeeper.cli.ink import printable
from gatekeeper.cli.look_back import PastRun
from gatekeeper.model.plan import Plan
from gatekeeper.policy.acceptance import Change


def change_line(change: Change) -> str:
    """``weaker    tests/a.py::b  passed → failed``."""
    return f"{change.effect:<8}  {printable(change.name)}  {value_words(change.before)} → {value_words(change.after)}"


def value_words(value: str | float | None) -> str:
    """An outcome, a number without an idle fraction, or that there is none."""
    match value:
        case None:
            return "not there"
        case str():
            return value
        case number:
            return f"{number:,.4f}".rstrip("0").rstrip(".")


def from_where(past: PastRun, plan: Plan) -> str:
    """Which run results are from, and how far that is from what lies here now."""
    finished = past.record.finished
    verdict = finished.verdict if finished is not None else "not ended"
    told = f"from the run {past.folder.run} ({verdict})"
    if past.started.definition != plan.digest:
        told += "\n  the definition has changed since"
    for repo in finished.repos if finished is not None else ():
        if repo.commit and (now := _head(repo.path)) not in ("", repo.commit):
            told += f"\n  {repo.name} has moved on since: it was at {repo.commit[:12]}, and is at {now[:12]}"
    return told


def _head(path: str) -> str:
    from gatekeeper.adapters.repos.commits import CannotRead, resolve

    try:
        return resolve(path, "HEAD").id
    except CannotRead:
        return ""
