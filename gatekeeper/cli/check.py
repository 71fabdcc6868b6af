"""Owns the command `gatekeeper check`: every problem and danger of the definitions here. Runs none."""

from __future__ import annotations

import argparse
import json
import os

from gatekeeper.cli.exit_codes import DEFINITION, OK
from gatekeeper.cli.ink import Ink, count, printable
from gatekeeper.cli.project import cycles, definition_path, find_root, require_root
from gatekeeper.model.errors import DefinitionError, Problem, UsageError
from gatekeeper.model.record import NamedTuple

FINDINGS = 1

_EXAMPLES = """\
examples:
  gatekeeper check
  gatekeeper check backend-cycle
  gatekeeper check --file elsewhere/cycle.yaml --format json

A finding that is meant is silenced in its step, or in until_green, with the reason:
  allow: {swallowed-failure: "cleaning up is optional"}

exit codes:
  0   clean
  1   dangerous, but valid
  2   wrong usage
  78  a definition is wrong
"""


class Checked(NamedTuple):
    """What was found in one definition, or in a file beside it. With `problems` nothing else of it is known."""

    path: str
    cycle: str
    gates: int
    steps: int
    problems: tuple[Problem, ...]
    findings: tuple[Found, ...]


class Found(NamedTuple):
    """A finding with its rule's name."""

    rule: str
    problem: Problem


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.description = "Validate and lint definitions. Nothing in them is run."
    parser.epilog = _EXAMPLES
    parser.add_argument("cycle", nargs="*", metavar="CYCLE", help="names of definitions in gates/ (default: all)")
    parser.add_argument("--file", metavar="PATH", help="a definition that lies elsewhere")
    parser.add_argument("--format", choices=("human", "json"), default="human", help="how to report (default human)")


def main(arguments: argparse.Namespace) -> int:
    """Check the named definitions, or all; 0 clean, 1 with findings, 78 with problems."""
    from gatekeeper.cli.kept_evidence import broken_quarantine
    from gatekeeper.cli.patterns.here import broken_patterns

    root, paths = _paths(arguments)
    checked = [each for path in paths for each in _check(path, root)]
    checked += _beside(root, (*broken_quarantine(root), *broken_patterns(root)))
    if arguments.format == "json":
        print(json.dumps({"definitions": [_as_json(each) for each in checked]}, indent=2, ensure_ascii=False))
    else:
        _print(checked)
    if any(each.problems for each in checked):
        return DEFINITION
    return FINDINGS if any(each.findings for each in checked) else OK


def _paths(arguments: argparse.Namespace) -> tuple[str, list[str]]:
    here = os.getcwd()
    if arguments.file:
        if arguments.cycle:
            raise UsageError("--file names the definition; leave out CYCLE")
        return find_root(here) or here, [arguments.file]
    root = require_root(here)
    names = dict.fromkeys(arguments.cycle) or cycles(root)
    if not names:
        raise UsageError(f"gates/ in {root} holds no definition yet; create gates/NAME.yaml")
    return root, [os.path.relpath(definition_path(root, name), here) for name in names]


def _check(path: str, root: str) -> list[Checked]:
    from gatekeeper.adapters.definition.lint import lint
    from gatekeeper.adapters.definition.loading import load
    from gatekeeper.cli.kept_evidence import broken_baselines, missing_baselines
    from gatekeeper.cli.log_templates import broken_templates
    from gatekeeper.cli.looking_around import looked_around

    try:
        plan = load(path, root=root)
        beside = looked_around(root, plan, os.environ)
        findings = lint(path, plan, missing=missing_baselines(root, plan), beside=beside)
    except DefinitionError as error:
        return [Checked(path, "", 0, 0, error.problems, ())]
    found = tuple(
        Found(each.rule, Problem(each.file, each.line, each.column, each.key, each.message, each.hint))
        for each in findings
    )
    steps = sum(len(gate.steps) for gate in plan.gates)
    broken = broken_templates(root, plan, os.environ)
    own = tuple(problem._replace(file=path) for problem in broken if problem.file == plan.source)
    beside_it = tuple(problem for problem in broken if problem.file != plan.source)
    checked = Checked(path, plan.cycle, len(plan.gates), steps, own, found)
    return [checked, *_beside(root, (*broken_baselines(root, plan), *beside_it))]


def _beside(root: str, problems: tuple[Problem, ...]) -> list[Checked]:
    """What is wrong with files that stand beside the definitions, as they are called from here."""
    by_file: dict[str, list[Problem]] = {}
    for problem in problems:
        file = os.path.relpath(os.path.join(root, problem.file))
        by_file.setdefault(file, []).append(problem._replace(file=file))
    return [Checked(file, "", 0, 0, tuple(found), ()) for file, found in by_file.items()]


def _as_json(checked: Checked) -> dict[str, object]:
    return {
        "file": checked.path,
        "cycle": checked.cycle or None,
        "valid": not checked.problems,
        "problems": [problem._asdict() for problem in checked.problems],
        "findings": [{"rule": found.rule, **found.problem._asdict()} for found in checked.findings],
    }


def _print(checked: list[Checked]) -> None:
    ink = Ink()
    width = max(len(each.path) for each in checked)
    for each in checked:
        lines = _source(each.path) if each.problems or each.findings else []
        for problem in each.problems:
            _print_problem(ink, problem, "", lines)
        for found in each.findings:
            _print_problem(ink, found.problem, found.rule, lines)
    for each in checked:
        what = count(each.gates, "gate") + ", " + count(each.steps, "step")
        mark, said, colour = "ok", what, "green"
        if each.findings:
            mark, said, colour = "look", f"{what}, {count(len(each.findings), 'finding')}", "yellow"
        if each.problems:
            mark, said, colour = "wrong", count(len(each.problems), "problem"), "red"
        ink.say(f"{ink.paint(f'{mark:<5}', colour)}  {each.path:<{width}}  {ink.paint(said, 'dim')}")
    ink.done()


def _print_problem(ink: Ink, problem: Problem, rule: str, lines: list[str]) -> None:
    label = ink.paint(rule, "yellow") + "  " if rule else ""
    place = ink.paint(f"{problem.file}:{problem.line}:{problem.column}", "bold")
    ink.say(f"{place}  {label}{ink.paint(problem.key, 'dim')}".rstrip())
    ink.say(f"  {problem.message}")
    if 0 < problem.line <= len(lines):
        _print_excerpt(ink, problem, lines[problem.line - 1], "yellow" if rule else "red")
    if problem.hint:
        ink.say(f"  {ink.paint(problem.hint, 'cyan')}")
    ink.say()


def _print_excerpt(ink: Ink, problem: Problem, line: str, colour: str) -> None:
    # A long line is cut around the place that is meant.
    start, end = max(0, problem.column - 60), max(0, problem.column - 60) + 110
    before = ("…" if start else "") + printable(line[start : problem.column - 1])
    shown = before + printable(line[problem.column - 1 : end]) + ("…" if line[end:] else "")
    number = f"{problem.line:>6}"
    ink.say(ink.paint(f"{number} | ", "dim") + shown.rstrip())
    ink.say(ink.paint(f"{'':>6} | ", "dim") + " " * len(before) + ink.paint("^", colour))


def _source(path: str) -> list[str]:
    """The file's lines as they may be shown: a password in a URL is as many stars, so that no column moves."""
    import re

    from gatekeeper.adapters.definition.source import read_bytes

    text = read_bytes(path).decode("utf-8-sig", "replace")
    text = re.sub(r"(://[^\s:/@'\"]*:)([^\s@'\"$]+)(?=@)", lambda url: url[1] + "*" * len(url[2]), text)
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
