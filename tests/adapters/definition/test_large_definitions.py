"""Nothing that can be written in 1 MiB takes time that grows with the square of it."""

from __future__ import annotations

import time

import pytest

from tests.adapters.definition.definitions import GATES, HEAD, problems_of

MANY = 5_000


def gate(name: str, *steps: str) -> str:
    return f"  {name}:\n    steps:\n" + "".join(f"      {step}\n" for step in steps)


def numbered(step: str) -> tuple[str, ...]:
    return tuple(step.replace("#", str(number)) for number in range(MANY))


CAPTURE = "z: {http: GET http://x, expect: {json: {$.a: {capture: x}}}}"
LARGE = {
    "unknown names": "gates:\n" + gate("g", f"s: {{run: '{' '.join(numbered('${vars.v#}'))}'}}"),
    "captures too late": "gates:\n" + gate("a", CAPTURE) + gate("g", *numbered("s#: {run: 'echo ${capture.x}'}")),
    "all need all": "gates:\n" + gate("a", *numbered("s#: {run: x}")) + gate("b", *numbered("t#: {run: x, needs: a}")),
    "keys given twice": f"vars: {{{', '.join(['a: b'] * MANY)}}}\n" + GATES,
    "gates in a circle": "gates:\n"
    + "".join(f"  g{i}: {{needs: [g{(i - 1) % MANY}], steps: {{s: {{run: x}}}}}}\n" for i in range(MANY)),
}


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[] if name == "keys given twice" else [pytest.mark.slow]) for name in LARGE]
)
def test_a_large_wrong_definition_is_refused_soon(name: str) -> None:
    """Seconds of our own work, where the square would be minutes."""
    begun = time.process_time()
    assert problems_of(f"{HEAD}{LARGE[name]}")
    assert time.process_time() - begun < 10
