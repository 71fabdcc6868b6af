"""Owns choosing among what the detectors propose: what is taken, what only shown, in which gate, under which name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from gatekeeper.model.record import NamedTuple
from gatekeeper.policy.drafting.names import slug, unused
from gatekeeper.policy.surveying.hints import Hint, Hints, hints
from gatekeeper.policy.surveying.proposal import Kind, Proposal
from gatekeeper.policy.surveying.registry import AROUND, LOOKED_FOR, NEAR
from gatekeeper.policy.surveying.scripts import stop_script
from gatekeeper.policy.surveying.survey import Place, Survey

ADVISORY: Final = "advisory-checks"
_NEEDS: Final = {
    Kind.INSTALL: (),
    Kind.CHECK: (Kind.INSTALL,),
    Kind.BUILD: (Kind.INSTALL,),
    Kind.STACK: (Kind.INSTALL, Kind.BUILD),
    Kind.SMOKE: (Kind.STACK,),
    Kind.TEST: (Kind.INSTALL, Kind.BUILD),
    Kind.END_TO_END: (Kind.INSTALL, Kind.BUILD, Kind.STACK),
}
_ONCE: Final = frozenset({Kind.TEST, Kind.CHECK, Kind.BUILD})
"""Of these a name that somebody gave is only another way to what is there already."""


class Step(NamedTuple):
    """A proposal under its name in its gate, and where CI or a hook runs the same."""

    proposal: Proposal
    name: str
    hint: Hint | None

    @property
    def taken(self) -> bool:
        """Whether it is to be run."""
        return not self.proposal.doubt


class Gate(NamedTuple):
    """Steps of one kind; `needs` are the gates before it that run something."""

    name: str
    kind: Kind
    advisory: bool
    needs: tuple[str, ...]
    steps: tuple[Step, ...]

    @property
    def taken(self) -> bool:
        """Whether a step of it is to be run."""
        return any(step.taken for step in self.steps)


class Proposed(NamedTuple):
    """What a tree comes to; `untaken` are commands of its CI that no step stands for."""

    gates: tuple[Gate, ...]
    untaken: tuple[Hint, ...]
    stop: Place | None


class NothingToRun(NamedTuple):
    """The tree says nothing that could be run."""

    looked_for: tuple[str, ...]
    shown: tuple[Proposal, ...]
    """What was found, and is in doubt."""


def propose(survey: Survey) -> Proposed | NothingToRun:
    """The gates and steps that a tree asks for."""
    known = hints(survey)
    found = list(_chosen(survey, known))
    if all(each.doubt for each in found):
        return NothingToRun(LOOKED_FOR, tuple(found))
    marks = frozenset(mark for each in found for mark in each.marks)
    keeps = any(each.kind is Kind.STACK and not each.doubt for each in found)
    return Proposed(tuple(_gates(found, known)), tuple(known.untaken(marks)), stop_script(survey) if keeps else None)


def _chosen(survey: Survey, known: Hints) -> Iterator[Proposal]:
    near = [each for detector in NEAR.values() for each in detector(survey, known)]
    yield from near
    by_kind = {each.kind: each for each in reversed(near) if not each.doubt}
    for detector in AROUND.values():
        mine = list(detector(survey, known))
        for each in mine:
            other = by_kind.get(each.kind)
            if each.kind in _ONCE and other is not None and not each.doubt:
                instead = "; take it instead if it sets up what that needs" if each.kind is Kind.TEST else ""
                yield each._replace(doubt=f"it may do what {other.name} does already{instead}")
            else:
                yield each
        by_kind = {each.kind: each for each in reversed(mine) if not each.doubt} | by_kind


def _gates(found: list[Proposal], known: Hints) -> Iterator[Gate]:
    running: dict[Kind, str] = {}
    for kind in Kind:
        steps: list[tuple[bool, Step]] = []
        names: set[str] = set()
        for each in (each for each in found if each.kind is kind):
            hint = known.of(each.marks)
            home = slug(each.folder, "") if each.folder else ""
            name = unused(f"{home}-{each.name}" if home else each.name, names)
            names.add(name)
            steps.append((not each.asked and hint is None, Step(each, name, hint)))
        for advisory in (False, True):
            mine = tuple(step for only_advised, step in steps if only_advised is advisory)
            if not mine:
                continue
            gate = Gate(
                ADVISORY if advisory and kind is Kind.CHECK else f"advisory-{kind}" if advisory else str(kind),
                kind, advisory, tuple(running[each] for each in _NEEDS[kind] if each in running), mine,
            )  # fmt: skip
            if gate.taken and not advisory:
                running[kind] = gate.name
            yield gate
