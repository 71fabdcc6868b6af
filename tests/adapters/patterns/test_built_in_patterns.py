"""The built-in patterns know what real tools wrote, each its own and no other; near misses they let go."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from gatekeeper.adapters.patterns.recognising import recognised
from gatekeeper.model.helping import Recognised
from gatekeeper.model.known import KnownFailure
from gatekeeper.policy.patterns.filling import names_in
from tests.adapters.patterns.samples import Sample, all_samples, built_in, look_here

ROOT = Path(__file__).resolve().parents[3]
FEWEST = 3
REGISTRY = built_in()
ALL = all_samples()


def holder(port: int) -> str:
    return f"whoever holds {port}"


def known(sample: Sample) -> KnownFailure | None:
    # In a process of its own it takes a hundred times as long; that this comes to the same is tested once.
    return recognised(REGISTRY.patterns, sample.failure, holder, look_here).known


def name_of(sample: Sample) -> str:
    return f"{sample.pattern}/{sample.name}"


@pytest.mark.parametrize("sample", [each for each in ALL if not each.is_near_miss], ids=name_of)
def test_what_a_tool_wrote_is_known_by_its_pattern(sample: Sample) -> None:
    """It is the first choice of all patterns, and all that is said of it has its names filled in."""
    found = known(sample)
    assert found is not None
    assert found.pattern == sample.pattern, found.line
    for text in (found.root_cause, found.suggestion, found.dependency, found.mitigation):
        assert names_in(text) == ()


@pytest.mark.slow
@pytest.mark.parametrize("sample", [each for each in ALL if each.is_near_miss], ids=name_of)
def test_a_near_miss_is_let_go(sample: Sample) -> None:
    """What only looks like it is another pattern's, or nobody's."""
    found = known(sample)
    assert found is None or found.pattern != sample.pattern, found.line


@pytest.mark.slow
def test_a_process_of_its_own_sees_the_same() -> None:
    """The way that a run goes; one sample of each pattern, nothing skipped."""
    for sample in {each.pattern: each for each in ALL if not each.is_near_miss}.values():
        assert recognised(REGISTRY.patterns, sample.failure, holder) == Recognised(known(sample))


def test_every_pattern_has_samples_enough() -> None:
    """Three real outputs or more, from more than one tool or command, and a near miss."""
    samples = Counter(each.pattern for each in ALL if not each.is_near_miss)
    near = {each.pattern for each in ALL if each.is_near_miss}
    lacking = [each.id for each in REGISTRY.patterns if samples[each.id] < FEWEST or each.id not in near]
    assert lacking == []
    assert samples.keys() <= {each.id for each in REGISTRY.patterns}


def test_every_pattern_has_its_page() -> None:
    """The link goes to a heading that is there."""
    page = (ROOT / "runbooks" / "patterns.md").read_text("utf-8")
    for pattern in REGISTRY.patterns:
        assert pattern.runbook == f"runbooks/patterns.md#{pattern.id}"
        assert f"\n### {pattern.id}\n" in page, pattern.id


def test_built_in_files_are_whole() -> None:
    """None of them has a problem; a run would lack what is not loaded."""
    assert REGISTRY.problems == ()
