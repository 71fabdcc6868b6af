"""Owns pattern files as somebody writes them, for tests."""

from __future__ import annotations

from gatekeeper.adapters.definition.pattern_file import read_pattern
from gatekeeper.adapters.patterns.recognising import Failure
from gatekeeper.model.errors import DefinitionError
from gatekeeper.model.pattern import Pattern
from gatekeeper.policy.patterns.fitting import Facts

FIELDS = {
    "pattern": "lost_cause",
    "class": "code",
    "title": "It is lost",
    "root_cause": "Nobody knows.",
    "match": '{text: ["lost for good"]}',
}


def yaml(**fields: str | None) -> str:
    """A whole pattern file in which `fields` are otherwise (None: not there); `class_` is ``class``."""
    named = {name.rstrip("_"): value for name, value in fields.items()}
    return "".join(f"{name}: {value}\n" for name, value in {**FIELDS, **named}.items() if value is not None)


def pattern(**fields: str | None) -> Pattern:
    """The pattern of such a file, which is called after it."""
    return read_pattern(yaml(**fields).encode(), f"gates/patterns/{fields.get('pattern', 'lost_cause')}.yaml")


def problems(text: str, file: str = "gates/patterns/lost_cause.yaml") -> list[str]:
    """What is said of a wrong pattern file, hints included."""
    try:
        read_pattern(text.encode(), file)
    except DefinitionError as wrong:
        return [str(problem) for problem in wrong.problems]
    return []


def failure(output: str, facts: Facts | None = None) -> Failure:
    """The failure of a step that wrote `output`."""
    return Failure(facts or Facts(exit=1), output.encode(), (("step", "one"), ("cwd", ".")))


def nobody(_port: int) -> str:
    raise AssertionError("no pattern here asks who holds a port")
