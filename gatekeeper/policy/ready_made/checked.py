"""Owns what a ready-made step found, and how it is said: lines for people, a CTRF document for gatekeeper."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gatekeeper.model.plan import ReadyMadeKind
from gatekeeper.model.record import NamedTuple

_LONGEST = 4000
_SHOWN = 20


class Spot(NamedTuple):
    """Something that was found, and where: `line` and `column` count from 1, and are 0 where there is none."""

    message: str
    file: str = ""
    line: int = 0
    column: int = 0

    @property
    def place(self) -> str:
        """``file:line:column``, as far as it is known."""
        return ":".join([self.file, *(str(number) for number in (self.line, self.column) if number)])

    def __str__(self) -> str:
        return f"{self.place}: {self.message}" if self.file else self.message


class Checked(NamedTuple):
    """One thing that was checked: a test called ``group::name``. Without `faults` it passed; `warnings` don't block."""

    group: str
    name: str
    faults: tuple[Spot, ...] = ()
    warnings: tuple[Spot, ...] = ()


def anything(checks: Sequence[Checked], kind: ReadyMadeKind) -> tuple[Checked, ...]:
    """`checks`; or, where there are none, a failed one that says so: nothing looked at is never a pass."""
    return tuple(checks) or (Checked(kind, "looks at something", (Spot("nothing was checked"),)),)


def lines(checks: Sequence[Checked], kind: ReadyMadeKind) -> Iterator[str]:
    """What people are told: every finding with its place, and what was looked at at the end."""
    failed = [check for check in checks if check.faults]
    for check in checks:
        yield from (f"warning: {spot}" for spot in check.warnings)
    for check in failed:
        yield from map(str, check.faults)
    passed = len(checks) - len(failed)
    what = f"{kind}: {len(checks)} {'check' if len(checks) == 1 else 'checks'}, {passed} passed"
    yield f"{what}, {len(failed)} failed" if failed else what


def ctrf(checks: Sequence[Checked], *, version: str, start_ms: int, stop_ms: int) -> dict[str, object]:
    """The same as a CTRF document."""
    failed = sum(1 for check in checks if check.faults)
    return {
        "reportFormat": "CTRF",
        "specVersion": "0.0.0",
        "results": {
            "tool": {"name": "gatekeeper", "version": version},
            "summary": {
                "tests": len(checks),
                "passed": len(checks) - failed,
                "failed": failed,
                "skipped": 0,
                "pending": 0,
                "other": 0,
                "start": start_ms,
                "stop": stop_ms,
            },
            "tests": [_test(check) for check in checks],
        },
    }


def _test(check: Checked) -> dict[str, object]:
    test: dict[str, object] = {
        "name": check.name,
        "suite": [check.group],
        "status": "failed" if check.faults else "passed",
        "duration": 0,
    }
    if not check.faults:
        return test
    first = check.faults[0]
    said = [
        spot.message.removeprefix(f"{check.name}: ") if spot.place == first.place else str(spot)
        for spot in check.faults[:_SHOWN]
    ]
    more = len(check.faults) - _SHOWN
    test["message"] = "; ".join((*said, *([f"and {more} more"] if more > 0 else [])))[:_LONGEST]
    # A test's id is its file or else its suite: only a file that is the suite, too, leaves the id what it is in a pass.
    if first.file == check.group:
        test["filePath"] = first.file
        if first.line:
            test["line"] = first.line
    elif first.file:
        test["trace"] = first.place
    return test
