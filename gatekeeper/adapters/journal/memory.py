"""Owns what the journals of one cycle's runs remember of its steps. Judges nothing.

Only runs that can be compared are asked: with the same definition and the same configuration, apart from the ports that
a run happened to get. A journal in which the wanted tree does not even occur is not parsed. An attempt that failed only
beside its base, and left just what one that passed left, was held against something else (a ref that moved, a baseline
that lies in no repo of the cycle): that is no failure of the step.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from gatekeeper.adapters.journal.line import NotALine, OtherFormat, parse
from gatekeeper.adapters.journal.runs import RunFolder, list_runs
from gatekeeper.adapters.journal.unheld import unheld
from gatekeeper.model.former import FormerAttempt
from gatekeeper.model.plan import StepId
from gatekeeper.model.record import NamedTuple
from gatekeeper.policy.flakiness import only_compared, outcome_of

MOST_RUNS = 200
"""How many runs are asked, the newest."""

LARGEST = 256 << 20
"""How many bytes of their journals are read in all; what is older is forgotten."""

_BESIDE_A_BASE = frozenset({"coverage.changed_lines"})
_EVENTS = (b'"event":"round.', b'"event":"step.')


class _Terms(NamedTuple):
    """What two runs must have in common to be compared."""

    definition: str
    configuration: Mapping[str, str]
    commands: Mapping[StepId, str]
    limits: Mapping[StepId, float]


class _Seen(NamedTuple):
    """An attempt, what it left, and whether nothing but what it was compared with spoke against it."""

    attempt: FormerAttempt
    left: str
    compared: bool


def attempts(
    state: str, cycle: str, run: str, steps: Collection[StepId], *, tree: str = ""
) -> tuple[FormerAttempt, ...]:
    """The attempts of `steps` in `run` and in those that can be compared with it, newest run first.

    With `tree` only those on that tree. What cannot be read is not remembered.
    """
    folders = list_runs(state, cycle)[:MOST_RUNS]
    here = next((folder for folder in folders if folder.run == run), None)
    terms = _terms(_read(here, LARGEST).splitlines(), run) if here else None
    if terms is None:
        return ()
    found: list[_Seen] = []
    needed = (tree.encode(), terms.definition.encode())
    left = LARGEST
    for folder in folders:
        journal = _read(folder, left)
        left -= len(journal)
        # Looking for a text is much faster than reading what the lines say.
        if all(text in journal for text in needed):
            lines = journal.splitlines()
            theirs = _terms(lines, folder.run)
            if theirs and (theirs.definition, theirs.configuration) == (terms.definition, terms.configuration):
                wanted = {step for step in steps if theirs.commands.get(step) == terms.commands.get(step)}
                found += _attempts(folder.run, lines, wanted, theirs)
    passed = {(each.attempt[1:], each.left) for each in found if each.attempt.passed}
    return tuple(
        each.attempt
        for each in found
        if (not tree or each.attempt.tree == tree)
        and not (each.compared and (each.attempt._replace(passed=True)[1:], each.left) in passed)
    )


def _read(folder: RunFolder, most: int) -> bytes:
    try:
        with open(folder.journal, "rb", opener=unheld) as file:
            return file.read() if os.fstat(file.fileno()).st_size <= most else b""
    except OSError:
        return b""


def _terms(lines: list[bytes], run: str) -> _Terms | None:
    event = _parsed(lines[0]) if lines else None
    if event is None or event[0] != "run.started":
        return None
    data = event[1]
    configuration = data.get("configuration")
    configuration = configuration if isinstance(configuration, dict) else {}
    ports = {str(name): str(value) for name, value in configuration.items() if str(name).startswith("port ")}

    def neutral(text: object) -> str:
        found = str(text).replace(run, "${run.id}")
        for name, number in ports.items():
            found = found.replace(number, f"${{{name}}}")
        return found

    planned = [(StepId(str(each.get("gate")), str(each.get("step"))), each) for each in _objects(data.get("steps"))]
    return _Terms(
        str(data.get("definition")),
        {str(name): neutral(value) for name, value in configuration.items() if name not in ports},
        {step: neutral(each.get("command")) for step, each in planned},
        {step: _number(each.get("timeout_s")) for step, each in planned},
    )


def _attempts(run: str, lines: list[bytes], wanted: Collection[StepId], terms: _Terms) -> Iterator[_Seen]:
    """Those of whole rounds, during which the tree stayed what it was."""
    tree, seen = "", list[_Seen]()
    limits: dict[StepId, float] = {}
    for line in lines:
        event = _parsed(line) if any(name in line for name in _EVENTS) else None
        match event:
            case ("round.started", data):
                tree, seen = str(data.get("tree")), []
            case ("step.started", data):
                limits[_step(data)] = _number(data.get("timeout_s"))
            case ("step.finished", data) if _step(data) in wanted and data.get("attempt"):
                passed = _outcome(data, limits.get(_step(data), 0.0), terms)
                if passed is not None:
                    seen.append(
                        _Seen(FormerAttempt(run, *_step(data), tree, passed), _left(data), _only_compared(data))
                    )
            case ("round.finished", data):
                if tree.startswith("sha256:") and data.get("tree") == tree:
                    yield from seen
                tree, seen = "", []
            case _:
                pass


def _left(data: Mapping[str, Any]) -> str:
    """What an attempt left, whatever it is held against."""
    numbers = [(one.get("name"), one.get("value")) for one in _objects(data.get("measured"))]
    own = [each for each in numbers if each[0] not in _BESIDE_A_BASE]
    return repr((data.get("exit_code"), data.get("tests"), own))


def _only_compared(data: Mapping[str, Any]) -> bool:
    return only_compared({str(one.get("kind")) for one in _objects(data.get("findings")) if one.get("blocks", True)})


def _outcome(data: Mapping[str, Any], limit_s: float, terms: _Terms) -> bool | None:
    code = data.get("exit_code")
    return outcome_of(
        str(data.get("verdict")),
        {str(finding.get("kind")) for finding in _objects(data.get("findings"))},
        exit_code=code if isinstance(code, int) else None,
        infra=data.get("class") in {"infra", "config"},
        # Journals hold limits in milliseconds.
        hurried=limit_s < terms.limits.get(_step(data), 0.0) - 0.001,
    )


def _parsed(line: bytes) -> tuple[str, dict[str, Any]] | None:
    try:
        envelope = parse(line)
    except (NotALine, OtherFormat):
        return None
    return envelope.event, envelope.data


def _step(data: Mapping[str, Any]) -> StepId:
    return StepId(str(data.get("gate")), str(data.get("step")))


def _objects(value: object) -> list[dict[str, Any]]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else 0.0
