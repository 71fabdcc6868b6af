"""Owns fuzzing what reads reports: no bytes may raise, hang, or come back as a pass that is none.

    python -m tests.fuzz.fuzz_reports [TARGET…] [--seconds N] [--seed N]     with what Python has
    python -m tests.fuzz.fuzz_reports TARGET --atheris [OPTION…]             guided by coverage (atheris, libFuzzer)

A target is one line in `TARGETS`. Bytes that break a rule are written to a file, and the command exits with 1.
"""

from __future__ import annotations

import argparse
import io
import random
import re
import sys
import time
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import BinaryIO, NamedTuple
from xml.etree import ElementTree as ET

from gatekeeper.adapters.testreports.ctrf import read_ctrf
from gatekeeper.adapters.testreports.go_test import read_go_test
from gatekeeper.adapters.testreports.junit import read_junit
from gatekeeper.adapters.testreports.pytest_json import read_pytest_json
from gatekeeper.adapters.testreports.reportlog import read_reportlog
from gatekeeper.adapters.testreports.tap import read_tap
from gatekeeper.model.report import Report, ReportProblem
from tests.fuzz import deserved

SAMPLES = Path(__file__).parents[1] / "adapters" / "testreports" / "samples"


class Target(NamedTuple):
    """What is fuzzed: a reader, the samples to start from, and what its format can prove of a report that passes."""

    read: Callable[[BinaryIO, str], Report | ReportProblem]
    samples: str
    deserves: Callable[[bytes], bool]


def junit_deserves_a_pass(data: bytes) -> bool:
    """Whether another parser finds cases, and no sign of a failure in any of them."""
    try:
        root = ET.fromstring(data)
    except (ET.ParseError, ValueError, LookupError):
        return False
    signs = {"failure", "error"}
    cases = [case for case in root.iter() if local(case) == "testcase"]
    return bool(cases) and not any(local(child) in signs and not forgiven(case) for case in cases for child in case)


def local(element: ET.Element) -> str:
    """The name of an element without its namespace, in small letters."""
    return element.tag.rpartition("}")[2].rpartition(":")[2].lower()


def forgiven(case: ET.Element) -> bool:
    """Whether Node minds no failure of a case: it is still to do."""
    return any(local(child) == "skipped" and child.get("type", "").lower() == "todo" for child in case)


TARGETS = {
    "junit": Target(read_junit, "*.xml", junit_deserves_a_pass),
    "ctrf": Target(read_ctrf, "*.ctrf.json", deserved.by_ctrf),
    "pytest_json": Target(read_pytest_json, "*.pytest.json", deserved.by_pytest_json),
    "reportlog": Target(read_reportlog, "*.reportlog.jsonl", deserved.by_reportlog),
    "tap": Target(read_tap, "*.tap", deserved.by_tap),
    "go_test": Target(read_go_test, "*.go.jsonl", deserved.by_go_test),
}


def broken_rule(target: Target, data: bytes) -> str:
    """Which rule these bytes break, or nothing."""
    try:
        report = target.read(io.BytesIO(data), "fuzzed")
    except Exception as fault:  # noqa: BLE001 - that nothing is raised is what is tried
        return f"raised {type(fault).__name__}: {fault}"
    if isinstance(report, ReportProblem):
        return "" if report.kind == "unreadable" and report.message else "a problem that says nothing"
    counts = report.counts
    bad = [case for case in report.cases if case.outcome in {"failed", "error"}]
    ids = [*report.passed, *(case.id for case in report.cases)]
    if len(set(ids)) != len(ids):
        return "two tests have one id"
    if (counts.total, counts.passed, counts.failed + counts.errors) != (len(ids), len(report.passed), len(bad)):
        return "the counts are not those of the cases"
    if any(case.outcome == "passed" or (not case.collected and case.outcome != "error") for case in report.cases):
        return "a case that passed, or never ran and is no error, stands among those to tell of"
    passes = counts.total and not bad and not report.contradictions
    return "a pass that is not deserved" if passes and not target.deserves(data) else ""


def mutated(data: bytes, others: Sequence[bytes], chance: random.Random) -> bytes:
    """`data` with a few changes of the kinds that broken writers and clever people make."""
    for _ in range(chance.randint(1, 4)):
        data = _shuffled(data, chance) if chance.random() < 0.7 else _damaged(data, others, chance)
    return data


def _shuffled(data: bytes, chance: random.Random) -> bytes:
    """Whole pieces taken out, doubled, moved, emptied or counted otherwise: often still a document."""
    separator = chance.choice([b"\n", b">", b",", b"}", b"</testcase>"])
    pieces = data.split(separator)
    here, there = chance.randrange(len(pieces)), chance.randrange(len(pieces))
    match chance.randrange(5):
        case 0:
            del pieces[here]
        case 1:
            pieces.insert(there, pieces[here])
        case 2:
            pieces[here], pieces[there] = pieces[there], pieces[here]
        case 3:
            pieces[here] = re.sub(rb"[0-9]+", str(chance.choice([0, 1, 2, 10**30])).encode(), pieces[here])
        case _:
            word = chance.choice([b"failure", b"error", b"skipped", b"failed", b"classname", b"name", b"file"])
            return data.replace(word, chance.choice([b"system-out", b"skipped", b"x"]))
    return separator.join(pieces)


def _damaged(data: bytes, others: Sequence[bytes], chance: random.Random) -> bytes:
    """Bytes cut off, taken out, changed, put in or taken from elsewhere: rarely still a document."""
    here = chance.randrange(len(data) + 1)
    there = here + chance.choice([0, 1, 8, 200])
    match chance.randrange(4):
        case 0:
            return data[:here]
        case 1:
            return data[:here] + data[there:]
        case 2:
            other = chance.choice(others)
            start = chance.randrange(len(other))
            return data[:here] + other[start : start + chance.choice([4, 40, 400])] + data[there:]
        case _:
            put_in = [b"<", b"&lol;", b"]]>", b"\0", b"\xff", b"<!DOCTYPE x>", b"\xef\xbb\xbf", b"#x1B["]
            return data[:here] + chance.choice(put_in) + data[there:]


def fuzz(name: str, seconds: float, seed: int) -> tuple[int, bytes | None, str]:
    """How many inputs were tried in so many seconds of the processor, the first that broke a rule, and that rule."""
    target = TARGETS[name]
    samples = [path.read_bytes() for path in sorted(SAMPLES.glob(target.samples))]
    chance, tried, until = random.Random(seed), 0, time.process_time() + seconds
    while time.process_time() < until:
        data = mutated(chance.choice(samples), samples, chance)
        tried += 1
        if rule := broken_rule(target, data):
            return tried, data, rule
    return tried, None, ""


def _guided(name: str, options: Sequence[str]) -> None:
    try:
        atheris = import_module("atheris")
    except ImportError:
        raise SystemExit("atheris is not installed; leave out --atheris to fuzz without it") from None

    def one(data: bytes) -> None:
        if rule := broken_rule(TARGETS[name], data):
            raise AssertionError(rule)

    atheris.instrument_all()
    atheris.Setup([sys.argv[0], *options, str(SAMPLES)], one)
    atheris.Fuzz()


def main(arguments: Sequence[str] | None = None) -> int:
    """Fuzz the targets named, or all; 0 where every rule held."""
    parser = argparse.ArgumentParser(description="Fuzz what reads reports.")
    parser.add_argument("targets", nargs="*", choices=[*TARGETS, []], metavar="TARGET", help=", ".join(TARGETS))
    parser.add_argument("--seconds", type=float, default=10.0, help="how long each target is tried (10)")
    parser.add_argument("--seed", type=int, default=None, help="repeats what a former run tried")
    parser.add_argument("--atheris", action="store_true", help="guided by coverage; further options go to libFuzzer")
    asked, options = parser.parse_known_args(arguments)
    names = asked.targets or list(TARGETS)
    if asked.atheris:
        _guided(names[0], options)
        return 0
    seed = time.time_ns() if asked.seed is None else asked.seed
    for name in names:
        tried, data, rule = fuzz(name, asked.seconds, seed)
        print(f"{name}: {tried} inputs, seed {seed}: {rule or 'every rule held'}")
        if data is not None:
            found = Path(f"fuzz-{name}-{seed}.bin")
            found.write_bytes(data)
            print(f"the bytes are in {found}")
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
