"""timeout(1)'s own tests pass against `gatekeeper guard`, each of them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).with_name("coreutils.sh")
TESTS = {
    "timeout.sh",
    "timeout-group.sh",
    "timeout-parameters.sh",
    "timeout-large-parameters.sh",
    "timeout-blocked.pl",
}
_CANNOT = 77


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.skipif(sys.platform != "linux", reason="the command needs Linux, and says so on macOS")
def test_coreutils_own_tests_of_timeout() -> None:
    """They are fetched, run and thrown away by a script, which is a developer's too."""
    program = Path(sys.executable).with_name("gatekeeper")
    done = subprocess.run([SCRIPT, program], check=False, capture_output=True, text=True, timeout=280)
    if done.returncode == _CANNOT:
        pytest.skip(f"coreutils' tests {done.stderr.strip()}")
    verdicts = dict(
        line.split()[1::-1] for line in done.stdout.splitlines() if line.startswith(("PASS", "SKIP", "FAIL "))
    )
    assert (done.returncode, verdicts) == (0, dict.fromkeys(TESTS, "PASS")), done.stdout + done.stderr
