"""Owns what an installed pre-commit hook does: judging what is staged, as the commit it will be. Knows no push."""

from __future__ import annotations

import os

from gatekeeper.adapters.repos.commits import branch_of
from gatekeeper.adapters.repos.pushed import index_of, staged
from gatekeeper.cli.exit_codes import OK
from gatekeeper.cli.hooks.desk import Desk, say


def judge_staged(desk: Desk, reason: str | None) -> int:
    """Judge what the index holds; returns the exit code. Raises the errors of `gatekeeper.model.errors`, `CannotRead`.

    Always in a scratch worktree: there the tree is clean, so that its verdict is known again when it is pushed.
    """
    if reason is not None:
        say(f"nothing is judged: GATEKEEPER_SKIP={reason}")
        return OK
    here = os.getcwd()
    commit = staged(desk.root, os.path.join(here, desk.given.index_file) if desk.given.index_file else index_of(here))
    found = desk.cycles_at(commit)
    if found is None:
        say("nothing is judged: there is no definition in what is staged, nor was there ever one")
        return OK
    branch = branch_of(desk.root, "HEAD")
    known = desk.look_up(found.default, commit, branch)
    verdict = desk.judge(known, branch, "what is staged", in_place=False)
    if verdict.reused:
        say(f"what is staged is {verdict.verdict} already, by {verdict.run}")
    elif verdict.code:
        say(f"what is staged is {verdict.verdict}; nothing was committed")
    return verdict.code
