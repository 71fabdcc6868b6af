"""Owns the command `gatekeeper patterns`: known failures, trying them, mining new ones. Runs nothing."""

from __future__ import annotations

import argparse
import os

from gatekeeper.cli.exit_codes import OK
from gatekeeper.cli.ink import Ink, printable, widths
from gatekeeper.cli.patterns import mine
from gatekeeper.cli.project import find_root
from gatekeeper.cli.subcommands import add_format, subcommands
from gatekeeper.model.errors import DefinitionError, UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gatekeeper.adapters.patterns.registry import Registry
    from gatekeeper.model.pattern import Pattern

_EPILOG = """\
examples:
  gatekeeper patterns list
  gatekeeper patterns show port_in_use
  gatekeeper patterns test output.log --exit-code 1
  gatekeeper patterns mine --since 30d
  make test 2>&1 | gatekeeper patterns test -

A project's own patterns lie in gates/patterns/NAME.yaml; runbooks/patterns.md tells how to write one.
Each has more to say: gatekeeper patterns test --help
"""
_TEST_EPILOG = """\
exit codes:
  0   a pattern knows it
  1   none does
  2   wrong usage
  78  a pattern file is wrong

examples:
  gatekeeper patterns test RUN/output/suite.unit.1.log --exit-code 1
  gatekeeper patterns test output.log --only broker_not_ready --format json
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.description = "Known failures: how they are recognised, why they happen, what to do."
    parser.epilog = _EPILOG
    declare = subcommands(parser, "list", "show", "test", "mine")

    def add(name: str, line: str, epilog: str) -> argparse.ArgumentParser:
        inner = declare(name, line, epilog)
        add_format(inner)
        return inner

    add("list", "list all patterns, in the order in which they are tried", "example:\n  gatekeeper patterns list\n")
    show = add("show", "show one pattern, as its file says it", "example:\n  gatekeeper patterns show disk_full\n")
    show.add_argument("pattern", metavar="PATTERN", help="a pattern's name")
    test = add("test", "tell which pattern knows an output", _TEST_EPILOG)
    test.add_argument("file", metavar="FILE", help="what a step wrote; - reads it from standard input")
    test.add_argument("--exit-code", type=int, default=1, metavar="N", help="with what the step ended (default 1)")
    test.add_argument("--only", default="", metavar="PATTERN", help="try this pattern alone")
    mine.configure(add("mine", "tell of failures that no pattern knew, and draft patterns", mine.EPILOG))


def main(arguments: argparse.Namespace) -> int:
    """List, show or test; returns the exit code. Raises the errors of `gatekeeper.model.errors`."""
    registry = _registry()
    match arguments.doing:
        case "list":
            return _list(registry, as_json=arguments.format == "json")
        case "show":
            return _show(named(registry, arguments.pattern), as_json=arguments.format == "json")
        case "mine":
            return mine.main(arguments, registry)
        case _:
            from gatekeeper.cli.patterns.test import test

            patterns = (named(registry, arguments.only),) if arguments.only else registry.patterns
            return test(patterns, arguments.file, arguments.exit_code, as_json=arguments.format == "json")


def named(registry: Registry, name: str) -> Pattern:
    """The pattern of this name. Raises `UsageError` with the nearest one."""
    if (pattern := registry.get(name)) is not None:
        return pattern
    from gatekeeper.adapters.definition.nearest import did_you_mean

    raise UsageError(f"there is no pattern {name!r}; {did_you_mean(name, [each.id for each in registry.patterns])}")


def _registry() -> Registry:
    """The patterns of the project around here, or the built-in ones. Raises `DefinitionError` where one is wrong."""
    from gatekeeper.adapters.repos.at_ref import WorkingTree
    from gatekeeper.cli.patterns.here import patterns_in

    here = os.getcwd()
    registry = patterns_in(WorkingTree(find_root(here) or here))
    if registry.problems:
        raise DefinitionError(registry.problems)
    return registry


def _list(registry: Registry, *, as_json: bool) -> int:
    if as_json:
        import json

        print(json.dumps({"patterns": [_as_json(each) for each in registry.patterns]}, indent=2, ensure_ascii=False))
        return OK
    ink = Ink()
    rows = [(each.id, each.class_, str(each.priority), _notes(each)) for each in registry.patterns]
    name, class_, priority, _ = widths(rows, most=40)
    for each, row in zip(registry.patterns, rows, strict=True):
        columns = f"{ink.paint(f'{row[0]:<{name}}', 'bold')}  {row[1]:<{class_}}  {row[2]:>{priority}}"
        ink.say(f"{columns}  {printable(each.title)}{ink.paint(row[3], 'dim')}")
    ink.done()
    return OK


def _notes(pattern: Pattern) -> str:
    own = "" if pattern.file.startswith("built-in/") else f"  {pattern.file}"
    return own + ("  offers a mitigation" if pattern.mitigation is not None else "")


def _show(pattern: Pattern, *, as_json: bool) -> int:
    if as_json:
        import json

        print(json.dumps({**_as_json(pattern), "text": pattern.text}, indent=2, ensure_ascii=False))
        return OK
    ink = Ink()
    ink.say(ink.paint(f"# {pattern.file}", "dim"))
    for line in pattern.text.splitlines():
        ink.say(printable(line))
    ink.done()
    return OK


def _as_json(pattern: Pattern) -> dict[str, object]:
    return {
        "pattern": pattern.id,
        "class": pattern.class_,
        "priority": pattern.priority,
        "title": pattern.title,
        "root_cause": pattern.root_cause,
        "suggestion": pattern.suggestion,
        "runbook": pattern.runbook,
        "mitigation": pattern.mitigation.run if pattern.mitigation is not None else None,
        "file": pattern.file,
    }
