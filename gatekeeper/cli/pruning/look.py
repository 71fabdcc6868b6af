"""Owns what might go of a state folder: runs, with what holds them, and spare files. Removes nothing."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime

from gatekeeper.adapters.baselines.naming import FOLDER
from gatekeeper.adapters.definition.cache import load_cached
from gatekeeper.adapters.journal.runs import RunFolder, is_run_id, list_runs, run_end
from gatekeeper.adapters.pruning.referring import files_in, runs_named_in
from gatekeeper.adapters.pruning.removing import size_of
from gatekeeper.adapters.verdicts.keeping import kept_verdicts
from gatekeeper.cli.leftovers import open_runs
from gatekeeper.cli.project import cycles, definition_path
from gatekeeper.model.errors import EnvironmentFault, GatekeeperError
from gatekeeper.model.record import NamedTuple
from gatekeeper.policy.pruning import PastRun

_DEFAULT_REUSE_S = 604_800.0
_CACHES = (("cache", ".plan.json"), ("measured", ".measured"), ("verdicts", ".tmp"), ("proofs", ".tmp"))


class Found(NamedTuple):
    """The runs, each named by its folder's path; and what is left alone, in words, because nobody knows what it is."""

    runs: tuple[PastRun, ...]
    left: tuple[str, ...]


def look(root: str, state: str) -> Found:
    """All runs of the project at `root`, those that proved something too. Raises `EnvironmentFault`."""
    left: list[str] = []
    in_use = dict.fromkeys(open_runs(state), "it goes on")
    for newest in _newest_of_each(state):
        in_use.setdefault(newest, "it is the newest of its cycle")
    in_use |= dict.fromkeys(_named_by_verdicts(root, state), "a verdict that holds names it")
    for folder, what in ((os.path.join(state, "proofs"), "a proof"), (os.path.join(root, FOLDER), "a baseline")):
        for path, _ in files_in(folder, ".json"):
            if f"{os.sep}runs{os.sep}" in path.removeprefix(folder):
                continue
            try:
                in_use |= dict.fromkeys(runs_named_in(path), f"{what} names it")
            except OSError as fault:
                raise EnvironmentFault(
                    f"{path} cannot be read ({fault.strerror}): it may name runs that must stay, so nothing was removed"
                ) from None
    runs = []
    for place in (state, os.path.join(state, "proofs")):
        left += _no_runs(os.path.join(place, "runs"))
        for run in list_runs(place):
            runs.append(past := _past_run(run, in_use.get(run.run, "")))
            if not past.verdict and run.run not in in_use:
                left.append(f"{run.path}: nothing in its journal says how it ended; left alone")
    return Found(tuple(runs), tuple(left))


def spare_files(state: str, going: frozenset[str], keep_s: float) -> tuple[str, ...]:
    """Verdicts that name a run that is gone or `going`, and what was not used for `keep_s`."""
    there = {folder.run for folder in list_runs(state)} - going
    found = []
    for path, _ in files_in(os.path.join(state, "verdicts"), ".json"):
        try:
            named = runs_named_in(path)
        except OSError:
            continue
        if named and not named & there:
            found.append(path)
    for folder, suffix in _CACHES:
        for path, changed in files_in(os.path.join(state, folder), suffix):
            # Looked at counts as used, as far as the file system says.
            if time.time() - max(changed, os.lstat(path).st_atime) > keep_s:
                found.append(path)
    return tuple(found)


def _newest_of_each(state: str) -> Iterator[str]:
    seen = set()
    for folder in list_runs(state):
        if folder.cycle not in seen:
            seen.add(folder.cycle)
            yield folder.run


def _named_by_verdicts(root: str, state: str) -> frozenset[str]:
    """Those of verdicts that may still be answered with. A definition that cannot be read holds all of its own."""
    reuse: dict[str, float] = {}
    for cycle in cycles(root):
        try:
            plan = load_cached(definition_path(root, cycle), root=root, cache=os.path.join(state, "cache"))
        except GatekeeperError:
            reuse[cycle] = float("inf")
        else:
            reuse[plan.cycle] = plan.reuse_s
    now = time.time()
    return frozenset(
        verdict.run
        for verdict in kept_verdicts(state)
        if now - _seconds(verdict.time) <= reuse.get(verdict.subject.cycle, _DEFAULT_REUSE_S)
    )


def _past_run(folder: RunFolder, used: str) -> PastRun:
    end = run_end(folder)
    at = folder.run[:20]
    began = _seconds(f"{at[:10]}T{at[11:19].replace('-', ':')}Z")
    used = used or ("" if end.verdict else "nothing says how it ended")
    return PastRun(folder.path, end.verdict, time.time() - (_seconds(end.time) or began), size_of(folder.path), used)


def _no_runs(folder: str) -> Iterator[str]:
    try:
        names = sorted(os.listdir(folder))
    except OSError:
        return
    yield from (f"{os.path.join(folder, name)}: it is no run; left alone" for name in names if not is_run_id(name))


def _seconds(text: str) -> float:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return 0.0
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()
