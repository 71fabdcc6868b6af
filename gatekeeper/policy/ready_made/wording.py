"""Owns looking for words and patterns in a document. Knows no file; what a character is, `markdown` says."""

from __future__ import annotations

import re
from collections.abc import Iterator

from gatekeeper.model.record import NamedTuple
from gatekeeper.policy.ready_made.checked import Spot
from gatekeeper.policy.ready_made.markdown import CODE, PROSE, Where, kinds

_MARKDOWN = (".md", ".markdown", ".mdx", ".mdown", ".mkd")
_SHOWN = 60


class Rule(NamedTuple):
    """What to look for: a `text` (whole words) or a `pattern` (a regular expression); the other is empty."""

    text: str
    pattern: str
    reason: str
    where: Where

    @property
    def said(self) -> str:
        """The rule's text as people read it."""
        return f"/{self.pattern}/" if self.pattern else repr(self.text)


def expression(rule: Rule) -> re.Pattern[str]:
    """What matches the rule. Raises `re.error` where its pattern is none."""
    if rule.pattern:
        return re.compile(rule.pattern, re.MULTILINE)
    # A phrase may be wrapped, also in a quote.
    words = r"(?:[ \t]*\n[ \t>]*|\s+)".join(re.escape(word) for word in rule.text.split())
    before = r"(?<!\w)" if re.match(r"\w", rule.text.strip()) else ""
    after = r"(?!\w)" if re.search(r"\w$", rule.text.strip()) else ""
    return re.compile(f"{before}{words}{after}")


def places(rule: Rule, text: str, file: str) -> Iterator[Spot]:
    """Every place of `text` that holds what `rule` says, where it counts; `file` is the document's name."""
    of_each = kinds(text) if file.lower().endswith(_MARKDOWN) else PROSE * len(text)
    counted = {"prose": PROSE, "code": CODE, "everywhere": PROSE + CODE}[rule.where]
    at = line = 0
    for match in expression(rule).finditer(text):
        if not match[0] or not any(of_each[index] in counted for index in range(*match.span())):
            continue
        line += text.count("\n", at, match.start())
        at = match.start()
        column = at - (text.rfind("\n", 0, at) + 1) + 1
        found = " ".join(match[0].split())
        shown = f"{found[:_SHOWN]}…" if len(found) > _SHOWN else found
        yield Spot(shown, file, line + 1, column)


def forbidden(rule: Rule, text: str, file: str) -> tuple[Spot, ...]:
    """Where the document holds what it may not."""
    because = f": {rule.reason}" if rule.reason else ""
    return tuple(
        spot._replace(message=f"{spot.message!r} may not stand here{because}") for spot in places(rule, text, file)
    )


def required(rule: Rule, text: str, file: str) -> tuple[Spot, ...]:
    """That the document does not hold what it must, or nothing."""
    if next(places(rule, text, file), None) is not None:
        return ()
    where = {"prose": " in its prose", "code": " in its code", "everywhere": ""}[rule.where]
    because = f": {rule.reason}" if rule.reason else ""
    return (Spot(f"{rule.said} is required{where} and is not there{because}", file),)
