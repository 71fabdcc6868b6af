"""What `gatekeeper doctor` tries of the guard, and how it tells of a trial that was none."""

from __future__ import annotations

import sys

import pytest

from gatekeeper.adapters.guard.choice import start_helpers
from gatekeeper.adapters.guard.trial import guards

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the full guard is Linux only")


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("script", "told"),
    [
        ("raise SystemExit(3)", "the trial's command exited with 3"),
        ("import os; os.abort()", "the trial's command died of SIGABRT"),
        ("", "the trial's command did not say which daemon it had started"),
    ],
)
async def test_trial_that_was_none_is_told_in_words(monkeypatch: pytest.MonkeyPatch, script: str, told: str) -> None:
    monkeypatch.setattr(guards, "_LEAVES_A_DAEMON", script)
    trial = await guards.try_guard(start_helpers(with_leaves=False))
    assert (trial.problem, trial.gone) == (told, False)


@pytest.mark.anyio
async def test_trial_that_could_not_begin(monkeypatch: pytest.MonkeyPatch) -> None:
    """The reason is the kernel's, in a sentence."""
    helpers = start_helpers(with_leaves=False)
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    trial = await guards.try_guard(helpers)
    assert trial.problem == "the trial's command could not be started: /nowhere/python: No such file or directory"
