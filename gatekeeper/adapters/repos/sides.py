"""Owns what a repo's files held at some moment: committed, or kept in memory when they were seen. Judges nothing.

A file that differs from its commit is kept by the digest that the reading of the tree gave it, so that what was altered
between that reading and this one is never taken for what was there.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Mapping

from gatekeeper.adapters.repos.bounds import Bounds
from gatekeeper.adapters.repos.content import ABSENT
from gatekeeper.adapters.repos.git import Answer, ask
from gatekeeper.model.record import NamedTuple

LARGEST = 1 << 20
"""How many bytes a file may have to be compared."""

KEPT = 64 << 20
_AT_ONCE, _NAMES = 8, 300


class NotCompared(Exception):
    """The files of a repo could not be compared; its text says why."""


class Side(NamedTuple):
    """A repo at one moment: its commit (empty where there is none), and what differed from it (path to `content`)."""

    commit: str
    dirty: Mapping[str, str]


class Text(NamedTuple):
    """What a file held; None is no file. `problem` says why it is not known."""

    text: str | None
    problem: str = ""


class Store:
    """Contents of files by their digest, up to a bound."""

    def __init__(self) -> None:
        self._kept: dict[str, bytes] = {}
        self._size = 0

    def keep(self, folder: str, files: Iterable[tuple[str, str]]) -> None:
        """Read the `files` (path and `content` line) of `folder` as they are now; what cannot be had is left out."""
        for path, line in files:
            digest = line.partition(" ")[2]
            if len(digest) != 64 or digest in self._kept or self._size > KEPT:
                continue
            found = read_bounded(os.path.join(folder, path))
            if found is not None and hashlib.sha256(found).hexdigest() == digest:
                self._kept[digest] = found
                self._size += len(found)

    def get(self, line: str) -> Text:
        """What a file with this `content` line held."""
        if line == ABSENT:
            return Text(None)
        mode, _, digest = line.partition(" ")
        if not mode.startswith("100"):
            return Text(None, "it is no regular file")
        if digest not in self._kept:
            return Text(None, "its content was not kept: it changed while it was read, or is too large")
        return decoded(self._kept[digest])


def read_bounded(path: str) -> bytes | None:
    """The bytes of a regular file of no more than `LARGEST`; None for anything else."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        content = bytearray()
        while len(content) <= LARGEST and (more := os.read(descriptor, LARGEST + 1 - len(content))):
            content += more
    except OSError:
        return None
    finally:
        os.close(descriptor)
    return bytes(content) if len(content) <= LARGEST else None


def decoded(content: bytes) -> Text:
    """The text of some bytes."""
    try:
        return Text(content.decode("utf-8-sig"))
    except UnicodeDecodeError:
        return Text(None, "it is no UTF-8 text")


def committed(folder: str, commit: str, paths: list[str], bounds: Bounds) -> dict[str, Text]:
    """What `paths` (from `folder`) hold in a commit. Raises `NotCompared`."""
    found = dict.fromkeys(paths, Text(None))
    wanted: list[tuple[str, str]] = []
    for at in range(0, len(paths) if commit else 0, _NAMES):
        listed = said(folder, bounds, "ls-tree", "-r", "-l", "-z", commit, "--", *paths[at : at + _NAMES])
        for entry in filter(None, listed.split(b"\0")):
            facts, _, name = entry.partition(b"\t")
            mode, kind, blob, size = facts.split()
            path = os.fsdecode(name)
            if path not in found:
                continue
            if kind != b"blob" or mode == b"120000":
                found[path] = Text(None, "it is no regular file")
            elif int(size) > LARGEST:
                found[path] = Text(None, f"it is larger than {LARGEST >> 20} MiB")
            else:
                wanted.append((path, blob.decode()))
    for at in range(0, len(wanted), _AT_ONCE):
        some = wanted[at : at + _AT_ONCE]
        answers = _asked(folder, bounds, *(("cat-file", "blob", blob) for _, blob in some))
        found |= {path: decoded(answer.out) for (path, _), answer in zip(some, answers, strict=True)}
    return found


def changed_between(folder: str, before: str, after: str, bounds: Bounds) -> tuple[str, ...]:
    """The paths from `folder` that differ between two commits. Raises `NotCompared`."""
    if before == after:
        return ()
    if not before or not after:
        listed = said(folder, bounds, "ls-tree", "-r", "--name-only", "-z", before or after)
    else:
        listed = said(
            folder, bounds, "diff-tree", "-r", "-z", "--name-only", "--no-renames", "--relative", before, after
        )
    return tuple(os.fsdecode(name) for name in listed.split(b"\0") if name)


def said(folder: str, bounds: Bounds, *question: str) -> bytes:
    """What git answers. Raises `NotCompared`."""
    return _asked(folder, bounds, question)[0].out


def _asked(folder: str, bounds: Bounds, *questions: tuple[str, ...]) -> tuple[Answer, ...]:
    from gatekeeper.adapters.repos.bounds import OutOfTime

    try:
        answers = ask(os.fsencode(folder), *questions, bounds=bounds)
    except (OSError, OutOfTime) as fault:
        raise NotCompared(f"git in {folder} gave no answer: {fault}") from None
    for question, answer in zip(questions, answers, strict=True):
        if answer.code:
            raise NotCompared(f"git {question[0]} in {folder}: {answer.why}")
    return answers
