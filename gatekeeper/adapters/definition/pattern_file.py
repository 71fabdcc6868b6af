"""Owns reading a pattern's YAML file: from bytes to the record, or every mistake with its place. Knows no folder."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Callable
from typing import TypeAlias, get_args

from gatekeeper.adapters.definition.document import Document
from gatekeeper.adapters.definition.mistakes import Mistakes
from gatekeeper.adapters.definition.pattern_fields import Fields
from gatekeeper.adapters.definition.pattern_texts import check_names, check_regex
from gatekeeper.adapters.definition.place import Place
from gatekeeper.adapters.definition.scalars import Value
from gatekeeper.adapters.definition.source import decode
from gatekeeper.model.known import FailureClass
from gatekeeper.model.pattern import Match, Mitigation, Pattern, Renamed, TestFact, Texts, WorkKind
from gatekeeper.model.verdict import StepVerdict

_DEFAULT_PRIORITY = 50
_MITIGATION_TIMEOUT_S = 60.0
_LONGEST_MITIGATION_S = 600.0
_LONGEST_ID = 64
_ID = re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)*")
_NAME = re.compile(r"[a-z_][a-z0-9_]*")
_CLASSES: tuple[FailureClass, ...] = get_args(FailureClass)
_TEST_FACTS: tuple[TestFact, ...] = get_args(TestFact)
_WORK_KINDS: tuple[WorkKind, ...] = get_args(WorkKind)
_VERDICTS = (StepVerdict.FAILED, StepVerdict.TIMED_OUT, StepVerdict.INFRA, StepVerdict.ERROR)
_KEYS = (
    *("pattern", "class", "priority", "title", "root_cause", "suggestion", "runbook"),
    *("names", "dependency", "mitigation", "match"),
)
_MATCH_KEYS = ("text", "exit", "signal", "verdict", "findings", "tests", "work", "class")
_BEGIN = "begin with `pattern: NAME`, `class:`, `title:`, `root_cause:` and `match:`"
_IsRegex: TypeAlias = Callable[[str, Place, Mistakes], bool]
_HOW_TO_MATCH = 'write `match: {text: ["a regex"]}`'


def read_pattern(content: bytes, file: str, *, checked: bool = False) -> Pattern:
    """The pattern that `content` describes; `file` is what messages call it, and ends in the pattern's id.

    Where somebody `checked` its regexes and names before, that is not done again: to compile them all takes longest.

    Raises:
        DefinitionError: with every problem, in the order of the file.
    """
    text = decode(content, file)
    document = Document(text, file, what="pattern", hint=_BEGIN)
    mistakes = Mistakes(document)
    fields = Fields(document.data, (), mistakes, _KEYS)
    pattern = Pattern(
        id=_id(fields, file, mistakes),
        class_=fields.one_of("class", _CLASSES, required="write `class: code`, `infra`, `config` or `flaky`") or "code",
        title=fields.text("title", required="write `title:` and what happened, in a few words"),
        root_cause=fields.text("root_cause", required="write `root_cause:` and why it happened, in a sentence"),
        matches=_matches(fields, mistakes, _granted if checked else check_regex),
        suggestion=fields.text("suggestion"),
        runbook=fields.text("runbook"),
        priority=next(iter(fields.numbers("priority", 0, 100)), _DEFAULT_PRIORITY),
        names=_names(fields, mistakes),
        dependency=fields.text("dependency"),
        mitigation=_mitigation(fields, mistakes),
        file=file,
        text=text,
    )
    if not checked and not mistakes.problems:
        check_names(pattern, mistakes)
    mistakes.raise_if_any()
    return pattern


def _id(fields: Fields, file: str, mistakes: Mistakes) -> str:
    name = fields.text("pattern", required="write `pattern:` and its name, like the file's")
    stem = os.path.basename(file).rpartition(".")[0]
    if name and (not _ID.fullmatch(name) or len(name) > _LONGEST_ID):
        hint = f"write it with small letters, digits and single underscores, {_LONGEST_ID} characters at most"
        mistakes.add(("pattern",), f"{name!r} is no name of a pattern", hint)
    elif name and name != stem:
        mistakes.add(("pattern",), f"the pattern {name} lies in a file that is called {stem}", "give both one name")
    return name


def _matches(fields: Fields, mistakes: Mistakes, is_regex: _IsRegex) -> tuple[Match, ...]:
    found = fields.items("match")
    if not found and "match" not in fields.values:
        fields.text("match", required=_HOW_TO_MATCH)
    return tuple(_match(value, place, mistakes, is_regex) for place, value in found)


def _match(value: Value, place: Place, mistakes: Mistakes, is_regex: _IsRegex) -> Match:
    fields = Fields(value, place, mistakes, _MATCH_KEYS, _HOW_TO_MATCH)
    if isinstance(value, dict) and not value:
        mistakes.add(place, "nothing is asked for, so it would match every failure", _HOW_TO_MATCH)
    return Match(
        text=_text(fields, mistakes, is_regex),
        exit=fields.numbers("exit", 0, 255),
        signal=tuple(number for place, name in fields.texts("signal") if (number := _signal(name, place, mistakes))),
        verdict=fields.some_of("verdict", _VERDICTS),
        findings=tuple(kind for _, kind in fields.texts("findings")),
        tests=fields.some_of("tests", _TEST_FACTS),
        work=fields.some_of("work", _WORK_KINDS),
        class_=next(iter(fields.some_of("class", _CLASSES)), None),
    )


def _text(fields: Fields, mistakes: Mistakes, is_regex: _IsRegex) -> Texts:
    value = fields.values.get("text")
    if value is None:
        return Texts()
    if not isinstance(value, dict):
        return Texts(any=_regexes(fields, "text", mistakes, is_regex))
    inner = Fields(value, (*fields.place, "text"), mistakes, Texts._fields)
    texts = Texts(*(_regexes(inner, key, mistakes, is_regex) for key in Texts._fields))
    if not texts.any and not texts.all:
        mistakes.add(inner.place, "no text is looked for here", 'write `any: ["a regex"]` or `all:`', at_key=True)
    return texts


def _regexes(fields: Fields, key: str, mistakes: Mistakes, is_regex: _IsRegex) -> tuple[str, ...]:
    return tuple(regex for place, regex in fields.texts(key) if is_regex(regex, place, mistakes))


def _granted(_regex: str, _place: Place, _mistakes: Mistakes) -> bool:
    return True


def _signal(name: str, place: Place, mistakes: Mistakes) -> int:
    try:
        return signal.Signals[name if name.startswith("SIG") else f"SIG{name}"]
    except KeyError:
        mistakes.add(place, f"{name!r} is no signal that is known here", "write it like SIGKILL")
        return 0


def _names(fields: Fields, mistakes: Mistakes) -> tuple[Renamed, ...]:
    value = fields.values.get("names")
    if value is None:
        return ()
    hint = "write `names: {package: {from: module, words: {yaml: PyYAML}}}`"
    every = Fields(value, ("names",), mistakes, value if isinstance(value, dict) else (), hint)
    renamed = []
    for name, each in every.values.items():
        place: Place = ("names", name)
        if not _NAME.fullmatch(name):
            mistakes.add(place, f"{name!r} is no name", "write it with small letters, digits and `_`", at_key=True)
        one = Fields(each, place, mistakes, ("from", "words"), hint)
        words = one.values.get("words", {})
        listed = Fields(words, (*place, "words"), mistakes, words if isinstance(words, dict) else (), hint)
        pairs = tuple((word, listed.text(word)) for word in listed.values)
        renamed.append(Renamed(name, one.text("from", required=hint), pairs))
    return tuple(renamed)


def _mitigation(fields: Fields, mistakes: Mistakes) -> Mitigation | None:
    value = fields.values.get("mitigation")
    if value is None:
        return None
    hint = 'write `mitigation: {run: "a command", timeout: 30s}`'
    one = Fields(value, ("mitigation",), mistakes, ("run", "timeout"), hint)
    timeout_s = one.duration("timeout", _MITIGATION_TIMEOUT_S, _LONGEST_MITIGATION_S)
    return Mitigation(one.text("run", required=hint), timeout_s)
