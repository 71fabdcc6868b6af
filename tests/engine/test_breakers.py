"""What outside of the cycle keeps failing is left alone, told of, and asked again by one attempt."""

from __future__ import annotations

import pytest

from gatekeeper.engine.breakers import Breakers
from gatekeeper.model.help_events import BreakerOpened
from gatekeeper.model.known import KnownFailure
from gatekeeper.model.outcome import Attempt, Cancelled, Exited
from gatekeeper.model.plan import FileProbe, Shell, Step, StepId
from gatekeeper.model.verdict import Finding, StepResult, StepVerdict

from .asking import API, BUSY, GOOD, OURS, PLEA, answer, asking
from .world import HeldClock


class Asked:
    """The breakers of a run, and what comes of asking."""

    def __init__(self) -> None:
        self.clock = HeldClock()
        self.breakers = Breakers(self.clock, ports={"41234"}, services=lambda: ("stack",))
        self.opened: list[BreakerOpened] = []

    def by(self, name: str, attempt: Attempt, verdict: StepVerdict, url: str = API) -> StepResult | Finding:
        """What comes of a step that is executed if it may be."""
        step = asking(name, url)
        refused = self.breakers.refused(step)
        return refused or self.ended(step, attempt, verdict)

    def ended(
        self, step: Step, attempt: Attempt, verdict: StepVerdict, known: KnownFailure | None = None
    ) -> StepResult:
        problem = attempt.probe.problem if attempt.probe is not None else "exit code 1"
        findings = () if verdict is StepVerdict.PASSED else (Finding("probe", problem),)
        result = StepResult(step.id, verdict, findings, attempt=attempt, known=known)
        seen, opened = self.breakers.heard(step, result, began=self.clock.seconds, tree="sha256:1")
        self.opened += [opened] if opened is not None else []
        return seen

    def failing(self, times: int) -> None:
        for number in range(times):
            self.by(f"g{number}", BUSY, StepVerdict.FAILED)


def test_at_the_third_failure_in_a_row_the_host_is_left_alone() -> None:
    """It is told of once, and who would ask now is told why not, since when, and for how long."""
    asked = Asked()
    asked.failing(3)
    (opened,) = asked.opened
    assert (opened.kind, opened.signature, opened.tree) == ("dependency", "api.example.test:80", "sha256:1")
    assert opened.closed_after_s == 30.0
    assert opened.message.startswith(
        "api.example.test:80 has failed 3 times in a row, most lately in g2/ask: expected 200, received 503"
    )
    asked.clock.seconds += 8
    refused = asked.by("d", GOOD, StepVerdict.PASSED)
    assert isinstance(refused, Finding)
    assert refused.kind == "dependency-open"
    assert refused.message == (
        "api.example.test:80 was not asked: it is left alone since 2026-02-18T02:00:07.000Z, for 22 s more; "
        "it failed with: expected 200, received 503; "
        "api.example.test:80 is busy, and asked not to be asked again for 7 s"
    )


def test_another_host_is_asked_all_the_same() -> None:
    asked = Asked()
    asked.failing(3)
    assert isinstance(asked.by("x", GOOD, StepVerdict.PASSED, "http://other.example.test/"), StepResult)


@pytest.mark.parametrize("url", [OURS, "http://localhost/", "http://machine.example.test:41234/", "http://stack/"])
def test_what_the_cycle_started_itself_is_never_left_alone(url: str) -> None:
    """Nor excused: whatever it asks for, it has failed."""
    asked = Asked()
    for number in range(5):
        result = asked.by(f"g{number}", BUSY, StepVerdict.FAILED, url)
        assert isinstance(result, StepResult)
        assert result.verdict is StepVerdict.FAILED
    assert asked.opened == []


def test_a_probe_that_comes_to_ask_our_own_stack_is_excused_no_longer() -> None:
    """Its address may come from what another step captured."""
    asked = Asked()
    asked.by("a", BUSY, StepVerdict.FAILED)
    result = asked.by("a", BUSY, StepVerdict.FAILED, OURS)
    assert isinstance(result, StepResult)
    assert result.verdict is StepVerdict.FAILED


def test_a_probe_that_asks_nobody_has_no_breaker() -> None:
    asked = Asked()
    assert asked.breakers.refused(Step("g", "file", FileProbe("x"), 60.0)) is None


def test_side_by_side_one_attempt_finds_out_and_the_others_wait() -> None:
    """Half-open, three gates ask at one moment: one request reaches the host, and its answer lets all ask again."""
    asked = Asked()
    asked.failing(3)
    asked.clock.seconds += 30
    first = asked.breakers.refused(asking("a"))
    second = asked.breakers.refused(asking("b"))
    assert first is None
    assert second is not None
    assert "another step is finding out whether it answers again" in second.message
    asked.ended(asking("a"), GOOD, StepVerdict.PASSED)
    assert asked.breakers.refused(asking("b")) is None
    assert asked.breakers.refused(asking("c")) is None


def test_the_one_that_finds_out_is_cancelled_and_another_takes_its_place() -> None:
    asked = Asked()
    asked.failing(3)
    asked.clock.seconds += 30
    asked.by("a", Attempt(Cancelled(), 0.1), StepVerdict.CANCELLED)
    assert asked.breakers.refused(asking("b")) is None


def test_half_open_and_still_failing_it_is_told_of_again_with_twice_the_time() -> None:
    asked = Asked()
    asked.failing(3)
    asked.clock.seconds += 30
    asked.by("a", BUSY, StepVerdict.FAILED)
    assert [each.closed_after_s for each in asked.opened] == [30.0, 60.0]
    assert asked.opened[1].message.startswith("api.example.test:80 still fails, most lately in a/ask")


def test_an_answer_that_is_wrong_is_an_answer() -> None:
    """A 404 makes the step red, and says that the host is there."""
    asked = Asked()
    asked.failing(2)
    asked.by("a", answer(404), StepVerdict.FAILED)
    asked.failing(2)
    assert asked.opened == []


def test_a_command_counts_for_what_its_failure_names_and_is_never_held_back() -> None:
    """Nobody knows whom it will ask the next time; but three failures by a registry open that one's breaker."""
    asked = Asked()
    install = Step("g", "install", Shell("make deps"), 60.0)
    registry = KnownFailure("http_5xx_from_registry", "infra", "…", dependency="packages.example.test")
    for _ in range(3):
        assert asked.breakers.refused(install) is None
        asked.ended(install, Attempt(Exited(1), 1.0), StepVerdict.INFRA, registry)
    assert [each.signature for each in asked.opened] == ["packages.example.test"]
    assert asked.breakers.refused(install) is None
    assert asked.breakers.wait_s([install.id]) == 30.0
    asked.clock.seconds += 1
    asked.ended(install, Attempt(Exited(0), 1.0), StepVerdict.PASSED)
    assert asked.breakers.wait_s([install.id]) == 0.0


def test_a_command_whose_failure_names_something_else_does_not_count_for_the_former() -> None:
    asked = Asked()
    install = Step("g", "install", Shell("make deps"), 60.0)
    registry = KnownFailure("http_5xx_from_registry", "infra", "…", dependency="packages.example.test")
    for known in (registry, registry, None, registry):
        asked.ended(install, Attempt(Exited(1), 1.0), StepVerdict.INFRA, known)
    assert [each.signature for each in asked.opened] == ["packages.example.test"]
    here = KnownFailure("port_in_use", "infra", "…", dependency="127.0.0.1:5432")
    for _ in range(5):
        asked.ended(install, Attempt(Exited(1), 1.0), StepVerdict.INFRA, here)
    assert len(asked.opened) == 1


def test_the_longest_of_all_waits_counts() -> None:
    """Of a plea for time and of a breaker, of all the steps that are to be asked again; past ones count for nothing."""
    asked = Asked()
    asked.by("a", answer(429, 45.0), StepVerdict.FAILED)
    asked.by("b", BUSY, StepVerdict.FAILED)
    a, b, other = StepId("a", "ask"), StepId("b", "ask"), StepId("g", "other")
    assert asked.breakers.wait_s([b, other]) == PLEA
    assert asked.breakers.wait_s([a, b]) == 45.0
    asked.clock.seconds += 10
    assert asked.breakers.wait_s([b]) == 0.0
    assert asked.breakers.wait_s([]) == 0.0
    asked.by("c", BUSY, StepVerdict.FAILED)
    assert asked.breakers.wait_s([b]) == 30.0
