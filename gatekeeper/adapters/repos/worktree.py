"""Owns reading one git working tree: its head, and the content of all that differs from it. Knows no run.

git says which paths differ, because it keeps a stat cache; what is at them is read here, from the working tree
alone, so that staging a change does not make it another one. Three things that `git status` says nothing about
are looked at nevertheless: files that git was told to ignore changes of, what is inside a dirty submodule, and
what is inside a repository that lies in this one. git's cache keeps times in whole seconds: what was rewritten in the
second of its checkout, to the same size and with its old mtime forged, is not noticed by git, nor here.
"""

import os
from collections.abc import Callable

from gatekeeper.adapters.repos.bounds import Bounds
from gatekeeper.adapters.repos.content import ABSENT, content_of, is_blob
from gatekeeper.adapters.repos.folder import read_folder
from gatekeeper.adapters.repos.git import Answer, ask
from gatekeeper.adapters.repos.leaveout import counts_all_the_same
from gatekeeper.adapters.repos.status import (
    Entry,
    Head,
    Hidden,
    parse_hidden,
    parse_status,
    parse_unseen,
    shown,
)
from gatekeeper.model.record import NamedTuple

_STATUS = (
    *("status", "--porcelain=v2", "--branch", "-z", "--untracked-files=all", "--no-renames", "--ahead-behind"),
    *("--ignore-submodules=none", "--", "."),
)
_LISTING = ("ls-files", "-v", "-s", "-z")
_SUBJECT = ("log", "-1", "--no-show-signature", "--encoding=UTF-8", "--format=%H %s")
_PREFIX, _TOP = ("rev-parse", "--show-prefix"), ("rev-parse", "--show-toplevel")


class NotReadable(Exception):
    """Raised when git cannot read this folder; its text says why, and what to do where something can be done."""


class Worktree(NamedTuple):
    """What was read. `files` maps paths, from the folder that was read, to what is there (see `content`)."""

    head: Head
    subject: str
    drift: tuple[str, ...]
    files: dict[bytes, str]
    problems: tuple[str, ...]


def read_worktree(root: bytes, left_out: Callable[[bytes], bool], bounds: Bounds) -> Worktree:
    """Read the working tree at `root`, a real absolute path; of a folder inside a working tree, that folder alone.

    Raises:
        NotReadable: git cannot read it.
        OutOfTime: it took too long.
        OSError: git could not be started.
    """
    # The one answer that is known without asking, for nearly everybody: root is the top.
    top = _is_top(root) and not _may_be_elsewhere(root)
    questions = (_STATUS, _LISTING, _SUBJECT) if top else (_STATUS, _LISTING, _SUBJECT, _PREFIX, _TOP)
    status, listing, subject, *rest = ask(root, *questions, bounds=bounds)
    for answer in (status, listing, *rest):
        if answer.code:
            raise NotReadable(_refusal(answer, root))
    prefix, where = (answer.out.removesuffix(b"\n") for answer in rest) if rest else (b"", root)
    if os.path.realpath(os.path.join(where, prefix)) != root:
        raise NotReadable(
            f"git looks at {os.fsdecode(where)} instead, because core.worktree says so: "
            "git config --unset core.worktree"
        )
    if prefix and not listing.out and _is_ignored(root, bounds):
        raise NotReadable("not a git repository: the one around it ignores this folder")
    try:
        head, entries = parse_status(status.out)
    except ValueError as fault:
        raise NotReadable(str(fault)) from fault
    oid, _, text = subject.out.decode("utf-8", "replace").strip().partition(" ")
    content = _Reader(root, prefix, left_out, bounds)
    content.take_entries(entries)
    hidden = content.take_hidden(parse_hidden(listing.out))
    content.take_unseen(parse_unseen(status.err))
    return Worktree(
        head,
        # A commit that came in between the two questions has another subject than the one that was read.
        text if oid == head.commit else "",
        tuple(f"{entry.xy} {shown(entry.path.removeprefix(prefix))}" for entry in entries) + hidden,
        content.files,
        tuple(content.problems),
    )


class _Reader:
    """Collects what is at the paths that differ; all paths are kept as they are seen from `root`."""

    def __init__(self, root: bytes, prefix: bytes, left_out: Callable[[bytes], bool], bounds: Bounds) -> None:
        self._root = root
        self._prefix = prefix
        self._left_out = left_out
        self._bounds = bounds
        self.files: dict[bytes, str] = {}
        self.problems: list[str] = []

    def take_entries(self, entries: tuple[Entry, ...]) -> None:
        removed: dict[bytes, Entry] = {}
        for entry in entries:
            path = entry.path.removeprefix(self._prefix)
            if self._is_left_out(path.rstrip(b"/"), committed=entry.in_head):
                continue
            if entry.absent:
                removed[path] = entry
                if entry.in_head:
                    self.files[path] = ABSENT
                continue
            # Removed from the index but still there: git lists it twice, and what counts is what is there.
            known = removed.get(path, entry)
            staged = known.xy[0] not in " ?"
            if staged and known.in_head and self._is_blob(path, known.head_mode, known.head_blob):
                self.files.pop(path, None)
            else:
                self._take(path)

    def take_hidden(self, hidden: tuple[Hidden, ...]) -> tuple[str, ...]:
        drift: list[str] = []
        for entry in hidden:
            path = entry.path
            if path in self.files or self._is_left_out(path, committed=True):
                continue
            there = os.path.lexists(os.path.join(self._root, path))
            if (not there and entry.sparse) or (there and self._is_blob(path, entry.mode, entry.blob)):
                continue
            self._take(path)
            flag = "skip-worktree" if entry.sparse else "assume-unchanged"
            drift.append(f" {'M' if there else 'D'} {shown(path)} (git does not look: {flag})")
        return tuple(drift)

    def take_unseen(self, unseen: tuple[tuple[str, str], ...]) -> None:
        for name, why in unseen:
            path = os.fsencode(name).removeprefix(self._prefix)
            if not self._left_out(os.path.join(self._root, path)):
                self.files.setdefault(path, content_of(os.path.join(self._root, path), self._bounds).line)
                self.problems.append(f"{shown(path)}: {why}")

    def _is_left_out(self, path: bytes, *, committed: bool) -> bool:
        is_left_out = self._left_out(os.path.join(self._root, path))
        return is_left_out and not counts_all_the_same(path, committed=committed)

    def _take(self, path: bytes) -> None:
        whole = os.path.join(self._root, path.rstrip(b"/"))
        if os.path.isdir(whole) and not os.path.islink(whole):
            self._take_inner(path.rstrip(b"/"), whole)
            return
        line, problem = content_of(whole, self._bounds)
        self.files[path] = line
        if problem:
            self.problems.append(f"{shown(path)}: {problem}")

    def _take_inner(self, path: bytes, whole: bytes) -> None:
        """A submodule, or a repository of its own: git names the folder only."""
        inner, problems, line = self._inner(whole)
        self.files[path] = line
        self.files.update({path + b"/" + name: line for name, line in inner.items()})
        self.problems.extend(f"{shown(path)}: {problem}" for problem in problems)

    def _inner(self, whole: bytes) -> tuple[dict[bytes, str], tuple[str, ...], str]:
        refusal: tuple[str, ...] = ()
        # Asked without a repository of its own, git would answer for the one around it.
        if _is_top(whole):
            try:
                read = read_worktree(whole, self._left_out, self._bounds)
            except NotReadable as fault:
                refusal = (str(fault),)
            else:
                return read.files, read.problems, f"160000 {read.head.commit}"
        files, problems = read_folder(whole, self._left_out, self._bounds)
        return files, (*refusal, *problems), "040000"

    def _is_blob(self, path: bytes, mode: str, blob: str) -> bool:
        return is_blob(os.path.join(self._root, path), mode, blob, self._bounds)


def _is_top(root: bytes) -> bool:
    inner = os.path.join(root, b".git")
    if os.path.isdir(inner):
        return os.path.exists(os.path.join(inner, b"HEAD"))
    return os.path.isfile(inner)


def _may_be_elsewhere(root: bytes) -> bool:
    """Whether the repository's own settings may have git look at another folder than the one that it lies in."""
    try:
        with open(os.path.join(root, b".git", b"config"), "rb") as settings:
            text = settings.read(1 << 20).lower()
    except OSError:
        return True
    return b"worktree" in text or b"include" in text


def _is_ignored(root: bytes, bounds: Bounds) -> bool:
    (answer,) = ask(root, ("check-ignore", "--quiet", "."), bounds=bounds)
    return answer.code == 0


def _refusal(answer: Answer, root: bytes) -> str:
    said = answer.err
    if "not a git repository" in said:
        return "not a git repository"
    if "dubious ownership" in said:
        folder = said.partition("safe.directory ")[2].partition("\n")[0].strip() or os.fsdecode(root)
        return (
            "git refuses to read it, because it belongs to another user; "
            f"if you trust it: git config --global --add safe.directory {folder}"
        )
    if "must be run in a work tree" in said:
        return "a bare git repository, which has no working tree"
    lines = [line for line in said.splitlines() if not line.startswith("hint:")]
    first = next((line for line in lines if line.startswith("fatal:")), lines[0] if lines else "")
    return f"git cannot read it: {first or f'git ended with {answer.code}'}"
