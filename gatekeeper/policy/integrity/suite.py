"""Owns comparing test files before and after, as one set: what left one file may have come to another. Reads no text.

First, what stands on both sides under whatever name is taken away. Only of what is left over is anybody accused.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable

from gatekeeper.model.record import NamedTuple
from gatekeeper.policy.integrity.change import Note, some
from gatekeeper.policy.integrity.facts import EMPTY, Assertion, Facts, Test
from gatekeeper.policy.integrity.marks import compare_marks
from gatekeeper.policy.integrity.strictness import compare_assertions

_ALIKE = 0.7
_PAIRS = 20_000


class Sides(NamedTuple):
    """The facts of one file before and after; a file that is not there has none."""

    path: str
    before: Facts
    after: Facts


class _Placed(NamedTuple):
    path: str
    test: Test


def compare_suite(files: Iterable[Sides]) -> dict[str, list[Note]]:
    """What is to be said of each file by its path."""
    return _Suite(tuple(files)).notes()


class _Suite:
    def __init__(self, files: tuple[Sides, ...]) -> None:
        self._files = files
        self._notes: dict[str, list[Note]] = defaultdict(list)
        self._renamed = 0
        self._before = [_Placed(file.path, test) for file in files for test in file.before.tests]
        self._after = [_Placed(file.path, test) for file in files for test in file.after.tests]
        # What asserts the same on both sides is out of the question, wherever it stands.
        common = _all(self._files, "before") & _all(self._files, "after")
        self._left = {"before": Counter(common), "after": Counter(common)}

    def notes(self) -> dict[str, list[Note]]:
        kept, lost, added = self._paired()
        for old, new in kept:
            self._compare(old, new)
        lost = self._moved(lost, added)
        self._replaced(lost, added)
        for path, names in _by_path(added).items():
            self._say(path, "more-tests", f"{len(names)} new: {some(names)}")
        for path, notes in compare_marks(
            ((file.path, file.before, file.after) for file in self._files),
            known={old.test.bare for old in self._before},
            lost=bool(lost) or bool(self._renamed),
        ).items():
            self._notes[path] += notes
        return self._notes

    def _paired(self) -> tuple[list[tuple[_Placed, _Placed]], list[_Placed], list[_Placed]]:
        """Tests that are there on both sides: in their file under the same name, else by that name anywhere."""
        pairs: list[tuple[_Placed, _Placed]] = []
        lost, added = list(self._before), list(self._after)
        for key in (_whole, _bare_in_file, _bare):
            waiting: dict[tuple[str, ...], list[_Placed]] = defaultdict(list)
            for new in added:
                waiting[key(new)].append(new)
            still = []
            for old in lost:
                if found := waiting[key(old)]:
                    pairs.append((old, found.pop(0)))
                else:
                    still.append(old)
            lost = still
            added = [new for found in waiting.values() for new in found]
        return pairs, lost, added

    def _compare(self, old: _Placed, new: _Placed) -> None:
        before, after = old.test, new.test
        if before.cases and after.cases is not None and after.cases < before.cases:
            self._say(new.path, "fewer-cases", f"{after.name} runs {after.cases} cases instead of {before.cases}")
        elif before.cases and after.cases and after.cases > before.cases:
            self._say(new.path, "more-cases", f"{after.name} runs {after.cases} cases instead of {before.cases}")
        gone = self._unmatched(before.assertions, "before")
        come = self._unmatched(after.assertions, "after")
        self._notes[new.path] += compare_assertions(after.name, gone, come)

    def _moved(self, lost: list[_Placed], added: list[_Placed]) -> list[_Placed]:
        """Take out of `lost` and `added` what is the same test under another name; returns what is really lost."""
        really = []
        # Of very many tests only those that are the very same are looked for: every pair would have to be compared.
        alike = _alike if len(lost) * len(added) <= _PAIRS else _never
        for old in lost:
            match = next((new for new in added if new.test.body == old.test.body), None)
            match = match or next((new for new in added if alike(old.test, new.test)), None)
            if match is not None:
                added.remove(match)
                self._renamed += 1
                self._say(match.path, "moved-tests", f"{old.test.name} is {match.test.name} now")
                self._compare(old, match)
            elif self._found_elsewhere(old.test):
                self._renamed += 1
                self._say(old.path, "moved-tests", f"what {old.test.name} asserts is asserted elsewhere")
            else:
                really.append(old)
        return really

    def _found_elsewhere(self, test: Test) -> bool:
        strict = [one for one in test.assertions if one.rank > EMPTY]
        return bool(strict) and not self._unmatched(test.assertions, "before")

    def _replaced(self, lost: list[_Placed], added: list[_Placed]) -> None:
        """Say of lost tests whether others came into their file that assert as much."""
        for path, names in _by_path(lost).items():
            gone = [old.test for old in lost if old.path == path]
            come = [new.test for new in added if new.path == path]
            cases_gone, cases_come = sum(test.cases or 1 for test in gone), sum(test.cases or 1 for test in come)
            unknown = any(test.cases is None for test in come)
            weight_gone, weight_come = sum(test.weight for test in gone), sum(test.weight for test in come)
            looped = sum(_looped(test) for test in come)
            if come and weight_come >= weight_gone > 0 and (unknown or cases_come + looped >= cases_gone):
                gone_strict, come_strict = _strictest(gone), _strictest(come)
                if come_strict >= gone_strict:
                    self._say(path, "replaced-tests", f"{some(names)} made way for {some([t.name for t in come])}")
                else:
                    self._say(path, "looser-assertion", f"what came for {some(names)} asserts less strictly")
                continue
            if come and unknown:
                self._say(path, "replaced-tests", f"{some(names)} made way for {some([t.name for t in come])}")
                continue
            hidden = self._hidden(gone)
            if hidden:
                self._say(path, "not-collected", f"no runner finds {some(hidden)} any more")
            rest = [name for name, test in zip(names, gone, strict=True) if test.name not in dict(self._where(gone))]
            if rest:
                self._say(path, "fewer-tests", f"{len(rest)} gone: {some(rest)}")

    def _hidden(self, gone: list[Test]) -> list[str]:
        return [f"{name} (it is {now} now)" if now != name else name for name, now in self._where(gone)]

    def _where(self, gone: list[Test]) -> list[tuple[str, str]]:
        """Lost tests whose very body still stands somewhere that no runner looks: (name before, name now)."""
        bodies: dict[str, str] = {}
        for file in self._files:
            bodies |= {body: name for name, body in file.after.hidden if (name, body) not in file.before.hidden}
        return [(test.name, bodies[test.body]) for test in gone if test.body in bodies]

    def _unmatched(self, assertions: tuple[Assertion, ...], side: str) -> list[Assertion]:
        """Those that the other side does not have; what it has is used up, so that it excuses one assertion only."""
        found = []
        for one in assertions:
            if self._left[side][one.text] >= one.weight:
                self._left[side][one.text] -= one.weight
            else:
                found.append(one)
        return found

    def _say(self, path: str, rule: str, text: str) -> None:
        self._notes[path].append(Note(rule, text))


def _all(files: tuple[Sides, ...], side: str) -> Counter[str]:
    """Every assertion of one side by its text, as often as it is made; one in a helper as often as that is called."""
    calls: Counter[str] = Counter()
    texts: Counter[str] = Counter()
    for file in files:
        facts: Facts = file.before if side == "before" else file.after
        calls.update(facts.calls)
    for file in files:
        facts = file.before if side == "before" else file.after
        for test in facts.tests:
            for one in test.assertions:
                texts[one.text] += one.weight
        for name, one in facts.helpers:
            texts[one.text] += one.weight * (calls[name] if name else 1)
    return texts


def _looped(test: Test) -> int:
    """Cases that a test makes in a loop of its own instead of as cases of the runner."""
    return max((one.weight for one in test.assertions), default=1) - 1


def _strictest(tests: list[Test]) -> float:
    ranks = [(one.rank, one.weight * (test.cases or 1)) for test in tests for one in test.assertions]
    total = sum(weight for _, weight in ranks)
    return round(sum(rank * weight for rank, weight in ranks) / total, 3) if total else 0.0


def _alike(old: Test, new: Test) -> bool:
    a, b = Counter(old.body.split()), Counter(new.body.split())
    most = max(sum(a.values()), sum(b.values()))
    return most > 0 and sum((a & b).values()) / most >= _ALIKE


def _never(_old: Test, _new: Test) -> bool:
    return False


def _by_path(placed: list[_Placed]) -> dict[str, list[str]]:
    names: dict[str, list[str]] = defaultdict(list)
    for each in placed:
        names[each.path].append(each.test.name)
    return names


def _whole(placed: _Placed) -> tuple[str, ...]:
    return (placed.path, placed.test.name)


def _bare_in_file(placed: _Placed) -> tuple[str, ...]:
    return (placed.path, placed.test.bare)


def _bare(placed: _Placed) -> tuple[str, ...]:
    return (placed.test.bare,)
