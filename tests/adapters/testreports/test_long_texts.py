"""Texts that are nothing but what an expression repeats: they are read to their end, or the suite's limit ends us."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from gatekeeper.adapters.testreports import texts
from gatekeeper.model.demands import ReportFormat
from gatekeeper.model.report import Report, ReportProblem
from tests.adapters.testreports.reading import read_any

LONG = 20_000
PIECES = (
    "\n", " ", "\t", "\n x", "/", "a:", "a.", "at ", "(a", "(ATest.", "\x1b[", "E  \n", "#", " #", "# ", "in file ",
    "'", "panicked at '", "\n    at ", "a.py:1\n", "0x1234567", "=== RUN x\n", "{", " {", "ok ",
    "skip", "1,", "\\", "::", " > ",
)  # fmt: skip


@pytest.mark.parametrize("function", [texts.first_lines, texts.place_in, texts.message, texts.plain])
def test_every_text_is_read_to_its_end(function: Callable[[str], str]) -> None:
    for piece in PIECES:
        assert isinstance(function(piece * (LONG // len(piece)) + "x"), str)


def reports(form: ReportFormat, long: str) -> list[str]:
    failing: dict[str, Any] = {"name": long, "nodeid": long, "status": "failed", "outcome": "failed", "message": long}
    failing |= {"trace": long, "longrepr": long, "suite": long, "filePath": long, "Output": long, "Test": long}
    match form:
        case "ctrf":
            return [json.dumps({"results": {"summary": {}, "tests": [failing]}})]
        case "pytest_json":
            test = failing | {"call": failing | {"crash": failing | {"path": long}}}
            return [json.dumps({"summary": {}, "exitcode": 1, "tests": [test], "collectors": [failing]})]
        case "reportlog":
            phases = [failing | {"$report_type": kind, "when": "call"} for kind in ("CollectReport", "TestReport")]
            return ["".join(json.dumps(phase) + "\n" for phase in phases)]
        case "go_test":
            actions = ("run", "output", "output", "fail")
            told = [json.dumps(failing | {"Action": action, "Package": "p"}) + "\n" for action in actions]
            return ["".join(told), long + "\n" + "".join(told)]
        case _:
            line = long.replace("\n", "")
            return [f"1..1\nnot ok 1 {line}\n# {line}\n", f"1..1\nnot ok\n  ---\n  at: {line}\n{long}\n  ...\n", long]


@pytest.mark.slow
@pytest.mark.parametrize("form", ["ctrf", "pytest_json", "reportlog", "go_test", "tap"])
def test_every_report_is_read_to_its_end(form: ReportFormat) -> None:
    for piece in PIECES:
        for data in reports(form, piece * (LONG // len(piece)) + "x"):
            assert isinstance(read_any(form, data.encode()), Report | ReportProblem)
