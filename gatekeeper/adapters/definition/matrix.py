"""Owns making the steps of a matrix: names, and values filled in. A pure function of one step."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Callable, Iterator, Mapping

from gatekeeper.model.plan import (
    Argv,
    Check,
    FileProbe,
    HttpProbe,
    Pairs,
    Probe,
    ReadyMade,
    Shell,
    Step,
    TcpProbe,
    Work,
)
from gatekeeper.policy.shell_text import ShellText

_TOKEN = re.compile(r"(\$\$\{)|\$\{matrix\.([^{}]*)\}")
Fill = Callable[[str], str]


def combinations(dimensions: Mapping[str, tuple[str, ...]]) -> Iterator[Pairs]:
    """Every combination, the last dimension turning fastest."""
    for values in itertools.product(*dimensions.values()):
        yield tuple(zip(dimensions, values, strict=True))


def combined_name(base: str, combination: Pairs) -> str:
    """``step[python=3.11,os=linux]``."""
    return f"{base}[{','.join(f'{key}={value}' for key, value in combination)}]"


def filled(text: str, combination: Pairs, quote: Fill | None = None) -> str:
    """`text` with ``${matrix.NAME}`` replaced; every other reference stays."""
    if "${matrix." not in text:
        return text
    values = dict(combination)

    def value_of(token: re.Match[str]) -> str:
        if token[1] or token[2] not in values:
            return token[0]
        value = values[token[2]]
        return quote(value) if quote else value

    return _TOKEN.sub(value_of, text)


def combined(step: Step, combination: Pairs) -> Step:
    """The step for one combination; its `needs` stay.

    Raises:
        UncertainPlace: a value stands in the command where no quoting is known to hold it.
    """

    def fill(text: str) -> str:
        return filled(text, combination)

    def each(texts: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(map(fill, texts))

    return step._replace(
        name=combined_name(step.name, combination),
        matrix=combination,
        work=_work(step.work, combination),
        cwd=fill(step.cwd),
        env=_pairs(step.env, fill),
        keep=step.keep and fill(step.keep),
        ready=step.ready and _check(step.ready, combination),
        after_each=tuple(_check(check, combination) for check in step.after_each),
        condition=step.condition
        and step.condition._replace(
            env=_pairs(step.condition.env, fill),
            branch=each(step.condition.branch),
            changed=each(step.condition.changed),
        ),
        report=step.report and step.report._replace(globs=each(step.report.globs)),
        coverage=step.coverage and step.coverage._replace(globs=each(step.coverage.globs)),
        metrics=tuple(metric._replace(file=fill(metric.file)) for metric in step.metrics),
        rerun=_script(step.rerun, combination),
        artifacts=each(step.artifacts),
        mutates=each(step.mutates),
        inputs=each(step.inputs),
    )


def _pairs(pairs: Pairs, fill: Fill) -> Pairs:
    return tuple((key, fill(value)) for key, value in pairs)


def _check(check: Check, combination: Pairs) -> Check:
    return check._replace(probe=_probe(check.probe, combination))


def _work(work: Work, combination: Pairs) -> Work:
    match work:
        case Shell(script):
            return Shell(_script(script, combination))
        case Argv(argv):
            return Argv(tuple(filled(argument, combination) for argument in argv))
        case ReadyMade(kind, options):
            return ReadyMade(kind, filled(options, combination, _json_text))
        case HttpProbe() | TcpProbe() | FileProbe():
            return _probe(work, combination)


def _script(script: str, combination: Pairs) -> str:
    # As in binding: a command that is nothing but one reference is what the value says.
    if "${matrix." not in script or re.fullmatch(r"\s*\$\{matrix\.[^{}]*\}\s*", script):
        return filled(script, combination)
    values = dict(combination)
    parts: list[str] = []
    at, text = 0, ShellText()
    for token in _TOKEN.finditer(script):
        if token[1] or token[2] not in values:
            continue
        authored = script[at : token.start()]
        at = token.end()
        text.read(authored)
        parts += [authored, text.place(values[token[2]], script[at:])]
    return "".join(parts) + script[at:]


def _probe(probe: Probe, combination: Pairs) -> Probe:
    def fill(text: str) -> str:
        return filled(text, combination)

    def fill_json(text: str) -> str:
        return filled(text, combination, _json_text)

    match probe:
        case HttpProbe():
            expect = probe.expect._replace(
                json=tuple(
                    wanted._replace(equals=None if wanted.equals is None else fill_json(wanted.equals))
                    for wanted in probe.expect.json
                ),
                headers=_pairs(probe.expect.headers, fill),
                contains=probe.expect.contains and fill(probe.expect.contains),
            )
            return probe._replace(
                url=fill(probe.url),
                headers=_pairs(probe.headers, fill),
                json=None if probe.json is None else fill_json(probe.json),
                body=None if probe.body is None else fill(probe.body),
                expect=expect,
            )
        case TcpProbe():
            return probe._replace(address=fill(probe.address))
        case FileProbe():
            return probe._replace(path=fill(probe.path), contains=probe.contains and fill(probe.contains))


def _json_text(value: str) -> str:
    # It stands inside a JSON string, and must not end it.
    return json.dumps(value)[1:-1]
