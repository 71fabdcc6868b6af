"""Owns `gatekeeper check`'s findings: what is allowed in a definition and dangerous all the same. Runs nothing."""

import os
import re
from collections.abc import Iterator
from itertools import pairwise

from gatekeeper.adapters.definition.document import Document
from gatekeeper.adapters.definition.habits import asks, layers, runs_tests, serves, watches
from gatekeeper.adapters.definition.place import Place, dotted
from gatekeeper.adapters.definition.scalars import Value, mapping
from gatekeeper.adapters.definition.shell import Simple, simple_commands
from gatekeeper.adapters.definition.source import decode, read_bytes
from gatekeeper.adapters.definition.units import format_duration, format_size
from gatekeeper.model.plan import Argv, HttpProbe, Limits, Pairs, Plan, Shell, Step
from gatekeeper.model.record import NamedTuple
from gatekeeper.policy.binding import parse_reference

_TOKEN = re.compile(r"\$\$\{|\$\{([^{}]*)\}")
_SHELLS = frozenset({"sh", "bash", "dash", "zsh", "ksh"})
_SWALLOWING = frozenset({("true",), (":",), ("exit", "0"), ("return", "0"), ("/bin/true",)})
_SUITE_CLASS = re.compile(r"(?:^|[-_])(?:suite|tests?)(?:$|[-_])", re.IGNORECASE)
_ENOUGH_MEMORY, _ENOUGH_PROCESSES, _ENOUGH_FILES = 16 << 20, 4, 16
_SECONDS = {"": 1.0, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


class LintFinding(NamedTuple):
    """Something dangerous: the rule's name, where it stands (from 1), what, and what to do."""

    rule: str
    file: str
    line: int
    column: int
    key: str
    message: str
    hint: str = ""


class _Finding(NamedTuple):
    rule: str
    place: Place
    line: int
    message: str
    hint: str = ""


class _Script(NamedTuple):
    """A script to look at, and where it stands; `text` has its references filled in as far as they are known."""

    text: str
    place: Place


def lint(path: str, plan: Plan, *, shown: str | None = None) -> tuple[LintFinding, ...]:
    """What is dangerous in the definition at `path`, of which `plan` is the plan; `shown` is its name in the findings.

    Raises:
        DefinitionError: the file changed meanwhile, and is not a definition any more.
    """
    file = shown or path
    document = Document(decode(read_bytes(path), file), file)
    findings = list(_of_name(document, plan, path))
    for step, place, raw in _steps(document, plan):
        for found in _of_step(step, place, raw, plan.vars):
            line, column = document.block_line(found.place, found.line)
            findings.append(LintFinding(found.rule, file, line, column, dotted(found.place), found.message, found.hint))
    return tuple(sorted(dict.fromkeys(findings), key=lambda found: (found.line, found.column, found.rule)))


def _of_name(document: Document, plan: Plan, path: str) -> Iterator[LintFinding]:
    folder, stem = os.path.split(os.path.abspath(path))
    stem = stem.partition(".")[0]
    if os.path.basename(folder) == "gates" and stem != plan.cycle:
        line, column = document.position(("cycle",))
        message = f"`gatekeeper run {stem}` runs a cycle that is called `{plan.cycle}`"
        yield LintFinding("cycle-name", document.file, line, column, "cycle", message, "give file and cycle one name")


def _steps(document: Document, plan: Plan) -> Iterator[tuple[Step, Place, dict[str, Value]]]:
    """Each step as it is written, a matrix once, with the place of its keys."""
    for gate in plan.gates:
        raws = mapping(mapping(mapping(document.data["gates"]).get(gate.name)).get("steps"))
        seen: set[str] = set()
        for step in gate.steps:
            name = step.name.partition("[")[0]
            if name in raws and name not in seen:
                seen.add(name)
                yield step, ("gates", gate.name, "steps", name), mapping(raws[name])
    written = document.data.get("teardown")
    for index, (step, raw) in enumerate(zip(plan.teardown, written if isinstance(written, list) else (), strict=False)):
        yield step, ("teardown", index), mapping(raw)


def _of_step(step: Step, place: Place, raw: dict[str, Value], variables: Pairs) -> Iterator[_Finding]:
    allowed = mapping(raw.get("allow"))
    found = list(_found(step, place, raw, variables))
    yield from (finding for finding in found if finding.rule not in allowed)
    for rule in allowed.keys() - {finding.rule for finding in found}:
        message = f"`{rule}` is allowed here, and nothing in the step needs it"
        yield _Finding("idle-allow", (*place, "allow", rule), 0, message, "remove it")


def _found(step: Step, place: Place, raw: dict[str, Value], variables: Pairs) -> Iterator[_Finding]:
    hard = format_duration(step.timeout_s)
    if step.quiet_s is not None and step.quiet_s >= step.timeout_s:
        message = f"quiet for {format_duration(step.quiet_s)} can't come before the hard timeout of {hard}"
        yield _Finding("quiet-beyond-timeout", (*place, "quiet"), 0, message, "make it shorter, or remove it")
    if isinstance(step.work, HttpProbe):
        within = step.work.expect.within_s
        if within is not None and within > step.timeout_s:
            message = f"{format_duration(within)} can't pass before the hard timeout of {hard}"
            yield _Finding("inner-timeout-beyond-hard", (*place, "expect", "within"), 0, message)
    if step.ready is not None and step.ready.within_s >= step.timeout_s:
        message = f"{format_duration(step.ready.within_s)} to be ready can't pass before the hard timeout of {hard}"
        yield _Finding("inner-timeout-beyond-hard", (*place, "ready", "within"), 0, message, "make it shorter")
    yield from _tight_limits(step.limits, (*place, "limits"))
    scripts = list(_scripts(step, (*place, "run"), raw, variables))
    suites = []
    for script in scripts:
        commands = simple_commands(script.text)
        yield from _of_commands(commands, script.place, step)
        suites += [command for command in commands if any(map(runs_tests, layers(command.words)))]
    if scripts and step.report is None:
        yield from _suite_without_report(step, suites, place)


def _tight_limits(limits: Limits, place: Place) -> Iterator[_Finding]:
    for key, bound, enough in (
        ("memory", limits.memory, _ENOUGH_MEMORY),
        ("processes", limits.processes, _ENOUGH_PROCESSES),
        ("open_files", limits.open_files, _ENOUGH_FILES),
    ):
        if bound is not None and bound < enough:
            shown, wanted = (format_size(bound), format_size(enough)) if key == "memory" else (str(bound), str(enough))
            message = f"{shown} is not enough for a shell and the few programs that it starts"
            yield _Finding("tight-limit", (*place, key), 0, message, f"write {wanted} or more")


def _scripts(step: Step, place: Place, raw: dict[str, Value], variables: Pairs) -> Iterator[_Script]:
    """What the step gives to a shell. A command without a shell is a script of quoted words."""
    match step.work:
        case Shell():
            written = raw.get("run")
            if isinstance(written, str):
                yield _Script(_known(written, dict(variables)), place)
        case Argv(argv):
            import shlex

            name = argv[0].rpartition("/")[2]
            if name in _SHELLS and any(re.fullmatch(r"-[a-z]*c[a-z]*", word) for word in argv[1:-1]):
                yield _Script(_known(argv[-1], dict(variables)), (*place, len(argv) - 1))
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


def _of_commands(commands: tuple[Simple, ...], place: Place, step: Step) -> Iterator[_Finding]:
    for index, command in enumerate(commands):
        words, line = command.words, command.line
        said = _short(words)
        if words in _SWALLOWING and (command.before == "||" or (command.before == ";" and index == len(commands) - 1)):
            message = f"`{command.before} {said}` makes a failure look like a success"
            yield _Finding("swallowed-failure", place, line, message, "let it fail, or test for what may happen")
        if words[0] == "set" and _turns_errors_off(words[1:]):
            message = f"`{said}` lets the script go on after a failure, and pass"
            yield _Finding("errors-off", place, line, message, "write `if ! command; then …` where a failure is meant")
        seen = list(layers(words))
        if any(map(watches, seen)):
            message = f"`{said}` watches and never ends; the hard timeout would end it"
            yield _Finding("watch-mode", place, line, message, "run it once")
        instead = next((hint for layer in seen if (hint := asks(layer, terminal=step.tty)) is not None), None)
        if instead is not None:
            message = f"`{said}` asks a person, and nobody is there to answer"
            yield _Finding("asks", place, line, message, instead)
        if step.keep is None and (any(map(serves, seen)) or _left_behind(command, commands[index + 1 :])):
            message = f"`{said}` starts something that stays, and the step's end would end it"
            yield _Finding("server-without-keep", place, line, message, "write `keep: NAME`, and `ready:` beside it")
        yield from _inner_timeout(words, place, line, step)


def _turns_errors_off(words: tuple[str, ...]) -> bool:
    if any(re.fullmatch(r"\+[a-z]*e[a-z]*", word) for word in words):
        return True
    return any(
        first.startswith("+") and first.endswith("o") and second in {"errexit", "pipefail"}
        for first, second in pairwise(words)
    )


def _left_behind(command: Simple, following: tuple[Simple, ...]) -> bool:
    """Whether the command goes on in the background, with nothing after it that waits for it or ends it."""
    if command.after != "&":
        return False
    ends = {"wait", "kill", "pkill"}
    return not any(
        later.words[0] in ends or (later.words[0] == "trap" and "kill" in " ".join(later.words)) for later in following
    )


def _inner_timeout(words: tuple[str, ...], place: Place, line: int, step: Step) -> Iterator[_Finding]:
    for layer in layers(words):
        if layer[0] not in {"timeout", "gtimeout"}:
            continue
        durations = (re.fullmatch(r"([0-9]+(?:\.[0-9]+)?)([smhd]?)", word) for word in layer[1:])
        options = {
            index + 2 for index, word in enumerate(layer[1:]) if word in {"-k", "-s", "--kill-after", "--signal"}
        }
        for index, found in enumerate(durations, 1):
            if found and index not in options:
                if float(found[1]) * _SECONDS[found[2]] >= step.timeout_s:
                    hard = format_duration(step.timeout_s)
                    message = f"`{_short(layer)}` can't come before the hard timeout of {hard}"
                    hint = "remove it: the hard timeout is what ends the step"
                    yield _Finding("inner-timeout-beyond-hard", place, line, message, hint)
                break


def _suite_without_report(step: Step, suites: list[Simple], place: Place) -> Iterator[_Finding]:
    hint = 'write `report: {junit: "reports/*.xml"}`, so that the tests are counted and not believed'
    if suites:
        message = f"`{_short(suites[0].words)}` runs tests, and the step has no `report`"
        yield _Finding("suite-without-report", (*place, "run"), suites[0].line, message, hint)
    elif step.timeout_class is not None and _SUITE_CLASS.search(step.timeout_class):
        message = f"the step is of the class `{step.timeout_class}`, and has no `report`"
        yield _Finding("suite-without-report", (*place, "class"), 0, message, hint)


def _short(words: tuple[str, ...]) -> str:
    text = " ".join(words[:4])
    return f"{text[:48]}…" if len(text) > 48 or len(words) > 4 else text
