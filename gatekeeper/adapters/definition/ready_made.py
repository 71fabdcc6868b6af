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


def compile_ready_made(kind: ReadyMadeKind, keys: models.Step, place: Place, mistakes: Mistakes) -> ReadyMade | None:
    """The check of this kind; None where nothing of it could be read."""
    here: Place = (*place, kind)
    options: dict[str, Value]
    match getattr(keys, kind):
        case Python() as python:
            if not python.files and not python.imports:
                mistakes.add(here, "this checks nothing", 'write `files: ["src/**/*.py"]`, or `imports: [mypackage]`')
            for index, module in enumerate(python.imports):
                if "${" not in module and not all(part.isidentifier() for part in module.split(".")):
                    mistakes.add((*here, "imports", index), f"{module!r} is not the name of a module")
            options = {
                "files": list(python.files),
                "imports": list(python.imports),
                "interpreter": python.interpreter or "",
            }
        case Docs() as docs:
            options = _docs(docs, here, mistakes)
        case OpenApi() as api:
            options = {"base": api.base, "head": api.head, "tool": api.tool}
        case Environment() as environment:
            if not environment.required and not environment.refuse_production:
                hint = "write `required: [NAME]`, or `refuse_production: [NAME]`"
                mistakes.add(here, "this checks nothing", hint)
            options = {
                "required": list(environment.required),
                "refuse_production": list(environment.refuse_production),
            }
        case _:
            return None
    return ReadyMade(kind, json_text(options, here, mistakes.add))


def _docs(docs: Docs, place: Place, mistakes: Mistakes) -> dict[str, Value]:
    if not docs.forbidden and not docs.required:
        mistakes.add(place, "this checks nothing", "write what is `forbidden`, or what is `required`")
    if docs.forbidden and not docs.files:
        mistakes.add((*place, "forbidden"), "there are no `files` to look into", 'write `files: ["docs/**/*.md"]`')
    elif docs.files and not docs.forbidden:
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
