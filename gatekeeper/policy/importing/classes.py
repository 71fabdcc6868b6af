"""Owns the classes of timeouts that a plan names, and which of them a command belongs to."""

from __future__ import annotations

from typing import Final

from gatekeeper.model.record import NamedTuple
from gatekeeper.policy.drafting.draft import Said, Sure
from gatekeeper.policy.drafting.names import slug, unused, words
from gatekeeper.policy.importing import sections
from gatekeeper.policy.importing.durations import range_in
from gatekeeper.policy.importing.outline import Node, walk

_COMMON: Final = frozenset({
    "all", "any", "command", "commands", "full", "of", "run", "script", "scripts", "step", "steps", "suite", "test",
    "tests", "the",
})  # fmt: skip


class Class(NamedTuple):
    """A permitted range of the hard timeout, in seconds."""

    name: str
    words: frozenset[str]
    shortest_s: int
    longest_s: int
    said: Said


class Chosen(NamedTuple):
    """The class of a command, and the word by which it was told."""

    name: str
    word: str


def classes(document: Node) -> tuple[Class, ...]:
    """The ranges under "Anti-Hang" or "Timeouts", in the order of the plan."""
    told: dict[str, Class] = {}
    for found in walk(document):
        node = found.node
        if not any(sections.opens(sections.TIMEOUTS, above) for above in found.above):
            continue
        label, value = (node.cells[0], " ".join(node.cells[1:])) if node.kind == "row" else (node.label, node.value)
        ends = range_in(value) if label else None
        if ends is None:
            continue
        telling = [word for word in words(label) if word not in _COMMON]
        name = unused(slug(" ".join(telling) or label, "class"), told)
        if not name[0].isalpha():
            name = unused(f"class-{name}", told)
        exact = "" if ends[0] != ends[1] else "one duration, so exactly that"
        said = Said(node.line, Sure.MEDIUM if exact else Sure.HIGH, exact)
        told[name] = Class(name, frozenset(map(_singular, words(label))), *ends, said)
    return tuple(told.values())


def class_of(script: str, among: tuple[Class, ...]) -> Chosen | None:
    """The one class that shares most words with the command, and at least one that tells; None where two do."""
    # The folder that all scripts lie in tells nothing.
    said = [_singular(word) for part in script.split() for word in words(part.rsplit("/", 1)[-1])]
    ranked = sorted(((len(each.words & set(said)), each) for each in among), key=lambda pair: -pair[0])
    if not ranked or not ranked[0][0] or (len(ranked) > 1 and ranked[0][0] == ranked[1][0]):
        return None
    best = ranked[0][1]
    common = frozenset(map(_singular, _COMMON))
    word = next((word for word in said if word in best.words and word not in common), "")
    return Chosen(best.name, word) if word else None


def _singular(word: str) -> str:
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word
