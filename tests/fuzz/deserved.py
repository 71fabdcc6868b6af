"""Whether a report deserves a pass, told in the plainest way and not as its reader does it: fuzzing compares them."""

from __future__ import annotations

import json
import re
from typing import Any

_EXCUSED = re.compile(rb"#\s*(todo|skip)", re.IGNORECASE)


def by_ctrf(data: bytes) -> bool:
    """There are tests, and each of them passed or was not run."""
    tests = _loaded(data)["results"]["tests"]
    return bool(tests) and all(_fine(test) for test in tests)


def _fine(test: dict[str, Any]) -> bool:
    status = test.get("status")
    return status in {"passed", "skipped", "pending"} or (
        status == "other" and test.get("rawStatus") in {"todo", "pending"}
    )


def by_pytest_json(data: bytes) -> bool:
    """There is something, and nothing failed: no test, no phase of one, no collector."""
    report = _loaded(data)
    told = [*report["tests"], *report.get("collectors", ())]
    phases = [phase for test in report["tests"] for phase in test.values() if isinstance(phase, dict)]
    return bool(told) and not any(one.get("outcome") in {"failed", "error"} for one in (*told, *phases))


def by_reportlog(data: bytes) -> bool:
    """It has an end, and nothing failed for good."""
    entries = [json.loads(line) for line in data.split(b"\n") if line.strip()]
    ended = any(entry.get("$report_type") == "SessionFinish" for entry in entries)
    return ended and not any(entry.get("outcome") == "failed" for entry in entries)


def by_tap(data: bytes) -> bool:
    """There is a test, and no failure that nothing excuses; inside a TODO everything is excused."""
    lines = [line.strip() for line in data.splitlines()]
    failures = [line for line in lines if re.match(rb"not ok(\s|$)", line) and not _EXCUSED.search(line)]
    fine = any(re.match(rb"(not )?ok(\s|$)", line.lstrip(b"\xef\xbb\xbf")) for line in lines)
    return fine and (not failures or any(re.search(rb"#\s*todo", line, re.IGNORECASE) for line in lines))


def by_go_test(data: bytes) -> bool:
    """Whatever failed passed later; Go tells that in the output alone where a line end is missing."""
    last: dict[tuple[str, str], str] = {}
    for line in data.split(b"\n"):
        try:
            event = json.loads(line)
        except ValueError:
            continue
        if not isinstance(event, dict):
            continue
        subject = (str(event.get("Package")), str(event.get("Test")))
        if event.get("Action") in {"pass", "fail", "skip"}:
            last[subject] = event["Action"]
        elif f"--- PASS: {subject[1]} (" in str(event.get("Output")):
            last[subject] = "pass"
    return bool(last) and "fail" not in last.values()


def _loaded(data: bytes) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(data)
    return loaded
