"""Owns checking environment variables: set, and not leading to production. Connects to nothing, and says no value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gatekeeper.policy.ready_made.checked import Checked, Spot
from gatekeeper.policy.ready_made.production import leads_to_production

_GROUP = "environment"


def check_environment(
    required: Sequence[str], refuse_production: Sequence[str], environ: Mapping[str, str]
) -> tuple[Checked, ...]:
    """One check for each variable that is `required`, and one for each that must not lead to production."""
    return (
        *(Checked(_GROUP, f"{name} is set", _unset(name, environ)) for name in dict.fromkeys(required)),
        *(
            Checked(_GROUP, f"{name} is not production", _production(name, environ))
            for name in dict.fromkeys(refuse_production)
        ),
    )


def _unset(name: str, environ: Mapping[str, str]) -> tuple[Spot, ...]:
    value = environ.get(name)
    if value is not None and value.strip():
        return ()
    state = "is not set" if value is None else "is empty"
    return (Spot(f"{name} {state}; set it where gatekeeper is started, or in the step's `env:`"),)


def _production(name: str, environ: Mapping[str, str]) -> tuple[Spot, ...]:
    value = environ.get(name, "").strip()
    why = leads_to_production(value) if value else ""  # what is not set leads nowhere
    return (Spot(f"{name} is refused: {why}"),) if why else ()
