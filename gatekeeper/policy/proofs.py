"""Owns what a proof is about: a step and the bad change that it declares, as digests. Knows no file.

A proof holds as long as both are what they were: whoever changes the step, or the change, has to prove it again.
"""

from __future__ import annotations

from gatekeeper.model.demands import KnownBad
from gatekeeper.model.plan import Plan, Step, StepId, Tier
from gatekeeper.model.record import NamedTuple

VERSION = 1


class ProofRecord(NamedTuple):
    """That a step noticed its known bad change: `step` and `change` are digests, `at` is UTC, `runs` three ids."""

    step: str
    change: str
    at: str
    runs: tuple[str, ...]


def step_digest(step: Step) -> str:
    """``sha256:`` of all that the definition says of a step, but for where it says so."""
    return _digest(repr(_plain(step._replace(line=0))))


def change_digest(known_bad: KnownBad, patch: bytes) -> str:
    """``sha256:`` of a bad change: the command, or the content of the patch, and what is expected of it."""
    return _digest(repr((known_bad.run, patch, known_bad.expect)))


def declaring(plan: Plan) -> tuple[Step, ...]:
    """The steps that declare a bad change, in the order of the definition."""
    return tuple(step for gate in plan.gates for step in gate.steps if step.known_bad is not None)


def required_steps(plan: Plan, selected: tuple[StepId, ...]) -> tuple[Step, ...]:
    """Those of the selected steps that count for the verdict."""
    chosen = frozenset(selected)
    gates = (gate for gate in plan.gates if gate.tier is Tier.REQUIRED)
    return tuple(step for gate in gates for step in gate.steps if step.id in chosen)


def _plain(value: object) -> object:
    """`value` without defaults, so that a field which a later version adds makes no proof invalid."""
    if not isinstance(value, tuple):
        return str(value) if isinstance(value, str) else value
    fields: tuple[str, ...] | None = getattr(value, "_fields", None)
    if fields is None:
        return tuple(map(_plain, value))
    defaults: dict[str, object] = getattr(value, "_field_defaults", {})
    said = zip(fields, value, strict=True)
    given = tuple((name, _plain(one)) for name, one in said if name not in defaults or one != defaults[name])
    return (type(value).__name__, given)


def _digest(text: str) -> str:
    import hashlib

    return f"sha256:{hashlib.sha256(text.encode('utf-8', 'surrogatepass')).hexdigest()}"
