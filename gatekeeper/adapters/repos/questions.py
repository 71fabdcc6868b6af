"""Owns asking git what it must answer: no hook of anybody's runs, and no index but one of our own is written."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from gatekeeper.adapters.repos.bounds import Bounds, OutOfTime
from gatekeeper.adapters.repos.git import Answer, ask
from gatekeeper.adapters.repos.spare_index import spare_index
from gatekeeper.model.plan import Pairs

QUIET = (
    *("-c", "core.hooksPath=/dev/null", "-c", "core.splitIndex=false", "-c", "core.untrackedCache=false"),
    *("-c", "core.safecrlf=false", "-c", "index.sparse=false", "-c", "i18n.commitEncoding=UTF-8"),
)


class CannotKeep(Exception):
    """A working tree cannot be kept, or git cannot work with what was; its text says why."""


def top_of(folder: str, bounds: Bounds) -> str:
    """The top of the git working tree that `folder` is, or lies in. Raises `CannotKeep` where that is none."""
    if not os.path.isdir(folder):
        raise CannotKeep(f"{folder} is not a folder")
    answer = asked(folder, ("rev-parse", "--show-toplevel"), bounds)
    top = answer.out.removesuffix(b"\n")
    if answer.code or not top:
        raise CannotKeep(f"{folder} is in no git working tree, so that what it holds cannot be kept: {answer.why}")
    return os.fsdecode(top)


def asked(folder: str, question: tuple[str, ...], bounds: Bounds, fed: bytes = b"", added: Pairs = ()) -> Answer:
    """What git answers, with no hook of anybody's. Raises `CannotKeep` where it could not be asked."""
    try:
        (answer,) = ask(os.fsencode(folder), (*QUIET, *question), bounds=bounds, fed=fed, added=added)
    except FileNotFoundError:
        raise CannotKeep("git is not installed (or not on PATH)") from None
    except (OutOfTime, OSError) as fault:
        raise CannotKeep(f"git in {folder} gave no answer: {fault}") from None
    return answer


def said(folder: str, question: tuple[str, ...], bounds: Bounds, fed: bytes = b"", added: Pairs = ()) -> str:
    """What git says in one line. Raises `CannotKeep` where it says no."""
    answer = asked(folder, question, bounds, fed, added)
    if answer.code:
        raise CannotKeep(f"git {question[0]} in {folder}: {answer.why}")
    return os.fsdecode(answer.out).strip()


@contextmanager
def index_aside() -> Iterator[Pairs]:
    """An index of our own, as git is told of it in its environment. Raises `CannotKeep`."""
    with ExitStack() as spare:
        try:
            path = spare.enter_context(spare_index())
        except OSError as fault:
            raise CannotKeep(f"no room for an index of its own: {fault}") from None
        yield (("GIT_INDEX_FILE", path),)
