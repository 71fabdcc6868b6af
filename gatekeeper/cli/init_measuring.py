"""Owns `gatekeeper init --measure`: one run of what is proposed, and what each step took. Keeps no definition."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

from gatekeeper.cli.project import state_folder
from gatekeeper.cli.run_request import RunRequest
from gatekeeper.policy.surveying.definition import StepKey
from gatekeeper.policy.surveying.measured import Measured

_RAN = ("passed", "failed", "timed-out", "infra")
_STOPPED = frozenset({129, 130, 143})


def measured(text: str, cycle: str, root: str) -> dict[StepKey, Measured] | int:
    """What each step took in one round of the definition `text`; the exit code where it was stopped, or did not begin.

    Raises `GatekeeperError` as `gatekeeper run` does.
    """
    from gatekeeper.adapters.journal.reading import load
    from gatekeeper.adapters.journal.runs import list_runs
    from gatekeeper.cli.run import run_cycle
    from gatekeeper.cli.signals import Signals

    state = state_folder(root)
    before = {folder.run for folder in list_runs(state, cycle)}
    signals = Signals()
    signals.install()
    with tempfile.TemporaryDirectory(prefix="gatekeeper-init-") as folder, _output_to_stderr():
        path = os.path.join(folder, f"{cycle}.yaml")
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        # Not by the command line: around `root` there may be another project, and its root would be taken.
        request = RunRequest(
            root=root, path=path, only=(), jobs=1, rounds=1, overrides=(), format="human", verbose=False
        )
        try:
            code = run_cycle(request, signals)
        finally:
            signals.settle()
    new = next((folder for folder in list_runs(state, cycle) if folder.run not in before), None)
    if code in _STOPPED or new is None:
        return code
    latest = load(new.path).latest
    return {
        StepKey(step.gate, step.step): Measured(
            ended.verdict == "passed", ended.duration_s if ended.attempt and ended.verdict in _RAN else None
        )
        for step, ended in latest.items()
    }


@contextmanager
def _output_to_stderr() -> Iterator[None]:
    """Standard output is the proposal's; what a run tells goes to standard error meanwhile."""
    sys.stdout.flush()
    kept = os.dup(1)
    os.dup2(2, 1)
    try:
        yield
    finally:
        sys.stdout.flush()
        os.dup2(kept, 1)
        os.close(kept)
