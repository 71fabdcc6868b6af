"""Whatever is in the file: a plan or a `DefinitionError`, nothing else, and soon."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gatekeeper.adapters.definition import document, models, until_green_models
from gatekeeper.adapters.definition.codec import decode_plan, encode_plan
from gatekeeper.adapters.definition.reading import read_plan
from gatekeeper.model.errors import DefinitionError
from tests.adapters.definition.definitions import HEAD, problems_of
from tests.adapters.definition.test_compiling import WHOLE

MODELS = (
    models.Cycle,
    models.Gate,
    models.Step,
    models.Check,
    models.Expect,
    until_green_models.Repo,
    until_green_models.UntilGreen,
    until_green_models.Fixer,
    models.File,
)
KEYS = sorted(
    {field.alias or name for model in MODELS for name, field in model.model_fields.items()}
    | {"g", "s", "a", "x", "$.x", "capture", "equals", "os", "on", "to", "junit", "output", "address"}
)
WORDS = "x 1 -1 1.5 true ~ '' '1' 5s 1s..2s a:1 [] {} .5 a/b g s g/s 2 '${'"
REFERENCES = "'${vars.a}' '${env:A}' '${capture.x}' '${matrix.a}' '${repo.x.path}'"
SCALARS = st.sampled_from([*WORDS.split(), *REFERENCES.split(), "GET http://x", "x || true"])
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda items: f"[{', '.join(items)}]"),
        st.dictionaries(st.sampled_from(KEYS), inner, max_size=4).map(
            lambda pairs: "{" + ", ".join(f"{key}: {value}" for key, value in pairs.items()) + "}"
        ),
    ),
    max_leaves=12,
)


def accepts_or_explains(content: bytes) -> None:
    try:
        plan = read_plan(content, source="c", shown="c", digest="d")
    except DefinitionError as error:
        problems = error.problems
    else:
        assert repr(decode_plan(encode_plan(plan))) == repr(plan)
        return
    lines = content.count(b"\n") + content.count(b"\r") + 1
    assert problems
    assert all(1 <= problem.line <= lines + 1 and problem.column >= 1 for problem in problems)
    assert all(problem.message for problem in problems)
    assert list(problems) == sorted(problems, key=lambda problem: (problem.line, problem.column))


@given(st.binary(max_size=300))
def test_random_bytes(content: bytes) -> None:
    """Mostly no text at all."""
    accepts_or_explains(content)


@given(st.text(alphabet="a: -[]{}\n\t\"'&*!|>%@`#,?.~0", max_size=80))
def test_random_yaml(text: str) -> None:
    """Mostly no definition."""
    accepts_or_explains(text.encode())


@pytest.mark.slow
@settings(max_examples=100, deadline=None)
@given(st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=5))
def test_random_definitions(parts: dict[str, str]) -> None:
    """The right keys with anything in them, anywhere."""
    parts = {"gatekeeper": "1", "cycle": "c", "gates": "{g: {steps: {s: {run: x}}}}", **parts}
    accepts_or_explains("".join(f"{key}: {value}\n" for key, value in parts.items()).encode())


@pytest.mark.slow
@settings(max_examples=100, deadline=None)
@given(
    st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=6),
    st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=3),
)
def test_random_steps(step: dict[str, str], gate: dict[str, str]) -> None:
    """The right keys with anything in them, in a step."""
    keys = "".join(f", {key}: {value}" for key, value in gate.items() if key != "steps")
    body = ", ".join(f"{key}: {value}" for key, value in step.items())
    accepts_or_explains(
        f"{HEAD}vars: {{a: b}}\ngates: {{g: {{steps: {{s: {{{body}}}, x: {{run: x}}}}{keys}}}}}\n".encode()
    )


@pytest.mark.slow
@settings(max_examples=100, deadline=None)
@given(st.data())
def test_a_definition_with_a_bit_replaced(data: st.DataObject) -> None:
    """What a slip of the finger makes."""
    content = WHOLE.encode()
    at = data.draw(st.integers(0, len(content)))
    gone = data.draw(st.integers(0, 20))
    junk = data.draw(st.one_of(st.binary(max_size=5), SCALARS.map(str.encode)))
    accepts_or_explains(content[:at] + junk + content[at + gone :])


@pytest.mark.slow
@settings(max_examples=100, deadline=None)
@given(st.data())
def test_both_loaders_refuse_and_take_the_same(data: st.DataObject) -> None:
    """With and without PyYAML's C library."""
    content = WHOLE.encode()
    at = data.draw(st.integers(0, len(content)))
    content = content[:at] + data.draw(SCALARS.map(str.encode)) + content[at + data.draw(st.integers(0, 5)) :]
    with pytest.MonkeyPatch.context() as patched:
        first = problems_of(content)
        patched.setattr(document, "_Loader", document._PythonLoader)
        second = problems_of(content)
    readable = all("not YAML" not in problem.message for problem in (*first, *second))
    assert first == second if readable else bool(first) == bool(second)
