"""Owns what is said of a failure once its pattern was found: texts with names filled in. Looks for nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from gatekeeper.model.known import KnownFailure
from gatekeeper.model.pattern import Pattern
from gatekeeper.policy.patterns.filling import NotCaptured, filled, filled_command
from gatekeeper.policy.patterns.looking import Seen

FACTS = ("step", "gate", "cwd", "command", "exit_code", "python")
"""Names that every text can ask for without anything being captured; `python` is the one that gatekeeper runs on."""

PORT, HOLDER = "port", "holder"
"""Where `PORT` was captured, `HOLDER` names who holds it."""


def known_failure(pattern: Pattern, seen: Seen, facts: Mapping[str, str]) -> KnownFailure:
    """What `pattern` says of what was `seen`; `facts` are the values of `FACTS`, and of `HOLDER` if it was looked up.

    Without a value for what they ask, there is no dependency and no mitigation. Raises `NotCaptured` where a sentence
    cannot be said.
    """
    values = {**facts, **dict(seen.captures)}
    for renamed in pattern.names:
        if captured := values.get(renamed.source):
            values[renamed.name] = dict(renamed.words).get(captured, captured)
    known = KnownFailure(
        pattern=pattern.id,
        class_=pattern.class_,
        root_cause=filled(pattern.root_cause, values),
        suggestion=filled(pattern.suggestion, values),
        runbook=pattern.runbook,
        dependency=_if_captured(filled, pattern.dependency, values),
        captures=seen.captures,
        line=seen.line.strip(),
    )
    if pattern.mitigation is None:
        return known
    command = _if_captured(filled_command, pattern.mitigation.run, values)
    return known._replace(mitigation=command, mitigation_timeout_s=pattern.mitigation.timeout_s)


def _if_captured(fill: Callable[[str, Mapping[str, str]], str], text: str, values: Mapping[str, str]) -> str:
    try:
        return fill(text, values)
    except NotCaptured:
        return ""
