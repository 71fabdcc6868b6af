"""Owns what is read first: the verdict, and what did not pass with what to do about it."""

from __future__ import annotations

from collections.abc import Iterator

from gatekeeper.adapters.reportpage.attempts import attempt_link, headline
from gatekeeper.adapters.reportpage.markup import (
    Html,
    badge,
    command,
    element,
    facts,
    file_link,
    join,
    listed,
    shortened,
)
from gatekeeper.model.events import StepFinished
from gatekeeper.policy.judged_commit import judged_commit
from gatekeeper.policy.number_words import duration, plural
from gatekeeper.policy.page.contents import Contents
from gatekeeper.policy.repeating import repeat_command
from gatekeeper.policy.summary import step_name, telling_first

_MORE = 4
"""So many findings are told of a failure here; all of them are in its details."""


def head(contents: Contents, verdict: str) -> Html:
    """The verdict, why, and where all of it comes from."""
    started, record, closing = contents.started, contents.record, contents.closing
    took = duration(closing.duration_s) if closing.duration_s is not None else "unknown"
    proof = f"This run is no verdict on a tree: it proves {started.proof}." if started.proof else ""
    part = f"Only {started.selection}: this says nothing of the rest of the cycle." if started.selection else ""
    pairs = (
        ("run", record.run),
        ("began", f"{record.started_at[:10]} {record.started_at[11:19]} UTC"),
        ("took", took if contents.finished else "it goes on"),
        ("rounds", f"{len(contents.rounds)} of {started.rounds}" if started.rounds else str(len(contents.rounds))),
        ("exit code", str(closing.exit_code) if contents.finished else ""),
        ("tree", closing.tree[:19]),
        ("judged", judged_commit(started)),
        ("judged by", started.judge_by),
        ("contained by", ", ".join(started.containment)),
        ("switched off", ", ".join(started.switches)),
        ("fixer", started.fixer),
        ("host", started.host),
        ("evidence", file_link(contents.beside, "journal.jsonl", f"{contents.path}/journal.jsonl")),
        ("log", started.log),
    )
    return join(
        (
            element("p", started.title or started.cycle, class_="cycle"),
            element("h1", badge(verdict)),
            element("p", closing.reason, class_="reason") if closing.reason else "",
            element("p", part, class_="reason") if part else "",
            element("p", proof, class_="reason") if proof else "",
            element("p", _count(contents), class_="count"),
            facts(pairs, class_="facts"),
        )
    )


def failing(contents: Contents) -> Html:
    """What did not pass, causes first: why, what is known, and how to try it again."""
    every = (_failure(event, contents) for event in contents.failing)
    return listed((join(parts) for parts in every), 100, class_="wrong")


def _failure(event: StepFinished, contents: Contents) -> Iterator[Html]:
    name, said = step_name(event), headline(event)
    yield element("p", badge(event.verdict), " ", attempt_link(event, contents, name), f" {shortened(said, 300)}")
    if event.known is not None and event.known.suggestion:
        yield element("p", element("strong", "What to do: "), event.known.suggestion)
    if event.verdict == "blocked":
        return
    # That it ended with an exit code goes without saying where something else is said.
    findings = [one for one in telling_first(event.findings) if one.blocks and not (said and one.kind == "exit-code")]
    more = [_finding(one.message, one.place) for one in findings if one.message not in said]
    yield listed(more, _MORE, class_="findings")
    if not contents.started.proof:
        yield command(repeat_command(contents.started, name))


def _finding(message: str, place: str) -> Html:
    return join((shortened(message, 300), element("code", f" {place}", class_="quiet") if place else ""))


def _count(contents: Contents) -> str:
    steps = contents.record.latest.values()
    bad = len(contents.failing)
    planned = max(len(contents.started.steps), len(steps))
    without = planned - len(steps)
    words = [f"{sum(event.verdict == 'passed' for event in steps)} of {plural(planned, 'step')} passed"]
    words += [f"{bad} did not"] if bad else []
    words += [f"{without} without a result"] if without else []
    return ", ".join(words)
