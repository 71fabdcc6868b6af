"""Owns how help is said in a few words: what is known of a failure, how a call ended, what it used, what came of it.

Pure; knows no layout. What comes from outside is as it came: who shows it cleans it.
"""

from __future__ import annotations

import re

from gatekeeper.model.help_events import (
    BreakerOpened,
    FixerFinished,
    FixProved,
    MitigationFinished,
    RepoSettled,
    TreeChanged,
    Usage,
)
from gatekeeper.model.known import KnownFailure
from gatekeeper.policy.few import few

_TOKENS = (("input_tokens", "input"), ("output_tokens", "output"), ("total_tokens", "total"))
_NAMED = 3
_OBJECT = r"^((?:[^:]+: )?[0-9a-f]{7})[0-9a-f]{5,57}\b"
REUSED = "reused: its inputs are as they were when it passed"
"""Why a step that was not run again passes."""


def known_words(known: KnownFailure) -> str:
    """``port_in_use (config): port 8080 is held by python3 (pid 123); stop it``: what a pattern says of a failure."""
    return f"{known.pattern} ({known.class_}): {cause_words(known)}"


def cause_words(known: KnownFailure) -> str:
    """The root cause, and what to do."""
    return "; ".join(part.rstrip(".") for part in (known.root_cause, known.suggestion) if part)


def ended_words(event: MitigationFinished | FixerFinished) -> str:
    """``exit code 0``, or why it did not come to its end."""
    if event.problem:
        return event.problem
    return "no exit code" if event.exit_code is None else f"exit code {event.exit_code}"


def usage_words(usage: Usage, unstated: str = "unknown") -> str:
    """``tokens: input 1,200, output 340, total 1,540; cost 0.42``: exact, and `unstated` for what nothing states.

    What is not stated is never worked out, and never 0. Empty where nothing is stated at all.
    """
    if usage.cost is None and all(getattr(usage, name) is None for name, _ in _TOKENS):
        return ""
    tokens = ", ".join(f"{word} {_number(getattr(usage, name), unstated)}" for name, word in _TOKENS)
    source = f" (from {usage.source})" if usage.source else ""
    return f"tokens: {tokens}; cost {_number(usage.cost, unstated)}{source}"


def proof_words(proved: FixProved) -> str:
    """What running the step once more on the tree before its fix says of the fix."""
    said = f": {proved.message}" if proved.message else ""
    match proved.outcome:
        case "failed":
            return f"proven: it fails on the tree before the fix as it had{said}"
        case "passed":
            return f"not proven, flaky: it passes on the tree before the fix as well{said}"
        case "unclear":
            return f"not proven, on the tree before the fix{said or ': it is unclear what it does'}"


def settled_words(settled: RepoSettled) -> str:
    """What became of a repo's drift, by which commits, and whether its remote has them."""
    words = [_how(settled)]
    if settled.committed:
        words.append(f"committed by the cycle as {commit_words(settled.committed)}")
    if settled.pushed:
        words.append(f"pushed: {settled.remote or 'the remote'} has it")
    elif settled.remote:
        words.append(f"not pushed to {settled.remote}")
    return ", ".join(words) + (f"; {settled.problem}" if settled.problem else "")


def breaker_words(event: BreakerOpened) -> str:
    """Why something is not tried any more."""
    if event.message:
        return event.message
    return "the same failure met the same tree again" if event.kind == "no-progress" else f"{event.signature} fails"


def changer_words(change: TreeChanged) -> str:
    """Who changed the tree, as far as that is known."""
    match change.by:
        case "fixer":
            return "the fixer"
        case "mitigation":
            return "a mitigation"
        case "step":
            return "a step that may"
        case _:
            return "a person or another program"


FILES_UNKNOWN = "which files is not known"
"""What is said of a change of the tree between a run's death and its going on."""


def commit_words(commit: str) -> str:
    """A commit, perhaps with its repo in front and its subject behind, with its id as people write it."""
    return re.sub(_OBJECT, r"\1", commit)


def _how(settled: RepoSettled) -> str:
    match settled.how:
        case "clean":
            return "clean"
        case "kept":
            by = f": {few(tuple(map(commit_words, settled.commits)), _NAMED)}" if settled.commits else ""
            besides = f", the rest reverted: {few(settled.files, _NAMED)}" if settled.files else ""
            return f"kept and committed{by}{besides}"
        case "reverted":
            return f"reverted: {few(settled.files, _NAMED)}" if settled.files else "reverted"
        case "unsettled":
            left = f": {few(settled.files, _NAMED)}" if settled.files else ""
            meanwhile = f" (committed meanwhile: {few(tuple(map(commit_words, settled.commits)), _NAMED)})"
            return f"not settled{left}{meanwhile if settled.commits else ''}"


def _number(value: float | None, unstated: str) -> str:
    return unstated if value is None else f"{value:,}"
