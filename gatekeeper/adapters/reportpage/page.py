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

from gatekeeper.adapters.reportpage.attempts import anchor, headline
from gatekeeper.adapters.reportpage.budget import Budget, Budgets
from gatekeeper.adapters.reportpage.gauges import gauges
from gatekeeper.adapters.reportpage.help import proofs, settled
from gatekeeper.adapters.reportpage.markup import Html, badge, element, facts, join, listed, shortened, text
from gatekeeper.adapters.reportpage.picture import drawn
from gatekeeper.adapters.reportpage.rounds import rounds
from gatekeeper.adapters.reportpage.tests import tests
from gatekeeper.model.events import IncidentHappened
from gatekeeper.model.tree import RepoState
from gatekeeper.policy.evidence_words import change_words
from gatekeeper.policy.number_words import duration, plural
from gatekeeper.policy.page.contents import Contents
from gatekeeper.policy.summary import attempts_of, step_name, strays_of, weakened

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
    sections = [
        ("wrong", "What did not pass", _failing(contents)),
        ("timeline", "Who ran when", drawn(contents.picture)),
        ("rounds", "Rounds and steps", rounds(contents, budgets)),
        ("tests", "Tests", _tests(contents, budgets.tests)),
        ("numbers", "Numbers against their targets", gauges(contents.gauges)),
        ("incidents", "Incidents and what was left behind", _incidents(contents)),
        ("repos", "Repos, proofs and what judges", _repos(contents)),
    ]
    told = [(name, heading, body) for name, heading, body in sections if body]
    links = (element("li", element("a", heading, href=f"#{name}")) for name, heading, _ in told)
    yield element("header", _head(contents, verdict), class_=f"top t-{verdict}")
    yield element("nav", element("ul", *links), aria_label="Parts of this page")
    parts = (element("section", element("h2", heading), body, id=name) for name, heading, body in told)
    yield element("main", *parts, id="main")


def _head(contents: Contents, verdict: str) -> Html:
    started, record, closing = contents.started, contents.record, contents.closing
    took = duration(closing.duration_s) if closing.duration_s is not None else "unknown"
    proof = f"This run is no verdict on a tree: it proves {started.proof}." if started.proof else ""
    pairs = (
        ("run", record.run),
        ("began", f"{record.started_at[:10]} {record.started_at[11:19]} UTC"),
        ("took", took if contents.finished else "it goes on"),
        ("rounds", f"{len(contents.rounds)} of {started.rounds}" if started.rounds else str(len(contents.rounds))),
        ("exit code", str(closing.exit_code) if contents.finished else ""),
        ("only", started.selection),
        ("tree", closing.tree[:19]),
        ("judged by", started.judge_by),
        ("contained by", ", ".join(started.containment)),
        ("switched off", ", ".join(started.switches)),
        ("fixer", started.fixer),
        ("host", started.host),
        ("journal", f"{contents.path}/journal.jsonl"),
        ("log", started.log),
    )
    return join(
        (
            element("p", started.title or started.cycle, class_="cycle"),
            element("h1", badge(verdict)),
            element("p", closing.reason, class_="reason") if closing.reason else "",
            element("p", proof, class_="reason") if proof else "",
            element("p", _count(contents), class_="count"),
            facts(pairs, class_="facts"),
        )
    )


def _count(contents: Contents) -> str:
    steps = contents.record.latest.values()
    bad = len(contents.failing)
    planned = max(len(contents.started.steps), len(steps))
    without = planned - len(steps)
    words = [f"{sum(event.verdict == 'passed' for event in steps)} of {plural(planned, 'step')} passed"]
    words += [f"{bad} did not"] if bad else []
    words += [f"{without} without a result"] if without else []
    return ", ".join(words)


def _failing(contents: Contents) -> Html:
    if not contents.failing:
        return Html("")
    every = (
        join((badge(event.verdict), " ", element("a", step_name(event), href=f"#{anchor(event)}"),
              f" {shortened(headline(event), 300)}",
              element("p", f"What to do: {event.known.suggestion}") if event.known and event.known.suggestion else ""))
        for event in contents.failing
    )  # fmt: skip
    return listed(every, 100, class_="wrong")


def _tests(contents: Contents, budget: Budget) -> Html:
    return join((tests(contents.seen.tests, budget), listed(contents.seen.problems, 20, class_="quiet")))


def _incidents(contents: Contents) -> Html:
    record = contents.record
    incidents = (_incident(time, one) for time, one in record.incidents)
    strays = (
        join((element("a", f"{step_name(event)}, attempt {event.attempt}", href=f"#{anchor(event)}"),
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


def _repos(contents: Contents) -> Html:
    record = contents.record
    weaker = tuple(dict.fromkeys(change_words(change) for change in weakened(record)))
    after = {repo.name: repo for repo in contents.closing.repos}
    heads = (element("th", name, scope="col") for name in ("repo", "at the start", "at the end"))
    rows = (
        element("tr", element("th", repo.name, scope="row"), element("td", _state(repo)),
                element("td", _state(after[repo.name]) if repo.name in after else "not told"))
        for repo in contents.started.repos
    )  # fmt: skip
    notes = (f"{note.problem} → {note.root_cause} → {note.solution}: {note.nugget}" for _, note in record.notes)
    flaky = (f"{one.gate}/{one.step} {one.message}" for one in record.flaky)
    parts = (
        ("Proofs of fixes", proofs(record)),
        ("Settled repos", settled(record)),
        ("What judges became weaker", listed(weaker, 50)),
        ("Flaky steps", listed(flaky, 50)),
        ("Notes", listed(notes, 50)),
    )
    table = element("table", element("thead", element("tr", *heads)), element("tbody", *rows))
    return join(
        (
            element("div", table, class_="wide", tabindex="0", role="region", aria_label="Repos"),
            *(join((element("h3", heading), body)) for heading, body in parts if body),
        )
    )


def _state(repo: RepoState) -> Html:
    where = " ".join(filter(None, (repo.commit[:12] or "no commit", repo.branch, repo.subject)))
    count = f"{plural(repo.drift_count, 'file')} differ" if repo.drift_count != 1 else "1 file differs"
    return join(
        (
            where,
            element("div", repo.problem) if repo.problem else "",
            element("details", element("summary", count), listed(repo.drift, 50, class_="files"))
            if repo.drift_count
            else element("div", "clean", class_="quiet"),
        )
    )


def _hash(content: str) -> str:
    return f"sha256-{b64encode(sha256(content.encode()).digest()).decode()}"


def _read(name: str) -> str:
    with open(os.path.join(_HERE, name), encoding="utf-8") as file:
        return file.read()
