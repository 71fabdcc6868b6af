"""`${...}`: what it may say, what it stands for, and what happens where it stands for nothing."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.model.plan import (
    Argv,
    Check,
    FileProbe,
    HttpExpectation,
    HttpProbe,
    JsonExpectation,
    Shell,
    TcpProbe,
)
from gatekeeper.policy.binding import (
    Context,
    Reference,
    UnboundReference,
    bind_step,
    fill,
    is_whole_command,
    parse_reference,
    references,
)

from .situations import step

FULL = Context(
    environ={"SET": "value", "EMPTY": ""},
    vars={"url": "http://localhost:${port.api}", "a": "${vars.b}", "b": "${env:SET}", "empty": "", "brace": "$${x}"},
    repos={"backend": "/src/backend"},
    ports={"api": "8080"},
    captures={"user_id": "42"},
    facts={"run.id": "r1", "run.round": "2", "run.attempt": "3", "run.date": "2026-02-18", "cycle.name": "c"},
)


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("${vars.url}/health", "http://localhost:8080/health"),
        ("${vars.a}", "value"),
        ("${vars.empty}", ""),
        ("${vars.brace}", "${x}"),
        ("${env:SET}", "value"),
        ("${env:SET:-other}", "value"),
        ("${env:EMPTY}", ""),
        ("${env:EMPTY:-other}", "other"),
        ("${env:EMPTY:-}", ""),
        ("${env:UNSET:-}", ""),
        ("${env:UNSET:-a:-b c}", "a:-b c"),
        ("${repo.backend.path}/x", "/src/backend/x"),
        ("${capture.user_id}-${run.id}-${run.round}-${run.attempt}", "42-r1-2-3"),
        ("${cycle.name} ${run.date}", "c 2026-02-18"),
        ("$${vars.url}", "${vars.url}"),
        ("$$${env:SET}", "$${env:SET}"),
        ("$HOME and $ and $$", "$HOME and $ and $$"),
        ("", ""),
    ],
)
def test_what_references_stand_for(text: str, filled: str) -> None:
    assert fill(text, FULL) == filled


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("${env:UNSET}", "the environment variable UNSET is not set and has no default"),
        ("${vars.nope}", "vars.nope is not defined"),
        ("${repo.nope.path}", "no repo is called nope"),
        ("${port.nope}", "no port is called nope"),
        ("${capture.nope}", "nothing was captured as nope yet"),
        ("${cycle.id}", "cycle.id has no value here"),
        ("${HOME}", "is not a reference that gatekeeper knows"),
        ("${}", "is not a reference that gatekeeper knows"),
        ("${vars.}", "is not a reference that gatekeeper knows"),
        ("${env:1X}", "is not a reference that gatekeeper knows"),
        ("${repo.backend}", "is not a reference that gatekeeper knows"),
    ],
)
def test_a_reference_to_nothing_says_what_is_missing(text: str, words: str) -> None:
    with pytest.raises(UnboundReference, match=words):
        fill(text, FULL)


@pytest.mark.parametrize(
    "circle", [{"a": "${vars.a}"}, {"a": "${vars.b}", "b": "x${vars.c}", "c": "${vars.a}"}], ids=["itself", "a circle"]
)
def test_vars_that_go_round_in_a_circle_are_refused(circle: dict[str, str]) -> None:
    with pytest.raises(UnboundReference, match="refers to itself"):
        fill("${vars.a}", Context({}, vars=circle))


def test_one_var_used_twice_is_no_circle() -> None:
    assert fill("${vars.a}", Context({}, vars={"a": "${vars.b}${vars.b}", "b": "x"})) == "xx"


def test_a_value_is_never_filled_in_again() -> None:
    """What an environment or a server says is no text of the author's."""
    tricky = Context({"X": "${env:SECRET}", "SECRET": "s"}, captures={"c": "${env:SECRET} $${"})
    assert fill("${env:X} ${capture.c}", tricky) == "${env:SECRET} ${env:SECRET} $${"


@given(st.text().filter(lambda text: "${" not in text))
def test_text_without_references_stays_as_it_is(text: str) -> None:
    assert fill(text, Context({})) == text


@given(st.text())
def test_reading_and_filling_agree_on_what_a_reference_is(text: str) -> None:
    """Whatever stands there: either all of it can be filled in, or the fault is one of the references read."""
    read = references(text)
    try:
        fill(text, FULL)
    except UnboundReference:
        assert read


def test_what_is_not_a_reference_comes_back_as_it_was_written() -> None:
    assert references("${vars.a} ${HOME} $${vars.b} ${env:X:-1}") == (
        Reference("vars", "a"),
        "HOME",
        Reference("env", "X", "1"),
    )
    assert parse_reference("vars.a ") is None


@pytest.mark.parametrize(
    ("script", "whole"),
    [
        ("${vars.suite}", True),
        ("  ${env:SUITE_COMMAND:-npm test}\n", True),
        ("${vars.suite} -v", False),
        ("${capture.command}", False),
        ("${repo.backend.path}", False),
        ("$${vars.suite}", False),
        ("npm test", False),
    ],
)
def test_which_command_is_its_value(script: str, whole: bool) -> None:
    """Never one that a server answered."""
    assert is_whole_command(script) is whole


def test_a_step_is_bound_everywhere() -> None:
    work = HttpProbe(
        "POST",
        "${vars.url}/signup",
        headers=(("X-Run", "${run.id}"),),
        json='{"id": "${capture.user_id}"}',
        expect=HttpExpectation(
            json=(JsonExpectation("$.id", equals='"${capture.user_id}"'),),
            headers=(("X-Run", "${run.id}"),),
            contains="${env:SET}",
        ),
    )
    probes = (Check("after_each", FileProbe("${env:SET}.txt", contains="${run.id}")),)
    bound = bind_step(
        step("g/s")._replace(
            work=work,
            cwd="${repo.backend.path}",
            env=(("URL", "${vars.url}"),),
            ready=Check("ready", TcpProbe("localhost:${port.api}")),
            after_each=probes,
        ),
        FULL,
    )
    assert "${" not in repr(bound)
    assert bound.cwd == "/src/backend"
    assert bound.ready == Check("ready", TcpProbe("localhost:8080"))


def test_an_argument_list_takes_values_as_they_are() -> None:
    """There is no shell that they could be syntax for."""
    nasty = Context({"X": "; rm -rf ~ 'a' \"b\""})
    bound = bind_step(step("g/s")._replace(work=Argv(("echo", "--x=${env:X}"))), nasty)
    assert bound.work == Argv(("echo", "--x=; rm -rf ~ 'a' \"b\""))


def test_a_script_takes_values_quoted() -> None:
    bound = bind_step(step("g/s")._replace(work=Shell("echo ${env:X}")), Context({"X": "; rm -rf ~"}))
    assert bound.work == Shell("echo '; rm -rf ~'")


@given(value=st.text())
def test_a_value_cannot_leave_its_json_string(value: str) -> None:
    bound = bind_step(
        step("g/s")._replace(work=HttpProbe("POST", "/", json='{"a": "${capture.x}", "b": 1}')),
        Context({}, captures={"x": value}),
    )
    assert isinstance(bound.work, HttpProbe)
    assert json.loads(bound.work.json or "") == {"a": value, "b": 1}
