"""Owns whether the end of a journal is what its rounds come to. Knows no file and no line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from gatekeeper.model.demands import IntegritySpec
from gatekeeper.model.events import RunFinished, RunStarted
from gatekeeper.model.integrity import IntegrityChange
from gatekeeper.model.stopping import StopReason
from gatekeeper.model.verdict import RunVerdict, StepVerdict
from gatekeeper.policy.course import Course
from gatekeeper.policy.integrity.weight import blocking
from gatekeeper.policy.round_machine import Deed
from gatekeeper.policy.run_verdict import Judgement, Why
from gatekeeper.policy.standing import Standings

_STOPS = {
    124: StopReason.OUT_OF_TIME,
    129: StopReason.HUNG_UP,
    130: StopReason.INTERRUPTED,
    143: StopReason.TERMINATED,
}
_BROKEN = frozenset({3, 70})
_EXIT_OF_DEAD = 1


def judged_again(
    finished: RunFinished, course: Course, *, whole: bool, weakened: bool
) -> tuple[Judgement | None, tuple[str, ...]]:
    """What is to be said of the run, and where the closing event says something else.

    `course` is all that came before; `whole` tells that its last round ran all that it ought to, `weakened` that what
    judges was weakened more than the cycle allows. That it was stopped, nobody can see afterwards: but then it may say
    nothing of the tree.
    """
    if finished.verdict == RunVerdict.ABORTED:
        return _aborted(finished, course)
    problems: list[str] = []
    if not course.rounds or not whole:
        problems.append(f"the run is {finished.verdict}, and its last round is not whole")
    else:
        ending, step = course.due()
        if step.deed is not Deed.STOP and step.deed is not Deed.AWAIT:
            problems.append(f"the run ends, and something else was due: {ending.value}")
    judgement = course.judge(weakened=weakened)
    if judgement.verdict is RunVerdict.GREEN_AFTER_FIX and (due := course.due_proofs()):
        unproven = ", ".join(str(proof.step) for proof in due)
        problems.append(
            f"the run is {finished.verdict}, and nobody saw these fail on the tree before their fix: {unproven}"
        )
    return judgement, (*problems, *_differences(finished, judgement))


def weakened_by(
    beside_base: tuple[IntegrityChange, ...],
    changes: tuple[IntegrityChange, ...],
    spec: IntegritySpec,
    reason: str,
    *,
    by_fixer: frozenset[str],
) -> bool:
    """Whether these changes of what judges forbid a green run, or are the `reason` that it gives for being red.

    `beside_base` are those between the base and the start, `changes` those since, of which `by_fixer` names the files
    of the fixer's. The base that it was compared with may ask for more than its own definition does.
    """
    weaker = any(change.effect == "weakening" for change in (*beside_base, *changes))
    blocks = blocking(beside_base, spec) or blocking(changes, spec, by_fixer)
    return bool(blocks) or (weaker and reason == Why.WEAKENED)


def _aborted(finished: RunFinished, course: Course) -> tuple[Judgement | None, tuple[str, ...]]:
    stop = _STOPS.get(finished.exit_code)
    if stop is not None:
        judgement = course.judge(stop=stop)
        return judgement, tuple(_differences(finished, judgement))
    broken = finished.reason == Why.BROKEN and finished.exit_code in _BROKEN
    died = finished.duration_s is None and finished.exit_code == _EXIT_OF_DEAD
    if broken or died:
        return None, ()
    return None, (f"aborted with exit code {finished.exit_code} and the reason {finished.reason!r}: no run ends so",)


def _differences(finished: RunFinished, judgement: Judgement) -> Iterator[str]:
    if finished.verdict != judgement.verdict.value:
        come_to = f"{judgement.verdict.value}: {judgement.why.value}"
        yield f"the run says it is {finished.verdict}; its steps come to {come_to}"
    elif finished.reason != judgement.why.value:
        yield f"the run's reason is {finished.reason!r}; its steps come to {judgement.why.value!r}"
    if finished.exit_code != judgement.exit_code:
        yield f"the run's exit code is {finished.exit_code}; its steps come to {judgement.exit_code}"


def summary_problems(
    finished: RunFinished, started: RunStarted, standings: Standings, *, rounds: int, incidents: Mapping[str, int]
) -> Iterator[str]:
    """Where the closing event counts or names something else than the events before it."""
    if finished.rounds != rounds:
        yield f"the run counts {finished.rounds} rounds; there are {rounds}"
    if finished.selection != started.selection and finished.duration_s is not None:
        yield f"the run ends as one about {finished.selection or 'all'!r}, and began as one about {started.selection!r}"
    if dict(finished.incidents) != dict(incidents):
        yield f"the run counts the incidents {dict(finished.incidents)}; there are {dict(incidents)}"
    if finished.duration_s is None:
        return  # closed by others, who look at what each step was doing last, and not at whole rounds
    by_name = {str(step): standing for step, standing in standings.items()}
    for summary in finished.steps:
        name = f"{summary.gate}/{summary.step}"
        standing = by_name.get(name)
        if standing is None:
            yield f"the run ends with {name}, which it was not about"
            continue
        verdict = (standing.verdict or StepVerdict.CANCELLED).value
        if (summary.verdict, summary.attempts) != (verdict, standing.attempts):
            yield (
                f"the run ends with {name} {summary.verdict} after {summary.attempts} attempts; "
                f"its results come to {verdict} after {standing.attempts}"
            )
    told = {f"{summary.gate}/{summary.step}" for summary in finished.steps}
    yield from (f"the run ends without {name}, which it was about" for name in by_name if name not in told)
