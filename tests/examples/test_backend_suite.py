"""The backend's own test suite: its report agrees with what happened, and its exit code with the report."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from .backend_copy import SCRIPT_TIMEOUT, BackendCopy

pytestmark = pytest.mark.slow

FAILING_TEST = """
import unittest

class Extra(unittest.TestCase):
    def test_extra(self):
        self.assertEqual("expected", "found")
"""
NO_TESTS = "from __future__ import annotations\n"


def report_of(backend: BackendCopy) -> ET.Element:
    return ET.parse(backend.folder / "reports" / "junit.xml").getroot()


def counts_in(element: ET.Element) -> dict[str, int]:
    return {name: int(element.get(name, "-1")) for name in ("tests", "failures", "errors", "skipped")}


def recount(element: ET.Element) -> dict[str, int]:
    cases = list(element.iter("testcase"))
    tags = {"failures": "failure", "errors": "error", "skipped": "skipped"}
    found = {name: sum(case.find(tag) is not None for case in cases) for name, tag in tags.items()}
    return {"tests": len(cases), **found}


def test_the_suite_passes_and_its_counts_agree(backend: BackendCopy) -> None:
    """The console, the header and the cases say the same number."""
    done = backend.run("test.sh")
    report = report_of(backend)
    assert counts_in(report) == counts_in(report[0]) == recount(report)
    counts = counts_in(report)
    assert counts["tests"] > 40
    assert counts == {"tests": counts["tests"], "failures": 0, "errors": 0, "skipped": 0}
    assert f"Ran {counts['tests']} tests" in done.stderr
    for case in report.iter("testcase"):
        assert (backend.folder / case.get("file", "?")).is_file()
        assert case.get("classname")
        assert float(case.get("time", "-1")) >= 0


def test_a_failing_test_fails_the_script(backend: BackendCopy) -> None:
    """And it is in the report, with its message and its traceback."""
    (backend.folder / "tests" / "test_extra.py").write_text(FAILING_TEST, "utf-8")
    assert backend.run("test.sh", check=False).returncode == 1
    report = report_of(backend)
    assert counts_in(report) == recount(report)
    (failed,) = (case for case in report.iter("testcase") if len(case))
    assert failed.get("file") == "tests/test_extra.py"
    assert f"{failed.get('classname')}::{failed.get('name')}" == "tests.test_extra.Extra::test_extra"
    assert failed[0].tag == "failure"
    assert failed[0].get("message", "").startswith("'expected' != 'found'")
    assert "test_extra.py" in (failed[0].text or "")


def test_a_module_that_cannot_be_imported_is_an_error(backend: BackendCopy) -> None:
    """The other modules run; the broken one has a case of its own."""
    (backend.folder / "tests" / "test_extra.py").write_text("import no_such_module\n", "utf-8")
    assert backend.run("test.sh", check=False).returncode == 1
    report = report_of(backend)
    assert counts_in(report) == recount(report)
    assert counts_in(report)["errors"] == 1
    assert counts_in(report)["tests"] > 40
    (broken,) = (case for case in report.iter("testcase") if len(case))
    assert (broken.get("classname"), broken.get("name")) == ("", "tests.test_extra")
    assert (broken[0].get("message"), broken[0].get("type")) == ("collection failure", "ImportError")
    assert "No module named 'no_such_module'" in (broken[0].text or "")


def test_no_test_at_all_is_no_success(backend: BackendCopy) -> None:
    """An empty suite proves nothing."""
    for file in (backend.folder / "tests").glob("test_*.py"):
        file.write_text(NO_TESTS, "utf-8")
    assert backend.run("test.sh", check=False).returncode == 5
    assert counts_in(report_of(backend))["tests"] == 0


def test_a_run_that_dies_leaves_no_old_report(backend: BackendCopy) -> None:
    """A report speaks for the run that wrote it."""
    backend.run("test.sh", "tests/test_passwords.py")
    dies = FAILING_TEST.replace('self.assertEqual("expected", "found")', "__import__('os')._exit(0)")
    (backend.folder / "tests" / "test_extra.py").write_text(dies, "utf-8")
    backend.run("test.sh", "tests/test_extra.py")
    assert not (backend.folder / "reports" / "junit.xml").exists()


@pytest.mark.parametrize(
    "name",
    [
        "tests.test_http.HttpTest::test_head_is_get_without_a_body",
        "tests.test_http.HttpTest.test_head_is_get_without_a_body",
        "tests/test_http.py::test_head_is_get_without_a_body",
        "tests/test_http.py::HttpTest::test_head_is_get_without_a_body",
    ],
)
def test_one_test_can_be_run_by_any_of_its_names(backend: BackendCopy, name: str) -> None:
    """As a rerun of what failed needs it."""
    backend.run("test.sh", name)
    assert counts_in(report_of(backend))["tests"] == 1


def test_a_name_that_no_test_has_is_refused(backend: BackendCopy) -> None:
    """Rather than to pass with nothing run."""
    refused = backend.run("test.sh", "tests/test_http.py", "tests/test_typo.py", check=False)
    assert refused.returncode == 2
    assert "there is no tests/test_typo.py" in refused.stderr


def test_npm_test_is_the_same_suite(backend: BackendCopy, tmp_path: Path) -> None:
    """For those who have Node; the script is what package.json names."""
    package = json.loads((backend.folder / "package.json").read_text("utf-8"))
    assert package["scripts"]["test"] == "./dev-scripts/test.sh"
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("there is no npm here")
    quiet = {"HOME": str(tmp_path), "npm_config_update_notifier": "false", "npm_config_offline": "true"}
    command = [npm, "test", "--", "tests/test_passwords.py"]
    done = subprocess.run(
        command,
        cwd=backend.folder,
        env=backend.environment | quiet,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=SCRIPT_TIMEOUT,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert counts_in(report_of(backend))["tests"] == 5


def test_every_script_can_be_run(backend: BackendCopy) -> None:
    """Executable, and found by env whatever bash lies where."""
    for script in sorted((backend.folder / "dev-scripts").glob("*.sh")):
        if script.name == "python.sh":  # sourced by the others
            continue
        assert os.access(script, os.X_OK), script.name
        first, *rest = script.read_text("utf-8").splitlines()
        assert first == "#!/usr/bin/env bash", script.name
        assert "set -euo pipefail" in rest, script.name
