"""A pattern's file: read whole, or refused with every mistake, where it stands and what to do."""

from __future__ import annotations

import pytest

from gatekeeper.adapters.definition.pattern_file import read_pattern
from gatekeeper.model.pattern import Match, Mitigation, Pattern, Renamed, Texts
from gatekeeper.model.verdict import StepVerdict
from tests.adapters.patterns.written import problems, yaml

WHOLE = """\
pattern: broker_not_ready
class: infra
priority: 70
title: The broker does not answer
root_cause: "{host} was asked in {cwd} before it was ready."
suggestion: docker compose logs {service|broker}
runbook: runbooks/broker.md
names: {service: {from: host, words: {mq: rabbit}}}
dependency: "{host}"
mitigation: {run: "docker compose restart {service}", timeout: 30s}
match:
  - text: {any: ["broker (?P<host>\\\\w+) is down"], all: [amqp error], none: ["not fatal"]}
    exit: [1, 2]
    signal: SIGKILL
    verdict: [failed, timed-out]
    findings: [exit-code]
    tests: [failing]
    work: command
  - text: ["no broker at (?P<host>\\\\w+)"]
    class: config
"""


def test_all_that_a_pattern_can_say_is_read() -> None:
    pattern = read_pattern(WHOLE.encode(), "gates/patterns/broker_not_ready.yaml")
    assert pattern == Pattern(
        id="broker_not_ready",
        class_="infra",
        title="The broker does not answer",
        root_cause="{host} was asked in {cwd} before it was ready.",
        matches=(
            Match(
                Texts(any=(r"broker (?P<host>\w+) is down",), all=("amqp error",), none=("not fatal",)),
                exit=(1, 2),
                signal=(9,),
                verdict=(StepVerdict.FAILED, StepVerdict.TIMED_OUT),
                findings=("exit-code",),
                tests=("failing",),
                work=("command",),
            ),
            Match(Texts(any=(r"no broker at (?P<host>\w+)",)), class_="config"),
        ),
        suggestion="docker compose logs {service|broker}",
        runbook="runbooks/broker.md",
        priority=70,
        names=(Renamed("service", "host", (("mq", "rabbit"),)),),
        dependency="{host}",
        mitigation=Mitigation("docker compose restart {service}", 30.0),
        file="gates/patterns/broker_not_ready.yaml",
        text=WHOLE,
    )


def test_every_mistake_is_told_with_its_place() -> None:
    """All of them in one go, in the order of the file."""
    text = 'pattern: lost_cause\nclass: infa\ntitel: x\nroot_cause: y\nmatch: {text: ["(abcd"], exit: x}\n'
    file = "gates/patterns/lost_cause.yaml"
    assert [told.partition("\n")[0].removeprefix(file) for told in problems(text)] == [
        ":1:1: the pattern has no `title`",
        ":2:8: class: 'infa' is none of those that are known",
        ":3:1: titel: `titel` is not a key that is known here",
        ":5:16: match.text[0]: this is no regex: missing ), unterminated subpattern, at its character 1",
        ":5:32: match.exit: a whole number from 0 to 255 is wanted here, found the text 'x'",
    ]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"pattern": "other_one"}, "the pattern other_one lies in a file that is called lost_cause"),
        ({"pattern": "Lost-Cause"}, "'Lost-Cause' is no name of a pattern"),
        ({"class_": None}, "the pattern has no `class`"),
        ({"match": None}, "the pattern has no `match`"),
        ({"match": "{}"}, "nothing is asked for, so it would match every failure"),
        ({"match": "[]"}, "at least one is wanted here"),
        ({"match": "lost"}, "a mapping (`key: value`) is wanted here, found the text 'lost'"),
        ({"match": "{text: {none: [something]}}"}, "no text is looked for here"),
        ({"match": '{text: ["(?i)lost for good"]}'}, "flags in a regex are not taken"),
        ({"match": '{text: ["\\\\w+: \\\\w+"]}'}, "the regex has no 4 plain characters in a row"),
        ({"match": '{text: ["lost\\\\nfor good"]}'}, "a regex that asks for the end of a line in its midst"),
        ({"match": f'{{text: ["{"lost" * 300}"]}}'}, "the regex is longer than 1000 characters"),
        ({"match": "{signal: [SIGNOPE]}"}, "'SIGNOPE' is no signal that is known here"),
        ({"match": "{verdict: [passed]}"}, "'passed' is none of those that are known"),
        ({"match": "{work: [http, ftp]}"}, "'ftp' is none of those that are known"),
        ({"match": "{exit: 256}"}, "a whole number from 0 to 255 is wanted here, found the number 256"),
        ({"priority": "101"}, "a whole number from 0 to 100 is wanted here"),
        ({"title": "[a]"}, "a text is wanted here, found a list"),
        ({"suggestion": "take {what}"}, "nothing captures `what`"),
        ({"suggestion": "'{holder}'"}, "nothing captures `holder`"),
        ({"mitigation": '{run: "x {what}"}'}, "nothing captures `what`"),
        ({"mitigation": "{run: x, timeout: 30}"}, "a duration is wanted here, found the number 30"),
        ({"mitigation": "{run: x, timeout: 1h}"}, "a duration is wanted here, found the text '1h'"),
        ({"names": "{a: {from: b}}"}, "nothing captures `b`"),
        ({"names": "{A: {from: b}}"}, "'A' is no name"),
    ],
)
def test_a_mistake_reads_well(fields: dict[str, str | None], said: str) -> None:
    told = problems(yaml(**fields))
    assert any(said in each for each in told), told
    assert all(each.startswith("gates/patterns/lost_cause.yaml:") for each in told)


def test_a_name_that_only_one_way_captures_needs_words() -> None:
    """In a sentence; without a mitigation or a dependency a pattern is still one."""
    match = '{text: ["lost (?P<what>\\\\w+) for good", "lost for good"]}'
    (told,) = problems(yaml(match=match, suggestion="find {what}"))
    assert "`what` is not captured by every way to match" in told
    assert "write {what|some words}" in told
    assert problems(yaml(match=match, suggestion="'find {what|it}'", dependency="'{what}'")) == []


def test_a_value_that_no_quoting_holds_is_refused_in_the_file() -> None:
    """Before it is run in some night."""
    match = '{text: ["lost (?P<what>\\\\w+) for good"]}'
    (told,) = problems(yaml(match=match, mitigation='{run: "echo `find {what}`"}'))
    assert "a captured value stands where it cannot be quoted for the shell for certain" in told


def test_what_is_no_mapping_says_how_one_begins() -> None:
    (told,) = problems("- a\n")
    assert "a pattern is a mapping; found a list" in told
    assert "begin with `pattern: NAME`" in told
