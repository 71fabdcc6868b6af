"""Owns judging one attempt: facts in, verdict and findings out. An exit code is a claim, the evidence decides.

The rules are those of "How evidence is weighed" in the design, one small function each, in `gatekeeper.policy.judging`:
every one may object, and one fold makes the verdict of the claim and the objections.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gatekeeper.model.baseline import NO_STANDARD, Standard
from gatekeeper.model.containment import NOTHING_PROMISED, Containment
from gatekeeper.model.outcome import Attempt
from gatekeeper.model.plan import Step
from gatekeeper.model.verdict import StepResult, StepVerdict
from gatekeeper.policy.judging.claim import claim_of
from gatekeeper.policy.judging.conduct import RULES, Conduct, incidents_of, limits
from gatekeeper.policy.judging.objection import Objection, decide

if TYPE_CHECKING:
    from gatekeeper.policy.judging.evidence import Weighed

_JUDGEABLE = (StepVerdict.PASSED, StepVerdict.FAILED)


def judge(
    step: Step, attempt: Attempt, containment: Containment = NOTHING_PROMISED, standard: Standard = NO_STANDARD
) -> StepResult:
    """The verdict on one attempt of `step`, with everything that speaks against it.

    `containment` is the run's: a command that was held by less is told of, and passes nothing where less is not
    enough. `standard` is what its evidence is held against: the baseline, and the quarantine. A finding with `blocks`
    never stands beside a pass.
    """
    seen = Conduct(step, attempt, containment)
    claimed, finding = claim_of(attempt)
    said = [Objection("claimed", finding)] if finding is not None else []
    weighed = None
    if claimed in _JUDGEABLE and _demands_evidence(step):
        weighed = _weigh(step, attempt, standard, claimed)
        if finding is not None and weighed.excuse is not None:
            # Known failures may make good what a failing exit code says; they never make good anything else.
            holds, words = weighed.excuse
            finding = finding._replace(message=f"{finding.message}; {words}", blocks=not holds)
            said = [Objection("noted" if holds else "claimed", finding)]
            claimed = StepVerdict.PASSED if holds else claimed
    evidence = weighed.objections if weighed is not None else ()
    conduct = [objection for rule in RULES for objection in rule(seen)]
    verdict, findings = decide(claimed, [*limits(seen), *said, *evidence, *conduct])
    result = StepResult(step.id, verdict, findings, incidents_of(seen), attempt)
    if weighed is None:
        return result
    flaky = weighed.flaky and verdict is StepVerdict.PASSED
    return result._replace(flaky=flaky, comparison=weighed.comparison, measured=weighed.measured)


def _demands_evidence(step: Step) -> bool:
    return step.report is not None or step.baseline is not None or step.coverage is not None or bool(step.metrics)


def _weigh(step: Step, attempt: Attempt, standard: Standard, claimed: StepVerdict) -> Weighed:
    # A run without reports pays nothing for the rules on them.
    from gatekeeper.policy.judging.evidence import weigh

    return weigh(step, attempt, standard, claimed)
