"""Owns reading a test file of a language that is not parsed, by how its tests are written. Judges nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator

from gatekeeper.policy.integrity.facts import EXACT, Assertion, Facts, Mark, Test
from gatekeeper.policy.integrity.languages import Language
from gatekeeper.policy.integrity.lexing import closing, skeleton, without_comments
from gatekeeper.policy.integrity.ways_out import file_marks, ways_out

_FUNCTION = re.compile(
    r"\b(?:func|fn|function|def|const|let|var)\s+(?:\([^)\n]*\)\s*)?(?P<named>\w+)"
    r"|\b(?P<bare>\w+)\s*\([^()\n]*\)\s*(?:throws [\w., ]+)?\{"
)
_KEYWORDS = {"if", "for", "while", "switch", "catch", "match", "synchronized", "describe", "it", "test"}
_QUOTES = "\"'`"


def read_text(text: str, language: Language) -> Facts:
    """The facts of a file."""
    code, bones = without_comments(text, language.comments), skeleton(text, language.comments)
    tests: list[Test] = []
    ways: list[Mark] = list(file_marks(code, bones))
    spans: list[tuple[int, int, str]] = []
    for found in language.test.finditer(code):
        if bones[found.start()] != code[found.start()]:
            continue  # it stands inside of a text
        name = next(filter(None, (found.groupdict().get("name") and [found["name"]]) or found.groups()), "").strip(
            _QUOTES
        )
        start, end = _span(found, bones, language)
        body = code[start:end]
        spans.append((found.start(), end, name))
        cases = 1 if language.case is None else max(1, len(language.case.findall(f"{found[0]}{body}")))
        ways += ways_out(name, body, bones[start:end], language.assertion)
        tests.append(Test(name, name, cases, tuple(_assertions(body, bones[start:end], language)), _squeezed(body)))
    functions = _functions(bones)
    helpers = [
        (next((name for start, name in reversed(functions) if start < at), ""), assertion)
        for at, assertion in _placed(code, bones, language)
        if not any(start <= at < end for start, end, _ in spans)
    ]
    # A helper is called as often as its name stands anywhere but where it is made.
    calls = [name for name in {name for name, _ in helpers} if name for _ in range(_count(name, bones, functions))]
    marks = [
        Mark(rule, _squeezed(found[0]), _owner(found.start(), spans), found[0])
        for rule, pattern in (
            ("new-skip", language.skip),
            ("focused-tests", language.focus),
            ("more-retries", language.retry),
        )
        if pattern is not None
        # What tells the compiler to leave a file out stands in a comment.
        for found in pattern.finditer(text)
        if found[0].startswith("//") or bones[found.start()] == text[found.start()]
    ]
    mocks = [
        next(filter(None, found.groups()), "") for found in (language.mock.finditer(code) if language.mock else ())
    ]
    return Facts(tuple(tests), tuple(helpers), (*marks, *ways), (), tuple(mocks), tuple(calls))


def _span(found: re.Match[str], bones: str, language: Language) -> tuple[int, int]:
    match language.body:
        case "call":
            # The name stands in the brackets of the call that makes the test.
            opening = bones.rfind("(", found.start(), found.end())
            return found.end(), closing(bones, opening)
        case "braces":
            opening = found.end() - 1 if bones[found.end() - 1] == "{" else bones.find("{", found.end())
            return (opening, closing(bones, opening)) if opening >= 0 else (found.end(), found.end())
        case "lines":
            indent = len(found[0]) - len(found[0].lstrip(" \t\n"))
            deeper = re.compile(rf"^(?![ \t]{{{indent + 1},}}|[ \t]*$)", re.MULTILINE)
            first = bones.find("\n", found.end()) + 1 or len(bones)
            last = deeper.search(bones, first)
            return first, last.start() if last else len(bones)


def _placed(code: str, bones: str, language: Language) -> Iterator[tuple[int, Assertion]]:
    for found in language.assertion.finditer(code):
        if bones[found.start()] != code[found.start()]:
            continue
        whole = code[found.start() : _end(found, bones)]
        text = _squeezed(whole)
        rank = next((rank for pattern, rank in language.ranks if pattern.search(text)), EXACT)
        names = frozenset(re.findall(r"[A-Za-z_$][\w$]*(?=\s*\()", whole)) | frozenset(re.findall(r"\b[a-z]\w+", whole))
        yield found.start(), Assertion(text, rank, 1, names)


def _functions(bones: str) -> list[tuple[int, str]]:
    """Where each function is made, and its name."""
    return [
        (found.start(), found["named"] or found["bare"])
        for found in _FUNCTION.finditer(bones)
        if found["bare"] not in _KEYWORDS
    ]


def _count(name: str, bones: str, functions: list[tuple[int, str]]) -> int:
    made = sum(name == other for _, other in functions)
    return max(0, len(re.findall(rf"\b{re.escape(name)}\b", bones)) - made)


def _assertions(body: str, bones: str, language: Language) -> Iterator[Assertion]:
    for _, assertion in _placed(body, bones, language):
        yield assertion


def _end(found: re.Match[str], bones: str) -> int:
    """The end of the statement: past the brackets that are opened, and past every call that is chained on."""
    end = found.end()
    if bones[end - 1] not in "([{":
        return end
    end = closing(bones, end - 1)
    while chained := re.compile(r"\s*(?:\??\.|->|::)\s*[\w$]+!?(?:<[^>]*>)?\s*(\()?").match(bones, end):
        end = closing(bones, chained.end() - 1) if chained[1] else chained.end()
    return end


def _owner(at: int, spans: list[tuple[int, int, str]]) -> str:
    return next((name for start, end, name in spans if start - 80 <= at < end and at >= start), "")


def _squeezed(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip().rstrip(";")
