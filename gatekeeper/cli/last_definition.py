"""Owns asking the kept verdicts whether a cycle was judged by another definition the last time. Writes nothing."""

from __future__ import annotations

from gatekeeper.adapters.verdicts.keeping import kept_verdicts
from gatekeeper.model.plan import Plan
from gatekeeper.policy.definition_changed import definition_changed


def changed_since_last(state: str, plan: Plan) -> str:
    """The line to begin with where nobody looks, in a hook or by a timer; empty where there is nothing to say."""
    return definition_changed(plan.cycle, plan.digest, kept_verdicts(state))
