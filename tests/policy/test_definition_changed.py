"""A hook or a timer says when a cycle is judged by another definition than the last time."""

from __future__ import annotations

from gatekeeper.model.tree_verdict import Subject, TreeVerdict
from gatekeeper.policy.definition_changed import definition_changed

OLD, NEW = "sha256:" + "a" * 64, "sha256:" + "b" * 64


def verdict(definition: str, time: str, cycle: str = "backend") -> TreeVerdict:
    return TreeVerdict(Subject(cycle, definition, "", (), ""), "green", f"run-{time[:2]}", time, ())


def test_the_newest_verdict_of_the_cycle_decides() -> None:
    kept = (verdict(NEW, "2026-02-01T10:00:00Z"), verdict(OLD, "2026-02-02T10:00:00Z"), verdict(NEW, "2027", "other"))
    assert definition_changed("backend", OLD, kept) == ""
    assert definition_changed("backend", NEW, kept) == (
        "backend: its definition is not the one that judged last: sha256:bbbbbbbbbbbb instead of "
        "sha256:aaaaaaaaaaaa (run-20, 2026-02-02 10:00 UTC)"
    )


def test_the_first_time_there_is_nothing_to_compare_with() -> None:
    assert definition_changed("backend", NEW, ()) == ""
    assert definition_changed("backend", NEW, (verdict(OLD, "2026", "other"),)) == ""
