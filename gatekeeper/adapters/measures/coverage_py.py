"""Owns reading coverage.py's JSON. Knows no folder; trusts none of its percentages, which mix lines and branches."""

from __future__ import annotations

import json
from typing import Any, BinaryIO

from gatekeeper.adapters.measures.ran import FileRan, Ran
from gatekeeper.model.report import ReportProblem, Share


class _Refused(Exception):
    """The document does not hold what it must; the text says what."""


def looks_like_coverage_py(beginning: bytes) -> bool:
    """Whether a file that begins so is coverage.py's JSON."""
    return beginning.lstrip().startswith(b"{") and b'"branch_coverage"' in beginning


def read_coverage_py(file: BinaryIO, name: str) -> Ran | ReportProblem:
    """What ran according to `file`; `name` is what it is called in problems."""
    try:
        document = json.load(file)
    except (ValueError, RecursionError) as fault:
        return ReportProblem("unreadable", f"{name} is cut short or not JSON: {fault}")
    try:
        return _read(document)
    except _Refused as refused:
        return ReportProblem("unreadable", f"{name} is not a coverage.py report: {refused}")


def _read(document: object) -> Ran:
    root = _object(document, "the document")
    meta, files = _object(root.get("meta"), "`meta`"), _object(root.get("files"), "`files`")
    measured = meta.get("branch_coverage")
    if not isinstance(measured, bool):
        raise _Refused("`meta.branch_coverage` is neither true nor false")
    ran = Ran()
    ran.branches_measured = measured
    for path, content in files.items():
        _read_file(ran.file(path), _object(content, path), path, branches=measured)
    return ran


def _read_file(file: FileRan, content: dict[str, Any], path: str, *, branches: bool) -> None:
    summary = _object(content.get("summary"), f"the summary of {path}")
    excluded = set(_numbers(content.get("excluded_lines", []), path))
    missing = _numbers(content.get("missing_lines"), path)
    for number in _numbers(content.get("executed_lines"), path):
        # Some versions list what a pragma excludes as well.
        if number not in excluded:
            file.line(number, ran=True)
    if any(number in file.lines for number in missing):
        raise _Refused(f"a line of {path} both ran and did not")
    for number in missing:
        file.line(number, ran=False)
    lines = _share(summary, "covered_lines", "num_statements", path)
    # It may list more lines that ran than it counts, and never fewer.
    if lines.total - lines.covered != len(missing) or lines.covered > len(file.lines) - len(missing):
        raise _Refused(f"it contradicts itself: {path} counts {lines.covered} of {lines.total} lines and lists others")
    taken = _share(summary, "covered_branches", "num_branches", path) if branches else Share(0, 0)
    file.stated = (lines, taken)
    if not branches:
        return
    if "executed_branches" in content and "missing_branches" in content:
        for way in _arcs(content["missing_branches"], path):
            file.branch(way, taken=False)
        for way in _arcs(content["executed_branches"], path):
            file.branch(way, taken=True)
    else:
        for number in range(taken.total):
            file.branch(number, taken=number < taken.covered)


def _object(value: object, what: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _Refused(f"{what} is no object")
    return value


def _numbers(value: object, path: str) -> list[int]:
    if not isinstance(value, list) or not all(type(number) is int for number in value):
        raise _Refused(f"the lines of {path} are no list of numbers")
    return value


def _arcs(value: object, path: str) -> list[tuple[int, ...]]:
    if not isinstance(value, list):
        raise _Refused(f"the branches of {path} are no list")
    return [tuple(_numbers(arc, path)) for arc in value]


def _share(summary: dict[str, Any], covered: str, total: str, path: str) -> Share:
    share = Share(summary.get(covered, -1), summary.get(total, -1))
    if type(share.covered) is not int or type(share.total) is not int or not 0 <= share.covered <= share.total:
        raise _Refused(f"the summary of {path} has no `{covered}` of `{total}`")
    return share
