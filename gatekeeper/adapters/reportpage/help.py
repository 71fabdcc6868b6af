"""Owns telling what was tried between rounds and what became of it: calls, mitigations, proofs, settled repos."""

from __future__ import annotations

from collections.abc import Iterable

from gatekeeper.adapters.reportpage.markup import Html, badge, command, element, facts, file_link, join, listed
from gatekeeper.model.help_events import BreakerOpened, ChangeAwaited
from gatekeeper.policy.fold import Help, RunRecord
from gatekeeper.policy.help_words import (
    breaker_words,
    commit_words,
    ended_words,
    proof_words,
    settled_words,
    usage_words,
)
from gatekeeper.policy.helped import Episode, FixerCall, Mitigated, episodes
from gatekeeper.policy.number_words import duration

_PROOFS = {"failed": "passed", "passed": "flaky", "unclear": "inconclusive"}
_SETTLED = {"clean": "passed", "kept": "passed", "reverted": "passed", "unsettled": "failed"}


def helped(events: Iterable[Help], beside: str) -> Html:
    """What was done between two rounds, in its order. `beside` is how links to the run's folder begin."""
    return element("ol", *(element("li", _episode(one, beside)) for one in episodes(events)), class_="help")


def proofs(record: RunRecord) -> Html:
    """Whether each fix is what made its step pass."""
    every = (
        join((badge(words[0], _PROOFS[event.outcome]), f" {event.gate}/{event.step}: {words[2]}",
              element("span", f" (run {event.run})", class_="quiet") if event.run else ""))
        for _, event in record.proofs
        for words in (proof_words(event).partition(": "),)
    )  # fmt: skip
    return listed(every, 100)


def settled(record: RunRecord) -> Html:
    """What became of each repo's drift."""
    return listed(
        (join((badge(event.how, _SETTLED[event.how]), f" {event.repo}: {settled_words(event)}"))
         for event in record.settled),
        100,
    )  # fmt: skip


def _episode(one: Episode, beside: str) -> Html:
    match one:
        case Mitigated(started, finished):
            ended = "did not end" if finished is None else f"{ended_words(finished)}, {duration(finished.duration_s)}"
            return join(
                (
                    element("strong", f"Mitigation {started.pattern}"),
                    f" for {started.gate}/{started.step}: {ended}",
                    command(started.command),
                    _file(beside, finished.output if finished else None),
                )
            )
        case FixerCall():
            return _call(one, beside)
        case BreakerOpened():
            return join((element("strong", "Not tried any more: "), breaker_words(one)))
        case ChangeAwaited():
            return join((f"Waited for a change of the tree, for {duration(one.within_s)} at most",))


def _call(call: FixerCall, beside: str) -> Html:
    started, finished = call.started, call.finished
    ended = "did not end" if finished is None else f"{ended_words(finished)}, {duration(finished.duration_s)}"
    parts = [
        join((element("strong", f"Call {started.call} of the fixer {started.provider}"), f": {ended}")),
        _file(beside, started.brief_file, "Brief"),
    ]
    if finished is not None:
        parts += [
            listed(finished.diffstat or finished.changed, 50, class_="files"),
            listed((f"{one.kind}: {one.message}" for one in finished.findings), 30, class_="findings"),
            facts(
                (
                    ("commits", "; ".join(map(commit_words, finished.commits[:20]))),
                    ("not allowed, and still so", ", ".join(finished.violating[:50])),
                    ("put back", ", ".join(finished.undone[:50])),
                    ("usage", usage_words(finished.usage)),
                )
            ),
            _file(beside, finished.output),
        ]
    return join(parts)


def _file(beside: str, name: str | None, what: str = "Output") -> Html:
    return element("p", f"{what}: ", file_link(beside, name)) if name else Html("")
