"""Which kept verdict may stand for a tree, and for how long."""

from __future__ import annotations

import pytest

from gatekeeper.model.events import RunFinished
from gatekeeper.model.tree_verdict import Subject, TreeVerdict
from gatekeeper.model.verdict import RunVerdict
from gatekeeper.policy.tree_verdicts import Flaky, Green, Red, Standing, Unknown, is_kept, key_of, standing

SUBJECT = Subject("full", "sha256:d", "", (("backend", "aaaa"), ("plan", "bbbb")), "sha256:s")
AN_HOUR = 3600.0


def judged(verdict: str, time: str = "2026-02-18T02:00:00.000Z") -> TreeVerdict:
    return TreeVerdict(SUBJECT, verdict, "run-1", time)


def at(found: TreeVerdict | None, now: str = "2026-02-18T02:59:59.000Z", reuse_s: float = AN_HOUR) -> Standing:
    return standing(found, now=now, reuse_s=reuse_s)


@pytest.mark.parametrize("verdict", [RunVerdict.GREEN, RunVerdict.GREEN_AFTER_FIX])
def test_green_holds_for_its_time_and_not_longer(verdict: RunVerdict) -> None:
    found = judged(verdict)
    assert at(found) == Green(found)
    assert isinstance(at(found, "2026-02-18T03:00:00.001Z"), Unknown)
    assert isinstance(at(found, "2026-02-18T01:59:59.000Z"), Unknown), "a clock that went back proves nothing"
    assert isinstance(at(found, reuse_s=0.0), Unknown)


def test_what_is_not_green_is_never_reused_as_green() -> None:
    """Every verdict that there is, and one that there is not."""
    for verdict in (*RunVerdict, "purple"):
        found = judged(verdict)
        match at(found):
            case Green():
                assert verdict in {RunVerdict.GREEN, RunVerdict.GREEN_AFTER_FIX}
            case Red():
                assert verdict == RunVerdict.RED
            case Flaky():
                assert verdict == RunVerdict.FLAKY
            case Unknown(found=told):
                assert told == found


def test_without_a_run_nothing_is_known() -> None:
    assert isinstance(at(None), Unknown)


def test_any_difference_makes_another_key() -> None:
    others = [
        SUBJECT._replace(cycle="quick"),
        SUBJECT._replace(definition="sha256:e"),
        SUBJECT._replace(judged_by="c0ffee"),
        SUBJECT._replace(contents=(("backend", "aaaa"), ("plan", "cccc"))),
        SUBJECT._replace(contents=(("backend", "aaaa"),)),
        SUBJECT._replace(surroundings="sha256:t"),
    ]
    assert len({key_of(each) for each in (SUBJECT, *others)}) == len(others) + 1


def finished(verdict: str = "green", tree: str = "sha256:1", selection: str = "") -> RunFinished:
    return RunFinished(verdict, 0, 1, tree, 1.0, selection=selection)


def test_only_a_whole_cycle_on_one_known_tree_is_kept() -> None:
    assert is_kept(finished())
    assert is_kept(finished("red"))
    assert not is_kept(finished("aborted"))
    assert not is_kept(finished(selection="suite"))
    assert not is_kept(finished(tree="unknown:1"))
