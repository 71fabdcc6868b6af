"""Owns what an installed pre-push hook does: judges each ref's commit, once a tree, and writes all of it down."""

from __future__ import annotations

from datetime import datetime

from gatekeeper.adapters.repos.pushed import commit_of, tree_of
from gatekeeper.cli.exit_codes import OK
from gatekeeper.cli.hooks.book import Book
from gatekeeper.cli.hooks.desk import Desk, Verdict, say
from gatekeeper.cli.judged_trees import Known
from gatekeeper.cli.project import GATES
from gatekeeper.cli.surroundings import asks_for_branch
from gatekeeper.engine.clock import SystemClock
from gatekeeper.model.errors import UsageError
from gatekeeper.model.plan import NO_CYCLE
from gatekeeper.model.push import NO_COMMIT, NOT_JUDGED, SKIPPED, Push
from gatekeeper.model.record import NamedTuple
from gatekeeper.policy.pushes import Chosen, NotAPush, RefUpdate, age, choose_cycle, left_to_ci, read_updates


class Going(NamedTuple):
    """One ref that is pushed: what it comes to before anything is judged. Without a `known` nothing is."""

    update: RefUpdate
    commit: str
    known: Known | None = None
    chosen: Chosen = Chosen("")
    left: str = ""
    why: str = ""


def judge_push(desk: Desk, words: list[str], told: bytes, reason: str | None) -> int:
    """Judge what git tells of a push; returns the exit code.

    Raises the errors of `gatekeeper.model.errors`, and `CannotRead`.
    """
    try:
        updates = read_updates(told)
    except NotAPush as fault:
        raise UsageError(f"what git told of the push is not understood, so nothing is pushed: {fault}") from None
    if not updates:
        return OK
    book = Book(desk.root, words[0] if words else "")
    if reason is not None:
        book.must_write([book.push(update, _commit_of(desk, update), SKIPPED, reason=reason) for update in updates])
        say(f"nothing is judged: GATEKEEPER_SKIP={reason}; that is written down in {book.path}")
        return OK
    going = [_look_at(desk, update) for update in updates]
    for each in going:
        if why := each.why or each.left:
            say(f"{_named(each)}: {why}")
    judged: dict[tuple[str, ...], Verdict] = {}
    pushes: list[Push] = []
    code = OK
    for each in going:
        if each.known is None:
            nothing = NOT_JUDGED if each.commit else NO_COMMIT
            pushes.append(book.push(each.update, each.commit, nothing, reason=each.left or each.why))
            continue
        key = _subject(desk, each, each.known)
        verdict = judged.get(key)
        if verdict is None:
            verdict = judged[key] = desk.judge(each.known, each.update.branch, _named(each), in_place=True)
        said, cycle = verdict.verdict, each.chosen.cycle
        pushes.append(book.push(each.update, each.commit, said, cycle, verdict.run, reused=verdict.reused))
        if verdict.code:
            code = verdict.code
            say(f"{_named(each)} is {verdict.verdict}, by {verdict.run}; nothing was pushed")
            break  # git pushes all of it or nothing
        if verdict.reused:
            say(f"{_named(each)} is {verdict.verdict} already, by {verdict.run}, {_age(verdict.time)}")
    book.write(pushes)
    if code == OK:
        from gatekeeper.cli.hooks.answers import Answered, keep_answers

        keep_answers(
            desk,
            words,
            [Answered(g.update, g.commit, g.chosen.cycle, g.left, g.known) for g in going if g.known is not None],
            book.path,
        )
    return code


def _look_at(desk: Desk, update: RefUpdate) -> Going:
    if update.deletes:
        return Going(update, "", why="goes away, nothing to judge")
    commit = commit_of(desk.root, update.new)
    if not commit:
        return Going(update, "", why=f"{update.new[:12]} means no commit, nothing to judge")
    cycles = desk.cycles_at(commit)
    if cycles is None:
        why = f"nothing judges {commit[:12]}: it holds no definition in {GATES}/, nor did any commit before it"
        return Going(update, commit, why=why)
    chosen = choose_cycle(update.ref, cycles.hook, cycles.default)
    left = left_to_ci(chosen, cycles.default)
    if chosen.cycle == NO_CYCLE:
        return Going(update, commit, chosen=chosen, left=left)
    return Going(update, commit, desk.look_up(chosen.cycle, commit, update.branch), chosen, left)


def _subject(desk: Desk, each: Going, known: Known) -> tuple[str, ...]:
    """What two refs have in common that are judged at once."""
    branch = each.update.branch if asks_for_branch(known.plan) else ""
    return tree_of(desk.root, each.commit), known.plan.digest, each.chosen.cycle, branch


def _named(each: Going) -> str:
    return f"{each.update.branch or each.update.ref} ({each.commit[:12]})" if each.commit else each.update.ref


def _commit_of(desk: Desk, update: RefUpdate) -> str:
    return "" if update.deletes else commit_of(desk.root, update.new)


def _age(time: str) -> str:
    return age((datetime.fromisoformat(SystemClock().now()) - datetime.fromisoformat(time)).total_seconds())
