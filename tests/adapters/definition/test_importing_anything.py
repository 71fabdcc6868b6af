"""Whatever stands in a plan: it is refused, or becomes a definition in which it is that very text and nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.adapters.definition.document import Document
from gatekeeper.adapters.definition.drafting.checked import refusal
from gatekeeper.adapters.definition.drafting.scalar import scalar
from gatekeeper.adapters.definition.drafting.writing import write_draft
from gatekeeper.adapters.definition.importing.plan_file import Imported, import_plan
from gatekeeper.policy.drafting.draft import Draft, Entry, Items, Keys, Said, Sure, Unplaced
from tests.adapters.definition.definitions import plan_of
from tests.adapters.definition.importing import GATE, imported, plan_out_of, refused, scripts_out_of

TEXTS = st.one_of(
    st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=60),
    st.text(st.sampled_from(" \t\n\r:#-'\"\\{}[]&*!|>%@`~,?$<=.0123eEtrunullyso\x85\u2028\ufeff\x1b\x7f"), max_size=30),
    st.sampled_from(("true", "null", "~", "0x1F", ".5", ".inf", "010", "1.10", "<<", "", "---", "...", "-", "?", ":")),
)
LINES = st.sampled_from(
    r"""
# T;## Mandatory gate;- `make x`;  - ./a.sh;1. **Run mandatory gate:**;   - npm test;```;$ x;## Negative paths
- a => 404;| a | Command |;|---|---|;| `x` | y |;A_REPO: /a;- B_REPO: ../b;## Required Reading;- /a/x.md (this file)
- [x](y.md);## Timeouts;- x: 5-10s;- npm: 2 min;Fixer: `./fix`;Provider: p;> - `q`;<!-- c;-->;    code;\t- x
## Deliverables;- d: e
- POST /x returns 201 after each;## Repos;- restart: `./restart-x.sh`
""".strip()
    .replace("\n", ";")
    .split(";")
)


@given(TEXTS)
def test_any_text_reads_back_as_itself(text: str) -> None:
    """As a key, as a value, in a list; and it is a text, not a number, a truth or nothing."""
    assert Document(f"{scalar(text)}: {scalar(text)}\n", "x").data == {text: text}
    match Document(f"l:\n  - {scalar(text)}\n", "x").data:
        case {"l": [found]}:
            assert found == text
            assert type(found) is str
        case other:
            raise AssertionError(other)


@given(TEXTS, TEXTS, TEXTS)
def test_a_draft_reads_back_as_what_was_drafted(value: str, comment: str, source: str) -> None:
    """Comments, whatever is in them, stay comments."""
    said = Said(7, Sure.LOW, comment)
    keys = Keys((Entry("a", value, said, (comment,)), Entry("b", Items((Entry("", value, said),)), said)))
    doubted = Entry("doubted", keys, said, (comment,), doubt=comment or "doubt")
    drafted = Draft("c", (Entry("top", keys), doubted), (), (Unplaced(3, comment, comment),))
    assert Document(write_draft(drafted, source, ()), "x").data == {"top": {"a": value, "b": [value]}}


@given(st.lists(LINES, max_size=14))
def test_any_plan_is_refused_or_comes_to_a_valid_definition(lines: list[str]) -> None:
    """And to the same one twice."""
    content = "\n".join(lines).encode()
    found = import_plan(content, "p.md")
    if isinstance(found, Imported):
        assert plan_of(found.text).gates
    assert import_plan(content, "p.md") == found


@given(st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=200))
def test_any_text_is_read(text: str) -> None:
    """No text brings it down."""
    import_plan((GATE + "- `make x`\n\n" + text).encode(), "p.md")


@pytest.mark.slow
@given(st.text(st.characters(min_codepoint=33, max_codepoint=126, exclude_characters="`<[."), max_size=40))
def test_a_command_stays_what_it_is(script: str) -> None:
    """What bash gets is what stands between the backquotes, references of ours or not."""
    assert scripts_out_of(f"{GATE}- `make x{script}`\n- `true`\n")[0] == f"make x{script}"


@pytest.mark.parametrize(
    "script",
    [
        'echo "${HOME}" $${x} ${vars.url} ${env:API_TOKEN}',
        "x: y # not a comment",
        "echo 'a\"b' \\n \\",
        "- a",
        "printf '%s' \"$(date)\" | tee \x1b[31mred",
    ],
)
def test_commands_that_would_be_something_else_in_yaml(script: str) -> None:
    """References of gatekeeper's own are no way in: what the plan says is literal."""
    assert scripts_out_of(f"{GATE}- `{script}`\n") == [script]


def test_a_script_of_many_lines_stays_readable() -> None:
    """It is a block, not one line with escapes."""
    plan = f'{GATE}```bash\nfor x in 1 2; do\n  echo "$x: # ${{HOME}}"\n\ndone\n```\n'
    assert scripts_out_of(plan) == ['for x in 1 2; do\n  echo "$x: # ${HOME}"\n\ndone']
    assert "run: |-" in imported(plan).text


def test_nothing_gets_out_of_a_comment() -> None:
    """Neither a line end of another system nor one of Unicode ends a comment; no escape reaches a terminal."""
    sly = "x\u2028gates: {evil: {steps: {s: {run: rm}}}}\u2029\x85\x1b[2J\u202e"
    found = imported(f"{GATE}- `make x`\n- {sly}\n\n{sly}\n")
    assert [gate.name for gate in plan_of(found.text).gates] == ["mandatory-gate"]
    assert not set(found.text) & set("\u2028\u2029\x85\x1b\u202e")


def test_what_is_quoted_in_a_title_stays_text() -> None:
    """The title is no way into the file either."""
    assert plan_out_of('# a"\\n: {}]\n\n## Mandatory gate\n- `make x`\n').title == 'a"\\n: {}]'


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"\x89PNG\r\n\x1a\n\x00", "UTF-8"),
        (b"# x\x00y", "NUL"),
        ("# x".encode("utf-16"), "UTF-8"),
        (b"x" * (256 << 10) + b"y", "256 KiB"),
        (b"", "nothing in it says what to run"),
        (GATE.encode() + b"- `a`\n" * 3001, "more than 3000"),
    ],
    ids=["binary", "nul", "utf-16", "huge", "empty", "many"],
)
def test_what_is_no_plan_is_refused(content: bytes, why: str) -> None:
    """With the reason."""
    assert why in refused(content).why


def test_a_value_that_no_definition_takes_is_refused_with_its_line() -> None:
    """What is wrong, and where the plan says it."""
    found = refusal("gatekeeper: 1\ncycle: 'A'  # from plan.md:7, high\ngates: {g: {steps: {s: {run: x}}}}\n")
    assert "'A' is not a name" in found
    assert "plan.md:7" in found
