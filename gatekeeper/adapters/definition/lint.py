"""Owns `gatekeeper check`'s findings: what is allowed in a definition and dangerous all the same. Runs nothing."""

import os
import re
from collections.abc import Iterator
from itertools import chain

from gatekeeper.adapters.definition.document import Document
from gatekeeper.adapters.definition.lint_bounds import of_bounds
from gatekeeper.adapters.definition.lint_commands import of_commands
from gatekeeper.adapters.definition.lint_evidence import (
    MissingBaseline,
    of_environment,
    of_evidence,
    of_hosts,
    of_surroundings,
)
from gatekeeper.adapters.definition.lint_found import Found
from gatekeeper.adapters.definition.lint_help import FIXER, UNTIL_GREEN, of_help, of_inputs
from gatekeeper.adapters.definition.lint_inherit import of_inherited
from gatekeeper.adapters.definition.lint_notify import of_notification
from gatekeeper.adapters.definition.lint_suites import is_suite, of_added_options, of_suites, suite_without_report
from gatekeeper.adapters.definition.place import Place, dotted, in_file
from gatekeeper.adapters.definition.scalars import Value, mapping
from gatekeeper.adapters.definition.shell import Simple, simple_commands
from gatekeeper.adapters.definition.source import decode, read_bytes
from gatekeeper.model.plan import Argv, Plan, Shell, Step, Tier, Work
from gatekeeper.model.record import NamedTuple
from gatekeeper.policy.binding import parse_reference

_TOKEN = re.compile(r"\$\$\{|\$\{([^{}]*)\}")
_SHELLS = frozenset({"sh", "bash", "dash", "zsh", "ksh"})


class LintFinding(NamedTuple):
    """Something dangerous: the rule's name, where it stands (from 1), what, and what to do."""

    rule: str
    file: str
    line: int
    column: int
    key: str
    message: str
    hint: str = ""


class _Script(NamedTuple):
    """A script to look at, and where it stands; `text` has its references filled in as far as they are known."""

    text: str
    place: Place


class _Written(NamedTuple):
    """A step as it is written, with the place of its keys; `required` says whether its gate is."""

    step: Step
    place: Place
    raw: dict[str, Value]
    required: bool


def lint(
    path: str,
    plan: Plan,
    *,
    shown: str | None = None,
    missing: tuple[MissingBaseline, ...] = (),
    beside: tuple[Found, ...] = (),
) -> tuple[LintFinding, ...]:
    """What is dangerous in the definition at `path`, of which `plan` is the plan; `shown` is its name in the findings.

    `missing` are the baselines that somebody looked for and that are not there, `beside` is what else was found by
    looking at more than the definition.

    Raises:
        DefinitionError: the file changed meanwhile, and is not a definition any more.
    """
    file = shown or path
    document = Document(decode(read_bytes(path), file), file)
    findings = list(_of_name(document, plan, path))
    variables = dict(plan.vars)
    for found in (
        *_of_until_green(document, plan, variables, beside),
        *_of_notify(document, plan, variables),
        *(found for found in beside if found.place[:1] not in (("gates",), ("teardown",), UNTIL_GREEN[:1])),
        *chain.from_iterable(_of_step(written, variables, missing, beside) for written in _steps(document, plan)),
    ):
        place = in_file(found.place, document.data)
        line, column = document.block_line(place, found.line)
        findings.append(LintFinding(found.rule, file, line, column, dotted(place), found.message, found.hint))
    return tuple(sorted(dict.fromkeys(findings), key=lambda found: (found.line, found.column, found.rule)))


def _of_name(document: Document, plan: Plan, path: str) -> Iterator[LintFinding]:
    folder, stem = os.path.split(os.path.abspath(path))
    stem = stem.partition(".")[0]
    if os.path.basename(folder) == "gates" and stem != plan.cycle:
        line, column = document.position(("cycle",))
        message = f"`gatekeeper run {stem}` runs a cycle that is called `{plan.cycle}`"
        yield LintFinding("cycle-name", document.file, line, column, "cycle", message, "give file and cycle one name")


def _steps(document: Document, plan: Plan) -> Iterator[_Written]:
    """Each step, a matrix once."""
    for gate in plan.gates:
        raws = mapping(mapping(mapping(document.data["gates"]).get(gate.name)).get("steps"))
        seen: set[str] = set()
        for step in gate.steps:
            name = step.name.partition("[")[0]
            if name in raws and name not in seen:
                seen.add(name)
                place: Place = ("gates", gate.name, "steps", name)
                yield _Written(step, place, mapping(raws[name]), gate.tier is Tier.REQUIRED)
    written = document.data.get("teardown")
    for index, (step, raw) in enumerate(zip(plan.teardown, written if isinstance(written, list) else (), strict=False)):
        yield _Written(step, ("teardown", index), mapping(raw), required=False)


def _of_until_green(
    document: Document, plan: Plan, variables: dict[str, str], beside: tuple[Found, ...]
) -> Iterator[Found]:
    raw = mapping(document.data.get("until_green"))
    fixer = mapping(raw.get("fixer"))
    scripts = _scripts(plan.until_green.fixer.command, FIXER, fixer, variables) if plan.until_green.fixer else ()
    commands = tuple(command for script in scripts for command in simple_commands(script.text))
    found = of_help(plan.until_green, commands, counts_calls="calls" in fixer)
    yield from _not_meant([*found, *_below(UNTIL_GREEN, beside)], UNTIL_GREEN, raw)


def _of_notify(document: Document, plan: Plan, variables: dict[str, str]) -> Iterator[Found]:
    written = document.data.get("notify")
    for number, (told, raw) in enumerate(zip(plan.notify, written if isinstance(written, list) else (), strict=False)):
        place: Place = ("notify", number)
        yield from _not_meant(list(of_notification(told, _known(told.to, variables), place)), place, mapping(raw))


def _of_step(
    written: _Written, variables: dict[str, str], missing: tuple[MissingBaseline, ...], beside: tuple[Found, ...]
) -> Iterator[Found]:
    found = [*_found(written, variables, missing), *_below(written.place, beside)]
    yield from _not_meant(found, written.place, written.raw)


def _below(place: Place, beside: tuple[Found, ...]) -> Iterator[Found]:
    return (found for found in beside if found.place[: len(place)] == place)


def _not_meant(found: list[Found], place: Place, raw: dict[str, Value]) -> Iterator[Found]:
    """The findings that `allow:` at `place` does not call meant, and what it allows without need."""
    allowed = mapping(raw.get("allow"))
    yield from (finding for finding in found if finding.rule not in allowed)
    for rule in allowed.keys() - {finding.rule for finding in found}:
        message = f"`{rule}` is allowed here, and nothing here needs it"
        yield Found("idle-allow", (*place, "allow", rule), 0, message, "remove it")


def _found(written: _Written, variables: dict[str, str], missing: tuple[MissingBaseline, ...]) -> Iterator[Found]:
    step, place, raw, required = written
    step = step._replace(env=tuple((name, _known(value, variables)) for name, value in step.env))
    yield from of_bounds(step, place)
    yield from of_inputs(step, place)
    scripts = list(_scripts(step.work, place, raw, variables))
    suites: list[Simple] = []
    for script in scripts:
        commands = simple_commands(script.text)
        own = list(filter(is_suite, commands))
        suites += own
        yield from of_commands(commands, script.place, step)
        yield from of_inherited(step, script.text, script.place)
        yield from of_suites(commands, script.place, required=required)
        yield from of_surroundings(commands, script.place, tests=bool(own))
        if own or step.report is not None:
            yield from of_hosts(commands, script.place)
    if scripts and step.report is None:
        yield from suite_without_report(step, suites, place)
    tests = bool(suites)
    yield from of_added_options(step, place, required=required)
    yield from of_environment(step, place, tests=tests)
    yield from of_evidence(step, place, missing, required=required, tests=tests)


def _scripts(work: Work, place: Place, raw: dict[str, Value], variables: dict[str, str]) -> Iterator[_Script]:
    """What a `run:` at `place` gives to a shell. A command without a shell is a script of quoted words."""
    place = (*place, "run")
    match work:
        case Shell():
            written = raw.get("run")
            if isinstance(written, str):
                yield _Script(_known(written, variables), place)
        case Argv(argv):
            import shlex

            name = argv[0].rpartition("/")[2]
            if name in _SHELLS and any(re.fullmatch(r"-[a-z]*c[a-z]*", word) for word in argv[1:-1]):
                yield _Script(_known(argv[-1], variables), (*place, len(argv) - 1))
            else:
                yield _Script(shlex.join(argv), place)
        case _:
            pass


def _known(text: str, variables: dict[str, str], deep: int = 8) -> str:
    """`text` with what can be known of its references now: defaults, variables; else a word that means nothing."""

    def value_of(token: re.Match[str]) -> str:
        reference = parse_reference(token[1]) if token[1] is not None else None
        if reference is None:
            return "${" if token[1] is None else "VALUE"
        if reference.space == "env" and reference.default is not None:
            return reference.default.replace("\n", " ")
        if reference.space == "vars" and deep and reference.name in variables:
            return _known(variables[reference.name], variables, deep - 1).replace("\n", " ")
        return "VALUE"

    return _TOKEN.sub(value_of, text)
