"""Owns CI's refusal to skip: with GATEKEEPER_CI_NO_SKIP=1 a skipped test fails the session, whatever else passed.

A test skips with the reason where a machine lacks something (root, cgroups, node, redis). CI installs all of it, so a
skip there means that nobody is watching any more what the test was written to watch. Only what another operating
system is needed for may be skipped; its reason names that system.
"""

from __future__ import annotations

import os
import re

import pytest

_OTHER_PLATFORM = re.compile(r"\b(macOS|Darwin|Windows|FreeBSD)\b")

_skipped: list[tuple[str, str]] = []


def _note(report: pytest.TestReport | pytest.CollectReport) -> None:
    if not report.skipped or hasattr(report, "wasxfail"):
        return
    reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    if not _OTHER_PLATFORM.search(reason):
        _skipped.append((report.nodeid, reason.removeprefix("Skipped: ")))


def _refusing() -> bool:
    return os.environ.get("GATEKEEPER_CI_NO_SKIP", "") not in {"", "0"}


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    _note(report)


def pytest_collectreport(report: pytest.CollectReport) -> None:
    _note(report)


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    if _refusing() and _skipped and exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if not _refusing() or not _skipped:
        return
    terminalreporter.section("skipped where nothing may be", red=True)
    for nodeid, reason in _skipped:
        terminalreporter.line(f"{nodeid}: {reason}")
