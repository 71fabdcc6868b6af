"""Owns the real outputs by which patterns are tested, as the failures of steps that wrote them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from gatekeeper.adapters.definition.pattern_file import read_pattern
from gatekeeper.adapters.patterns.recognising import Failure
from gatekeeper.adapters.patterns.registry import Registry, load
from gatekeeper.adapters.patterns.trying import Tried, Try
from gatekeeper.policy.patterns.fitting import Facts
from gatekeeper.policy.patterns.looking import look

SAMPLES = Path(__file__).parent / "samples"
NEAR_MISS = "not-"


class Sample(NamedTuple):
    """What a real tool wrote: `pattern` is what knows it, or, of a near miss, what must not."""

    pattern: str
    name: str
    tool: str
    command: str
    exit: int
    output: bytes

    @property
    def is_near_miss(self) -> bool:
        return self.name.startswith(NEAR_MISS)

    @property
    def failure(self) -> Failure:
        """The failure of a step whose command this was."""
        content = self.output + f"\nexit code {self.exit}".encode()
        values = {"step": "one", "gate": "a", "cwd": ".", "command": self.command, "exit_code": str(self.exit)}
        values["python"] = "python3"
        facts = Facts(exit=self.exit, findings=frozenset({"exit-code"}))
        return Failure(facts, content, tuple(values.items()))


def read_sample(path: Path) -> Sample:
    header, _, output = path.read_bytes().partition(b"\n\n")
    said = dict(line.removeprefix("# ").split(": ", 1) for line in header.decode().splitlines())
    return Sample(path.parent.name, path.stem, said["tool"], said["command"], int(said["exit"]), output)


def look_here(tries: Sequence[Try], lines: Sequence[str]) -> Tried:
    """As a process of its own does it: what the first of `tries` saw."""
    for each in tries:
        for way, texts in enumerate(each.ways):
            if (seen := look(texts, lines)) is not None:
                return Tried(each.pattern, way, seen)
    return Tried()


def all_samples() -> list[Sample]:
    return [read_sample(path) for path in sorted(SAMPLES.glob("*/*.txt"))]


def built_in() -> Registry:
    """The patterns that come with gatekeeper."""
    return load(read_pattern, ())
