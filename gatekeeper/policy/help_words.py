"""Owns how help between rounds is said in a few words: mitigations, calls of the fixer, proofs, what came of repos.

Pure; knows no layout.
"""

from __future__ import annotations

from gatekeeper.model.help_events import (
    BreakerOpened,
    FixerFinished,
    FixProved,
    MitigationFinished,
    RepoSettled,
    Usage,
)
from gatekeeper.model.known import KnownFailure

_PARTS = (("input_tokens", "input"), ("output_tokens", "output"), ("total_tokens", "total"))


def known_words(known: KnownFailure) -> str:
    """``port 8080 is held by python3 (pid 123); stop it, or choose another port``: the root cause, and what to do."""
    return "; ".join(part.rstrip(".") for part in (known.root_cause, known.suggestion) if part)


def ended_words(event: MitigationFinished | FixerFinished) -> str:
    """``exit code 0``, or why it did not come to its end."""
    return event.problem or ("no exit code" if event.exit_code is None else f"exit code {event.exit_code}")


def usage_words(usage: Usage) -> str:
    """``tokens: 1,200 input, 340 output, total unknown; cost unknown``: exact numbers, or that nothing states them.

    A total is never worked out of its parts, and what is not known is never 0. Empty where nothing is stated at all.
    """
    numbers = (*(getattr(usage, name) for name, _ in _PARTS), usage.cost)
    if all(number is None for number in numbers):
        return ""
    tokens = ", ".join(_tokens(getattr(usage, name), word) for name, word in _PARTS)
    cost = "unknown" if usage.cost is None else f"{usage.cost:,.6f}".rstrip("0").rstrip(".")
    source = f" (by {usage.source})" if usage.source else ""
    return f"tokens: {tokens}; cost {cost}{source}"


def proof_words(proved: FixProved) -> str:
    """What running the step once more on the tree before its fix says of the fix."""
    why = f": {proved.message}" if proved.message else ""
    match proved.outcome:
        case "failed":
            return f"proven: fails on the tree before the fix as it did{why}"
        case "passed":
            return f"not proven: passes on the tree before the fix, too; it is flaky{why}"
        case "unclear":
            return f"not proven: what it does on the tree before the fix is unclear{why}"


def settled_words(settled: RepoSettled) -> str:
    """What became of a repo's drift, and whether the remote has it."""
    match settled.how:
        case "clean":
            words = "clean"
        case "kept":
            words = f"kept, and committed as {_commits(settled.commits)}" if settled.commits else "kept, and committed"
        case "reverted":
            words = "reverted"
        case "unsettled":
            words = f"not settled, {_files(len(settled.files))} left"
    by_us = f", committed as {settled.committed[:_COMMIT]} because the cycle says so" if settled.committed else ""
    pushed = f", pushed: {settled.remote or 'the remote'} holds it" if settled.pushed else ""
    return f"{words}{by_us}{pushed}" + (f"; {settled.problem}" if settled.problem else "")


def breaker_words(event: BreakerOpened) -> str:
    """Why something is not tried any more, and when it is tried again."""
    default = (
        "the same failure on the same tree" if event.kind == "no-progress" else f"{event.signature} does not answer"
    )
    return event.message or default


_COMMIT = 7


def _tokens(number: int | None, word: str) -> str:
    return f"{word} unknown" if number is None else f"{number:,} {word}"


def _commits(commits: tuple[str, ...]) -> str:
    named = ", ".join(commits[:3])
    return f"{named} and {len(commits) - 3} more" if len(commits) > 3 else named


def _files(number: int) -> str:
    return "1 file" if number == 1 else f"{number:,} files"
