"""Owns the command that runs a step of a run again. Knows no run's state."""

from __future__ import annotations

import shlex

from gatekeeper.model.events import RunStarted
from gatekeeper.policy.judged_commit import SHOWN, path_now


def repeat_command(started: RunStarted, step: str) -> str:
    """What to type to run `step` (``gate/step``) and what it needs again, judged as it was."""
    return f"gatekeeper run {_cycle_arguments(started)} --only {shlex.quote(step)}"


def _cycle_arguments(started: RunStarted) -> str:
    if not started.source or started.source.endswith(f"gates/{started.cycle}.yaml"):
        cycle = shlex.quote(started.cycle)
    else:
        cycle = f"--file {shlex.quote(path_now(started, started.source))}"
    # Without them the step would be judged by, or on, the working tree, and may come to something else.
    ref = started.judge_by.rpartition("@")[0]
    by = f" --judge-by {shlex.quote(ref)}" if ref else ""
    return f"{cycle}{by} --at {started.at[:SHOWN]}" if started.at else f"{cycle}{by}"
