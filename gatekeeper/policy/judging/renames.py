"""Owns telling renamed tests from lost ones, by ids alone. Knows no source and no verdict.

A test that is gone and a test that is new are taken for one and the same only if that is plausible, each at most once,
and only if the new one came to nothing worse. From the surest to the least sure:

1. the same id but for case and white space;
2. a file whose tests are all gone, and a new file that has tests of just these names: it was moved. Among several such
   files those belong together whose paths end alike; one test alone is enough only where its file's name is the same;
3. the same name in another file, where no other test has or had it: it was moved;
4. the same name in the file that others of its file went to, or in the one new file of the same name as its own;
5. a test and a parametrised form of it, in one file: ``t`` and ``t[a]``, ``t[a]`` and ``t[b]``;
6. in one file, names of which at least half of all their words are common to both.

By 3, 5 and 6 a test that failed is never paired with one that passes, but for ``t`` and a ``t[a]`` of which no form
fails: a deleted failing test would look like a repaired one. That a renamed test still tests what it did, no id can
tell. Whoever renames a test could have changed it in its place as well; changes of test files are another rule's.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping
from typing import TypeAlias

from gatekeeper.model.report import TestOutcome
from gatekeeper.policy.judging.outcomes import failing

_Outcomes: TypeAlias = Mapping[str, TestOutcome]
_WORSE: dict[TestOutcome, int] = {
    "passed": 0,
    "xpassed": 0,
    "flaky": 0,
    "skipped": 1,
    "xfailed": 1,
    "failed": 2,
    "error": 2,
}
_SEPARATOR = re.compile(r"[/\\]")
_SUFFIX = re.compile(r"\.[a-z]{1,4}$")
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+|\d+")
_COMMON_WORDS = frozenset({"test", "tests", "it", "should"})
_ALIKE = 0.5
_DEEPEST = 20
_MOST_IN_ONE_FILE = 12
"""Beyond so many lost or new tests in one file names are not compared word by word: it would take too long."""


def find_renames(
    before: _Outcomes, now: _Outcomes, lost: Collection[str], fresh: Collection[str]
) -> tuple[tuple[str, str], ...]:
    """Pairs of an old and a new id. `lost` are the ids of `before` alone, `fresh` those of `now` alone."""
    pairing = _Pairing(before, now, lost, fresh)
    for way in (_by_spelling, _by_moved_file, _by_name, _by_company, _by_parameters, _by_words):
        if not pairing.lost or not pairing.fresh:
            break
        way(pairing)
    return tuple(pairing.pairs)


class _Pairing:
    """What is paired already, and what is not yet: sorted, so that the same sets give the same pairs.

    `home` is the file (or class) of every id, `name` what it is called there.
    """

    def __init__(self, before: _Outcomes, now: _Outcomes, lost: Iterable[str], fresh: Iterable[str]) -> None:
        self.before, self.now = before, now
        self.lost = dict.fromkeys(sorted(lost))
        self.fresh = dict.fromkeys(sorted(fresh))
        self.pairs: list[tuple[str, str]] = []
        parted = {test: _parted(test) for tests in (before, now) for test in tests}
        self.home = {test: home for test, (home, _) in parted.items()}
        self.name = {test: name for test, (_, name) in parted.items()}

    def pair(self, old: str, new: str, *, sure: bool = True) -> bool:
        """Take the two for one, unless that would hide something; whether they were taken."""
        if old not in self.lost or new not in self.fresh:
            return False
        was, came_to = self.before[old], self.now[new]
        if _WORSE[came_to] > _WORSE[was] or (failing(was) and not failing(came_to) and not sure):
            return False
        del self.lost[old], self.fresh[new]
        self.pairs.append((old, new))
        return True

    def pair_by(self, key: Callable[[str], Hashable], *, sure: bool = True) -> None:
        """Pair what has a key in common that nothing else has."""
        for old, new in _matched(self.lost, self.fresh, key):
            self.pair(old, new, sure=sure)

    def homes(self, tests: Iterable[str]) -> dict[str, list[str]]:
        """These tests by their files."""
        homes: dict[str, list[str]] = defaultdict(list)
        for test in tests:
            homes[self.home[test]].append(test)
        return homes

    def whole_homes(self, tests: Iterable[str], where: _Outcomes, elsewhere: _Outcomes) -> dict[str, list[str]]:
        """The files all of whose tests (those of `where`) are among `tests`, and that `elsewhere` knows nothing of."""
        held = Counter(map(self.home.__getitem__, where))
        known = set(map(self.home.__getitem__, elsewhere))
        return {
            home: inside
            for home, inside in self.homes(tests).items()
            if len(inside) == held[home] and home not in known
        }


def _by_spelling(pairing: _Pairing) -> None:
    pairing.pair_by(_folded)


def _by_moved_file(pairing: _Pairing) -> None:
    vanished = pairing.whole_homes(pairing.lost, pairing.before, pairing.now)
    appeared = pairing.whole_homes(pairing.fresh, pairing.now, pairing.before)

    def name(test: str) -> str:
        return _folded(pairing.name[test])

    names = {home: frozenset(map(name, tests)) for home, tests in (*vanished.items(), *appeared.items())}
    parts = {home: tuple(re.split(r"[/\\.:]+", home)) for home in names}
    for depth in range(max(map(len, parts.values()), default=0), -1, -1):

        def key(home: str, depth: int = depth) -> Hashable:
            return parts[home][-depth:] if depth else (), names[home]

        for home, new_home in _matched(vanished, appeared, key):
            if len(names[home]) > 1 or _file_name(home) == _file_name(new_home):
                for old, new in _matched(vanished.pop(home), appeared.pop(new_home), name):
                    pairing.pair(old, new)


def _by_name(pairing: _Pairing) -> None:
    # Of two that had a name one is still there, or both are lost: either way it is not one to one.
    have = Counter(map(pairing.name.__getitem__, pairing.now))

    def distinct(test: str) -> Hashable:
        name = pairing.name[test]
        return name if have[name] < 2 else (test,)

    pairing.pair_by(distinct, sure=False)


def _by_company(pairing: _Pairing) -> None:
    went: dict[str, Counter[str]] = defaultdict(Counter)
    for old, new in pairing.pairs:
        went[pairing.home[old]][pairing.home[new]] += 1
    left = pairing.homes(pairing.lost).keys() - set(map(pairing.home.__getitem__, pairing.now))
    came = pairing.homes(pairing.fresh).keys() - set(map(pairing.home.__getitem__, pairing.before))
    namesakes = dict(_matched(sorted(left), sorted(came), _file_name))
    places = {(pairing.home[test], pairing.name[test]): test for test in pairing.fresh}
    for old in tuple(pairing.lost):
        home = pairing.home[old]
        homes = [new_home for new_home, _ in sorted(went[home].items(), key=lambda voted: (-voted[1], voted[0]))]
        if home in namesakes:
            homes.append(namesakes[home])
        for new_home in homes:
            if pairing.pair(old, places.get((new_home, pairing.name[old]), "")):
                break


def _by_parameters(pairing: _Pairing) -> None:
    lost, fresh = defaultdict[str, list[str]](list), defaultdict[str, list[str]](list)
    for tests, forms in ((pairing.lost, lost), (pairing.fresh, fresh)):
        for test in tests:
            forms[_bare(test)].append(test)
    for bare, olds in lost.items():
        news = deque(sorted(fresh.get(bare, ()), key=lambda new: _WORSE[pairing.now[new]]))
        repaired = bare in olds and not any(failing(pairing.now[new]) for new in news)
        # Both go from good to bad: what is too good for this one is too good for all that follow.
        for old in sorted(olds, key=lambda old: _WORSE[pairing.before[old]]):
            while news and _WORSE[pairing.now[news[0]]] <= _WORSE[pairing.before[old]]:
                if pairing.pair(old, news.popleft(), sure=repaired and old == bare):
                    break


def _by_words(pairing: _Pairing) -> None:
    lost, fresh = pairing.homes(pairing.lost), pairing.homes(pairing.fresh)
    for home, olds in lost.items():
        news = fresh.get(home, [])
        if max(len(olds), len(news)) > _MOST_IN_ONE_FILE:
            continue
        words = {test: _words(pairing.name[test]) for test in (*olds, *news)}
        for alike, old, new in sorted((-_likeness(words[old], words[new]), old, new) for old in olds for new in news):
            if -alike >= _ALIKE:
                pairing.pair(old, new, sure=False)


def _matched(olds: Iterable[str], news: Iterable[str], key: Callable[[str], Hashable]) -> list[tuple[str, str]]:
    """Pairs of an old and a new text that have a key in common with each other, and with nothing else."""
    by_key: dict[Hashable, tuple[list[str], list[str]]] = {}
    for text in olds:
        by_key.setdefault(key(text), ([], []))[0].append(text)
    for text in news:
        if (sides := by_key.get(key(text))) is not None:
            sides[1].append(text)
    return [(mine[0], theirs[0]) for mine, theirs in by_key.values() if len(mine) == len(theirs) == 1]


def _parted(test: str) -> tuple[str, str]:
    """The file or class of a test, and its name there, its parameters included."""
    bare = _bare(test)
    home, separator, name = bare.rpartition("::")
    return (home if separator else ""), name + test[len(bare) :]


def _bare(test: str) -> str:
    """The id without the parameters, in brackets, that its name ends with."""
    if not test.endswith(("]", ")")):
        return test
    close = test[-1]
    opening = "[" if close == "]" else "("
    at = test.rfind(opening)
    for _ in range(_DEEPEST):
        if at <= 0 or test.count(close, at) <= test.count(opening, at):
            break
        at = test.rfind(opening, 0, at)
    bare = test[: max(at, 0)].rstrip()
    return bare if bare and not bare.endswith("::") else test


def _file_name(home: str) -> str:
    """The last part of a path, or of a dotted name that does not look like a file's."""
    if _SEPARATOR.search(home):
        return _SEPARATOR.split(home)[-1]
    return home if _SUFFIX.search(home) else home.rpartition(".")[2]


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())


def _likeness(mine: frozenset[str], theirs: frozenset[str]) -> float:
    """From 0 to 1: how many of the words of both are words that the other has too."""
    return 2 * len(mine & theirs) / (len(mine) + len(theirs)) if mine and theirs else 0.0


def _words(name: str) -> frozenset[str]:
    return frozenset(word.lower() for word in _WORD.findall(name)) - _COMMON_WORDS
