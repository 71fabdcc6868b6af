"""Owns `${...}` references: their grammar, and filling them in. Knows no file, no process and no real environment.

The grammar, all of it::

    ${vars.NAME}  ${env:NAME}  ${env:NAME:-default}  ${repo.NAME.path}  ${port.NAME}  ${capture.NAME}
    ${run.id}  ${run.date}  ${run.round}  ${run.attempt}
    ${cycle.name}  ${cycle.id}  ${cycle.title}          and $${ is a literal ${

A value that goes into a shell command is quoted for the shell, so that it can never become syntax. The one
exception is a command that is nothing but one ``${vars.…}`` or ``${env:…}``: there the value *is* the command.
"""

import json
import re
from collections.abc import Callable, Mapping

from gatekeeper.model.plan import (
    Argv,
    Check,
    FileProbe,
    HttpExpectation,
    HttpProbe,
    JsonExpectation,
    Pairs,
    Probe,
    ReadyMade,
    Shell,
    Step,
    TcpProbe,
    Work,
)
from gatekeeper.model.record import NamedTuple
from gatekeeper.policy.shell_text import ShellText, UncertainPlace

_TOKEN = re.compile(r"\$\$\{|\$\{([^{}]*)\}")
_NAME = r"[A-Za-z_][A-Za-z0-9_-]*"
_REFERENCE = (
    rf"(?P<env>env):(?P<variable>[A-Za-z_][A-Za-z0-9_]*)(?::-(?P<default>.*))?"
    rf"|(?P<space>vars|port|capture)\.(?P<name>{_NAME})"
    rf"|repo\.(?P<repo>{_NAME})\.path"
    r"|(?P<fact>run\.id|run\.date|run\.round|run\.attempt|cycle\.name|cycle\.id|cycle\.title)"
)


class Reference(NamedTuple):
    """One ``${...}``. `space` is ``env``, ``vars``, ``port``, ``capture``, ``repo``, ``run`` or ``cycle``."""

    space: str
    name: str
    default: str | None = None


class UnboundReference(LookupError):
    """A reference has no value; the text says which and what to do."""

    def __init__(self, reference: Reference, message: str) -> None:
        self.reference = reference
        super().__init__(message)


class Context(NamedTuple):
    """The values that references stand for. `vars` may refer to one another; `repos` maps names to paths."""

    environ: Mapping[str, str]
    vars: Mapping[str, str] = {}
    repos: Mapping[str, str] = {}
    ports: Mapping[str, str] = {}
    captures: Mapping[str, str] = {}
    facts: Mapping[str, str] = {}


def parse_reference(inside: str) -> Reference | None:
    """The reference between ``${`` and ``}``, or None where it is not one."""
    found = re.fullmatch(_REFERENCE, inside, re.DOTALL)
    if found is None:
        return None
    if found["env"]:
        return Reference("env", found["variable"], found["default"])
    if found["space"]:
        return Reference(found["space"], found["name"])
    if found["repo"]:
        return Reference("repo", found["repo"])
    space, _, name = found["fact"].partition(".")
    return Reference(space, name)


def references(text: str) -> tuple[Reference | str, ...]:
    """Every ``${...}`` in `text`, in order; what is not a reference comes back as the text between the braces."""
    return tuple(parse_reference(token[1]) or token[1] for token in _TOKEN.finditer(text) if token[1] is not None)


def fill(text: str, context: Context, quote: Callable[[str], str] | None = None) -> str:
    """`text` with every reference replaced by its value, each put through `quote` first.

    Raises:
        UnboundReference: a reference has no value in `context`.
    """
    if "$" not in text:
        return text

    def value_of(token: re.Match[str]) -> str:
        if token[1] is None:
            return "${"
        value = _value(parse_reference(token[1]), token[1], context, ())
        return quote(value) if quote else value

    return _TOKEN.sub(value_of, text)


def fill_script(script: str, context: Context) -> str:
    """A shell command with every reference replaced by its value, quoted for where it stands.

    Raises:
        UnboundReference: a reference has no value, or one that cannot be quoted where it stands.
    """
    if is_whole_command(script):
        return fill(script, context)
    filled: list[str] = []
    authored, at, text = "", 0, ShellText()
    for token in _TOKEN.finditer(script):
        authored += script[at : token.start()]
        at = token.end()
        if token[1] is None:
            authored += "${"
            continue
        text.read(authored)
        filled.append(authored)
        authored = ""
        reference = parse_reference(token[1])
        value = _value(reference, token[1], context, ())
        try:
            filled.append(text.place(value, script[at:]))
        except UncertainPlace:
            raise UnboundReference(
                reference or Reference("", token[1]),
                f"${{{token[1]}}} stands where its value cannot be quoted for the shell for certain (a here-document, "
                'arithmetic, backticks, or after one): hand it over through `env:`, and write "$NAME" in the command',
            ) from None
    return "".join(filled) + authored + script[at:]


def _value(reference: Reference | None, inside: str, context: Context, through: tuple[str, ...]) -> str:
    if reference is None:
        raise UnboundReference(Reference("", inside), f"${{{inside}}} is not a reference that gatekeeper knows")
    name = reference.name
    match reference.space:
        case "env":
            # As in the shell, :- also covers a variable that is set but empty.
            value = context.environ.get(name) or reference.default
            value = context.environ.get(name) if value is None else value
            missing = f"the environment variable {name} is not set and has no default"
        case "vars":
            if name in through:
                raise UnboundReference(reference, f"vars.{name} refers to itself")
            raw = context.vars.get(name)
            value = raw and _TOKEN.sub(
                lambda t: "${" if t[1] is None else _value(parse_reference(t[1]), t[1], context, (*through, name)),
                raw,
            )
            missing = f"vars.{name} is not defined"
        case "repo":
            value = context.repos.get(name)
            missing = f"no repo is called {name}"
        case "port":
            value = context.ports.get(name)
            missing = f"no port is called {name}"
        case "capture":
            value = context.captures.get(name)
            missing = f"nothing was captured as {name} yet: the step that captures it has not passed in this run"
        case _:
            value = context.facts.get(f"{reference.space}.{name}")
            missing = f"{reference.space}.{name} has no value here"
    if value is None:
        raise UnboundReference(reference, missing)
    return value


def is_whole_command(script: str) -> bool:
    """Whether a shell command is nothing but one reference whose value is the command itself."""
    token = _TOKEN.fullmatch(script.strip())
    reference = parse_reference(token[1]) if token and token[1] is not None else None
    return reference is not None and reference.space in {"vars", "env"}


def bind_step(step: Step, context: Context) -> Step:
    """`step` with every reference in it filled in. Raises `UnboundReference`."""
    if _is_plain(step):
        return step
    return step._replace(
        work=_bind_work(step.work, context),
        cwd=fill(step.cwd, context),
        env=_bind_pairs(step.env, context),
        rerun=fill_script(step.rerun, context),
        ready=step.ready and _bind_check(step.ready, context),
        after_each=tuple(_bind_check(check, context) for check in step.after_each),
    )


def _is_plain(step: Step) -> bool:
    """Whether there is nothing to fill in, seen at a glance: most steps of a large plan."""
    if step.ready is not None or step.after_each or step.env or "$" in step.cwd + step.rerun:
        return False
    match step.work:
        case Shell(script):
            return "$" not in script
        case Argv(argv):
            return "$" not in "".join(argv)
        case ReadyMade(_, options):
            return "$" not in options
        case HttpProbe() | TcpProbe() | FileProbe():
            return False


def _bind_pairs(pairs: Pairs, context: Context) -> Pairs:
    return tuple((key, fill(value, context)) for key, value in pairs)


def _bind_check(check: Check, context: Context) -> Check:
    return check._replace(probe=_bind_probe(check.probe, context))


def _bind_work(work: Work, context: Context) -> Work:
    match work:
        case Shell(script):
            return Shell(fill_script(script, context))
        case Argv(argv):
            return Argv(tuple(fill(argument, context) for argument in argv))
        case ReadyMade(kind, options):
            return ReadyMade(kind, fill(options, context, _json_text))
        case HttpProbe() | TcpProbe() | FileProbe():
            return _bind_probe(work, context)


def _bind_probe(probe: Probe, context: Context) -> Probe:
    match probe:
        case HttpProbe():
            return probe._replace(
                url=fill(probe.url, context),
                headers=_bind_pairs(probe.headers, context),
                json=None if probe.json is None else fill(probe.json, context, _json_text),
                body=None if probe.body is None else fill(probe.body, context),
                expect=_bind_expectation(probe.expect, context),
            )
        case TcpProbe():
            return probe._replace(address=fill(probe.address, context))
        case FileProbe():
            contains = None if probe.contains is None else fill(probe.contains, context)
            return probe._replace(path=fill(probe.path, context), contains=contains)


def _bind_expectation(expect: HttpExpectation, context: Context) -> HttpExpectation:
    def bound(wanted: JsonExpectation) -> JsonExpectation:
        equals = None if wanted.equals is None else fill(wanted.equals, context, _json_text)
        return wanted._replace(equals=equals)

    return expect._replace(
        json=tuple(map(bound, expect.json)),
        headers=_bind_pairs(expect.headers, context),
        contains=None if expect.contains is None else fill(expect.contains, context),
    )


def _json_text(value: str) -> str:
    # The value stands inside a JSON string: it may hold quotes, and must not end the string.
    return json.dumps(value)[1:-1]
