"""Owns plans as JSON, compact and quick to read back. Knows no file and no YAML.

Steps are kept by column, because most columns are the same from end to end: ten thousand steps are read in some 30 ms.
A record is ``{"<number>": [fields…]}`` without its trailing defaults, a tuple is a list.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from itertools import repeat
from typing import Any, TypeAlias

from gatekeeper.model import cycle_parts, demands
from gatekeeper.model import plan as model
from gatekeeper.model.plan import Gate, Plan, Step, Tier

Encoded: TypeAlias = "bool | int | float | str | list[Encoded] | dict[str, Encoded] | None"
Decoded: TypeAlias = object

_RECORDS: tuple[type[Any], ...] = (
    model.StepId,
    model.Shell,
    model.Argv,
    model.JsonExpectation,
    model.HttpExpectation,
    model.HttpProbe,
    model.TcpProbe,
    model.FileProbe,
    model.Check,
    model.Conditions,
    model.Limits,
    cycle_parts.RepoSpec,
    cycle_parts.Reading,
    cycle_parts.TimeoutClass,
    cycle_parts.LogSpec,
    model.FixerSpec,
    model.UntilGreen,
    cycle_parts.Notification,
    demands.ReportSpec,
    demands.Budget,
    demands.BaselineSpec,
    demands.CoverageSpec,
    demands.MetricSpec,
    demands.KnownBad,
    demands.IntegritySpec,
    model.ReadyMade,
)
_NUMBER_OF = {record: str(number) for number, record in enumerate(_RECORDS)}
_RECORD_OF = {str(number): record for number, record in enumerate(_RECORDS)}
_WHOLE: tuple[type[Any], ...] = (Step, Gate, Plan)
_SIMPLE = (str, int, float, bool, type(None))

FIELDS = ";".join(",".join(record._fields) for record in (*_RECORDS, *_WHOLE))
"""What the records look like: what was kept of other records can't be read back."""


def encode_plan(plan: Plan) -> str:
    """`plan` as JSON text."""
    whole: dict[str, Encoded] = {
        field: _encode(value) for field, value in plan._asdict().items() if field not in {"gates", "teardown"}
    }
    whole["gates"] = [
        [
            _encode_steps(gate.steps),
            gate.name,
            gate.tier.value,
            _encode(gate.needs),
            gate.stop_on_failure,
            gate.timeout_s,
            _encode(gate.locks),
        ]
        for gate in plan.gates
    ]
    whole["teardown"] = _encode_steps(plan.teardown)
    return json.dumps(whole, ensure_ascii=False, separators=(",", ":"))


def decode_plan(text: str) -> Plan:
    """The plan that `encode_plan` made `text` of. Of any other text, any exception or any plan may come."""
    whole = json.loads(text)
    gates = tuple(
        Gate(name, _decode_steps(steps), Tier(tier), tuple(needs), stop_on_failure, timeout_s, tuple(locks))
        for steps, name, tier, needs, stop_on_failure, timeout_s, locks in whole.pop("gates")
    )
    teardown = _decode_steps(whole.pop("teardown"))
    fields: dict[str, Any] = {field: _decode(value) for field, value in whole.items()}
    return Plan(gates=gates, teardown=teardown, **fields)


def _encode(value: object) -> Encoded:
    number = _NUMBER_OF.get(type(value))
    if number is not None and isinstance(value, tuple):
        defaults: dict[str, object] = type(value)._field_defaults  # type: ignore[attr-defined]  # a NamedTuple's
        names: tuple[str, ...] = type(value)._fields  # type: ignore[attr-defined]  # a NamedTuple's
        length = len(value)
        while length and names[length - 1] in defaults and defaults[names[length - 1]] == value[length - 1]:
            length -= 1
        return {number: [_encode(item) for item in value[:length]]}
    if isinstance(value, tuple):
        return [_encode(item) for item in value]
    if isinstance(value, _SIMPLE):
        return value
    raise TypeError(f"{type(value).__name__} has no place in a plan")


def _decode(value: Any) -> Any:  # noqa: ANN401 - JSON in, records out; what is what stands in the data
    if type(value) is list:
        return tuple(map(_decode, value))
    if type(value) is dict:
        ((number, fields),) = value.items()
        return _RECORD_OF[number](*map(_decode, fields))
    return value


def _encode_steps(steps: tuple[Step, ...]) -> Encoded:
    if not steps:
        return [0]
    return [len(steps), *(_encode_column(column) for column in zip(*steps, strict=True))]


def _encode_column(column: tuple[object, ...]) -> Encoded:
    """``["c", value]`` of a constant, ``["s", values]`` of simple values, ``["p", the different values, places]``."""
    places: dict[object, int] = {}
    # Keyed by type too: 1, 1.0 and True are equal, and so are two records of different kinds.
    indices: list[Encoded] = [places.setdefault((type(value), repr(value)), len(places)) for value in column]
    if len(places) == 1:
        return ["c", _encode(column[0])]
    if all(type(value) in _SIMPLE for value in column):
        return ["s", [_encode(value) for value in column]]
    distinct: dict[object, object] = {(type(value), repr(value)): value for value in column}
    return ["p", [_encode(value) for value in distinct.values()], indices]


def _decode_steps(encoded: Any) -> tuple[Step, ...]:  # noqa: ANN401 - see _decode
    count, *columns = encoded
    if not count:
        return ()
    make: Callable[[Iterable[Any]], Step] = Step._make
    return tuple(map(make, zip(*(_decode_column(column, count) for column in columns), strict=False)))


def _decode_column(column: Any, count: int) -> Iterable[Any]:  # noqa: ANN401 - see _decode
    match column:
        case ["c", value]:
            return repeat(_decode(value), count)
        case ["s", values]:
            return _counted(values, count)
        case ["p", distinct, indices]:
            return map(list(map(_decode, distinct)).__getitem__, _counted(indices, count))
        case _:
            raise ValueError("this is no column of steps")


def _counted(values: list[Any], count: int) -> list[Any]:
    if len(values) != count:
        raise ValueError("a column is too short or too long")
    return values
