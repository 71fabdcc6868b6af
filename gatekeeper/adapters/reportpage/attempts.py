"""Owns telling one attempt of a step in full: what speaks against it, what is known, its evidence and its output."""

from __future__ import annotations

from collections.abc import Iterator

from gatekeeper.adapters.reportpage.budget import Budget, Budgets
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
from gatekeeper.adapters.reportpage.outputs import output
from gatekeeper.model.events import StepFinished
from gatekeeper.model.known import KnownFailure
from gatekeeper.model.outcome import Stray
from gatekeeper.model.plan import StepId
from gatekeeper.model.verdict import Finding
from gatekeeper.policy.evidence_words import comparison_words, measured_words
from gatekeeper.policy.help_words import REUSED
from gatekeeper.policy.judging.words import describe_listener
from gatekeeper.policy.number_words import duration, plural, size
from gatekeeper.policy.page.contents import Contents, is_notable
from gatekeeper.policy.page.places import attempt_place, step_place
from gatekeeper.policy.page.processes import ProcessLine
from gatekeeper.policy.signature import headline_beside
from gatekeeper.policy.summary import is_fine, step_name, strays_of, telling_first
from gatekeeper.policy.terminal_text import settled

_FINDINGS = 30
_LINES = 40


def headline(event: StepFinished) -> str:
    """The most telling thing that is said of an attempt, or nothing."""
    if event.known is not None and not is_fine(event):
        return event.known.root_cause
    first = next(iter(telling_first(event.findings)), None)
    if first is None:
        count = strays_of(event)
        return f"left {plural(count, 'process', 'processes')} behind" if count else ""
    # An exit code says little; the line of the output that tells the cause stands beside it.
    beside = headline_beside(event.findings, event.last_lines) if not is_fine(event) else ""
    return f"{first.message}: {beside}" if settled(beside, "").strip() else first.message


def attempt_link(event: StepFinished, contents: Contents, words: str) -> Html:
    """`words`, leading to this attempt where it is told in full."""
    place = attempt_place(event)
    return element("a", words, href=f"#{place}") if place in contents.told else element("strong", words)


def attempt(event: StepFinished, contents: Contents, budgets: Budgets) -> Html:
    """One attempt, folded where nothing speaks against it."""
    notable = is_notable(event)
    said = headline(event) if notable else ""
    which = f"attempt {event.attempt}, {duration(event.duration_s)}" if event.attempt else "not run"
    summary = element(
        "summary",
        badge(event.verdict),
        " ",
        element("strong", step_name(event)),
        element("span", f" {event.tier}" if event.tier != "required" else "", class_="quiet"),
        element("span", f" {which}", class_="quiet"),
        element("span", f" · {shortened(said, 160)}", class_="headline") if said else "",
    )
    inside = join(_parts(event, contents))
    if not budgets.details.take(inside):
        inside = element("p", "Not told in full, the page is full: the journal holds all of it.", class_="quiet")
    inside = join((inside, _output(event, contents, budgets.outputs, notable=notable)))
    seen = attempt_place(event) in contents.unfolded
    newest = contents.record.latest.get(StepId(event.gate, event.step)) is event
    step = element("span", id=step_place(event)) if newest else ""
    return element(
        "details", summary, element("div", step, inside), class_="attempt", id=attempt_place(event), open=seen
    )


def _parts(event: StepFinished, contents: Contents) -> Iterator[Html]:
    if told := event.command or event.request:
        yield command(told)
    yield _findings(event.findings)
    if event.known is not None:
        yield _known(event.known)
    yield facts(_facts(event))
    if event.comparison is not None and (words := comparison_words(event.comparison)):
        beside = f" (beside {event.comparison.baseline})" if event.comparison.baseline else ""
        yield element("p", element("strong", "Tests: "), ", ".join(words) + beside)
    yield _strays(event, contents)
    yield listed((f"Foreign port: {describe_listener(one)}" for one in event.listeners), 10)
    yield listed((_kept(one.path, one.kept, one.size) for one in event.artifacts), 20, class_="files")


def _findings(findings: tuple[Finding, ...]) -> Html:
    ordered = sorted(telling_first(findings), key=lambda finding: not finding.blocks)
    return listed((_finding(finding) for finding in ordered), _FINDINGS, class_="findings")


def _finding(finding: Finding) -> Html:
    return join(
        (
            element("span", finding.kind, class_="kind"),
            " ",
            shortened(finding.message, 1_000),
            element("code", f" {finding.place}") if finding.place else "",
            "" if finding.blocks else element("span", " (noted, blocks nothing)", class_="quiet"),
        )
    )


def _known(known: KnownFailure) -> Html:
    page = f"; see {known.runbook}" if known.runbook else ""
    return element(
        "div",
        element("p", element("strong", "Known: "), known.root_cause),
        element("p", element("strong", "What to do: "), known.suggestion) if known.suggestion else "",
        element("p", f"pattern {known.pattern}, class {known.class_}", page, class_="quiet"),
        class_="known",
    )


def _facts(event: StepFinished) -> Iterator[tuple[str, str]]:
    yield "expected", event.expected or ""
    if event.received is not None:
        answer = "no answer" if event.received.status is None else f"status {event.received.status}"
        yield "received", shortened(f"{answer} after {event.received.ms:.0f} ms: {event.received.excerpt}", 1_000)
    if event.tests is not None:
        tests = event.tests
        bad = tests.failed + tests.errors
        yield "tests", f"{tests.total:,}: {tests.passed:,} passed, {bad:,} failed, {tests.skipped:,} skipped"
    if event.measured:
        yield "numbers", "; ".join(measured_words(one) for one in event.measured[:20])
    yield "flaky", "it passed, but only after more than one try" if event.flaky else ""
    yield "not run again", REUSED if event.reused else ""
    yield "output", f"{size(event.output_dropped)} were dropped" if event.output_dropped else ""


def _strays(event: StepFinished, contents: Contents) -> Html:
    tree = contents.seen.trees.get(event.dossier or "", ())
    count = strays_of(event)
    parts: list[Html] = []
    if count:
        parts.append(
            element("p", element("strong", f"Left behind, and ended: {plural(count, 'process', 'processes')}"))
        )
        parts.append(listed((_stray(stray) for stray in event.strays), 20))
    if tree:
        parts.append(element("p", element("strong", "Its processes when it hung")))
        parts.append(element("pre", Html("\n".join(map(_process, tree))), class_="tree", tabindex="0"))
    if event.dossier:
        parts.append(element("p", "Dossier: ", file_link(contents.beside, event.dossier)))
    return join(parts)


def _stray(stray: Stray) -> Html:
    ports = f", listening on {', '.join(map(str, stray.ports[:10]))}" if stray.ports else ""
    folder = f", in {stray.cwd}" if stray.cwd else ""
    name = shortened(" ".join(stray.argv), 300) or "a process without a name"
    about = f" pid {stray.pid}, {duration(stray.age_s)} old{ports}{folder}, caught by {stray.layer}"
    return join((element("code", name), element("span", about, class_="quiet")))


def _process(line: ProcessLine) -> Html:
    said = join((f"{line.pid} {line.words}", element("span", f"  {line.facts}", class_="quiet") if line.facts else ""))
    branch = "  " * min(line.depth, 20) + ("└ " if line.depth else "")
    return join((branch, said, element("b", "  left behind") if line.stray else ""))


def _kept(path: str, kept: str, count: int) -> Html:
    where = join((" kept as ", element("code", kept), f" ({size(count)})")) if kept else Html(" not kept")
    return join(("Artifact ", element("code", path), where))


def _output(event: StepFinished, contents: Contents, budget: Budget, *, notable: bool) -> Html:
    if event.output is None:
        return Html("")
    found = contents.seen.excerpts.get(event.output)
    if found is not None and not found.problem:
        return output(found, contents.beside, budget, unfolded=notable)
    where = element("p", "Output ", file_link(contents.beside, event.output) if found is None else event.output,
                    f" ({size(event.output_size)})", f": {found.problem}" if found is not None else "")  # fmt: skip
    if not event.last_lines:
        return where
    lines = "\n".join(shortened(line) for line in event.last_lines[-_LINES:])
    return join((where, element("pre", lines, class_="out", tabindex="0")))
