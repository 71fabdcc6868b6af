"""Owns comparing where two definitions look for what they judge by: repos, folders, files, refs. Knows no demand."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from gatekeeper.model.plan import Plan, Step
from gatekeeper.policy.integrity.change import Note, some


def compare_repos(before: Plan, after: Plan) -> Iterator[Note]:
    """Repos that are gone, or that are another folder now: what changes in the former one is not seen any more."""
    now = {repo.name: repo.path for repo in after.repos}
    if not before.repos and now and "." not in map(posixpath.normpath, now.values()):
        yield Note(
            "other-evidence", f"the repos are {some(sorted(now.values()))} instead of the one around the project"
        )
    for repo in before.repos:
        path = now.get(repo.name)
        if path is None:
            yield Note("other-evidence", f"the repo {repo.name} is gone")
        elif path != repo.path:
            yield Note("other-evidence", f"the repo {repo.name} is {path} instead of {repo.path}")


def compare_places(name: str, old: Step, new: Step) -> Iterator[Note]:
    """Where a step runs, and where its evidence is read from."""
    if old.cwd != new.cwd:
        yield Note("other-evidence", f"{name} runs in {new.cwd} instead of {old.cwd}")
    if old.report and new.report and old.report[:2] != new.report[:2]:
        yield Note("other-report", f"{name}: report is {some(list(new.report.globs))} ({new.report.format})")
    if old.baseline and new.baseline and old.baseline[-2:] != new.baseline[-2:]:
        where = new.baseline.ref or "the file in the repo"
        yield Note("other-evidence", f"{name}: the baseline is {where} instead of {old.baseline.ref or 'that file'}")
    if old.coverage and new.coverage:
        if old.coverage[:2] != new.coverage[:2]:
            yield Note("other-evidence", f"{name}: coverage is read from {some(list(new.coverage.globs))}")
        if old.coverage.base != new.coverage.base:
            yield Note("other-evidence", f"{name}: coverage.base is {new.coverage.base or 'gone'}")
    was = {metric.name: (metric.file, metric.pattern) for metric in old.metrics}
    for metric in new.metrics:
        if was.get(metric.name, (metric.file, metric.pattern)) != (metric.file, metric.pattern):
            yield Note("other-evidence", f"{name}: the number {metric.name} is read from elsewhere, or in another way")
