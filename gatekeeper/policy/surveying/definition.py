"""Owns making a draft of a definition out of what was chosen: gates, steps, classes, and what each came from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from gatekeeper.model.record import NamedTuple
from gatekeeper.policy.drafting.draft import Draft, Entry, Items, Keys, Plain, Said, Sure, Unplaced
from gatekeeper.policy.drafting.names import literal
from gatekeeper.policy.surveying.measured import Measured, proposed_s, words_for
from gatekeeper.policy.surveying.proposal import Kind, Proposal
from gatekeeper.policy.surveying.proposing import Gate, Proposed, Step
from gatekeeper.policy.surveying.survey import Place, Skipped, Survey

_CLASSES: Final = {
    Kind.INSTALL: ("install", 15),
    Kind.CHECK: ("check", 10),
    Kind.BUILD: ("build", 15),
    Kind.STACK: ("stack", 5),
    Kind.SMOKE: ("smoke", 10),
    Kind.TEST: ("suite", 30),
    Kind.END_TO_END: ("end-to-end", 60),
}
"""The class of each kind, and the longest timeout in it, in minutes."""
_SHORTEST: Final = "10s"
ABOUT: Final = (
    "yaml-language-server: $schema=../schema/cycle.schema.json",
    "Proposed by `gatekeeper init` from what the files here say; yours from now on. How surely they say it:",
    "high: in so many words; medium: it follows from where or how; low: likely, but they do not say it.",
)
_MOST_UNTAKEN: Final = 30
_READY: Final = "60s"


class StepKey(NamedTuple):
    """A step's gate and name."""

    gate: str
    step: str


def draft(cycle: str, survey: Survey, proposed: Proposed, measured: Mapping[StepKey, Measured]) -> Draft:
    """The definition of `cycle`."""
    ports = tuple(_ports(proposed))
    entries = (
        Entry("gatekeeper", Plain("1")),
        Entry("cycle", cycle),
        *((Entry("ports", Keys(ports)),) if ports else ()),
        _classes(proposed, measured=bool(measured)),
        Entry("gates", Keys(tuple(_gate(gate, measured) for gate in proposed.gates))),
        *_teardown(proposed),
    )
    return Draft(cycle, entries, (), tuple(_unplaced(proposed, survey.skipped)))


def _ports(proposed: Proposed) -> Iterator[Entry]:
    for gate in proposed.gates:
        for step in gate.steps:
            if step.taken and step.proposal.port is not None:
                why = "the script reads PORT; a free one is held until its user starts"
                yield Entry("api", "auto", _said(step.proposal.port, Sure.MEDIUM, why))
                return


def _classes(proposed: Proposed, *, measured: bool) -> Entry:
    kinds = dict.fromkeys(gate.kind for gate in proposed.gates if gate.taken)
    told = (
        "the permitted range of a hard timeout; the upper end holds where a step says nothing",
        *(() if measured else ("nothing was measured; `gatekeeper init --measure` proposes from a first run",)),
    )
    classes = [
        Entry(name, Keys((Entry("timeout", f"{_SHORTEST}..{longest}m"),), inline=True))
        for name, longest in (_CLASSES[kind] for kind in kinds)
    ]
    return Entry("classes", Keys(tuple(classes)), above=told)


def _gate(gate: Gate, measured: Mapping[StepKey, Measured]) -> Entry:
    entries: list[Entry] = []
    if gate.needs:
        entries.append(Entry("needs", Items(tuple(Entry("", name) for name in gate.needs))))
    above: tuple[str, ...] = ()
    if gate.advisory:
        entries.append(Entry("tier", "advisory"))
        above = (
            "configured here, but neither CI nor a hook nor a task runs it: its failure is told, and blocks nothing",
        )
    steps = tuple(_step(step, measured.get(StepKey(gate.name, step.name))) for step in gate.steps)
    if gate.taken:
        return Entry(gate.name, Keys((*entries, Entry("steps", Keys(steps)))), above=above)
    # A comment inside of a comment is hard to read: the gate is one, and says why.
    doubts = tuple(dict.fromkeys(step.proposal.doubt for step in gate.steps))
    if len(doubts) == 1:
        steps = tuple(step._replace(doubt="") for step in steps)
    else:
        steps = tuple(step._replace(doubt="", above=(f"not taken: {step.doubt}", *step.above)) for step in steps)
    doubt = doubts[0] if len(doubts) == 1 else "each for its own reason"
    return Entry(gate.name, Keys((*entries, Entry("steps", Keys(steps)))), doubt=doubt)


def _step(step: Step, measured: Measured | None) -> Entry:
    proposal = step.proposal
    return Entry(step.name, Keys(tuple(_keys(step, measured))), above=proposal.notes, doubt=proposal.doubt)


def _keys(step: Step, measured: Measured | None) -> Iterator[Entry]:
    each = step.proposal
    yield Entry("run", literal(each.run), _said(each.at, each.sure, _why(step)))
    if each.folder:
        yield Entry("in", literal(each.folder))
    if each.env:
        yield Entry(
            "env", Keys(tuple(Entry(name, literal(value)) for name, value in each.env), inline=len(each.env) < 2)
        )
    name, longest = _CLASSES[each.kind]
    yield Entry("class", name, above=(words_for(measured),) if measured is not None else ())
    if measured is not None and (seconds := proposed_s(measured, longest * 60)) is not None:
        yield Entry("timeout", f"{seconds}s")
    if each.keep:
        yield Entry("keep", each.keep)
        yield from _ready(each)
    if each.report is not None:
        yield Entry("report", Keys((Entry(each.report.format, each.report.glob),), inline=True))
    if each.coverage:
        yield Entry("coverage", Keys((Entry("file", each.coverage),), inline=True))
    if each.kind is Kind.TEST and each.report is None:
        yield Entry("allow", Keys((Entry("suite-without-report", each.no_report),), inline=True))


def _ready(each: Proposal) -> Iterator[Entry]:
    if each.port is None:
        yield Entry("ready", Keys(()), doubt="nothing says how it is told that what it starts is ready; name a probe")
        return
    probe = (Entry("tcp", "127.0.0.1:${port.api}"), Entry("within", _READY))
    yield Entry(
        "ready",
        Keys(probe, inline=True),
        _said(each.port, Sure.MEDIUM, "it listens on $PORT then; a health check tells more"),
    )


def _why(step: Step) -> str:
    told = [step.proposal.why] if step.proposal.why else []
    if step.hint is not None and step.hint.at != step.proposal.at:
        line = f":{step.hint.at.line}" if step.hint.at.line else ""
        told.append(f"{step.hint.who} runs the like ({step.hint.at.file}{line})")
    return "; ".join(told)


def _said(at: Place, sure: Sure, why: str = "") -> Said:
    return Said(at.line, sure, why, at.file)


def _teardown(proposed: Proposed) -> Iterator[Entry]:
    if proposed.stop is not None:
        run = Entry("run", f"./{proposed.stop.file}", _said(proposed.stop, Sure.MEDIUM, "by its name"))
        yield Entry("teardown", Items((Entry("", Keys((run, Entry("timeout", "30s")))),)))


def _unplaced(proposed: Proposed, skipped: tuple[Skipped, ...]) -> Iterator[Unplaced]:
    why = "CI or a hook runs it, and no step does; take what is a check"
    for hint in proposed.untaken[:_MOST_UNTAKEN]:
        yield Unplaced(hint.at.line, hint.command, why, hint.at.file)
    if len(proposed.untaken) > _MOST_UNTAKEN:
        yield Unplaced(0, f"and {len(proposed.untaken) - _MOST_UNTAKEN} more commands", why, ".github/workflows")
    for each in skipped:
        yield Unplaced(0, each.why, "not read", each.path)
