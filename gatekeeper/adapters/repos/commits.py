"""Owns what names of commits mean in a repository, and asking git where no answer is an error. Reads no file."""

from __future__ import annotations

import os

from gatekeeper.adapters.repos.bounds import Bounds, OutOfTime
from gatekeeper.adapters.repos.git import Answer, ask
from gatekeeper.model.record import NamedTuple

BRANCHES = "refs/heads/"
"""What the full name of a branch begins with."""

_WITHIN_S = 60.0


class CannotRead(Exception):
    """A file, or a ref, cannot be read; its text says which, why and what to do."""


class Commit(NamedTuple):
    """What a ref stands for now: the ids of a commit and of its tree."""

    id: str
    tree: str


def resolve(folder: str, ref: str) -> Commit:
    """The commit that `ref` means in the repository around `folder`. Raises `CannotRead` where it means none."""
    if not ref or ref.startswith("-"):
        raise CannotRead(f"{ref!r} is not the name of a ref")
    name = f"{ref}^{{commit}}"
    commit, tree = answers(
        folder, ("rev-parse", "--verify", "--quiet", name), ("rev-parse", "--verify", "--quiet", f"{name}^{{tree}}")
    )
    if commit.code or tree.code:
        (there,) = answers(folder, ("rev-parse", "--git-dir"))
        if there.code:
            raise CannotRead(f"{folder} is in no git repository that can be read: {there.why}")
        raise CannotRead(
            f"the ref {ref!r} is not known in {folder}: fetch it (`git fetch`), or correct its name; "
            "in a shallow clone it may be missing"
        )
    return Commit(commit.out.decode().strip(), tree.out.decode().strip())


def branch_of(folder: str, rev: str) -> str:
    """The local branch that `rev` names, or that HEAD is on where it names HEAD; empty for any other name."""
    try:
        (answer,) = answers(folder, ("rev-parse", "--symbolic-full-name", "--verify", "--quiet", rev))
    except CannotRead:
        return ""
    name = os.fsdecode(answer.out).strip()
    return name.removeprefix(BRANCHES) if name.startswith(BRANCHES) else ""


def answers(folder: str, *questions: tuple[str, ...]) -> tuple[Answer, ...]:
    """What git answers in `folder` to each question. Raises `CannotRead` where it could not be asked."""
    try:
        return ask(os.fsencode(folder), *questions, bounds=Bounds(_WITHIN_S))
    except OutOfTime as fault:
        raise CannotRead(f"git in {folder} gave no answer: {fault}") from None
    except FileNotFoundError:
        if not os.path.isdir(folder):
            raise CannotRead(f"{folder} is not there") from None
        raise CannotRead("git is not installed (or not on PATH), and a ref cannot be read without it") from None
    except OSError as fault:
        raise CannotRead(f"git could not be started: {fault.strerror}") from None
