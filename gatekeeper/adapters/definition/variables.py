"""Owns what variables come to through one another: what they ask for, how long, how deep. Knows no value of theirs."""

from collections.abc import Iterator, Mapping

from gatekeeper.adapters.definition.mistakes import Mistakes
from gatekeeper.adapters.definition.place import Place
from gatekeeper.model.record import NamedTuple
from gatekeeper.policy.binding import Reference, references

_DEEPEST = 32
_LONGEST = 1 << 20


class Reach(NamedTuple):
    """What a variable refers to, itself and through others; `depth` is how many others follow one another."""

    spaces: frozenset[str] = frozenset()
    size: int = 0
    depth: int = 0


class Variables:
    """The variables of one definition."""

    def __init__(self, texts: Mapping[str, str], place: Place, mistakes: Mistakes) -> None:
        """Look at every variable, and note those that refer to themselves or come to too much."""
        self._texts = texts
        self._place = place
        self._mistakes = mistakes
        self._reached: dict[str, Reach] = {}
        for name in texts:
            self._reach(name, ())

    def spaces(self, name: str) -> frozenset[str]:
        """The spaces that the variable refers to, through other variables too."""
        return self._reached.get(name, Reach()).spaces

    def _reach(self, name: str, way: tuple[str, ...]) -> Reach:
        if name in self._reached:
            return self._reached[name]
        here = (*self._place, name)
        if name in way:
            circle = " → ".join((*way[way.index(name) :], name))
            self._mistakes.add(here, f"vars.{name} refers to itself: {circle}", "one of them has to be a plain text")
            return Reach()
        if len(way) > _DEEPEST:
            return Reach(depth=len(way))
        spaces, size, depth = set[str](), len(self._texts.get(name, "")), 0
        for reference in self._references(name):
            if reference.space == "vars":
                other = self._reach(reference.name, (*way, name))
                spaces |= other.spaces
                size += other.size
                depth = max(depth, other.depth + 1)
            else:
                spaces.add(reference.space)
        if depth > _DEEPEST:
            message = f"vars.{name} goes through more than {_DEEPEST} other variables"
            self._mistakes.add(here, message, "refer to fewer")
            depth = 0
        if size > _LONGEST:
            self._mistakes.add(here, f"vars.{name} comes to more than 1 MiB through other variables", "refer to fewer")
            size = 0
        self._reached[name] = Reach(frozenset(spaces), size, depth)
        return self._reached[name]

    def _references(self, name: str) -> Iterator[Reference]:
        return (found for found in references(self._texts.get(name, "")) if isinstance(found, Reference))
