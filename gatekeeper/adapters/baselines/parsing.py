"""Owns reading a baseline's file, strictly: all that it should not be is a problem, with its line. Knows no disk."""

from __future__ import annotations

import json
import math
import re
from typing import Any, NoReturn, get_args

from gatekeeper.adapters.baselines.writing import VERSION, VERSION_KEY, baseline_digest
from gatekeeper.model.baseline import Acceptance, Baseline, BaselineProblem, RecordedBaseline
from gatekeeper.model.report import TestOutcome

LARGEST = 64 << 20
"""How many bytes a baseline's file may have."""

_OUTCOMES = frozenset(get_args(TestOutcome))
_TEXTS = {"at", "by", "reason", "run"}
_NUMBERS = ("coverage", "metrics", "counts")
_KEYS = (VERSION_KEY, "cycle", "step", "tests", *_NUMBERS, "accepted")
_CONFLICT = re.compile(r"^(?:<{7}|={7}|>{7}|\|{7})(?: |$)", re.MULTILINE)
_RESTORE = "restore the file from git, or remove it and record it anew with `gatekeeper baseline accept`"


class _Pairs(list[tuple[str, Any]]):
    """A JSON object as it was written, doubled keys and all."""


class _Wrong(Exception):
    def __init__(self, line: int, message: str, hint: str) -> None:
        self.line = line
        super().__init__(f"{message}; {hint}" if hint else message)


def parse_baseline(content: bytes, file: str, *, cycle: str, step: str) -> RecordedBaseline | BaselineProblem:
    """The baseline that `content` holds; it must be that of `step` (``gate/step``) in `cycle`.

    `file` names it in messages and as its origin.
    """
    try:
        text = _text(content)
        return _Reading(text, file, content).recorded(cycle, step)
    except _Wrong as wrong:
        return BaselineProblem(f"{file}:{wrong.line}: {wrong}")


def _text(content: bytes) -> str:
    if len(content) > LARGEST:
        raise _Wrong(1, f"a baseline of more than {LARGEST >> 20} MiB is not read", _RESTORE)
    try:
        return content.decode()
    except UnicodeDecodeError as fault:
        line = content.count(b"\n", 0, fault.start) + 1
        raise _Wrong(line, f"the byte 0x{content[fault.start]:02x} is not UTF-8", _RESTORE) from None


class _Reading:
    """One file on its way to being a baseline."""

    def __init__(self, text: str, file: str, content: bytes) -> None:
        self._text = text
        self._file = file
        self._content = content

    def recorded(self, cycle: str, step: str) -> RecordedBaseline:
        """All of it. Raises `_Wrong`."""
        data = self._top()
        for name, wanted in (("cycle", cycle), ("step", step)):
            if data[name] != wanted:
                found = f"this is the baseline of the {name} {data[name]!r}, and that of {wanted!r} belongs here"
                self._refuse(f'"{name}"', found, "move the file, or record this step with `gatekeeper baseline accept`")
        baseline = Baseline(
            self._file,
            baseline_digest(self._content),
            self._tests(data["tests"]),
            *(self._numbers(name, data.get(name)) for name in _NUMBERS),
        )
        return RecordedBaseline(cycle, step, baseline, self._accepted(data.get("accepted")))

    def _top(self) -> dict[str, Any]:
        if found := _CONFLICT.search(self._text):
            line = self._text.count("\n", 0, found.start()) + 1
            hint = "resolve it: keep every line that both sides agree on, and let `gatekeeper baseline show` tell"
            raise _Wrong(line, "a merge left its conflict marks here", hint)
        try:
            pairs = json.loads(self._text, object_pairs_hook=_Pairs, parse_constant=self._constant)
        except json.JSONDecodeError as fault:
            raise _Wrong(fault.lineno, f"this is not JSON: {fault.msg} (column {fault.colno})", _RESTORE) from None
        except (RecursionError, ValueError) as fault:
            raise _Wrong(1, f"this is not a baseline: {fault}", _RESTORE) from None
        if not isinstance(pairs, _Pairs):
            raise _Wrong(1, "a baseline is a JSON object", _RESTORE)
        data: dict[str, Any] = {}
        for key, value in pairs:
            if key in data:
                self._refuse(json.dumps(key), f"{key!r} stands here twice", _RESTORE, nth=2)
            if key not in _KEYS:
                self._refuse(json.dumps(key), f"{key!r} is not part of a baseline", _RESTORE)
            data[key] = value
        self._check_version(data)
        for key in ("cycle", "step", "tests"):
            if key not in data:
                raise _Wrong(1, f"{key!r} is missing", _RESTORE)
        return data

    def _check_version(self, data: dict[str, Any]) -> None:
        version = data.get(VERSION_KEY)
        if version is None:
            raise _Wrong(1, f"this is not a baseline: it has no {VERSION_KEY!r}", _RESTORE)
        if version is True or version != VERSION:
            hint = "use the version of gatekeeper that wrote it, or record it again"
            self._refuse(f'"{VERSION_KEY}"', f"version {version!r} of the format is not known, only {VERSION}", hint)

    def _tests(self, section: object) -> dict[str, TestOutcome]:
        pairs = self._pairs("tests", section)
        outcomes: dict[str, TestOutcome] = dict(pairs)
        if len(outcomes) != len(pairs) or not _all_outcomes(outcomes):
            self._find_wrong_test(pairs)
        return outcomes

    def _find_wrong_test(self, pairs: list[tuple[str, Any]]) -> None:
        seen: dict[str, object] = {}
        for test, outcome in pairs:
            if not isinstance(outcome, str) or outcome not in _OUTCOMES:
                known = ", ".join(sorted(_OUTCOMES))
                self._refuse(json.dumps(test, ensure_ascii=False), f"{outcome!r} is no outcome of a test ({known})", "")
            self._once("the test", test, outcome, seen)

    def _numbers(self, name: str, section: object) -> dict[str, float]:
        numbers: dict[str, object] = {}
        for key, value in self._pairs(name, section) if section is not None else ():
            fine = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
            if not fine:
                self._refuse(json.dumps(key, ensure_ascii=False), f"{value!r} is no number", "")
            self._once(f"{name}:", key, float(value), numbers)
        return numbers  # type: ignore[return-value] # only floats were put in

    def _accepted(self, section: object) -> tuple[Acceptance, ...]:
        if section is None:
            return ()
        if not isinstance(section, list) or isinstance(section, _Pairs):
            self._refuse('"accepted"', "`accepted` is a list", _RESTORE)
        made = (self._acceptance(each) for each in section if each is not None)
        return tuple(sorted(set(made)))

    def _acceptance(self, each: object) -> Acceptance:
        fields: dict[str, Any] = dict(each) if isinstance(each, _Pairs) else {}
        weaker = fields.pop("weaker", None)
        whole = isinstance(each, _Pairs) and len(each) == len(fields) + 1 and fields.keys() == _TEXTS
        texts = (*fields.values(), *(weaker if isinstance(weaker, list) else (weaker,)))
        if not whole or not all(isinstance(text, str) for text in texts) or isinstance(weaker, str):
            at = fields.get("at")
            place = json.dumps(at, ensure_ascii=False) if isinstance(at, str) else '"accepted"'
            self._refuse(place, "an acceptance has `at`, `by`, `reason`, `run` and `weaker`, each once", _RESTORE)
        return Acceptance(**fields, weaker=tuple(weaker))

    def _pairs(self, name: str, section: object) -> list[tuple[str, Any]]:
        if not isinstance(section, _Pairs):
            self._refuse(f'"{name}"', f"`{name}` is a JSON object", _RESTORE)
        # The empty name closes a section, so that each line before it has its comma.
        return [pair for pair in section if pair != ("", None)]

    def _once(self, what: str, key: str, value: object, seen: dict[str, object]) -> None:
        if seen.setdefault(key, value) != value:
            message = f"{what} {key!r} is recorded twice, as {seen[key]!r} and as {value!r}: a merge took both"
            self._refuse(json.dumps(key, ensure_ascii=False), message, "keep the line that holds", nth=2)

    def _constant(self, name: str) -> NoReturn:
        self._refuse(name, f"{name} is no number", "")

    def _refuse(self, written: str, message: str, hint: str, nth: int = 1) -> NoReturn:
        at, start = 0, 0
        for _ in range(nth):
            found = self._text.find(written, start)
            if found < 0:
                break
            at, start = found, found + len(written)
        raise _Wrong(self._text.count("\n", 0, at) + 1, message, hint)


def _all_outcomes(outcomes: dict[str, TestOutcome]) -> bool:
    try:
        return set(outcomes.values()) <= _OUTCOMES
    except TypeError:
        return False  # a list or an object, which a set cannot hold
