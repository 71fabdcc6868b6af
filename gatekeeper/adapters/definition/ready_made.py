"""Owns compiling ready-made steps, and the rules on what their keys mean together. Knows no step."""

from __future__ import annotations

import re

from gatekeeper.adapters.definition import models
from gatekeeper.adapters.definition.jsontext import json_text
from gatekeeper.adapters.definition.mistakes import Mistakes
from gatekeeper.adapters.definition.place import Place
from gatekeeper.adapters.definition.ready_made_models import Docs, Environment, OpenApi, Python, Rule
from gatekeeper.adapters.definition.scalars import Value
from gatekeeper.model.demands import ReportSpec
from gatekeeper.model.plan import ReadyMade, ReadyMadeKind

KINDS: tuple[ReadyMadeKind, ...] = ("python", "docs", "openapi", "environment")
OWN_REPORT = ReportSpec("ctrf", ())
"""The report of a ready-made step; whoever runs it says where it lies."""


def compile_ready_made(
    kind: ReadyMadeKind, keys: models.Step, raw: dict[str, Value], place: Place, mistakes: Mistakes
) -> ReadyMade | None:
    """The check that stands at `place`; `raw` is what was written. None where nothing of it could be read."""
    options: dict[str, Value]
    match getattr(keys, kind):
        case Python() as python:
            if not raw.keys() & {"files", "imports"}:
                mistakes.add(place, "this checks nothing", 'write `files: ["src/**/*.py"]`, or `imports: [mypackage]`')
            for index, module in enumerate(python.imports):
                if "${" not in module and not all(part.isidentifier() for part in module.split(".")):
                    mistakes.add((*place, "imports", index), f"{module!r} is not the name of a module")
            options = {
                "files": list(python.files),
                "imports": list(python.imports),
                "interpreter": python.interpreter or "",
            }
        case Docs() as docs:
            options = _docs(docs, raw, place, mistakes)
        case OpenApi() as api:
            options = {"base": api.base, "head": api.head, "tool": api.tool}
        case Environment() as environment:
            if not raw.keys() & {"required", "refuse_production"}:
                hint = "write `required: [NAME]`, or `refuse_production: [NAME]`"
                mistakes.add(place, "this checks nothing", hint)
            options = {
                "required": list(environment.required),
                "refuse_production": list(environment.refuse_production),
            }
        case _:
            return None
    return ReadyMade(kind, json_text(options, place, mistakes.add))


def _docs(docs: Docs, raw: dict[str, Value], place: Place, mistakes: Mistakes) -> dict[str, Value]:
    if not raw.keys() & {"forbidden", "required"}:
        mistakes.add(place, "this checks nothing", "write what is `forbidden`, or what is `required`")
    if "forbidden" in raw and "files" not in raw:
        mistakes.add((*place, "forbidden"), "there are no `files` to look into", 'write `files: ["docs/**/*.md"]`')
    elif "files" in raw and "forbidden" not in raw and "required" in raw:
        hint = "write `forbidden:`; what is required names its files itself"
        mistakes.add((*place, "files"), "nothing is forbidden in these files", hint)
    forbidden: list[Value] = [
        _rule(rule, rule.where, (*place, "forbidden", index), mistakes) for index, rule in enumerate(docs.forbidden)
    ]
    required: list[Value] = [
        {**_rule(rule, rule.where, (*place, "required", index), mistakes), "file": file}
        for index, rule in enumerate(docs.required)
        for file in rule.file
    ]
    return {"files": list(docs.files), "forbidden": forbidden, "required": required}


def _rule(rule: Rule, where: str, place: Place, mistakes: Mistakes) -> dict[str, Value]:
    if (rule.text is None) == (rule.pattern is None):
        mistakes.add(place, "a rule has a `text` or a `pattern`, one of them")
    if rule.pattern is not None and not re.search(r"(?<!\$)\$\{", rule.pattern):
        try:
            if re.compile(rule.pattern.replace("$${", "${")).match(""):
                hint = "every document would hold it; write at least one character that must be there"
                mistakes.add((*place, "pattern"), "the pattern matches an empty text", hint)
        except re.error as fault:
            mistakes.add((*place, "pattern"), f"this is no regular expression: {fault}")
    return {
        "text": rule.text or "",
        "pattern": rule.pattern or "",
        "reason": rule.reason or "",
        "where": where,
    }
