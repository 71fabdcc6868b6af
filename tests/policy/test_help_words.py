"""Help in words: exact where something is stated, and never more than that."""

from __future__ import annotations

from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.model.help_events import (
    BreakerOpened,
    FixerFinished,
    FixProved,
    MitigationFinished,
    RepoSettled,
    TreeChanged,
    Usage,
)
from gatekeeper.model.known import KnownFailure
from gatekeeper.policy.help_words import (
    breaker_words,
    cause_words,
    changer_words,
    commit_words,
    ended_words,
    known_words,
    proof_words,
    settled_words,
    usage_words,
)

ID = "56496c0aa3f5d1e2b4c6d8e0f1a2b3c4d5e6f708"
KNOWN = KnownFailure("port_in_use", "config", "Port 8080 is held by python3 (pid 7).", "stop it")


@pytest.mark.parametrize(
    ("known", "words"),
    [
        (KNOWN, "Port 8080 is held by python3 (pid 7); stop it"),
        (KNOWN._replace(suggestion=""), "Port 8080 is held by python3 (pid 7)"),
        (KNOWN._replace(root_cause="", suggestion="stop it."), "stop it"),
    ],
)
def test_a_known_failure_is_its_root_cause_and_what_to_do(known: KnownFailure, words: str) -> None:
    assert cause_words(known) == words
    assert known_words(known) == f"port_in_use (config): {words}"


@pytest.mark.parametrize(
    ("event", "words"),
    [
        (MitigationFinished("p", 0), "exit code 0"),
        (FixerFinished(1, 127, problem="its command was not found"), "its command was not found"),
        (FixerFinished(1, None), "no exit code"),
    ],
)
def test_how_a_call_ended(event: MitigationFinished | FixerFinished, words: str) -> None:
    assert ended_words(event) == words


@pytest.mark.parametrize(
    ("usage", "words"),
    [
        (Usage(), ""),
        (Usage(source="a bill"), ""),
        (Usage(0, 0, 0, 0.0), "tokens: input 0, output 0, total 0; cost 0.0"),
        (Usage(1200, 340, None), "tokens: input 1,200, output 340, total unknown; cost unknown"),
        (
            Usage(cost=0.1, source="a bill"),
            "tokens: input unknown, output unknown, total unknown; cost 0.1 (from a bill)",
        ),
    ],
)
def test_what_a_call_used(usage: Usage, words: str) -> None:
    """What is not stated is unknown: never 0, and never worked out from what is."""
    assert usage_words(usage) == words


@given(st.builds(Usage, *[st.none() | st.integers(0, 1 << 53)] * 3, st.none() | st.floats(0, 1e9), st.none()))
def test_numbers_are_told_exactly(usage: Usage) -> None:
    """Each number that is stated can be read back, and each that is not says so."""
    words = usage_words(usage, "not stated")
    numbers = usage[:4]
    if all(number is None for number in numbers):
        assert words == ""
        return
    tokens, _, cost = words.removeprefix("tokens: ").partition("; cost ")
    found = [part.partition(" ")[2].replace(",", "") for part in tokens.split(", ")]
    told = [*found, cost.replace(",", "")]
    for number, text in zip(numbers, told, strict=True):
        assert text == "not stated" if number is None else float(text) == number


@pytest.mark.parametrize(
    ("outcome", "message", "words"),
    [
        ("failed", "", "proven: it fails on the tree before the fix as it had"),
        ("failed", "exit code 1", "proven: it fails on the tree before the fix as it had: exit code 1"),
        ("passed", "", "not proven, flaky: it passes on the tree before the fix as well"),
        ("unclear", "it has no result", "not proven, on the tree before the fix: it has no result"),
        ("unclear", "", "not proven, on the tree before the fix: it is unclear what it does"),
    ],
)
def test_what_a_proof_says(outcome: Literal["failed", "passed", "unclear"], message: str, words: str) -> None:
    assert proof_words(FixProved("g", "s", "T", outcome, message)) == words


@pytest.mark.parametrize(
    ("settled", "words"),
    [
        (RepoSettled("r", "clean"), "clean"),
        (RepoSettled("r", "kept"), "kept and committed"),
        (RepoSettled("r", "kept", (f"{ID} fix: x",)), "kept and committed: 56496c0 fix: x"),
        (RepoSettled("r", "kept", (ID,), ("a",)), "kept and committed: 56496c0, the rest reverted: a"),
        (
            RepoSettled("r", "kept", (ID,), committed=ID, pushed=True, remote="origin/main"),
            "kept and committed: 56496c0, committed by the cycle as 56496c0, pushed: origin/main has it",
        ),
        (
            RepoSettled("r", "clean", remote="origin/main", problem="it was refused"),
            "clean, not pushed to origin/main; it was refused",
        ),
        (RepoSettled("r", "reverted", files=("a", "b")), "reverted: a, b"),
        (RepoSettled("r", "reverted"), "reverted"),
        (RepoSettled("r", "unsettled", files=("a", "b", "c", "d", "e")), "not settled: a, b, c and 2 more"),
        (RepoSettled("r", "unsettled", problem="no git"), "not settled; no git"),
        (RepoSettled("r", "unsettled", (ID,), ("a",)), "not settled: a (committed meanwhile: 56496c0)"),
    ],
)
def test_what_became_of_a_repo(settled: RepoSettled, words: str) -> None:
    """Pushed only where that was seen."""
    assert settled_words(settled) == words


@pytest.mark.parametrize(
    ("event", "words"),
    [
        (BreakerOpened("no-progress", "sha256:1", "T", "it loops"), "it loops"),
        (BreakerOpened("no-progress", "sha256:1", "T"), "the same failure met the same tree again"),
        (BreakerOpened("dependency", "registry.example.test", "T"), "registry.example.test fails"),
    ],
)
def test_why_something_is_not_tried_any_more(event: BreakerOpened, words: str) -> None:
    assert breaker_words(event) == words


@pytest.mark.parametrize(
    ("by", "words"),
    [
        ("fixer", "the fixer"),
        ("mitigation", "a mitigation"),
        ("step", "a step that may"),
        ("unknown", "a person or another program"),
        ("somebody of tomorrow", "a person or another program"),
    ],
)
def test_who_changed_the_tree(by: str, words: str) -> None:
    assert changer_words(TreeChanged(by, ())) == words


@pytest.mark.parametrize(
    ("commit", "words"),
    [
        (f"r: {ID} fix 123456789012", "r: 56496c0 fix 123456789012"),
        (f"{ID[:12]} fix", "56496c0 fix"),
        ("a" * 64, "a" * 7),
        ("decade 56496c0aa3f5: fix", "decade 56496c0aa3f5: fix"),
    ],
)
def test_an_id_of_git_is_made_short_where_it_stands(commit: str, words: str) -> None:
    """Other numbers of the subject stay as they are."""
    assert commit_words(commit) == words
