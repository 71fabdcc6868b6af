"""Owns whether an agent that wants to stop is kept going: once for a tree and its verdict, and not too often. Pure."""

from __future__ import annotations

from typing import Literal, TypeAlias

from gatekeeper.model.record import NamedTuple

MOST_BLOCKS = 5
"""So often one session is kept going, whatever it does to the tree."""

Word: TypeAlias = Literal["green", "red", "flaky", "inconclusive", "not judged"]
"""What is known of a tree. Only green, and flaky where the cycle lets that pass, holds nobody up."""


class Began(NamedTuple):
    """What was known when the session began: the `answer` in a word, when and by which run.

    `failing` are the steps (``gate/step``) that did not pass, each with the ids of its failing tests.
    """

    answer: str
    run: str = ""
    failing: tuple[tuple[str, tuple[str, ...]], ...] = ()


class Session(NamedTuple):
    """What is remembered of a session. `told` are pairs of a tree (its key) and the word that the agent was told.

    `began` is None where nobody took it down.
    """

    began: Began | None = None
    told: tuple[tuple[str, str], ...] = ()
    blocks: int = 0


class Judged(NamedTuple):
    """What is known of the tree whose key is `tree`, by the run `run`.

    `why` says it in a sentence where the run itself does not. With `passes` the agent may stop; `fresh` tells that it
    was found out just now.
    """

    word: Word
    tree: str = ""
    run: str = ""
    why: str = ""
    passes: bool = False
    fresh: bool = False


class GoOn(NamedTuple):
    """The agent is kept going; `session` is what has to be remembered first."""

    session: Session


class LetGo(NamedTuple):
    """The agent may stop, although that is not green; `because` says why it is not kept."""

    because: str


def kept(judged: Judged, session: Session, most: int = MOST_BLOCKS) -> GoOn | LetGo:
    """Whether an agent is kept going whose tree does not pass."""
    if (judged.tree, judged.word) in session.told:
        return LetGo("it was told so once on this very tree")
    if session.blocks >= most:
        return LetGo(f"it was kept going {session.blocks} times in this session, and that is the bound")
    return GoOn(session._replace(told=(*session.told, (judged.tree, judged.word)), blocks=session.blocks + 1))


def was_told_of(tree: str, session: Session) -> str:
    """The word that the agent was told last of a tree; empty if it was told none."""
    return next((word for key, word in reversed(session.told) if key == tree), "")
