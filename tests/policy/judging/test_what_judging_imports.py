"""Judging costs nothing that a step does not ask for: the rules on evidence are imported by the first that has any."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import sys
from gatekeeper.model.outcome import Attempt, Exited
from gatekeeper.model.plan import Shell, Step
from gatekeeper.policy.judge import judge
judge(Step("g", "s", Shell("true"), 60.0), Attempt(Exited(0), 1.0))
print(*sorted(name for name in sys.modules if name.startswith("gatekeeper.policy.judging.")))
"""


def test_a_step_without_evidence_needs_no_rules_on_it() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True, timeout=50)
    room = "gatekeeper.policy.judging"
    assert done.stdout.split() == [f"{room}.{name}" for name in ("claim", "conduct", "objection", "words")]
