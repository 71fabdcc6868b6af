"""Owns telling what became of the repos, and what the run taught: notes, known failures, proofs."""

from __future__ import annotations

from gatekeeper.adapters.reportpage.attempts import attempt_link
from gatekeeper.adapters.reportpage.help import proofs, settled
from gatekeeper.adapters.reportpage.markup import Html, element, facts, join, listed
from gatekeeper.model.events import NoteAdded
from gatekeeper.model.tree import RepoState
from gatekeeper.policy.evidence_words import change_words
from gatekeeper.policy.number_words import plural
from gatekeeper.policy.page.contents import Contents
from gatekeeper.policy.summary import attempts_of, step_name, weakened

_PLACES = 20


def repos(contents: Contents) -> Html:
    """Each repo at both ends of the run, and what was settled or became weaker."""
    record = contents.record
    weaker = tuple(dict.fromkeys(change_words(change) for change in weakened(record)))
    after = {repo.name: repo for repo in contents.closing.repos}
    heads = (element("th", name, scope="col") for name in ("repo", "at the start", "at the end"))
    rows = (
        element("tr", element("th", repo.name, scope="row"), element("td", _state(repo)),
                element("td", _state(after[repo.name]) if repo.name in after else "not told"))
        for repo in contents.started.repos
    )  # fmt: skip
    table = element("table", element("thead", element("tr", *heads)), element("tbody", *rows))
    return join(
        (
            element("div", table, class_="wide", tabindex="0", role="region", aria_label="Repos"),
            _part("Settled repos", settled(record)),
            _part("What judges became weaker", listed(weaker, 50)),
        )
    )


def lessons(contents: Contents) -> Html:
    """What is known now: notes with their nuggets, failures that have a name, proofs of fixes, flaky steps."""
    record = contents.record
    flaky = (f"{one.gate}/{one.step} {one.message}" for one in record.flaky)
    return join(
        (
            join(_note(note) for _, note in record.notes),
            _part("Known failures that were met", _known(contents)),
            _part("Proofs of fixes", proofs(record)),
            _part("Flaky steps", listed(flaky, 50)),
        )
    )


def _note(note: NoteAdded) -> Html:
    pairs = (
        ("problem", note.problem),
        ("root cause", note.root_cause),
        ("solution", note.solution),
        ("gold nugget", note.nugget),
        ("domain", note.domain),
    )
    return facts(pairs, class_="note")


def _known(contents: Contents) -> Html:
    met: dict[tuple[str, str, str], list[Html]] = {}
    for event in attempts_of(contents.record):
        if event.known is not None:
            link = attempt_link(event, contents, f"{step_name(event)}, attempt {event.attempt}")
            key = (event.known.pattern, event.known.root_cause, event.known.suggestion)
            met.setdefault(key, []).append(link)
    every = (
        join((element("span", pattern, class_="kind"), f" {cause} ", element("span", suggestion, class_="quiet"),
              element("div", *_among(links))))
        for (pattern, cause, suggestion), links in met.items()
    )  # fmt: skip
    return listed(every, 50, class_="findings")


def _among(links: list[Html]) -> list[Html]:
    shown = [join((" · " if number else "", link)) for number, link in enumerate(links[:_PLACES])]
    return [*shown, join((f" and {len(links) - _PLACES} more",))] if len(links) > _PLACES else shown


def _part(heading: str, body: Html) -> Html:
    return join((element("h3", heading), body)) if body else Html("")


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
