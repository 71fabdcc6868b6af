"""Owns summing a run up as one JSON object of a versioned shape, from its journal alone."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import ValidationError

from gatekeeper.adapters.exports.summary_models import Summary
from gatekeeper.model.events import RunStarted
from gatekeeper.policy.fold import RunRecord
from gatekeeper.policy.run_facts import run_facts


def write_summary(record: RunRecord, started: RunStarted) -> Iterator[str]:
    """The document, of a run that is over. Raises `ValueError` where the journal says what cannot be."""
    try:
        summary = Summary.model_validate(run_facts(record, started))
    except ValidationError as fault:
        wrong = fault.errors(include_url=False)[0]
        raise ValueError(f"{wrong['input']!r} is no {'.'.join(map(str, wrong['loc']))}") from None
    yield summary.model_dump_json(indent=2) + "\n"
