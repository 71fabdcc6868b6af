"""Owns the answer to an agent that wants to stop, and what is taken down when its session begins."""

from __future__ import annotations

import hashlib
import os
import shlex

from gatekeeper.adapters.agents.sessions import SessionFile
from gatekeeper.adapters.journal.runs import make_state_folder
from gatekeeper.cli.agents.input import cycle_of, elsewhere, project_of
from gatekeeper.cli.agents.judging import ask, folder_of, judge, record_of
from gatekeeper.cli.project import state_folder
from gatekeeper.cli.verdict import word_of
from gatekeeper.model.errors import UsageError
from gatekeeper.model.record import NamedTuple
from gatekeeper.policy.agents.protocol import Allow, Answer, Asked, Block, Protocol
from gatekeeper.policy.agents.stopping import Began, GoOn, Judged, LetGo, Session, kept, was_told_of
from gatekeeper.policy.agents.words import failing_of, reason
from gatekeeper.policy.few import few

_NAMES = 5


class Wanted(NamedTuple):
    """How a stop is to be answered: for which `cycle` (None: the only one), in how many seconds, how often at most."""

    protocol: Protocol
    cycle: str | None
    within_s: float
    known_only: bool
    most_blocks: int


def answer_stop(wanted: Wanted, asked: Asked) -> Answer:
    """Whether the agent may stop, and what is said to it or to the person. Raises `CutOffError`, as `judge` does."""
    if run := os.environ.get("GATEKEEPER_RUN"):
        return Allow(
            f"gatekeeper: not judged by this hook: it is called from within the run {run}, which judges itself"
        )
    if asked.broken_off:
        return Allow("gatekeeper: not judged: the agent did not end by itself")
    try:
        root = project_of(wanted.protocol, asked)
        cycle = cycle_of(root, wanted.cycle)
    except UsageError as fault:
        return Allow(f"gatekeeper: not judged: {fault}")
    file = SessionFile(state_folder(root), asked.session, cycle)
    session = (file.read() if asked.session else None) or Session()
    known = ask(root, cycle)
    if isinstance(known, str):
        # No tree has a name then: what is wrong stands for it, so that it is told once, too.
        why = hashlib.sha256(known.encode("utf-8", "replace")).hexdigest()
        judged = Judged("not judged", why, why=known)
    elif asked.continued and (word := was_told_of(known.subject, session)):
        return Allow(f"gatekeeper: {cycle} was {word} when the agent was told, and it changed nothing since")
    else:
        judged = judge(root, known, within_s=wanted.within_s, known_only=wanted.known_only)
    if judged.passes:
        return Allow(_state_of(cycle, judged) if judged.fresh or judged.word != "green" else "")
    if not asked.session:
        return _let_go(cycle, judged, "its tool names no session, so nobody could tell when it was told enough")
    match kept(judged, session, wanted.most_blocks):
        case LetGo(because):
            return _let_go(cycle, judged, because)
        case GoOn(remembered):
            return _go_on(root, cycle, asked, judged, remembered)


def _go_on(root: str, cycle: str, asked: Asked, judged: Judged, session: Session) -> Answer:
    file = SessionFile(state_folder(root), asked.session, cycle)
    record = record_of(root, judged.run)
    brief = ""
    try:
        make_state_folder(state_folder(root))
        file.keep(session)
        if record is not None and judged.word != "not judged":
            from gatekeeper.cli.agents.brief import brief_of

            brief = file.lay_brief(brief_of(record, folder_of(root, judged.run)).markdown)
    except OSError as fault:
        if not brief and file.read() != session:
            return _let_go(
                cycle, judged, f"what it is told cannot be remembered ({fault.strerror}), and would be for ever"
            )
    told = reason(cycle, judged, record, session.began, brief)
    if there := elsewhere(root, asked):
        told += f"\nJudged was {root}; you stand in {there}, which nobody judged."
    return Block(told)


def _let_go(cycle: str, judged: Judged, because: str) -> Allow:
    return Allow(f"{_state_of(cycle, judged)}. The agent may stop all the same: {because}.")


def _state_of(cycle: str, judged: Judged) -> str:
    by = f" (run {judged.run})" if judged.run else ""
    if judged.word == "not judged":
        return f"gatekeeper: this tree is not judged by {cycle}{by}: {judged.why}"
    return f"gatekeeper: {cycle} is {judged.word} on this tree{by}"


def answer_start(wanted: Wanted, asked: Asked) -> str:
    """Take down what is known as the session begins; returns what the agent is told.

    Raises `UsageError` where there is no project or cycle, and `OSError` where it cannot be written.
    """
    root = project_of(wanted.protocol, asked)
    cycle = cycle_of(root, wanted.cycle)
    named = shlex.quote(cycle)
    known = ask(root, cycle)
    found = None if isinstance(known, str) else known.standing.found
    answer = "unknown" if isinstance(known, str) else word_of(known)
    record = record_of(root, found.run) if found is not None else None
    began = Began(answer, found.run if found is not None else "", failing_of(record) if record is not None else ())
    if asked.session:
        file = SessionFile(state_folder(root), asked.session, cycle)
        # A session that goes on (resumed, compacted) began when it began.
        if file.read() is None:
            make_state_folder(state_folder(root))
            file.keep(Session(began))
    now = f"It is {answer} now, by {began.run}." if answer != "unknown" else "As it is now it has not been judged."
    if answer in {"red", "flaky"} and began.failing:
        now += f" Failing before you began: {few([step for step, _ in began.failing], _NAMES)}."
    return (
        f"gatekeeper judges this tree by the cycle {cycle} when you stop. {now} "
        f"`gatekeeper verdict --cycle {named}` tells at once what is known, `gatekeeper run {named}` finds out."
    )
