"""YAML has surprises; each of them has a decided answer."""

from __future__ import annotations

import time

import pytest

from gatekeeper.adapters.definition import document
from gatekeeper.model.plan import Argv, HttpProbe, Shell
from tests.adapters.definition.definitions import GATES, HEAD, plan_of, problem_of, step_of


@pytest.fixture(autouse=True, params=["libyaml", "python"])
def _either_loader(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every answer is the same where PyYAML was built without its C library."""
    if request.param == "python":
        monkeypatch.setattr(document, "_Loader", document._PythonLoader)
    elif document._Loader is document._PythonLoader:
        pytest.skip("PyYAML has no C loader here")


@pytest.mark.parametrize(
    "written",
    ["on", "yes", "no", "off", "y", "True", "1.10", "010", "0o10", "0x1F", "1:30", "12e03", "2026-02-18", "1_000", ".5",
     "+5", ".inf", "5", "true", "=", "<", "null_and_void"],
)  # fmt: skip
def test_an_environment_value_arrives_as_it_was_written(written: str) -> None:
    """Nothing guesses at the value of a variable."""
    assert step_of(f"run: x, env: {{A: {written}}}").env == (("A", written),)


@pytest.mark.parametrize("written", ["~", "null", "Null", "NULL", ""])
def test_a_null_where_a_value_is_wanted_is_refused(written: str) -> None:
    """An empty value is far more often forgotten than meant."""
    problem = problem_of(
        f"{HEAD}gates:\n  g:\n    steps:\n      s:\n        run: x\n        env:\n          A: {written}\n"
    )
    assert problem.key == "gates.g.steps.s.env.A"
    assert "found nothing" in problem.message
    assert problem.line == 9


def test_matrix_values_keep_their_trailing_zero() -> None:
    """3.10 is not 3.1."""
    plan = plan_of(HEAD + "gates: {g: {steps: {s: {run: x, matrix: {python: [3.9, 3.10]}}}}}\n")
    assert [step.name for step in plan.gates[0].steps] == ["s[python=3.9]", "s[python=3.10]"]


def test_a_command_called_true_is_a_command() -> None:
    """`run: true` is what it looks like."""
    assert step_of("run: true").work == Shell("true")
    assert step_of("run: [sleep, 0.10]").work == Argv(("sleep", "0.10"))


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ("{a: 1.10}", '{"a": 1.10}'),
        ("{a: 12345678901234567890}", '{"a": 12345678901234567890}'),
        ("{a: 1e400}", '{"a": 1e400}'),
        ("{a: -0}", '{"a": -0}'),
        ("{a: true, b: false}", '{"a": true, "b": false}'),
        ("{a: yes, b: True, c: on}", '{"a": "yes", "b": "True", "c": "on"}'),
        ("{a: 010, b: 1:30, c: 2026-02-18}", '{"a": "010", "b": "1:30", "c": "2026-02-18"}'),
        ("{a: null, b: ~}", '{"a": null, "b": null}'),
        ('{a: "1", b: "true", c: ""}', '{"a": "1", "b": "true", "c": ""}'),
        ("[1, [2, {x: 3}]]", '[1, [2, {"x": 3}]]'),
        ("5", "5"),
        ("{1: a, true: b}", '{"1": "a", "true": "b"}'),
        (r'{a: "q\"uo\\te ü"}', r'{"a": "q\"uo\\te \u00fc"}'),
        ('{a: "x-${run.id}-\\"-${env:A:-d}"}', '{"a": "x-${run.id}-\\"-${env:A:-d}"}'),
    ],
)
def test_json_is_sent_as_it_reads(written: str, sent: str) -> None:
    """Numbers stay digit by digit, only true and false are booleans, references stay whole."""
    work = step_of(f'http: "POST http://x", expect: {{status: 200}}, json: {written}').work
    assert isinstance(work, HttpProbe)
    assert work.json == sent


@pytest.mark.parametrize("written", [".5", "5.", "+5", "0x1F", "0o17", ".inf", "-.INF", ".nan"])
def test_what_yaml_readers_disagree_on_is_refused_in_json(written: str) -> None:
    """A number to one reader and a text to another has no place in a request."""
    problem = problem_of(
        HEAD + f"gates:\n  g:\n    steps:\n      s:\n        http: GET http://x\n        expect: {{status: 200}}\n"
        f"        json: [1, {written}]\n"
    )
    assert (problem.line, problem.column, problem.key) == (9, 19, "gates.g.steps.s.json[1]")
    assert written in problem.message


@pytest.mark.parametrize("written", ["on", "yes", "True", '"true"', "1", "~"])
def test_only_true_and_false_are_booleans(written: str) -> None:
    """Where a boolean is wanted nothing else will do."""
    problem = problem_of(HEAD + f"gates: {{g: {{stop_on_failure: {written}, steps: {{s: {{run: x}}}}}}}}\n")
    assert problem.key == "gates.g.stop_on_failure"
    assert "`true` or `false` is wanted" in problem.message


REFUSED = {
    "empty": ("", 1, 1, "it is empty"),
    "only comments": ("# nothing\n", 1, 1, "it is empty"),
    "a list": ("- gatekeeper: 1\n", 1, 1, "found a list"),
    "a text": ("hello\n", 1, 1, "found the text 'hello'"),
    "tabs indent": (HEAD + "gates:\n\tg: {}\n", 4, 1, "a tab stands in the indentation"),
    "tab after spaces": (HEAD + "gates:\n  \tg: {}\n", 4, 3, "a tab stands in the indentation"),
    "two documents": (HEAD + GATES + "---\na: 1\n", 4, 1, "a second document"),
    "an empty second document": (HEAD + GATES + "---\n", 4, 1, "a second document"),
    "a standard tag": (HEAD + "title: !!str x\n" + GATES, 3, 8, "the tag `!!str`"),
    "a tag of one's own": (HEAD + "vars: !x {}\n" + GATES, 3, 7, "the tag `!x`"),
    "a python tag": (HEAD + "title: !!python/name:os.system x\n" + GATES, 3, 8, "!!python"),
    "a merge key": (HEAD + "vars:\n  <<: {a: b}\n" + GATES, 4, 3, "merge keys"),
    "a doubled key": (HEAD + "title: a\ntitle: b\n" + GATES, 4, 1, "`title` is given twice"),
    "a doubled step": (HEAD + "gates:\n  g:\n    steps:\n      s: {run: x}\n      s: {run: y}\n", 7, 7, "twice"),
    "an unknown alias": (HEAD + "title: *a\n" + GATES, 3, 8, "undefined alias"),
    "a doubled anchor": (HEAD + "vars: {a: &x 1, b: &x 2}\n" + GATES, 3, 20, "anchor of this name"),
    "an alias in itself": (HEAD + "vars: &a {x: *a}\n" + GATES, 3, 7, "inside what it names"),
    "a list as a key": (HEAD + "? [a]\n: b\n" + GATES, 3, 3, "a key is a name"),
    "a null as a key": (HEAD + "~: b\n" + GATES, 3, 1, "a key is missing"),
    "deep flow": (HEAD + "title: " + "[" * 200_000, 3, 70, "nested deeper than 64"),
    "deep blocks": (HEAD + "title:\n" + "".join(" " * i + "-\n" for i in range(1, 300)), 66, 64, "nested deeper"),
    "a colon in a text": (HEAD + "title: a: b\n" + GATES, 3, 9, "not YAML"),
    "an at sign": (HEAD + "title: @x\n" + GATES, 3, 8, "not YAML"),
    "an open quote": (HEAD + "title: 'abc\n" + GATES, 5, 1, "not YAML"),
    "an escaped NUL": (HEAD + 'title: "a\\0b"\n' + GATES, 3, 8, "no command can be given"),
    "a control character": (HEAD + "title: a\x1bb\n" + GATES, 3, 9, "U+001B"),
    "a line separator": (HEAD + "title: a\u2028b\n" + GATES, 3, 9, "U+2028"),
    "a second BOM": (HEAD + "title: a\ufeffb\n" + GATES, 3, 9, "U+FEFF"),
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("name", REFUSED)
def test_refused_with_its_place(name: str) -> None:
    """What is not read says where it stands, and why."""
    text, line, column, message = REFUSED[name]
    problem = problem_of(text.encode())
    assert (problem.line, problem.column) == (line, column), str(problem)
    assert message in problem.message
    assert problem.file == "c.yaml"


REFUSED_BYTES = {
    "NUL bytes": (b"gatekeeper: 1\ncycle: c\0\n", 2, 9, "U+0000"),
    "UTF-16 with a mark": ((HEAD + GATES).encode("utf-16"), 1, 1, "UTF-16"),
    "UTF-16 without one": ((HEAD + GATES).encode("utf-16-le"), 1, 2, "U+0000"),
    "Latin-1": ("gatekeeper: 1\ntitle: café\n".encode("latin-1"), 2, 11, "0xe9 is not UTF-8"),
    "larger than 1 MiB": (b"#" * (1 << 20) + b"\n", 1, 1, "larger than 1 MiB"),
    "5 MB": (b"x" * 5_000_000, 1, 1, "larger than 1 MiB"),
}


@pytest.mark.parametrize("name", REFUSED_BYTES)
def test_bytes_that_are_no_text_are_refused(name: str) -> None:
    """Refused before anything is parsed."""
    content, line, column, message = REFUSED_BYTES[name]
    problem = problem_of(content)
    assert (problem.line, problem.column) == (line, column)
    assert message in problem.message


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(("\ufeff" + HEAD + GATES).encode(), id="a byte order mark"),
        pytest.param((HEAD + GATES).replace("\n", "\r\n").encode(), id="CRLF"),
        pytest.param((HEAD + GATES).replace("\n", "\r").encode(), id="CR"),
        pytest.param(("---\n" + HEAD + GATES + "...\n").encode(), id="document marks"),
        pytest.param(("%YAML 1.2\n---\n" + HEAD + GATES).encode(), id="a version"),
        pytest.param((HEAD + "vars: &a {x: y}\n" + GATES).encode(), id="an anchor"),
        pytest.param((HEAD + GATES).rstrip().encode(), id="no last newline"),
        pytest.param((HEAD + "title: ! 5\n" + GATES).encode(), id="a lone exclamation mark"),
    ],
)
def test_harmless_variants_are_read(content: bytes) -> None:
    """Editors differ; a definition is the same."""
    assert plan_of(content).gates[0].steps[0].work == Shell("x")


def test_lines_are_counted_alike_with_crlf() -> None:
    """A problem's line is the line that the editor shows."""
    text = (HEAD + "titel: x\n" + GATES).replace("\n", "\r\n")
    assert problem_of(text.encode()).line == 3


def test_an_alias_is_what_it_names() -> None:
    """Aliases save writing; each place has its own copy."""
    plan = plan_of(HEAD + "gates: {g: {steps: {a: &a {run: x, env: {A: b}}, b: *a}}}\n")
    first, second = plan.gates[0].steps
    assert (first.env, second.env) == ((("A", "b"),), (("A", "b"),))


def test_an_alias_bomb_is_refused_in_no_time() -> None:
    """A billion values are refused after some thousand."""
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 10)]
    begun = time.process_time()
    problem = problem_of(HEAD + "\n".join(lines) + "\n" + GATES)
    assert "aliases expand to more than 100,000 values" in problem.message
    assert time.process_time() - begun < 10
