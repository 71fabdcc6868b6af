"""Owns `gatekeeper init --measure`: one run of what is proposed, and what each step took. Keeps no definition."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

from gatekeeper.cli.project import find_root, state_folder
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
    from gatekeeper.cli import run

    state = state_folder(find_root(root) or root)
    before = {folder.run for folder in list_runs(state, cycle)}
    with tempfile.TemporaryDirectory(prefix="gatekeeper-init-") as folder, _output_to_stderr():
        path = os.path.join(folder, f"{cycle}.yaml")
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        parser = argparse.ArgumentParser()
        run.configure(parser)
        code = run.main(parser.parse_args(["--file", path, "--rounds", "1"]))
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
