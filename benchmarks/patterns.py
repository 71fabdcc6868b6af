"""Recognising a failure by all patterns in ten mebibytes of output: varied lines, lines that all hold a literal, none.

Each figure is the whole way, the process that looks at the lines included; loading the patterns, which a run does once,
is told beside. ``by hand`` is the same on a machine without grep.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable

from benchmarks.measure import rounds, spread
from gatekeeper.adapters.definition.pattern_file import read_pattern
from gatekeeper.adapters.patterns.recognising import Failure, recognised
from gatekeeper.adapters.patterns.registry import Registry, load
from gatekeeper.adapters.patterns.sifting import LARGEST
from gatekeeper.policy.patterns.fitting import Facts

_RUNS = 11
_WORDS = "request handled user order GET POST status ok cache hit miss worker started finished path compiled chunk test"
_UNKNOWN = b"\nthe frobnicator lost its marbles\n"
_KNOWN = b"\nModuleNotFoundError: No module named 'yaml'\n"


def written(last: bytes, line: Callable[[random.Random], str]) -> bytes:
    """As much output as is looked at, of lines that differ, and its end."""
    chance = random.Random(7)
    lines: list[str] = []
    size = len(last)
    while size < LARGEST:
        lines.append(line(chance))
        size += len(lines[-1]) + 1
    return "\n".join(lines).encode()[: LARGEST - len(last)] + last


def _varied(chance: random.Random) -> str:
    at = f"2026-11-27T12:{chance.randrange(60):02}:{chance.randrange(60):02}.{chance.randrange(1000):03}Z"
    return f"{at} INFO [{chance.randrange(1 << 32):08x}] {' '.join(chance.choices(_WORDS.split(), k=8))}"


def _full_of_literals(chance: random.Random) -> str:
    return f"{_varied(chance)} warning: Connection refused, then No module named anything at all: not found"


def _recognising(registry: Registry, content: bytes, wanted: str | None, path: str) -> Callable[[], float]:
    failure = Failure(Facts(exit=1), content, (("cwd", "."), ("step", "one")))

    def once() -> float:
        kept, os.environ["PATH"] = os.environ["PATH"], path
        began = time.perf_counter()
        try:
            found = recognised(registry.patterns, failure, lambda _: "somebody")
        finally:
            os.environ["PATH"] = kept
        took = (time.perf_counter() - began) * 1e3
        if found.skipped or (found.known.pattern if found.known else None) != wanted:
            raise SystemExit(f"benchmark: {wanted} was wanted, found {found}")
        return took

    return once


def main() -> None:
    """Print a table of times, and one of what loading takes."""
    registry = load(read_pattern, ())
    unknown, known = written(_UNKNOWN, _varied), written(_KNOWN, _varied)
    full = written(_UNKNOWN, _full_of_literals)
    path = os.environ["PATH"]
    subjects = {
        "no pattern knows it": _recognising(registry, unknown, None, path),
        "known by the last line": _recognising(registry, known, "python_missing_dep", path),
        "every line holds a literal": _recognising(registry, full, "python_missing_dep", path),
        "no pattern knows it, by hand": _recognising(registry, unknown, None, "/nowhere"),
        "a line of output": _recognising(registry, _KNOWN, "python_missing_dep", path),
    }
    title = f"Looking for {len(registry.patterns)} patterns in {LARGEST / (1 << 20):.0f} MiB of output"
    spread(title, rounds(subjects, _RUNS), "ms")

    def loading() -> float:
        began = time.perf_counter()
        load(read_pattern, ())
        return (time.perf_counter() - began) * 1e3

    spread("Loading the built-in patterns", rounds({"YAML to records": loading}, _RUNS), "ms")


if __name__ == "__main__":
    main()
