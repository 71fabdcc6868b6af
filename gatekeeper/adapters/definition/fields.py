"""Owns the kinds of values that fields take, and what is said of a value that is none. Knows no model.

Every refusal is a `PydanticCustomError` of type ``gatekeeper`` whose context holds our own `message` and `hint`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Annotated, Any, TypeAlias, TypeVar

from pydantic import (
    Discriminator,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    PlainValidator,
    Tag,
    WithJsonSchema,
)
from pydantic_core import CoreSchema, PydanticCustomError
from pydantic_core.core_schema import no_info_before_validator_function

from gatekeeper.adapters.definition.bounds import (
    FORMAT,
    LARGEST_BRIEF,
    LONGEST_DURATION_S,
    LONGEST_LOCK_NAME,
    SMALLEST_BRIEF,
    SMALLEST_MEMORY,
)
from gatekeeper.adapters.definition.nearest import did_you_mean
from gatekeeper.adapters.definition.scalars import Boolean, Nothing, Number, describe
from gatekeeper.adapters.definition.units import (
    format_duration,
    format_size,
    instead_of_duration,
    instead_of_size,
    parse_duration,
    parse_size,
)

CUSTOM = "gatekeeper"
T = TypeVar("T")


def wrong(message: str, hint: str = "") -> PydanticCustomError:
    """The error to raise for a value that a field does not take."""
    return PydanticCustomError(CUSTOM, "{message}", {"message": message, "hint": hint})


def _text(value: object) -> str:
    if isinstance(value, str):
        return str(value)
    if isinstance(value, Nothing):
        raise wrong(f"a text is wanted here, found {describe(value)}", "write it, or remove the key")
    raise wrong(f"a text is wanted here, found {describe(value)}")


def _some_text(value: object) -> str:
    text = _text(value)
    if not text.strip():
        raise wrong("a text is wanted here, and this one is empty")
    return text


def _plain_text(value: object) -> str:
    text = _some_text(value)
    if re.search(r"(?<!\$)\$\{", text):
        raise wrong("references like ${…} are not filled in here", "write the text itself; $${ is a literal ${")
    return text.replace("$${", "${")


def _number(least: int, most: int) -> Callable[[object], int]:
    def read(value: object) -> int:
        if isinstance(value, Number) and re.fullmatch(r"-?[0-9]{1,9}", value):
            if least <= int(value) <= most:
                return int(value)
            raise wrong(f"a number from {least} to {most:,} is wanted here, found {value}")
        hint = "write it without quotes" if isinstance(value, str) and re.fullmatch("[0-9]+", value) else ""
        raise wrong(f"a whole number from {least} to {most:,} is wanted here, found {describe(value)}", hint)

    return read


def _format_version(value: object) -> int:
    if isinstance(value, Number) and value == str(FORMAT):
        return FORMAT
    hint = f"write `gatekeeper: {FORMAT}`"
    if isinstance(value, Number) and value.isdecimal():
        hint = "this file may want a newer gatekeeper"
    raise wrong(f"this gatekeeper reads version {FORMAT} of the format, found {describe(value)}", hint)


def _truth(value: object) -> bool:
    if isinstance(value, Boolean):
        return value == "true"
    meant = {"yes": "true", "on": "true", "no": "false", "off": "false", "true": "true", "false": "false"}
    hint = f"write {meant[value.lower()]}" if isinstance(value, str) and value.lower() in meant else ""
    if hint and value in ("true", "false"):
        hint += " without quotes"
    raise wrong(f"`true` or `false` is wanted here, found {describe(value)}", hint)


def _duration(least: float) -> Callable[[object], float]:
    def read(value: object) -> float:
        if not isinstance(value, str):
            raise wrong(f"a duration is wanted here, found {describe(value)}", "write it like 90s, 10m or 1h30m")
        if "${" in value:
            raise wrong("a duration is fixed in the definition and takes no reference", "write it like 90s or 10m")
        seconds = parse_duration(value)
        if seconds is None:
            what = "a number without its unit" if isinstance(value, Number) else describe(value)
            raise wrong(f"a duration is wanted here, found {what}", instead_of_duration(value))
        if seconds < least:
            raise wrong(f"{value} would be no time at all", "there is no way to have no bound; write how long at most")
        if seconds > LONGEST_DURATION_S:
            raise wrong(f"{value} is longer than {format_duration(LONGEST_DURATION_S)}, the most that is allowed")
        return seconds

    return read


def _duration_or_never(value: object) -> float:
    if value == "never":
        return 0.0
    if not isinstance(value, str) or parse_duration(value) is None:
        raise wrong(f"a duration or `never` is wanted here, found {describe(value)}", "write it like 12h, or never")
    return _duration(0.001)(value)


def _size(value: object) -> int:
    size = parse_size(value) if isinstance(value, str) else None
    if size is None:
        what = "a number without its unit" if isinstance(value, Number) else describe(value)
        instead = instead_of_size(value) if isinstance(value, str) else "write it like 512KiB or 4GiB"
        raise wrong(f"a size is wanted here, found {what}", instead)
    if not size:
        raise wrong("nothing at all is no size")
    return size


def _memory(value: object) -> int:
    size = _size(value)
    if size < SMALLEST_MEMORY:
        hint = f"write {format_size(SMALLEST_MEMORY)} or more"
        raise wrong(f"no command fits into {format_size(size)} of memory", hint)
    return size


def _brief_size(value: object) -> int:
    size = _size(value)
    if not SMALLEST_BRIEF <= size <= LARGEST_BRIEF:
        allowed = f"from {format_size(SMALLEST_BRIEF)} to {format_size(LARGEST_BRIEF)}"
        raise wrong(f"a brief takes {allowed}, found {format_size(size)}")
    return size


def _lock_name(value: object) -> str:
    name = _some_text(value)
    if not name.isprintable() or len(name) > LONGEST_LOCK_NAME:
        raise wrong(f"the name of a lock has one line of at most {LONGEST_LOCK_NAME} characters, found {name[:40]!r}")
    return name


def _timeout_range(value: object) -> tuple[float, float]:
    if not isinstance(value, str) or ".." not in value:
        hint = "write the shortest and the longest that are allowed, like 120s..300s"
        if isinstance(value, str) and parse_duration(value):
            hint = f"write {value}..{value} for exactly that"
        raise wrong(f"a range of durations is wanted here, found {describe(value)}", hint)
    ends = []
    for end in value.split("..", 1):
        seconds = parse_duration(end.strip())
        if not seconds:
            raise wrong(f"{end.strip()!r} is not a duration", instead_of_duration(end))
        ends.append(seconds)
    if ends[0] > ends[1]:
        raise wrong(f"{value} ends before it begins", f"write {'..'.join(reversed(value.split('..', 1)))}")
    if ends[1] > LONGEST_DURATION_S:
        raise wrong(f"{value} goes beyond {format_duration(LONGEST_DURATION_S)}, the most that is allowed")
    return ends[0], ends[1]


class OneOrMany:
    """Of a list: one value may stand for a list of one."""

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        """A list that is made, where there is none, before it is looked at."""
        return no_info_before_validator_function(
            lambda value: value if isinstance(value, (list, Nothing)) else [value], handler(source)
        )

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, object]:
        """One, or a list."""
        many = handler(schema)
        return {"anyOf": [many["items"], many]}


def one_of(*allowed: str) -> PlainValidator:
    """A field that takes one of these words."""

    def read(value: object) -> str:
        if isinstance(value, str) and value in allowed:
            return str(value)
        listed = ", ".join(f"`{word}`" for word in allowed)
        hint = did_you_mean(value, allowed) if isinstance(value, str) else ""
        raise wrong(f"one of {listed} is wanted here, found {describe(value)}", "" if "known" in hint else hint)

    return PlainValidator(read, json_schema_input_type=Any)


def words(*allowed: str) -> WithJsonSchema:
    """The schema that goes with `one_of`."""
    return WithJsonSchema({"type": "string", "enum": list(allowed)})


def _integer(least: int, most: int) -> dict[str, object]:
    return {"type": "integer", "minimum": least, "maximum": most}


def text_or(tag: str, shape: type) -> Discriminator:
    """Chooses between a text and something of another shape, so that the messages are about the one that was meant."""
    return Discriminator(lambda value: tag if isinstance(value, shape) else TEXT)


TEXT = "<text>"
LIST = "<list>"
MAPPING = "<mapping>"
TAGS = frozenset({TEXT, LIST, MAPPING})

_DURATION_SCHEMA = {
    "type": "string",
    "pattern": r"^(?=[0-9])([0-9]+h)?([0-9]+m)?([0-9]+s)?([0-9]+ms)?$",
    "examples": ["90s", "10m", "1h30m"],
}
_SCALAR = {"type": ["string", "number", "boolean"]}

Text: TypeAlias = Annotated[str, PlainValidator(_text), WithJsonSchema(_SCALAR)]
SomeText: TypeAlias = Annotated[str, PlainValidator(_some_text), WithJsonSchema(_SCALAR)]
PlainText: TypeAlias = Annotated[str, PlainValidator(_plain_text), WithJsonSchema(_SCALAR)]
Truth: TypeAlias = Annotated[bool, PlainValidator(_truth), WithJsonSchema({"type": "boolean"})]
FormatVersion: TypeAlias = Annotated[int, PlainValidator(_format_version), WithJsonSchema({"const": FORMAT})]
Duration: TypeAlias = Annotated[float, PlainValidator(_duration(0.0)), WithJsonSchema(_DURATION_SCHEMA)]
DurationOrNever: TypeAlias = Annotated[
    float,
    PlainValidator(_duration_or_never),
    WithJsonSchema({"anyOf": [_DURATION_SCHEMA, {"const": "never", "type": "string"}]}),
]
Deadline: TypeAlias = Annotated[float, PlainValidator(_duration(0.001)), WithJsonSchema(_DURATION_SCHEMA)]
_SIZE_SCHEMA = WithJsonSchema({"type": "string", "pattern": "^[0-9]+(B|KiB|MiB|GiB|TiB)$"})
Size: TypeAlias = Annotated[int, PlainValidator(_size), _SIZE_SCHEMA]
Memory: TypeAlias = Annotated[int, PlainValidator(_memory), _SIZE_SCHEMA]
BriefSize: TypeAlias = Annotated[int, PlainValidator(_brief_size), _SIZE_SCHEMA]
TimeoutRange: TypeAlias = Annotated[
    tuple[float, float],
    PlainValidator(_timeout_range),
    WithJsonSchema({"type": "string", "pattern": r"^[0-9hms]+ ?\.\. ?[0-9hms]+$", "examples": ["120s..300s"]}),
]

Service: TypeAlias = Annotated[
    str,
    PlainValidator(_some_text),
    WithJsonSchema({"type": "string"}),
]
Texts: TypeAlias = Annotated[tuple[SomeText, ...], OneOrMany()]
LockName: TypeAlias = Annotated[str, PlainValidator(_lock_name), WithJsonSchema({"type": "string"})]
SomeTexts: TypeAlias = Annotated[tuple[SomeText, ...], Field(min_length=1), OneOrMany()]


Calls: TypeAlias = Annotated[int, PlainValidator(_number(1, 20)), WithJsonSchema(_integer(1, 20))]
Rounds: TypeAlias = Annotated[int, PlainValidator(_number(1, 100)), WithJsonSchema(_integer(1, 100))]
Count: TypeAlias = Annotated[int, PlainValidator(_number(1, 1_000_000)), WithJsonSchema(_integer(1, 1_000_000))]
Niceness: TypeAlias = Annotated[int, PlainValidator(_number(0, 19)), WithJsonSchema(_integer(0, 19))]
Tally: TypeAlias = Annotated[int, PlainValidator(_number(0, 1_000_000)), WithJsonSchema(_integer(0, 1_000_000))]
Few: TypeAlias = Annotated[int, PlainValidator(_number(0, 100)), WithJsonSchema(_integer(0, 100))]
Status: TypeAlias = Annotated[int, PlainValidator(_number(100, 599)), WithJsonSchema(_integer(100, 599))]
Run: TypeAlias = Annotated[Annotated[SomeText, Tag(TEXT)] | Annotated[tuple[Text, ...], Tag(LIST)], text_or(LIST, list)]
