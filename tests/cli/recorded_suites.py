"""Owns a small project whose suite says what a text file tells it to, for tests of baselines."""

from __future__ import annotations

from pathlib import Path

from tests.support.projects import Project, git

# Reads `tests.txt` (a line a test: name and outcome) and writes a JUnit report of it; fails if one of them fails.
SUITE = """\
import pathlib, sys
lines = [line.split() for line in pathlib.Path("tests.txt").read_text().splitlines()]
bodies = {"passed": "", "failed": '<failure message="no"/>', "skipped": "<skipped/>"}
cases = "".join(f'<testcase classname="t" name="{name}">{bodies[outcome]}</testcase>' for name, outcome in lines)
pathlib.Path("report.xml").write_text(f"<testsuite>{cases}</testsuite>")
sys.exit(any(outcome == "failed" for _, outcome in lines))
"""
GATES = """\
gates:
  suite:
    steps:
      unit:
        run: python3 suite.py
        report: {junit: report.xml}
        baseline: %s
until_green: {rounds: 1, retry_unchanged: 0}
"""


def suite_says(root: Path, **tests: str) -> None:
    """Have the suite hold these tests, with these outcomes."""
    (root / "tests.txt").write_text("".join(f"{name} {outcome}\n" for name, outcome in tests.items()))


def suite_project(project: Project, baseline: str = "{}", **tests: str) -> Project:
    """`project` with the suite in it, committed."""
    root = project.root
    project.define(GATES % baseline)
    (root / "suite.py").write_text(SUITE)
    (root / ".gitignore").write_text("report.xml\n")
    suite_says(root, **tests)
    git(root, "init", "--quiet")
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "--message", "first")
    return project
