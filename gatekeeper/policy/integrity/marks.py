"""Owns comparing what keeps tests from judging: skips, retries, ways out, stand-ins. Reads no text."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable

from gatekeeper.policy.integrity.change import Note
from gatekeeper.policy.integrity.facts import Facts, Mark, names_ticket

# A name in a test module is one that its tests use.
_TEST_MODULE = re.compile(r"(?:^|\.)(?:test_\w+|\w+_test)\.")
_REMOVED = {
    "new-skip": "skip-removed",
    "more-retries": "fewer-retries",
    "deselected-tests": "selected-tests",
    "focused-tests": "wider-selection",
    "unreachable-assertions": "more-assertions",
    "swallowed-assertions": "more-assertions",
    "early-return": "more-assertions",
}


def compare_marks(files: Iterable[tuple[str, Facts, Facts]], *, known: set[str], lost: bool) -> dict[str, list[Note]]:
    """What is to be said by path. `known` are names of tests that were there before; `lost` whether any is not now."""
    notes: dict[str, list[Note]] = defaultdict(list)
    listed = list(files)
    before = Counter(_key(mark) for _, facts, _ in listed for mark in facts.marks)
    after = Counter(_key(mark) for _, _, facts in listed for mark in facts.marks)
    same = before & after
    spare = {"before": Counter(same), "after": Counter(same)}
    made = {mock for _, facts, _ in listed for mock in facts.mocks}
    for path, old, new in listed:
        gone = _rest(old.marks, spare["before"])
        come = _rest(new.marks, spare["after"])
        for mark in come:
            twin = next((other for other in gone if (other.rule, other.test) == (mark.rule, mark.test)), None)
            if twin is not None:
                # The same mark in other words, such as with another reason.
                gone.remove(twin)
                continue
            notes[path].append(_come(mark, known, lost=lost, file_is_new=not old.tests))
        notes[path] += [Note(_REMOVED.get(mark.rule, "skip-removed"), _words(mark)) for mark in gone]
        notes[path] += _mocks(old, new, made)
    return {path: found for path, found in notes.items() if found}


def _come(mark: Mark, known: set[str], *, lost: bool, file_is_new: bool) -> Note:
    if mark.rule == "new-skip":
        new_test = mark.test not in known if mark.test else file_is_new
        if new_test and not lost:
            return Note("skip-in-new-test", _words(mark))
        if names_ticket(mark.reason):
            return Note("skip-with-ticket", _words(mark))
    return Note(mark.rule, _words(mark))


def _mocks(old: Facts, new: Facts, made: set[str]) -> list[Note]:
    come = Counter(new.mocks) - Counter(old.mocks)
    # Of what was asserted before: a test that is new may stand in for whatever it likes.
    subjects = frozenset(name for test in old.tests for one in test.assertions for name in one.subjects)
    return [
        Note("mocked-subject", f"`{mock}` is replaced, and assertions are of it")
        if _tail(mock) in subjects or _TEST_MODULE.search(mock)
        else Note("new-mock", f"`{mock}` is replaced")
        for mock in come
        # A function that is made here is a stand-in only where its name was that of something else.
        if not mock.startswith("def ") or (mock not in made and _tail(mock) in subjects)
    ]


def _tail(mock: str) -> str:
    return mock.removeprefix("def ").strip("\"'` ").rpartition(".")[2].rpartition("/")[2]


def _rest(marks: tuple[Mark, ...], spare: Counter[tuple[str, str]]) -> list[Mark]:
    rest = []
    for mark in marks:
        if spare[_key(mark)]:
            spare[_key(mark)] -= 1
        else:
            rest.append(mark)
    return rest


def _key(mark: Mark) -> tuple[str, str]:
    return (mark.rule, mark.text)


def _words(mark: Mark) -> str:
    text = " ".join(mark.text.split())
    text = text if len(text) <= 120 else f"{text[:119]}…"
    return f"{mark.test or 'the whole file'}: {text}"
