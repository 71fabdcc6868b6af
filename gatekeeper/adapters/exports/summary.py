"""Owns summing a run up as one JSON object of a versioned shape, from its journal alone."""

from __future__ import annotations

from collections.abc import Iterator

from gatekeeper.adapters.exports.summary_models import Summary
from gatekeeper.model.events import RunStarted
from gatekeeper.policy.fold import RunRecord
from gatekeeper.policy.run_facts import run_facts


def write_summary(record: RunRecord, started: RunStarted) -> Iterator[str]:
    """The document, of a run that is over."""
    yield Summary.model_validate(run_facts(record, started)).model_dump_json(indent=2) + "\n"
