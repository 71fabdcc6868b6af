"""Owns comparing what a project keeps for its runs: baselines, the quarantine, lock files. Opens none."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping
from typing import Any

from gatekeeper.policy.integrity.change import Note, some

_GOOD = {"passed", "xpassed"}
_TOLERATED = {"failed", "error", "skipped", "xfailed", "flaky"}


def compare_baselines(before: str | None, after: str | None, succeeded: frozenset[str] = frozenset()) -> list[Note]:
    """What two texts of a baseline take for granted. One that cannot be read is one that nothing is known of.

    `succeeded` are names of tests that went from the suite in the same change, and left to others what they checked.
    """
    if after is None:
        return [Note("fewer-known-tests", "the baseline is gone")]
    new = _parsed(after)
    if new is None:
        return [Note("not-compared", "the baseline cannot be read any more")]
    if before is None:
        return [Note("more-known-tests", "a baseline came in")]
    old = _parsed(before)
    if old is None:
        return [Note("more-known-tests", "the baseline can be read now")]
    return [*_tests(_outcomes(old), _outcomes(new), succeeded), *_numbers(old, new)]


def _tests(old: Mapping[str, str], new: Mapping[str, str], succeeded: frozenset[str]) -> list[Note]:
    notes = []
    gone, come = sorted(old.keys() - new.keys()), sorted(new.keys() - old.keys())
    followed = [test for test in gone if _name(test).partition("[")[0] in succeeded]
    gone = [test for test in gone if test not in followed]
    if followed:
        notes.append(Note("known-tests-replaced", some(followed)))
    if gone and len(new) + len(followed) < len(old):
        notes.append(Note("fewer-known-tests", f"{len(gone)} gone: {some(gone)}"))
    elif come:
        notes.append(Note("more-known-tests", f"{len(come)} new: {some(come)}"))
    worse = sorted(test for test in new if new[test] in _TOLERATED and old.get(test, "passed") in _GOOD)
    moved = Counter((_name(test), old[test]) for test in old.keys() - new.keys())
    worse = [test for test in worse if test in old or not _taken(moved, (_name(test), new[test]))]
    better = sorted(test for test in old if old[test] in _TOLERATED and new.get(test) in _GOOD)
    if worse:
        notes.append(Note("more-known-failures", f"{some([f'{test} ({new[test]})' for test in worse])}"))
    if better:
        notes.append(Note("fewer-known-failures", some(better)))
    return notes


def _taken(moved: Counter[tuple[str, str]], test: tuple[str, str]) -> bool:
    """Whether a test of that name and outcome left another file; it counts for one that came."""
    moved[test] -= 1
    return moved[test] >= 0


def _name(test: str) -> str:
    return test.rpartition("::")[2]


def _numbers(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Note]:
    notes = []
    for group in ("coverage", "metrics", "counts"):
        was, now = _numbers_in(old.get(group)), _numbers_in(new.get(group))
        for name in sorted(was):
            if name not in now:
                notes.append(Note("lower-known-number", f"{group} {name} is gone"))
            elif was[name] != now[name] and group != "metrics":
                worse = now[name] < was[name] if group == "coverage" else now[name] > was[name]
                rule = "lower-known-number" if worse else "higher-known-number"
                notes.append(Note(rule, f"{group} {name}: {now[name]:g} instead of {was[name]:g}"))
            elif was[name] != now[name]:
                # Which way is better only the definition says; a number that was set by hand is told of as the worse.
                notes.append(Note("lower-known-number", f"metric {name}: {now[name]:g} instead of {was[name]:g}"))
    return notes


def _outcomes(data: Mapping[str, Any]) -> dict[str, str]:
    """Outcomes by test, from a mapping of tests to outcomes or of outcomes to lists of tests."""
    tests = data.get("tests")
    found: dict[str, str] = {}
    if isinstance(tests, Mapping):
        for name, value in tests.items():
            if isinstance(value, list):
                found |= {str(test): str(name) for test in value}
            else:
                found[str(name)] = str(value.get("outcome") if isinstance(value, Mapping) else value)
    return found


def _numbers_in(value: object) -> dict[str, float]:
    if not isinstance(value, Mapping):
        return {}
    return {str(name): float(number) for name, number in value.items() if isinstance(number, int | float)}


def _parsed(text: str) -> Mapping[str, Any] | None:
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return data if isinstance(data, Mapping) else None


_ENTRY = re.compile(r"(?:^|[-{,])\s*[\"']?test[\"']?:\s*(?P<test>\"[^\"\n]*\"|'[^'\n]*'|[^\n,}]+)", re.MULTILINE)
# Escapes, anchors, tags and `? key`: other ways of YAML to write a key, for which nobody has an honest reason here.
_ODD_KEY = re.compile(
    r"(?:^|[-{,])[ \t]*(?:[?&!*][^\n:]*|<<[ \t]*|\"[^\"\n]*\\[^\"\n]*\"[ \t]*):|^[ \t-]*\?[ \t]", re.MULTILINE
)
_EXPIRES = re.compile(r"[\"']?expires[\"']?:\s*[\"']?(?P<day>\d{4}-\d\d-\d\d)")


def compare_quarantines(before: str | None, after: str | None) -> list[Note]:
    """What two texts of the quarantine let fail, and until when."""
    old, new = _entries(before or ""), _entries(after or "")
    notes = [
        Note("not-compared", f"a key is written so that it is not read by eye: `{' '.join(odd[0].split())}`")
        for odd in _ODD_KEY.finditer(after or "")
        if odd[0] not in (before or "")
    ]
    if come := sorted(new.keys() - old.keys()):
        notes.append(Note("quarantine-grew", f"{len(come)} new: {some(come)}"))
    if gone := sorted(old.keys() - new.keys()):
        notes.append(Note("quarantine-shrank", f"{len(gone)} less: {some(gone)}"))
    for test in sorted(old.keys() & new.keys()):
        if old[test] != new[test]:
            longer = not new[test] or (old[test] and new[test] > old[test])
            rule = "quarantine-grew" if longer else "quarantine-shrank"
            notes.append(Note(rule, f"{test} until {new[test] or 'for ever'} instead of {old[test] or 'for ever'}"))
    return notes


def _entries(text: str) -> dict[str, str]:
    found = list(_ENTRY.finditer(text))
    entries = {}
    for at, each in enumerate(found):
        end = found[at + 1].start() if at + 1 < len(found) else len(text)
        expires = _EXPIRES.search(text, each.start(), end)
        entries[each["test"].strip().strip("\"'")] = expires["day"] if expires else ""
    return entries


def compare_locks(before: str | None, after: str | None, *, other: bool) -> list[Note]:
    """What two texts of a lock file pin; `other` tells that another lock file came in.

    What is pinned to which version is nobody's weakening.
    """
    if after is None and before is not None:
        if other:
            return [Note("moved-file", "another lock file came in")]
        return [Note("lock-removed", "the lock file is gone")]
    if before and after and before.count("--hash=") > 0 and not after.count("--hash="):
        return [Note("lock-removed", "no dependency is pinned by a digest any more")]
    return []
