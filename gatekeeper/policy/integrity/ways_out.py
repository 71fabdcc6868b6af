"""Owns finding ways out of a test in languages that are not parsed: what leaves it early or swallows its failure."""

from __future__ import annotations

import re
from collections.abc import Iterator

from gatekeeper.policy.integrity.facts import Mark
from gatekeeper.policy.integrity.lexing import closing

_LEAVES = re.compile(r"^[ \t]*(?:if\b[^\n{]*)?\breturn\b(?:[ \t]+0)?[ \t]*(?:;|$)[^\n]*", re.MULTILINE)
_NEVER = re.compile(
    r"\bif\s*\(?\s*false\b[^\n]*|&&\s*false\b[^\n]*|\bfalse\s*&&[^\n]*"
    r"|\bif\s+(?P<x>[\w.]+)\s*(?:!=|!==)\s*(?P=x)\s*\{[^\n]*|\bif\s*\(\s*(?P<y>[\w.]+)\s*!==?\s*(?P=y)\s*\)[^\n]*"
)
_TRY = re.compile(r"\btry\s*\{")
_CAUGHT = re.compile(r"\s*catch\b\s*(?:\([^()]*\))?\s*\{")
_RECOVERS = re.compile(r"\bdefer func\(\)\s*\{\s*(?:_\s*=\s*)?recover\(\)\s*;?\s*\}\(\)")
_ENDS = re.compile(
    r"\b(?:os\.Exit|process\.exit|System\.exit|exitProcess)\(\s*0?\s*\)|^[ \t]*set \+\w*e\w*", re.MULTILINE
)
_REPLACED = re.compile(r"(?<![\w.])(?:assert|expect)\.\w+\s*=(?![=>])[^\n]*")

# What bats itself finds out, set by hand, and its `run` made anew.
_GIVEN = re.compile(r"^[ \t]*(?:(?:function\s+)?run\s*\(\)|(?:output|status)=)[^\n]*", re.MULTILINE)


def ways_out(test: str, body: str, bones: str, assertion: re.Pattern[str]) -> Iterator[Mark]:
    """What keeps the assertions of one test from being made, or from being heard.

    `bones` is the body without its texts; only what is no text counts.
    """
    asserted = [found.start() for found in assertion.finditer(body) if _is_code(found, body, bones)]
    last = max(asserted, default=-1)
    for found in _LEAVES.finditer(bones):
        # Deeper in it is the end of a function inside of the test, or of a case that was looked at.
        if found.start() < last and _depth(bones[: found.start()]) == 1:
            yield _mark("early-return", found, body, test)
    for found in _NEVER.finditer(bones):
        yield _mark("unreachable-assertions", found, body, test)
    for found in _RECOVERS.finditer(bones):
        yield _mark("swallowed-assertions", found, body, test)
    for found in _TRY.finditer(bones):
        end = closing(bones, found.end() - 1)
        caught = _CAUGHT.match(bones, end)
        if caught is None or not any(found.end() <= at < end for at in asserted):
            continue
        after = closing(bones, caught.end() - 1)
        speaks = any(caught.end() <= at < after for at in asserted) or "throw" in bones[caught.end() : after]
        if not speaks and "fail" not in bones[caught.end() : after]:
            yield Mark("swallowed-assertions", " ".join(body[found.start() : after].split())[:120], test)


def file_marks(code: str, bones: str) -> Iterator[Mark]:
    """What ends the runner as if all was well, and what replaces the assertions themselves, anywhere in a file."""
    for found in _ENDS.finditer(bones):
        yield _mark("early-exit", found, code, "")
    for found in _REPLACED.finditer(bones):
        yield _mark("empty-assertion", found, code, "")
    for found in _GIVEN.finditer(bones) if "@test" in bones else ():
        yield _mark("empty-assertion", found, code, "")


def _mark(rule: str, found: re.Match[str], code: str, test: str) -> Mark:
    return Mark(rule, " ".join(code[found.start() : found.end()].split()), test)


def _is_code(found: re.Match[str], body: str, bones: str) -> bool:
    return bones[found.start()] == body[found.start()]


def _depth(bones: str) -> int:
    return bones.count("{") - bones.count("}")
