"""Owns the brief of a run for whoever asks beside it: what failed and all that is known of it, as a fixer is told."""

from __future__ import annotations

import os

from gatekeeper.adapters.fixer.outputs import seen_of
from gatekeeper.policy.brief.facts import Limits, Remaining
from gatekeeper.policy.brief.gathering import facts_of, failing_steps
from gatekeeper.policy.brief.making import Brief, make_brief
from gatekeeper.policy.fold import RunRecord
from gatekeeper.policy.masking import Masker

SIZE = 16 << 10


def brief_of(record: RunRecord, folder: str) -> Brief:
    """The brief of the run in `folder`, in `SIZE` bytes at most, with what is secret in this environment masked."""
    secrets = record.started.secrets if record.started is not None else ()
    masker = Masker(value for name in secrets if (value := os.environ.get(name)))
    seen = seen_of(folder, failing_steps(record), masker)
    facts = facts_of(record, call=0, goal="", limits=Limits("", ""), remaining=Remaining(0, 0, 0.0, 0.0), seen=seen)
    return make_brief(facts, SIZE, masker)
