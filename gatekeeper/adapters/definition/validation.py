"""Owns validating plain data by the models, and telling what is wrong in our own words. Knows no rule of its own.

What is wrong is taken out and the rest validated again, so that the rules that come after find their mistakes in the
same go, and one typing error doesn't hide ten others.
"""

from __future__ import annotations

import types
from typing import Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from gatekeeper.adapters.definition import models, until_green_models
from gatekeeper.adapters.definition.bounds import FORMAT
from gatekeeper.adapters.definition.fields import CUSTOM, TAGS
from gatekeeper.adapters.definition.later import ELSEWHERE, LATER
from gatekeeper.adapters.definition.mistakes import Mistakes
from gatekeeper.adapters.definition.models import Cycle
from gatekeeper.adapters.definition.place import Place, in_file
from gatekeeper.adapters.definition.scalars import Nothing, Number, Value, describe, mapping

_MOST_PASSES = 8
_KEY = "[key]"
_HOMES: dict[str, type[BaseModel]] = {
    "a step": models.Step,
    "a gate": models.Gate,
    "the definition itself": models.Cycle,
    "`until_green`": until_green_models.UntilGreen,
    "`until_green.fixer`": until_green_models.Fixer,
    "`limits`": models.Limits,
}
_STAND_INS: dict[str, Value] = {"gatekeeper": Number(str(FORMAT)), "cycle": "unknown", "gates": {}}
"""What is put in for what is required and missing or wrong, so that the rest can be looked at."""
_REQUIRED = {
    "gatekeeper": "write `gatekeeper: 1`, the version of this format",
    "cycle": "write `cycle: NAME`",
    "gates": "write `gates:` and under it the gates, each with its `steps:`",
    "steps": "write `steps:` and under it the steps, each with its `run:` or `http:`",
    "path": "write `path: …`",
    "run": "write `run: ./fix.sh`",
    "file": "write `file: …`",
    "timeout": "write `timeout: 120s..300s`, the shortest and the longest that are allowed",
    "junit": 'write `junit: "reports/*.xml"`',
    "to": "write `to: URL`",
    "on": "write `on: [red]`",
    "address": "write `address: host:port`",
}


def validate(data: dict[str, Value], mistakes: Mistakes) -> Cycle | None:
    """The valid part of `data`, with what is wrong in the rest noted; None where it says nothing to go on with."""
    version = data.get("gatekeeper")
    if isinstance(version, Number) and version != str(FORMAT):
        # Of another version we know neither the keys nor what they mean.
        data = {"gatekeeper": version, "cycle": "unknown", "gates": {}}
    for count in range(_MOST_PASSES):
        try:
            return Cycle.model_validate(data)
        except ValidationError as error:
            errors = error.errors(include_url=False)
            if count == 0:
                data = mapping(_copied(data))
                located = {_located(data, entry["loc"]) for entry in errors}
                for entry in errors:
                    _explain(entry, _located(data, entry["loc"]), located, mistakes)
            for entry in errors:
                _prune(data, entry)
            data = {**_STAND_INS, **data}
    return None


def _located(data: Value, loc: Place) -> Place:
    return in_file(tuple(part for part in loc if part not in TAGS), data)


def _explain(entry: ErrorDetails, loc: Place, others: set[Place], mistakes: Mistakes) -> None:
    found = describe(entry["input"])
    match entry["type"]:
        case kind if kind == CUSTOM:
            context = entry["ctx"]
            at_key = bool(loc) and loc[-1] == _KEY
            mistakes.add(loc[:-1] if at_key else loc, context["message"], context["hint"], at_key=at_key)
        case "extra_forbidden":
            _explain_unknown(loc, mistakes)
        case "missing":
            key = str(loc[-1])
            what = "the definition" if len(loc) == 1 else f"`{loc[-2]}`" if isinstance(loc[-2], str) else "this"
            mistakes.add(loc, f"{what} has no `{key}`", _REQUIRED.get(key, f"write `{key}:`"), at_key=True)
        case "model_type" | "dict_type" | "model_attributes_type":
            at_key = isinstance(entry["input"], Nothing)
            hint = "indent what belongs to it below, or remove the key" if at_key else ""
            mistakes.add(loc, f"a mapping (`key: value`) is wanted here, found {found}", hint, at_key=at_key)
        case "tuple_type" | "list_type":
            at_key = isinstance(entry["input"], Nothing)
            hint = "begin each with `- `" if isinstance(entry["input"], dict) else "write it like [one, two]"
            mistakes.add(loc, f"a list is wanted here, found {found}", hint, at_key=at_key)
        case "too_short" if any(other[: len(loc)] == loc for other in others if len(other) > len(loc)):
            pass  # What stands in it was refused, and is counted as missing.
        case "too_short":
            mistakes.add(loc, "at least one is wanted here, and there is none", "remove the key, or give it something")
        case _:
            mistakes.add(loc, f"{found} has no place here")


def _explain_unknown(loc: Place, mistakes: Mistakes) -> None:
    model, key = model_at(loc[:-1]), str(loc[-1])
    if model is not None and _is_later(model, key):
        message = f"`{key}` is part of the format but this version of gatekeeper does not act on it yet; remove it"
        mistakes.add(loc, message, at_key=True)
        return
    known = _keys(model) if model else ()
    home = next((name for name, there in _HOMES.items() if key in _keys(there) or _is_later(there, key)), "")
    if ELSEWHERE.get(key) in known:
        hint = f"did you mean `{ELSEWHERE[key]}`?"
    elif home:
        hint = f"`{key}` belongs to {home}"
    else:
        hint = mistakes.guess(key, known)
    mistakes.add(loc, f"`{key}` is not a key that is known here", hint, at_key=True)


def _keys(model: type[BaseModel]) -> tuple[str, ...]:
    return tuple(field.alias or name for name, field in model.model_fields.items())


def _is_later(model: type[BaseModel], key: str) -> bool:
    return key in LATER.get(model.__name__, ())


def model_at(place: Place) -> type[BaseModel] | None:
    """The model that describes the mapping at `place`."""
    here: object = Cycle
    for part in place:
        model = _model_in(here)
        if get_origin(here) in (dict, tuple):
            here = get_args(here)[-1 if get_origin(here) is dict else 0]
        elif model is not None:
            field = next((f for name, f in model.model_fields.items() if (f.alias or name) == part), None)
            if field is None:
                return None
            here = field.annotation
        here = _without_optional(here)
    return _model_in(here)


def _without_optional(annotation: object) -> object:
    while True:
        if hasattr(annotation, "__metadata__"):
            annotation = get_args(annotation)[0]
        elif get_origin(annotation) in (Union, types.UnionType):
            options = [option for option in map(_without_optional, get_args(annotation)) if option is not type(None)]
            models = [option for option in options if _model_in(option) is not None]
            annotation = (models or options)[0]
        else:
            return annotation


def _model_in(annotation: object) -> type[BaseModel] | None:
    return annotation if isinstance(annotation, type) and issubclass(annotation, BaseModel) else None


def _prune(data: dict[str, Value], entry: ErrorDetails) -> None:
    """Take out what `entry` complains about, if another complaint has not done so already."""
    loc = [part for part in _located(data, entry["loc"]) if part != _KEY]
    if entry["type"] == "missing":
        loc.pop()
    holder: dict[str, Value] | None = None
    last = ""
    here: Value = data
    for part in loc:
        if isinstance(here, dict):
            if part not in here:
                return
            # Of a list all is taken out, or the items after would no longer have the places of the file.
            holder, last, here = here, part, here[part]
        elif isinstance(here, list) and isinstance(part, int):
            here = here[part]
    if holder is not None:
        del holder[last]


def _copied(data: Value) -> Value:
    if isinstance(data, dict):
        return {key: _copied(value) for key, value in data.items()}
    return [_copied(item) for item in data] if isinstance(data, list) else data
