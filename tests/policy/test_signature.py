"""The same failure has the same name on another day, and another failure has another."""

from __future__ import annotations

import pytest

from gatekeeper.model.verdict import Finding, StepResult, StepVerdict
from gatekeeper.policy.signature import failure_signature, step_signature

from .situations import sid


def failure(message: str, step: str = "g/s", verdict: StepVerdict = StepVerdict.FAILED) -> StepResult:
    return StepResult(sid(step), verdict, (Finding("test-failed", message),))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("refused: 127.0.0.1:41233", "refused: 127.0.0.1:50211"),
        ("object at 0x7f3a91", "object at 0xdeadbeef"),
        ("after 12.3 s", "after 9.87 s"),
        ("no file /tmp/pytest-1/x.txt", "no file /tmp/pytest-22/y.txt"),
        ("user 3f2a9c1db77e", "user 99aa00bb11cc"),
    ],
)
def test_what_varies_by_chance_does_not_count(one: str, other: str) -> None:
    assert failure_signature([failure(one)]) == failure_signature([failure(other)])


def test_what_failed_and_why_does_count() -> None:
    names = {
        failure_signature([failure("expected login")]),
        failure_signature([failure("expected logout")]),
        failure_signature([failure("expected login", step="g/t")]),
        failure_signature([failure("expected login", verdict=StepVerdict.TIMED_OUT)]),
        failure_signature([failure("expected login"), failure("expected login", step="g/t")]),
        failure_signature([StepResult(sid("g/s"), StepVerdict.FAILED)]),
        failure_signature([]),
    }
    assert len(names) == 7


def test_the_order_does_not_count() -> None:
    one, other = failure("x"), failure("y", step="g/t")
    assert failure_signature([one, other]) == failure_signature([other, one])


def test_bytes_that_are_no_text_have_a_name_too() -> None:
    assert failure_signature([failure("\udcff")]).startswith("sha256:")


def test_what_is_only_told_of_does_not_count() -> None:
    """A test that ran twice this time does not make another failure of it."""
    bare = failure("x")
    noted = Finding("test-rerun", "a::t: ran more than once", blocks=False)
    assert failure_signature([bare._replace(findings=(*bare.findings, noted))]) == failure_signature([bare])


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("exit code 1", "exit code 127 (command not found)"),
        ("expected 409, received 500 after 4 ms", "expected 409, received 404 after 4 ms"),
        ("died of signal 9", "died of signal 11"),
    ],
)
def test_how_it_ended_counts_for_a_step(one: str, other: str) -> None:
    """A command that is not found has not failed as its tests did."""
    found = {step_signature("failed", (Finding("exit-code", message),)) for message in (one, other)}
    assert len(found) == 2


@pytest.mark.parametrize(
    ("kind", "one", "other"),
    [
        ("probe", "expected 409, received 500 after 4 ms", "expected 409, received 500 after 31 ms"),
        ("test-failed", f"a::t: {'word ' * 30}/a/b.py", f"a::t: {'word ' * 30}/a/longer/pa…"),
        ("test-failed", "no 8f14e45f-ceea-467f-9b1c-0a1b2c3d4e5f", "no c9f0f895-fb98-4b91-a1d2-1f2e3d4c5b6a"),
        ("test-failed", "assert '/tmp/pytest-...a project' == ''", "assert '/home/a/pro...1234-abcd' == ''"),
        ("test-failed", "expected 3.25 to be near 3", "expected 3.75 to be near 3"),
        ("timeout", "ended at its hard timeout, after 1.0 s; it was reading", "ended at its hard timeout, after 1.1 s"),
    ],
)
def test_what_varies_by_chance_does_not_count_for_a_step(kind: str, one: str, other: str) -> None:
    """Neither how long it took, nor in what a step was seen when its time was over."""
    assert step_signature("failed", (Finding(kind, one),)) == step_signature("failed", (Finding(kind, other),))


def test_what_it_wrote_counts_where_nothing_else_tells_of_it() -> None:
    """A file that is missing ends like a test that fails; with a failing test by its name the output is not asked."""
    bare, named = (
        (Finding("exit-code", "exit code 1"),),
        (Finding("exit-code", "exit code 1"), Finding("test-failed", "t")),
    )
    wrote = (("FAIL: test_it", "took 0.1 s"), ("FAIL: test_it", "took 0.2 s"), ("cat: vendor/lib: No such file",))
    first, again, other = (step_signature("failed", bare, lines) for lines in wrote)
    assert first == again != other
    assert len({step_signature("failed", named, lines) for lines in wrote}) == 1
