"""Owns the report page as a whole: one file that loads nothing and lets nothing foreign run.

Style and script stand in the page and are allowed by their hashes; whatever else a text smuggled in would be refused by
the page's own Content-Security-Policy.
"""

from __future__ import annotations

import os
from base64 import b64encode
from collections.abc import Iterator
from hashlib import sha256
from string import Template

from gatekeeper.adapters.reportpage.attempts import attempt_link
from gatekeeper.adapters.reportpage.budget import Budget, Budgets
from gatekeeper.adapters.reportpage.gauges import gauges
from gatekeeper.adapters.reportpage.markup import Html, element, join, listed, text
from gatekeeper.adapters.reportpage.picture import drawn
from gatekeeper.adapters.reportpage.repos import lessons, repos
from gatekeeper.adapters.reportpage.rounds import rounds
from gatekeeper.adapters.reportpage.tests import tests
from gatekeeper.adapters.reportpage.top import failing, head
from gatekeeper.model.events import IncidentHappened
from gatekeeper.policy.number_words import plural
from gatekeeper.policy.page.contents import Contents
from gatekeeper.policy.summary import attempts_of, step_name, strays_of

_HERE = os.path.dirname(os.path.abspath(__file__))


def page(contents: Contents) -> str:
    """The page of a run. Raises `OSError` where a part of gatekeeper itself is missing."""
    style, script = _read("style.css"), _read("script.js")
    verdict = contents.closing.verdict if contents.finished else "running"
    title = f"{verdict}: {contents.started.title or contents.started.cycle}"
    policy = (
        f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'; "
        "base-uri 'none'; form-action 'none'"
    )
    return Template(_read("page.html")).substitute(
        title=text(title), policy=policy, style=style, script=script, body=join(_sections(contents, verdict))
    )


def _sections(contents: Contents, verdict: str) -> Iterator[Html]:
    budgets = Budgets()
    sections = (
        ("wrong", "What did not pass", len(contents.failing), failing(contents)),
        ("timeline", "Who ran when", 0, drawn(contents.picture, contents.told)),
        ("rounds", "Rounds and steps", 0, rounds(contents, budgets)),
        ("tests", "Tests", _all_tests(contents), _tests(contents, budgets.tests)),
        ("numbers", "Numbers against their targets", 0, gauges(contents.gauges)),
        ("incidents", "Incidents and what was left behind", len(contents.record.incidents), _incidents(contents)),
        ("lessons", "Notes, known failures and proofs", 0, lessons(contents)),
        ("repos", "Repos", 0, repos(contents)),
    )
    shown = [one for one in sections if one[3]]
    links = (
        element(
            "li",
            element("a", heading, href=f"#{name}"),
            element("span", f" {count:,}" if count else "", class_="quiet"),
        )
        for name, heading, count, _ in shown
    )
    yield element("header", head(contents, verdict), class_=f"top t-{verdict}")
    yield element("nav", element("ul", *links), aria_label="Parts of this page")
    parts = (
        element(
            "section", element("h2", heading, id=f"{name}-heading"), body, id=name, aria_labelledby=f"{name}-heading"
        )
        for name, heading, _, body in shown
    )
    yield element("main", *parts, id="main", tabindex="-1")


def _all_tests(contents: Contents) -> int:
    return len(contents.seen.tests.rows) + contents.seen.tests.left_out


def _tests(contents: Contents, budget: Budget) -> Html:
    return join((tests(contents.seen.tests, budget), listed(contents.seen.problems, 20, class_="quiet")))


def _incidents(contents: Contents) -> Html:
    record = contents.record
    incidents = (_incident(time, one) for time, one in record.incidents)
    strays = (
        join((attempt_link(event, contents, f"{step_name(event)}, attempt {event.attempt}"),
              f" left {plural(strays_of(event), 'process', 'processes')} behind"))
        for event in attempts_of(record)
        if strays_of(event)
    )  # fmt: skip
    told = join((listed(incidents, 200), listed(strays, 100)))
    return told or element("p", "None.", class_="quiet")


def _incident(time: str, one: IncidentHappened) -> Html:
    step = f" {one.gate}/{one.step}:" if one.step else ""
    at = element("span", f" {time[11:19]}", class_="quiet")
    return join((element("span", one.kind, class_="kind"), f"{step} {one.message}", at))


def _hash(content: str) -> str:
    return f"sha256-{b64encode(sha256(content.encode()).digest()).decode()}"


def _read(name: str) -> str:
    with open(os.path.join(_HERE, name), encoding="utf-8") as file:
        return file.read()
