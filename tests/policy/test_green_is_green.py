"""The promise: green is never said of what was not green, whatever happens in whichever round, or between them."""

from __future__ import annotations

from hypothesis import event, given, settings
from hypothesis import strategies as st

from gatekeeper.model.help_events import RunResumed
from gatekeeper.model.plan import Plan, StepId, Tier
from gatekeeper.model.verdict import RunVerdict, StepVerdict
from gatekeeper.policy.standing import UNKNOWN_TREE

from .drawn_plans import plans
from .histories import History, Said, live_through

GREEN = {RunVerdict.GREEN, RunVerdict.GREEN_AFTER_FIX}
RAN = {*StepVerdict} - {StepVerdict.SKIPPED, StepVerdict.BLOCKED}


def failed(one: Said) -> bool:
    return one.verdict in {StepVerdict.FAILED, StepVerdict.TIMED_OUT, StepVerdict.ERROR}


def excused(history: History, one: Said) -> bool:
    """Whether a mitigation of what made it fail ran well afterwards."""
    return bool(one.pattern) and one.pattern in history.eased[one.eased :]


def required(plan: Plan) -> set[StepId]:
    return {each.id for one in plan.gates if one.tier is Tier.REQUIRED for each in one.steps}


def seen_on_the_final_tree(history: History, step: StepId) -> bool:
    """Its last word is a pass there, or one elsewhere on the very inputs that it has there."""
    last = history.said[step][-1]
    if last.tree != history.final:
        return False
    if not last.reused:
        return True
    wanted = history.inputs[step, history.final]
    real = [one for one in history.said[step] if not one.reused]
    return bool(real) and real[-1].verdict is StepVerdict.PASSED and real[-1].inputs == last.inputs == wanted


def green_means_every_required_step_passed_on_the_final_tree(plan: Plan, history: History) -> None:
    """In its last attempt, and no step of them ever failed and passed on the same tree without a reason for that."""
    if history.judgement.verdict not in GREEN:
        return
    assert history.final != UNKNOWN_TREE
    assert not history.violating
    for each in required(plan):
        sayings = history.said[each]
        assert sayings[-1].verdict in {StepVerdict.PASSED, StepVerdict.SKIPPED}, sayings
        assert seen_on_the_final_tree(history, each), sayings
        if sayings[-1].verdict is StepVerdict.SKIPPED:
            assert not any(one.verdict in RAN for one in sayings), "it ran, and then did not apply"
        passed_on = {one.tree for one in sayings if one.verdict is StepVerdict.PASSED} - {UNKNOWN_TREE}
        failed_on = {one.tree for one in sayings if failed(one) and not excused(history, one)}
        assert not passed_on & failed_on, sayings
        assert not any(one.took_reruns for one in sayings), sayings
    assert any(history.said[each][-1].verdict is StepVerdict.PASSED for each in required(plan))
    changed = history.first != history.final or bool(history.eased)
    assert (history.judgement.verdict is RunVerdict.GREEN_AFTER_FIX) == changed


def a_fix_that_is_to_be_proven_was(plan: Plan, history: History) -> None:
    """Whoever was red before the fix and is green after it was seen to fail on the tree before; else it is no green."""
    for step, proof in history.proofs.items():
        if proof.outcome == "passed" and step in required(plan):
            assert history.judgement.verdict is RunVerdict.FLAKY
        if proof.outcome == "unclear":
            assert history.judgement.verdict not in GREEN
    if history.judgement.verdict not in GREEN or history.policy.prove_fix != "always":
        return
    for each in required(plan):
        red = [one for one in history.said[each] if failed(one)]
        if red and red[-1].tree not in {UNKNOWN_TREE, history.final} and not history.said[each][-1].reused:
            assert history.said[each][-1].verdict is StepVerdict.SKIPPED or each in history.proofs


def no_budget_is_exceeded(plan: Plan, history: History) -> None:
    """Rounds, calls of the fixer, and one whole mitigation for each pattern and tree, however often the run dies."""
    policy = history.policy
    # A round of which a stop took a part is taken up again under another number.
    resumed = sum(isinstance(told, RunResumed) for told in history.events)
    assert history.rounds <= policy.rounds + resumed
    assert history.calls <= (policy.fixer.calls if policy.fixer else 0)
    assert len(history.mitigations) == len(set(history.mitigations))
    assert {pattern for pattern, _ in history.mitigations} <= set(policy.mitigate)


def exit_code_zero_is_green_or_a_flaky_that_the_cycle_allows(plan: Plan, history: History) -> None:
    """And also a flaky that is let pass was seen whole: every last attempt passed, on the final tree."""
    judgement = history.judgement
    if judgement.exit_code != 0:
        assert judgement.verdict not in GREEN
        return
    assert judgement.verdict in GREEN or (
        judgement.verdict is RunVerdict.FLAKY and plan.until_green.flaky in {"warn", "pass"}
    )
    for each in required(plan):
        assert history.said[each][-1].verdict in {StepVerdict.PASSED, StepVerdict.SKIPPED}
        assert seen_on_the_final_tree(history, each)


def red_means_that_code_failed_or_that_the_fixer_went_too_far(plan: Plan, history: History) -> None:
    """Only infrastructure, unreadable evidence or what nobody could judge is never called red."""
    last = [sayings[-1].verdict for sayings in history.said.values() if sayings]
    if history.judgement.verdict is RunVerdict.RED:
        assert history.violating or {StepVerdict.FAILED, StepVerdict.TIMED_OUT} & set(last)
    if any(
        history.said[each][-1].verdict in {StepVerdict.FAILED, StepVerdict.TIMED_OUT}
        for each in required(plan)
        if history.said[each]
    ):
        assert history.judgement.verdict is RunVerdict.RED


def confirming_passes_are_counted(plan: Plan, history: History) -> None:
    """A required step that was red needs as many clean passes in a row on the final tree as the cycle asks for."""
    if history.judgement.verdict not in GREEN:
        return
    for each in required(plan):
        sayings = [one for one in history.said[each] if not one.reused]
        if history.said[each][-1].reused:
            continue
        if sayings[-1].verdict is StepVerdict.PASSED and any(map(failed, sayings)):
            row = 0
            for one in reversed(sayings):
                if one.verdict is not StepVerdict.PASSED or one.tree != history.final:
                    break
                row += 1
            assert row >= plan.until_green.confirm, sayings


PROMISES = (
    green_means_every_required_step_passed_on_the_final_tree,
    a_fix_that_is_to_be_proven_was,
    no_budget_is_exceeded,
    exit_code_zero_is_green_or_a_flaky_that_the_cycle_allows,
    red_means_that_code_failed_or_that_the_fixer_went_too_far,
    confirming_passes_are_counted,
)


@settings(max_examples=250, deadline=None)
@given(plan=plans(), data=st.data())
def test_every_promise_is_kept_whatever_happens(plan: Plan, data: st.DataObject) -> None:
    """To live through a run takes longest: each of them is asked about all promises."""
    history = live_through(plan, data)
    event(history.judgement.verdict.value)
    event(f"{history.calls} calls, {len(history.mitigations)} mitigations")
    for kept in PROMISES:
        kept(plan, history)
