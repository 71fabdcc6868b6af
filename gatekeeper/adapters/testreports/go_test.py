"""Owns reading the events of ``go test -json`` as a stream, one JSON object a line. Knows no files.

Facts (seen with Go 1.19, newer ones from its documentation): a test that prints no line end before it passes has no
``pass`` event, only ``--- PASS`` in its output. A test that ends the process has no end, and takes the end of its
package with it. A package that does not build is told in plain text, before Go 1.24. Benchmarks may have no end.
A package that ended begins again where failed tests are run again (gotestsum): then the last time counts. With
``-count`` a test runs again in the same package run: then the worst time counts, as it does for Go.
"""

from __future__ import annotations

import re
from typing import BinaryIO

from gatekeeper.adapters.testreports.fields import LineTooLong, lines, parsed_line, text
from gatekeeper.adapters.testreports.go_package import Packages
from gatekeeper.model.report import Report, ReportProblem

_PLAIN_END = re.compile(rb"^FAIL\t(\S+) \[(build failed|setup failed)\]\s*$")


def looks_like_go_test(beginning: bytes) -> bool:
    """Whether a file that begins so is the output of ``go test -json``, or nothing yet."""
    start = beginning.lstrip()
    if not start:
        return True
    first = start.splitlines()[:200]
    return any(line.startswith(b"{") and b'"Action":' in line for line in first) or any(map(_PLAIN_END.match, first))


def read_go_test(file: BinaryIO, name: str, root: str = "") -> Report | ReportProblem:
    """The report in `file`; `name` is what it is called in problems, `root` the step's folder."""
    packages = Packages(name, root)
    strange, line, events = 0, b"", 0
    try:
        for line in lines(file):
            event = parsed_line(line) if line.startswith(b"{") else None
            if event is not None and "Action" in event:
                events += 1
                packages.take(event)
            elif (plain_end := _PLAIN_END.match(line)) is not None:
                events += 1
                packages.not_built(text(plain_end[1].decode("utf-8", "replace")), plain_end[2].decode())
            else:
                strange += not line.isspace()
                packages.stray_line(line)
    except LineTooLong as fault:
        return ReportProblem("unreadable", f"{name} {fault}")
    if not events:
        return ReportProblem("unreadable", f"{name} is not the output of `go test -json`: it holds no event of it")
    if not line.endswith(b"\n"):
        packages.into.contradict("it is cut short: its last line has no end")
    if strange:
        packages.into.note(f"lines that are no events: {strange}")
    return packages.report()
