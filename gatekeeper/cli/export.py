"""Owns the command `gatekeeper export`: a run in a format that other tools read. Changes nothing of the run."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterable, Iterator

from gatekeeper.cli.exit_codes import OK
from gatekeeper.cli.look_back import PastRun, find_run
from gatekeeper.model.errors import JournalError, UsageError
from gatekeeper.model.events import RunFinished
from gatekeeper.policy.export_steps import RunTold, run_told, steps_told
from gatekeeper.policy.exporting import Suite, closing_suite, is_bad, suite_of
from gatekeeper.policy.masking import Masker
from gatekeeper.policy.telemetry import Telemetry

FORMATS = ("junit", "ctrf", "sarif", "tap", "summary", "otlp")
_REFUSED = 1
_EPILOG = """\
formats:
  junit    JUnit XML as Jenkins, GitLab and most others read it: a suite a step,
           a case a test
  ctrf     the Common Test Report Format, JSON
  tap      the Test Anything Protocol, version 13
  sarif    SARIF 2.1.0: what speaks against the run, each at its place in the
           tree; for code scanning
  summary  one JSON object of gatekeeper's own, versioned:
           schema/summary.schema.json
  otlp     an OpenTelemetry trace with metrics: sent to --endpoint URL, or where
           OTEL_EXPORTER_OTLP_ENDPOINT says (else http://localhost:4318), which
           needs the extra gatekeeper-run[otel]; with -o it is written as
           OTLP/JSON lines, which needs nothing

Tests are read again from the reports that the run kept; a step without any is one case. What did not pass for good
always has a case that failed, and what may fail (quarantined, known, advisory) is skipped or to do.
FILE is written in one instant, readable for you alone; only an empty file and a former export are written over.

exit codes:
  0  written, or sent
  1  refused: the run still goes on, FILE cannot or must not be written, or
     the endpoint did not take the run within a minute
  2  no such run or format
  3  the journal cannot be read, or says what cannot be true

examples:
  gatekeeper export latest --to junit -o report.xml
  gatekeeper export backend-cycle --to sarif > findings.sarif
  gatekeeper export 7f3a --to summary | jq .verdict
  gatekeeper export latest --to otlp --endpoint http://127.0.0.1:4318
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.description = "Write a run in a format that other tools read, from its journal and what it kept."
    parser.epilog = _EPILOG
    parser.add_argument(
        "run",
        nargs="?",
        default="latest",
        metavar="RUN",
        help="a run's id or an end of it, or a cycle (default: latest)",
    )
    parser.add_argument("--to", required=True, choices=FORMATS, metavar="FORMAT", help=", ".join(FORMATS))
    parser.add_argument(
        "-o", "--output", metavar="FILE", help="where to write (default: -, standard output; otlp is sent)"
    )
    parser.add_argument("--endpoint", metavar="URL", help="where otlp is sent to: the base of its OTLP/HTTP paths")
    parser.add_argument("--force", action="store_true", help="write over FILE though it is no export")


def main(arguments: argparse.Namespace) -> int:
    """Write the export; returns the exit code. Raises `UsageError` and `JournalError`."""
    from gatekeeper.adapters.exports.putting import NotPut, pour, put

    _require_sense(arguments)
    past = find_run(arguments.run)
    finished = past.record.finished
    if finished is None:
        return _refuse(f"the run {past.folder.run} still goes on, and what it comes to is not known yet")
    doubts: list[str] = []
    try:
        if arguments.to == "otlp" and arguments.output is None:
            return _send(past, finished, arguments.endpoint)
        pieces = _pieces(past, finished, arguments.to, doubts)
        if arguments.output in {None, "-"}:
            pour(pieces, sys.stdout.buffer)
        else:
            put(pieces, arguments.output, force=arguments.force)
    except NotPut as why:
        return _refuse(str(why))
    except ValueError as fault:
        what = str(fault).partition("\n")[0]
        raise JournalError(f"the journal of {past.folder.run} says what cannot be true: {what}") from None
    for doubt in doubts:
        print(f"gatekeeper: {doubt}", file=sys.stderr)
    return OK


def _require_sense(arguments: argparse.Namespace) -> None:
    """Raises `UsageError` where the options do not fit together."""
    if arguments.output == "":
        raise UsageError("-o names a file, or - for standard output")
    if arguments.endpoint is None:
        return
    if arguments.to != "otlp" or arguments.output is not None:
        raise UsageError("--endpoint says where `--to otlp` is sent to; it goes with no other format and with no -o")
    if not arguments.endpoint.startswith(("http://", "https://")):
        raise UsageError(f"--endpoint {arguments.endpoint} is no address: write http://HOST:4318 or https://…")


def _send(past: PastRun, finished: RunFinished, endpoint: str | None) -> int:
    from gatekeeper.adapters.exports.otlp_sending import NotSent, send

    told = _telemetry(past, finished)
    try:
        where = send(told, endpoint=endpoint)
    except NotSent as why:
        return _refuse(str(why))
    print(f"sent to {where}: {past.folder.run} as trace {told.trace_id}, {len(told.spans)} spans")
    return OK


def _telemetry(past: PastRun, finished: RunFinished) -> Telemetry:
    from gatekeeper.adapters.journal.reading import read
    from gatekeeper.policy.run_telemetry import telemetry_of

    return telemetry_of(past.record, past.started, finished, read(past.folder.journal), past.folder.path)


def _refuse(why: str) -> int:
    print(f"gatekeeper: {why}", file=sys.stderr)
    return _REFUSED


def _pieces(past: PastRun, finished: RunFinished, form: str, doubts: list[str]) -> Iterator[str]:
    """The document; what could not be read again is added to `doubts` while it is made."""
    run = run_told(past.record, past.started, finished)
    match form:
        case "summary":
            from gatekeeper.adapters.exports.summary import write_summary

            return write_summary(past.record, past.started)
        case "otlp":
            from gatekeeper.adapters.exports.otlp_json import write_otlp

            return write_otlp(_telemetry(past, finished))
        case "sarif":
            from gatekeeper.adapters.exports.sarif import write_sarif
            from gatekeeper.policy.export_findings import findings_told

            return write_sarif(run, findings_told(past.record, past.started))
        case "ctrf":
            from gatekeeper.adapters.exports.ctrf import write_ctrf as write
        case "tap":
            from gatekeeper.adapters.exports.tap import write_tap as write
        case _:
            from gatekeeper.adapters.exports.junit import write_junit as write
    return write(run, _suites(past, run, doubts))


def _suites(past: PastRun, run: RunTold, doubts: list[str]) -> Iterable[Suite]:
    """Every step with its tests, read when its turn comes: of 20,000 tests, those of one step are held."""
    from gatekeeper.cli.kept_tests import KeptTests

    masker = Masker(value for name in past.started.secrets if (value := os.environ.get(name)))
    kept = KeptTests(past, masker, doubts.append)
    failed = False
    for told in steps_told(past.record):
        suite = suite_of(told, kept.of(told))
        failed = failed or any(map(is_bad, suite.cases))
        yield suite
    if (closing := closing_suite(run, failed=failed)) is not None:
        yield closing
