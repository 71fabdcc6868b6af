"""Reading samples and made-up reports of any format, for the tests beside this."""

from __future__ import annotations

import io
import json
from pathlib import Path

from gatekeeper.adapters.testreports.formats import FORMATS
from gatekeeper.model.demands import ReportFormat
from gatekeeper.model.report import Report, ReportedTest, ReportProblem

SAMPLES = Path(__file__).parent / "samples"
ENDINGS: dict[ReportFormat, str] = {
    "ctrf": "ctrf.json",
    "pytest_json": "pytest.json",
    "reportlog": "reportlog.jsonl",
    "tap": "tap",
    "go_test": "go.jsonl",
}
ROOT = "/home/dev/shop"


def samples(form: ReportFormat) -> list[Path]:
    return sorted(SAMPLES.glob(f"*.{ENDINGS[form]}"))


def read_any(form: ReportFormat, data: bytes) -> Report | ReportProblem:
    return FORMATS[form]().read(io.BytesIO(data), "r", ROOT)


def read(form: ReportFormat, data: str | bytes | dict[str, object]) -> Report:
    if isinstance(data, dict):
        data = json.dumps(data)
    report = read_any(form, data if isinstance(data, bytes) else data.encode())
    assert isinstance(report, Report), report
    return report


def problem(form: ReportFormat, data: str | bytes) -> str:
    found = read_any(form, data if isinstance(data, bytes) else data.encode())
    assert isinstance(found, ReportProblem), found
    assert found.kind == "unreadable"
    return found.message


def sample(form: ReportFormat, name: str) -> Report:
    return read(form, (SAMPLES / f"{name}.{ENDINGS[form]}").read_bytes())


def bad(report: Report) -> list[ReportedTest]:
    return [case for case in report.cases if case.outcome in {"failed", "error"}]


def told(report: Report) -> list[tuple[str, str, str, str]]:
    return [(case.id, case.outcome, case.message, case.place) for case in report.cases]


def passes(report: Report | ReportProblem) -> bool:
    """Whether nothing in it speaks against a pass."""
    return isinstance(report, Report) and bool(report.counts.total) and not bad(report) and not report.contradictions
