"""Owns reading all repos of a cycle into one `Tree`: what counts, and what makes the digest. Knows no run.

What counts, for every repo in the order it is declared: its name, its commit, and path, mode and content of all
that differs from that commit, untracked files included, ignored ones not, what the cycle itself writes left out.

- A repo may be a folder inside a git repository. Then only what lies in that folder counts, with the commit of the
  whole: a commit elsewhere in it makes another tree, because steps are free to look beyond the folder.
- What git cannot read (no repository, no git, another user's) counts with the content of all its files.
- What cannot be read at all (a file, a folder) counts with its size, times and inode, and is named in `problem`.
- A repo that could not be read in time counts as something new at every reading: it is never provably the same.
"""

import os
import threading
from collections.abc import Callable, Iterable

from gatekeeper.adapters.repos.bounds import Bounds, OutOfTime
from gatekeeper.model.record import NamedTuple
from gatekeeper.model.tree import RepoState, Tree

READ_WITHIN_S = 60.0
DRIFT_LINES = 200
_THREADS = 8
_PROBLEMS = 3


class BoundRepo(NamedTuple):
    """A repo of the cycle with its absolute path."""

    name: str
    path: str


class _Reading(NamedTuple):
    """One folder as it was read; `state` has no name yet. `kind` keeps unlike things from having one digest."""

    state: RepoState
    kind: bytes
    files: dict[bytes, str]


_UNKNOWN = b"unknown "


def read_tree(repos: tuple[BoundRepo, ...], leave_out: tuple[str, ...], bounds: Bounds | None = None) -> Tree:
    """Read every repo, side by side. `leave_out` are absolute paths or globs that do not count.

    Never raises for what a repo looks like: that is said in `RepoState.problem`. Where one could not be read to the
    end, the digest begins with ``unknown:`` and is like no other.
    """
    from gatekeeper.adapters.repos.leaveout import leave_out as left_out
    from gatekeeper.adapters.repos.status import shown

    bounds = bounds or Bounds(READ_WITHIN_S)
    places = {repo: os.path.realpath(repo.path) for repo in repos}
    readings = _side_by_side(lambda place: _read(place, left_out(leave_out), bounds), dict.fromkeys(places.values()))
    parts: list[bytes] = []
    states: list[RepoState] = []
    files: list[tuple[str, str, str]] = []
    for repo in repos:
        state, kind, found = readings[places[repo]]
        states.append(state._replace(name=repo.name, path=repo.path))
        parts += [repo.name.encode("utf-8", "surrogateescape"), kind, state.commit.encode(), b"%d" % len(found)]
        for path, line in sorted(found.items()):
            parts += [path, line.encode()]
            files.append((repo.name, shown(path), line))
    certain = not any(reading.kind.startswith(_UNKNOWN) for reading in readings.values())
    return Tree(f"{'sha256' if certain else 'unknown'}:{_digest(parts)}", tuple(states), tuple(files))


def _digest(parts: Iterable[bytes]) -> str:
    import hashlib

    digest = hashlib.sha256()
    for part in parts:
        # With its length, so that no two lists of parts can run together into the same bytes.
        digest.update(b"%d:" % len(part) + part)
    return digest.hexdigest()


def _side_by_side(read: Callable[[str], _Reading], places: Iterable[str]) -> dict[str, _Reading]:
    waiting = list(places)
    readings: dict[str, _Reading] = {}
    faults: list[BaseException] = []

    def work() -> None:
        while waiting:
            try:
                place = waiting.pop()
                readings[place] = read(place)
            except IndexError:
                return
            except BaseException as fault:  # noqa: BLE001 - a bug of ours, raised again in the calling thread
                faults.append(fault)

    threads = [threading.Thread(target=work, name="gatekeeper-repos") for _ in waiting[1:_THREADS]]
    for thread in threads:
        thread.start()
    work()
    for thread in threads:
        thread.join()
    if faults:
        raise faults[0]
    return readings


def _read(place: str, left_out: Callable[[bytes], bool], bounds: Bounds) -> _Reading:
    from gatekeeper.adapters.repos.folder import read_folder
    from gatekeeper.adapters.repos.worktree import NotReadable, read_worktree

    root = os.fsencode(place)
    unread = RepoState("", place)
    missing = _no_folder(root)
    if missing:
        return _Reading(unread._replace(problem=f"{place} {missing}"), missing.encode(), {})
    try:
        try:
            head, subject, drift, files, problems = read_worktree(root, left_out, bounds)
        except (NotReadable, OSError) as fault:
            files, problems = read_folder(root, left_out, bounds)
            told = _told((_without_git(fault), *problems))
            return _Reading(unread._replace(problem=told), b"folder", files)
    except OutOfTime as fault:
        # Nobody knows what is in there, so that it must not pass for what was there before.
        return _Reading(unread._replace(problem=str(fault)), _UNKNOWN + os.urandom(16), {})
    state = RepoState(
        "",
        place,
        commit=head.commit,
        subject=subject,
        branch=head.branch,
        upstream=head.upstream,
        ahead=head.ahead,
        behind=head.behind,
        drift=drift[:DRIFT_LINES],
        drift_count=len(drift),
        problem=_told(problems),
    )
    return _Reading(state, b"git", files)


def _no_folder(root: bytes) -> str:
    try:
        os.scandir(os.path.join(root, b".")).close()
    except FileNotFoundError:
        return "does not exist"
    except NotADirectoryError:
        return "is not a folder"
    except OSError as fault:
        return f"cannot be read: {fault.strerror}"
    return ""


def _without_git(fault: Exception) -> str:
    match fault:
        case FileNotFoundError():
            return "git is not installed (or not on PATH): install it, or the state of this repo stays unknown"
        case OSError():
            return f"git could not be started: {fault.strerror}"
        case _:
            return str(fault)


def _told(problems: tuple[str, ...]) -> str:
    more = len(problems) - _PROBLEMS
    return "; ".join(problems[:_PROBLEMS]) + (f"; and {more} more" if more > 0 else "")
