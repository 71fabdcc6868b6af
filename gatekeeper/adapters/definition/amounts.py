"""Owns the kinds of values that bound evidence: budgets, points, shares, tolerances. Knows no model."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Annotated, TypeAlias

from pydantic import PlainValidator, WithJsonSchema

from gatekeeper.adapters.definition.fields import wrong
from gatekeeper.adapters.definition.scalars import Number, describe
from gatekeeper.adapters.definition.units import instead_of_duration, parse_duration
from gatekeeper.model.demands import Budget

_GROWTH = re.compile(r"\+(0|[1-9][0-9]{0,8})")


def _budget(value: object) -> Budget:
    if isinstance(value, Number) and re.fullmatch(r"[0-9]{1,9}", value):
        return Budget(total=float(value))
    if isinstance(value, str) and (found := _GROWTH.fullmatch(value)):
        return Budget(growth=float(found[1]))
    hint = 'write 5 for five in all, or "+0" for none more than the baseline has'
    raise wrong(f'a number, or a growth like "+0", is wanted here, found {describe(value)}', hint)


def _time_budget(value: object) -> Budget:
    text = value if isinstance(value, str) else ""
    seconds = parse_duration(text.removeprefix("+"))
    if seconds is None or isinstance(value, Number):
        hint = instead_of_duration(text.removeprefix("+")) if text else "write it like 90s or +30s"
        raise wrong(f'a duration, or a growth like "+30s", is wanted here, found {describe(value)}', hint)
    return Budget(growth=seconds) if text.startswith("+") else Budget(total=seconds)


def _decimal(least: float, most: float, what: str) -> Callable[[object], float]:
    def read(value: object) -> float:
        if isinstance(value, Number) and least <= float(value) <= most:
            return float(value)
        raise wrong(f"{what} is wanted here, found {describe(value)}")

    return read


def _tolerance(value: object) -> tuple[float, bool]:
    if isinstance(value, str) and (share := re.fullmatch(r"([0-9]{1,6}(?:\.[0-9]{1,6})?) ?%", value)):
        return float(share[1]) / 100, True
    if isinstance(value, Number) and float(value) >= 0:
        return float(value), False
    raise wrong(f"a share like 1% or a number is wanted here, found {describe(value)}", "write 0 for none at all")


def _number_schema(least: float, most: float) -> dict[str, object]:
    return {"type": "number", "minimum": least, "maximum": most}


BudgetOf: TypeAlias = Annotated[
    Budget,
    PlainValidator(_budget),
    WithJsonSchema({"anyOf": [{"type": "integer", "minimum": 0}, {"type": "string", "pattern": r"^\+[0-9]+$"}]}),
]
TimeBudget: TypeAlias = Annotated[
    Budget,
    PlainValidator(_time_budget),
    WithJsonSchema({"type": "string", "pattern": r"^\+?([0-9]+h)?([0-9]+m)?([0-9]+s)?([0-9]+ms)?$"}),
]
Points: TypeAlias = Annotated[
    float,
    PlainValidator(_decimal(-100, 100, "a number of points from -100 to 0, or a share up to 100,")),
    WithJsonSchema(_number_schema(-100, 100)),
]
Percent: TypeAlias = Annotated[
    float, PlainValidator(_decimal(0, 100, "a share from 0 to 100")), WithJsonSchema(_number_schema(0, 100))
]
Decimal: TypeAlias = Annotated[
    float, PlainValidator(_decimal(-1e15, 1e15, "a number")), WithJsonSchema({"type": "number"})
]
Tolerance: TypeAlias = Annotated[
    tuple[float, bool],
    PlainValidator(_tolerance),
    WithJsonSchema({"anyOf": [{"type": "number", "minimum": 0}, {"type": "string", "pattern": "^[0-9.]+ ?%$"}]}),
]
