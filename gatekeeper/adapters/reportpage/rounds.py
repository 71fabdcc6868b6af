"""Owns telling the rounds of a run: what each came to, what changed by it, and every attempt in it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TypeAlias

from gatekeeper.adapters.reportpage.attempts import attempt
from gatekeeper.adapters.reportpage.budget import Budget, Budgets
from gatekeeper.adapters.reportpage.help import helped
from gatekeeper.adapters.reportpage.markup import Html, badge, element, join, listed, shortened
from gatekeeper.model.event_parts import FileDiff
from gatekeeper.model.help_events import TreeChanged
from gatekeeper.policy.help_words import changer_words
from gatekeeper.policy.number_words import duration, plural
from gatekeeper.policy.page.contents import ROUNDS, Contents, RoundPart, told_in_full

_LINES = 200
_SIDES = {"+": "f-green", "-": "f-red", "@": "quiet"}
_FOLDS = (("unfold-all", "Unfold all"), ("fold-all", "Fold all"))

Told: TypeAlias = dict[int, Html]
"""Every attempt that is told of, by its event's identity, ready to be placed."""


def rounds(contents: Contents, budgets: Budgets) -> Html:
    """Every round, the first one first, and the teardown behind them."""
    # In the order of what matters most: what comes last may find the page full.
    told = {id(event): attempt(event, contents, budgets) for event in told_in_full(contents.record)}
    shown = contents.rounds[-ROUNDS:]
    parts = [_round(part, contents, told, budgets.details) for part in shown]
    if len(shown) < len(contents.rounds):
        parts.insert(0, element("p", f"{len(contents.rounds) - len(shown)} earlier rounds are not shown."))
    if contents.teardown:
        teardown = (told[id(event)] for event in contents.teardown)
        parts.append(element("section", element("h3", "Teardown"), *teardown))
    if not parts:
        return element("p", "No round began.", class_="quiet")
    buttons = (element("button", words, type="button", id=name) for name, words in _FOLDS)
    return join((element("div", *buttons, class_="controls", id="folds", hidden=True), *parts))


def _round(part: RoundPart, contents: Contents, told: Told, budget: Budget) -> Html:
    number = part.record.started.round
    heading = element("h3", f"Round {number}", element("span", f" {part.record.started.reason}", class_="quiet"))
    return element("section", heading, *_inside(part, contents, told, budget), id=f"round-{number}")


def _inside(part: RoundPart, contents: Contents, told: Told, budget: Budget) -> Iterator[Html]:
    record = part.record
    counts = Counter(event.verdict for event in record.steps)
    took = f" in {duration(record.finished.duration_s)}" if record.finished else ", not ended"
    yield element(
        "p",
        f"{plural(len(record.steps), 'step')}{took}: ",
        *(join((badge(f"{number} {verdict}", verdict), " ")) for verdict, number in counts.most_common()),
    )
    if record.finished is not None and record.finished.abandoned:
        yield element("p", "Given up: somebody changed the tree while it ran.")
    for words, names in (("Turned green", part.turns.turned_green), ("Turned red", part.turns.turned_red)):
        if names:
            yield element("p", element("strong", f"{words}: "), ", ".join(names[:20]), "…" if len(names) > 20 else "")
    yield from (told[id(event)] for event in part.attempts)
    if part.left_out:
        yield element("p", f"{plural(part.left_out, 'more attempt')} not told in full; all are in the journal.",
                      class_="quiet")  # fmt: skip
    retries = (f"{one.gate}/{one.step}: retry {one.n} after {duration(one.delay_s)} ({one.class_})"
               for one in record.retries)  # fmt: skip
    if listed_retries := listed(retries, 20):
        yield join((element("h4", "Retries"), listed_retries))
    if record.help:
        yield join((element("h4", "What was tried then"), helped(record.help, contents.beside)))
    yield from (_change(change, budget) for change in record.changes)


def _change(change: TreeChanged, budget: Budget) -> Html:
    diffs = {diff.file: made for diff in change.diffs if budget.take(made := _diff(diff))}
    integrity = (f"{one.file}: {one.effect}: {'; '.join(one.reasons)}" for one in change.integrity)
    return join(
        (
            element("h4", f"The tree was changed by {changer_words(change)}"),
            listed(integrity, 20),
            *diffs.values(),
            listed((element("code", file) for file in change.files if file not in diffs), 50, class_="files"),
        )
    )


def _diff(diff: FileDiff) -> Html:
    if not diff.diff:
        return element("p", element("code", diff.file), f": not shown, {diff.why_not}", class_="quiet")
    lines = (
        element("span", shortened(line, 400), class_=_SIDES.get(line[:1])) for line in diff.diff.split("\n")[:_LINES]
    )
    shown = element("pre", Html("\n".join(lines)), class_="diff", tabindex="0", role="region", aria_label=diff.file)
    return element("details", element("summary", element("code", diff.file)), shown, class_="output", open=True)
