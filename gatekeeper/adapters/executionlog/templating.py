"""Owns rendering a project's own templates with Jinja, in a process of its own that is bounded in time and memory.

The process reads an order as JSON and writes a line of JSON for every section as soon as it is there. A template may
loop for ever or fill the memory: that costs it its section, and the run nothing.
"""

from __future__ import annotations

import json
import resource
import signal
import sys
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from typing import Any

from jinja2 import FunctionLoader, StrictUndefined, TemplateSyntaxError, Undefined, UndefinedError, meta, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup

from gatekeeper.adapters.executionlog.text import cell, code, prose
from gatekeeper.policy.number_words import duration

NAMES = ("default", "facts", "parts", "section")
"""What a template knows beside Jinja's own."""

SECONDS = 5
LARGEST = 2 << 20
_MEMORY = 1 << 30
_LONGEST = 4000
# They make Markdown of a fact that nothing has escaped, or are of no use in it.
_UNFIT = ("safe", "tojson", "urlize", "xmlattr", "striptags", "pprint", "random")


class Fact(str):
    """A text out of the run's journal: wherever it gets into Markdown, it is escaped."""

    __slots__ = ()

    def __html__(self) -> str:
        """As what asks for HTML gets it: Markdown in which nothing has a meaning."""
        return prose(self, _LONGEST)


def environment(templates: Mapping[str, str]) -> ImmutableSandboxedEnvironment:
    """The sandbox that templates are read and rendered in; `templates` are their texts by file name."""

    def load(name: str) -> tuple[str, str, Callable[[], bool]] | None:
        text = templates.get(name)
        return None if text is None else (text, name, lambda: True)

    made = ImmutableSandboxedEnvironment(
        loader=FunctionLoader(load),
        undefined=StrictUndefined,
        autoescape=True,
        finalize=_markdown,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    for name in _UNFIT:
        del made.filters[name]
    for name in ("lipsum", "cycler", "joiner"):
        del made.globals[name]
    escaping: dict[str, Callable[..., Any]] = {
        "prose": lambda text, most=_LONGEST: _markup(prose(str(text), most)),
        "code": lambda text, most=160: _markup(code(str(text), most)),
        "cell": lambda text, most=100: _markup(cell(str(text), most)),
        "duration": lambda seconds: "" if seconds is None else duration(seconds),
        "body": lambda part: _markup(part.partition("\n")[2].strip("\n")) if part.startswith("#") else part,
    }
    made.filters.update(escaping, e=escaping["prose"], escape=escaping["prose"], forceescape=escaping["prose"])
    return made


def problems(templates: Mapping[str, str]) -> Iterable[tuple[str, int, str]]:
    """What is wrong with templates, without rendering them: file, line, what."""
    made = environment(templates)
    for name, text in templates.items():
        try:
            tree = made.parse(text, name, name)
            made.compile(text, name, name)
        except TemplateSyntaxError as fault:
            yield name, fault.lineno, str(fault.message)
            continue
        unknown = meta.find_undeclared_variables(tree) - {*NAMES, *made.globals}
        for found in tree.find_all(nodes.Name):
            # A file of macros is given its names by who calls it.
            if found.name in unknown and not name.startswith("_"):
                unknown.discard(found.name)
                yield name, found.lineno, f"`{found.name}` is nothing that a template knows: {', '.join(NAMES)}"


def main() -> None:
    """Render the sections that the order on standard input has, or say what is wrong with its templates."""
    order = json.load(sys.stdin)
    # Whatever becomes of our parent: none of this outlives its time.
    signal.alarm(2 * SECONDS)
    with suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    if "sections" not in order:
        for problem in (*problems(order["templates"]), ("", 0, "")):
            print(json.dumps(problem), flush=True)
        return
    made = environment(order["templates"])
    facts = _facts(order["facts"])
    for section, given in order["sections"].items():
        parts = {name: _markup(text) for name, text in given["parts"].items()}
        known = {"section": section, "default": _markup(given["default"]), "parts": parts, "facts": facts}
        print(json.dumps([section, *_rendered(made, f"{section}.md.j2", known)]), flush=True)


def _rendered(made: ImmutableSandboxedEnvironment, name: str, known: Mapping[str, object]) -> tuple[str, str]:
    """The text, and why there is none."""
    chunks, size = [], 0
    try:
        for chunk in made.get_template(name).generate(known):
            size += len(chunk)
            if size > LARGEST:
                return "", f"{name}: what it says is larger than {LARGEST >> 20} MiB"
            chunks.append(chunk)
        return "".join(chunks), ""
    except TemplateSyntaxError as fault:
        return "", f"{fault.filename or name}:{fault.lineno}: {fault.message}"
    except MemoryError:
        chunks.clear()
        return "", f"{_place(sys.exc_info()[1], name)}: it needs more than {_MEMORY >> 30} GiB of memory"
    except RecursionError:
        return "", f"{name}: it includes itself"
    except Exception as fault:  # noqa: BLE001 - whatever a template does is its own fault, and told as that
        said = str(fault) or type(fault).__name__
        kind = "" if isinstance(fault, UndefinedError) else f"{type(fault).__name__}: " if said else ""
        return "", f"{_place(fault, name)}: {kind}{said}"[:400]


def _place(fault: BaseException | None, name: str) -> str:
    line, at = 0, fault.__traceback__ if fault is not None else None
    while at is not None:
        if at.tb_frame.f_code.co_filename.endswith(".j2"):
            name, line = at.tb_frame.f_code.co_filename, at.tb_lineno
        at = at.tb_next
    return f"{name}:{line}" if line else name


def _markdown(value: object) -> Markup:
    """What ``{{ value }}`` puts into the text."""
    match value:
        case None:
            return Markup("")
        case Markup():
            return value
        case Undefined():
            return _markup(str(value))
        case str():
            return _markup(prose(value, _LONGEST))
        case bool() | int() | float():
            return _markup(str(value))
        case _:
            kind = "mapping" if isinstance(value, Mapping) else "list"
            raise TypeError(f"this is a {kind}; say which of its values, with a loop or `| join(', ')`")


def _markup(text: str) -> Markup:
    """Text as Markdown that is ours: it comes from `text`, or from the built-in sections, which went through it."""
    return Markup(text)  # noqa: S704 - Jinja's name for what is not to be escaped once more


def _facts(value: object) -> object:
    match value:
        case str():
            return Fact(value)
        case dict():
            return {name: _facts(each) for name, each in value.items()}
        case list():
            return [_facts(each) for each in value]
        case _:
            return value
