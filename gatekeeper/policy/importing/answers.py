"""Owns what a plan says that an API must answer: ``duplicate signup => 409``. Sends nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator

from gatekeeper.model.record import NamedTuple
from gatekeeper.policy.drafting.draft import Said, Sure
from gatekeeper.policy.importing import sections
from gatekeeper.policy.importing.outline import Found, Node, walk

_COUNTS = r"\s*(?:%|(?:ms|s|secs?|seconds|m|mins?|minutes|h|hours)\b)"
_STATUS = rf"(?:HTTP\s+)?(?:status\s+)?(?:code\s+)?([1-5]\d\d)(?![\w.])(?!{_COUNTS})"
_ANSWER = re.compile(
    r"(.{1,200}?)\s*(?:=>|->|→|⇒|:|[\u2014\u2013]|=|\b(?:returns?|answers?|gives?|gets?|yields?|responds?(?:\s+with)?|"
    rf"remains?|stays?|must\s+be|is)\b)\s*(?:with\s+|a\s+|an\s+)?{_STATUS}(.*)",
    re.IGNORECASE,
)
_REQUEST = re.compile(r"\b(GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS)\s+((?:https?:/)?/[^\s`|,;)]*)")
_AFTER_EACH = re.compile(r"\bafter\s+(?:each|every)\b", re.IGNORECASE)
_BASE = re.compile(r"(?:(?:base|backend|api|service|server|app|stack)[\s_-]*)?url", re.IGNORECASE)
_URL = re.compile(r"https?://[^\s`)>\"']+")
_METHODS = (
    (re.compile(r"\b(?:sign-?up|register|log-?in|sign-?in|create|submit|post)\b", re.IGNORECASE), "POST"),
    (re.compile(r"\b(?:delete|remove)\b", re.IGNORECASE), "DELETE"),
)


class Answer(NamedTuple):
    """A request and the status that it must get. `url` is absolute, a path, or empty where the plan has none."""

    name: str
    status: str
    method: str
    method_said: Said
    url: str
    said: Said
    after_each: bool


class Base(NamedTuple):
    """The URL that paths belong to."""

    url: str
    said: Said


class Answers(NamedTuple):
    """What stands under one title."""

    found: Found
    answers: tuple[Answer, ...]


def answers(document: Node) -> tuple[Answers, ...]:
    """The answers that the plan wants."""
    told = []
    for found in walk(document):
        node = found.node
        if sections.opens(sections.ANSWERS, node) and not any(
            sections.opens(sections.ANSWERS, inner.node) for inner in walk(node)
        ):
            told.append(Answers(found, tuple(_under(node))))
    return tuple(each for each in told if each.answers)


def base_url(document: Node) -> Base | None:
    """What the plan gives as the URL of what it is about, like ``**Base URL:** http://127.0.0.1:8080``."""
    for found in walk(document):
        url = _URL.match(found.node.value)
        if _BASE.fullmatch(found.node.label) and url:
            return Base(url[0].rstrip("/"), Said(found.node.line, Sure.HIGH))
    return None


def _under(node: Node) -> Iterator[Answer]:
    for found in walk(node):
        each = found.node
        answer = _of_row(each) if each.kind == "row" else _of_line(each) if each.kind in {"item", "text"} else None
        if answer is not None:
            yield answer


def _of_line(node: Node) -> Answer | None:
    found = _ANSWER.match(node.text)
    return _answer(found[1], found[2], node) if found else None


def _of_row(node: Node) -> Answer | None:
    status = next((found for cell in node.cells[1:] if (found := re.fullmatch(_STATUS, cell.strip("`* ")))), None)
    return _answer(node.cells[0], status[1], node) if status and node.cells[0] else None


def _answer(name: str, status: str, node: Node) -> Answer:
    said = Said(node.line, Sure.HIGH)
    request = _REQUEST.search(node.text)
    if request:
        named = _REQUEST.sub("", name).strip(" ()`,:-\u2013\u2014")
        method, url, method_said = request[1], request[2], said
    else:
        named, url, method = name, "", next((each for pattern, each in _METHODS if pattern.search(name)), "GET")
        method_said = Said(node.line, Sure.LOW, "the plan names no method")
    return Answer(
        named or f"{method} {url}", status, method, method_said, url, said, bool(_AFTER_EACH.search(node.text))
    )
