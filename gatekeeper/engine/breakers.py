"""Owns the breakers of one run: what outside of the cycle is asked, left alone, and waited for. Decides nothing."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable

from gatekeeper.engine.ports import Clock
from gatekeeper.model.help_events import BreakerOpened
from gatekeeper.model.plan import FileProbe, HttpProbe, Step, StepId, TcpProbe
from gatekeeper.model.record import NamedTuple
from gatekeeper.model.verdict import Finding, StepResult, StepVerdict
from gatekeeper.policy.breaker import BORNE, Breaker, State, ended, left_s, let_through
from gatekeeper.policy.dependency import asked_by, asked_to_wait, has_answered, outside


class _Watched(NamedTuple):
    """The breaker of one dependency; when it last opened, by the wall clock, and for which failure."""

    breaker: Breaker = Breaker()
    since: str = ""
    why: str = ""


class Breakers:
    """Knows for every step of a run what outside of it the step depends on, and how that does.

    A probe depends on whom it asks. A command depends on what its last failure named, and is never held back: nobody
    knows whom it will ask this time.
    """

    def __init__(self, clock: Clock, *, ports: Collection[str], services: Callable[[], Collection[str]]) -> None:
        self._clock = clock
        self._ports = ports
        self._services = services
        self._watched: dict[str, _Watched] = {}
        self._of: dict[StepId, str] = {}
        self._not_before: dict[StepId, float] = {}

    def refused(self, step: Step) -> Finding | None:
        """Why the bound `step` is not to be executed now; None where it may be, and then `heard` must be told of it."""
        if not _is_probe(step):
            return None
        dependency = self._of[step.id] = self._outside(asked_by(step.work))
        if not dependency:
            return None
        watched = self._watched.get(dependency, _Watched())
        now = self._clock.monotonic()
        through = let_through(watched.breaker, now)
        if through is None:
            return Finding("dependency-open", _refusal(dependency, watched, now))
        self._watched[dependency] = watched._replace(breaker=through)
        return None

    def heard(
        self, step: Step, result: StepResult, *, began: float, tree: str
    ) -> tuple[StepResult, BreakerOpened | None]:
        """Take in what came of an attempt of the bound `step` that began at `began`.

        Returns the result as it is to be seen knowing who was asked, and what is to be told after it.
        """
        wait_s = asked_to_wait(step.work, result) if self._of.get(step.id) else None
        now = self._clock.monotonic()
        if wait_s is not None:
            self._not_before[step.id] = now + wait_s
            plea = f"{self._of[step.id]} is busy, and asked not to be asked again for {wait_s:.0f} s"
            findings = tuple(
                each._replace(message=f"{each.message}; {plea}") if each.blocks else each for each in result.findings
            )
            result = result._replace(verdict=StepVerdict.INFRA, findings=findings)
        if not _is_probe(step) and result.verdict is StepVerdict.INFRA:
            # Also where it names nothing this time: then what failed is not what failed before.
            self._of[step.id] = self._outside(result.known.dependency if result.known is not None else "")
        dependency = self._of.get(step.id)
        return result, self._opened(dependency, result, began, now, tree) if dependency else None

    def is_outside(self, dependency: str) -> bool:
        """Whether what is called so is none of the cycle's own."""
        return bool(self._outside(dependency))

    def wait_s(self, steps: Iterable[StepId]) -> float:
        """How long it takes until every one of `steps` may be asked again."""
        now = self._clock.monotonic()
        waits = [0.0]
        for step in steps:
            waits.append(self._not_before.get(step, now) - now)
            if (watched := self._watched.get(self._of.get(step, ""))) is not None:
                waits.append(left_s(watched.breaker, now))
        return max(waits)

    def _outside(self, dependency: str) -> str:
        return outside(dependency, ports=self._ports, services=self._services())

    def _opened(self, dependency: str, result: StepResult, began: float, now: float, tree: str) -> BreakerOpened | None:
        before = self._watched.get(dependency, _Watched())
        breaker = ended(before.breaker, has_answered(result), began=began, now=now)
        self._watched[dependency] = before._replace(breaker=breaker)
        if breaker.state is not State.OPEN or breaker.opened_at == before.breaker.opened_at:
            return None
        why = next((finding.message for finding in result.findings), "")
        self._watched[dependency] = _Watched(breaker, self._clock.now(), why)
        often = f"has failed {breaker.failures} times in a row" if breaker.failures == BORNE else "still fails"
        message = f"{dependency} {often}, most lately in {result.step}: {why}"
        return BreakerOpened("dependency", dependency, tree, message, breaker.cooldown_s)


def _is_probe(step: Step) -> bool:
    return isinstance(step.work, HttpProbe | TcpProbe | FileProbe)


def _refusal(dependency: str, watched: _Watched, now: float) -> str:
    left = left_s(watched.breaker, now)
    rest = f"for {left:.0f} s more" if left else "and another step is finding out whether it answers again"
    return f"{dependency} was not asked: it is left alone since {watched.since}, {rest}; it failed with: {watched.why}"
