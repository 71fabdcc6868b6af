"""Owns which reader reads which format; each is imported only when a step has such a report."""

from collections.abc import Callable
from typing import BinaryIO

from gatekeeper.model.demands import ReportFormat
from gatekeeper.model.record import NamedTuple
from gatekeeper.model.report import Report, ReportProblem


class Format(NamedTuple):
    """How files of one format are told and read: file, name in problems, folder of the step."""

    looks_like: Callable[[bytes], bool]
    read: Callable[[BinaryIO, str, str], Report | ReportProblem]


def _junit() -> Format:
    from gatekeeper.adapters.testreports.junit import looks_like_junit, read_junit

    return Format(looks_like_junit, read_junit)


def _ctrf() -> Format:
    from gatekeeper.adapters.testreports.ctrf import looks_like_ctrf, read_ctrf

    return Format(looks_like_ctrf, read_ctrf)


def _pytest_json() -> Format:
    from gatekeeper.adapters.testreports.pytest_json import looks_like_pytest_json, read_pytest_json

    return Format(looks_like_pytest_json, read_pytest_json)


def _reportlog() -> Format:
    from gatekeeper.adapters.testreports.reportlog import looks_like_reportlog, read_reportlog

    return Format(looks_like_reportlog, read_reportlog)


def _tap() -> Format:
    from gatekeeper.adapters.testreports.tap import looks_like_tap, read_tap

    return Format(looks_like_tap, read_tap)


def _go_test() -> Format:
    from gatekeeper.adapters.testreports.go_test import looks_like_go_test, read_go_test

    return Format(looks_like_go_test, read_go_test)


FORMATS: dict[ReportFormat, Callable[[], Format]] = {
    "junit": _junit,
    "ctrf": _ctrf,
    "pytest_json": _pytest_json,
    "reportlog": _reportlog,
    "tap": _tap,
    "go_test": _go_test,
}
"""Every report format, by its name in definitions; imported only when a step has such a report."""
