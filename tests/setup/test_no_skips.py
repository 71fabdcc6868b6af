"""CI's refusal to skip, tried on small suites of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def session(folder: Path, test: str, *, refusing: bool) -> subprocess.CompletedProcess[str]:
    """Runs one test file in a pytest of its own, with only the plugin under test."""
    (folder / "test_it.py").write_text(f"import pytest\n\n{test}\n")
    (folder / "pytest.ini").write_text("[pytest]\n")
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PYTEST_")}
    environment |= {"PYTHONPATH": str(ROOT), "GATEKEEPER_CI_NO_SKIP": "1" if refusing else ""}
    environment |= {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}  # it loads what is named below, and nothing else
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "tests.support.no_skips", "-p", "no:cacheprovider", str(folder)],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=50,
    )


SKIPS = 'def test_redis():\n    pytest.skip("there is no redis here")\n\ndef test_well():\n    pass'
SKIPS_WHOLE = 'pytest.skip("needs root", allow_module_level=True)'
MAC_ONLY = 'def test_mac():\n    pytest.skip("needs macOS")'


def test_a_skip_fails_the_session_in_ci_and_is_named(tmp_path: Path) -> None:
    """With everything installed a skipped test is a test that stopped watching."""
    answer = session(tmp_path, SKIPS, refusing=True)
    assert answer.returncode == 1
    assert "skipped where nothing may be" in answer.stdout
    assert "test_redis: there is no redis here" in answer.stdout


def test_a_file_that_skips_as_a_whole_counts_too(tmp_path: Path) -> None:
    """A module-level skip happens while collecting, and is not overlooked there."""
    answer = session(tmp_path, f"{SKIPS_WHOLE}\n", refusing=True)
    assert "test_it.py: needs root" in answer.stdout
    assert answer.returncode != 0


def test_elsewhere_a_skip_is_a_skip(tmp_path: Path) -> None:
    """A developer without redis gets a green session, with the reason told by pytest."""
    assert session(tmp_path, SKIPS, refusing=False).returncode == 0


def test_another_platforms_test_may_be_skipped_in_ci(tmp_path: Path) -> None:
    """No installation makes a Mac of a Linux machine."""
    assert session(tmp_path, MAC_ONLY, refusing=True).returncode == 0


def test_a_failure_stays_a_failure(tmp_path: Path) -> None:
    """The refusal adds to what pytest says and takes nothing from it."""
    assert session(tmp_path, f"{SKIPS}\n\ndef test_bad():\n    assert False", refusing=True).returncode == 1
