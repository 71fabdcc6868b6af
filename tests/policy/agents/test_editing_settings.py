"""Settings of somebody else's tool: our hooks go in and come out again, and not one other byte changes."""

from __future__ import annotations

import json
import tomllib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gatekeeper.policy.agents.editing import FORMS, Form, JsonForm, SectionForm, TomlForm
from gatekeeper.policy.agents.json_places import NotEditable
from gatekeeper.policy.agents.tools import CLAUDE, CODEX, CURSOR, Commands

COMMANDS = Commands("gatekeeper agent-hook stop --protocol x", "gatekeeper agent-hook session-start", 600)
OTHERS = Commands("gatekeeper agent-hook stop --protocol x --cycle other", "gatekeeper agent-hook session-start", 90)
TEXTS = {
    "two spaces": '{\n  "model": "opus",\n  "permissions": {"allow": ["Bash(ls)"]}\n}\n',
    "four spaces, no newline at the end": '{\n    "model": "opus"\n}',
    "tabs": '{\n\t"b": 1,\n\t"a": [\n\t\t1\n\t]\n}\n',
    "CRLF": '{\r\n  "model": "opus"\r\n}\r\n',
    "one line": '{"z":1,"a":{"b":[]}}',
    "nothing in it": "{}",
    "nothing in it, on three lines": "{\n\n}\n",
    "hooks, none of them": '{\n  "hooks": {}\n}\n',
    "an empty list of ours": '{\n  "hooks": {"Stop": [], "stop": [\n  ]}\n}\n',
    "hooks of others": '{\n  "hooks": {\n    "Stop": [\n      {"hooks": [{"type": "command", "command": "lint"}]}\n'
    '    ],\n    "stop": [\n      {"command": "lint"}\n    ],\n    "PreToolUse": []\n  },\n  "version": 1\n}\n',
    "letters, escapes, numbers": '{ "é\\u00e9\\"": 1.50e+3 ,\n   "n": null,"t":true }\n\n',
}


@pytest.mark.parametrize("tool", [CLAUDE, CODEX, CURSOR], ids=lambda tool: tool.name)
@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())
def test_out_again_and_not_a_byte_differs(tool: Any, text: str) -> None:
    form = JsonForm(tool)
    whole = form.installed(text, COMMANDS, "").text
    assert whole is not None
    after, before = json.loads(whole), json.loads(text)
    for event in tool.events:
        former = before.get("hooks", {}).get(event, [])
        assert after["hooks"][event][:-1] == former
        assert tool.is_ours(after["hooks"][event][-1])
        del after["hooks"][event]
    assert {**after, "hooks": None} == {**before, "hooks": None}
    # Something was put in between, and nothing else was done.
    signs = iter(whole)
    assert all(sign in signs for sign in text)
    assert form.installed(whole, COMMANDS, "").text == whole
    assert form.uninstalled(whole).text == text


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
hook_lists = st.dictionaries(st.sampled_from(["Stop", "SessionStart", "PreToolUse"]), st.lists(json_values, max_size=2))


@settings(max_examples=40)
@given(
    st.dictionaries(st.text(max_size=6).filter(lambda name: name != "hooks"), json_values, max_size=4),
    st.none() | hook_lists,
    st.sampled_from([None, 1, 2, 4, "\t"]),
    st.booleans(),
    st.sampled_from(["", "\n", " \n\n"]),
)
def test_whatever_the_settings_are(
    others: dict[str, Any], hooks: dict[str, Any] | None, indent: int | str | None, ascii_only: bool, end: str
) -> None:
    before = others if hooks is None else {**others, "hooks": hooks}
    text = json.dumps(before, indent=indent, ensure_ascii=ascii_only) + end
    form = JsonForm(CLAUDE)
    whole = form.installed(text, COMMANDS, "").text
    assert whole is not None
    assert len(json.loads(whole)["hooks"]["Stop"]) == len((hooks or {}).get("Stop", [])) + 1
    assert form.uninstalled(whole).text == text


@pytest.mark.parametrize("form", [form for forms in FORMS.values() for form in forms], ids=lambda form: form.file)
def test_where_there_was_nothing_there_is_nothing_afterwards(form: Form) -> None:
    whole = form.installed(None, COMMANDS, "text").text
    assert whole is not None
    assert form.installed(whole, COMMANDS, "text").text == whole
    assert form.uninstalled(whole).text is None


def test_what_was_installed_otherwise_is_replaced() -> None:
    form = JsonForm(CLAUDE)
    text = TEXTS["hooks of others"]
    whole = form.installed(form.installed(text, OTHERS, "").text, COMMANDS, "").text
    assert whole == form.installed(text, COMMANDS, "").text


def test_what_came_after_us_stays() -> None:
    """Somebody puts another hook behind ours, and one into our own group: that is theirs now."""
    form = JsonForm(CLAUDE)
    edited = json.loads(form.installed("{}", COMMANDS, "").text or "")
    edited["hooks"]["Stop"].append({"hooks": [{"type": "command", "command": "lint"}]})
    edited["hooks"]["SessionStart"][0]["hooks"].append({"type": "command", "command": "hello"})
    left = json.loads(form.uninstalled(json.dumps(edited, indent=2)).text or "")
    assert left["hooks"]["Stop"] == [{"hooks": [{"type": "command", "command": "lint"}]}]
    assert len(left["hooks"]["SessionStart"][0]["hooks"]) == 2


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('{\n  // mine\n  "a": 1\n}', "line 2 has a comment"),
        ('{"a": 1 /* so */}', "line 1 has a comment"),
        ('{\n"a": 1,\n}', "line 3 is no JSON, at '}'"),
        ('{"a": ', "line 1 is no JSON: it ends too early"),
        ("", "it ends too early"),
        ("[]", "it holds no JSON object"),
        ('{"hooks": {}, "hooks": {}}', "names 'hooks' a second time"),
        ('{"hooks": []}', "hooks is no object"),
        ('{"hooks": {"Stop": {}}}', "hooks.Stop is no list"),
        ("[" * 200, "nested too deep"),
        ('{"a": 01}', "is no JSON"),
        ('{"a": "\n"}', "line 1 is no JSON, at '\"'"),
    ],
)
def test_what_cannot_be_edited_safely_is_refused(text: str, why: str) -> None:
    form = JsonForm(CLAUDE)
    with pytest.raises(NotEditable, match=why.replace(".", r"\.")):
        form.installed(text, COMMANDS, "")


@pytest.mark.parametrize(
    "text",
    [
        'model = "gpt"\n\n[[hooks.Stop]]\n[[hooks.Stop.hooks]]\ntype = "command"\ncommand = "lint"\n',
        '[hooks]\nPreToolUse = []\n\n[projects."/x"]\ntrust_level = "trusted"',
        '[hooks.state]\r\n"a" = 1\r\n',
        "[[hooks.Stop]]\n\n\n",
    ],
)
def test_a_block_in_toml(text: str) -> None:
    form = TomlForm()
    assert form.is_chosen({form.file: text})
    whole = form.installed(text, COMMANDS, "").text
    assert whole is not None
    assert whole.startswith(text)
    hooks = tomllib.loads(whole)["hooks"]
    assert hooks["Stop"][-1]["hooks"] == [{"type": "command", "command": COMMANDS.stop, "timeout": 600}]
    assert hooks["SessionStart"][-1]["hooks"][0]["command"] == COMMANDS.start
    other = form.installed(whole, OTHERS, "").text
    assert other is not None
    assert other.count("gatekeeper: begin") == 1
    assert form.uninstalled(other).text == form.uninstalled(whole).text == text


def test_toml_that_says_hooks_in_another_way_is_refused() -> None:
    form = TomlForm()
    with pytest.raises(NotEditable, match="written in another way"):
        form.installed('hooks = {Stop = [{hooks = [{type = "command", command = "x"}]}]}\n', COMMANDS, "")


def test_toml_without_hooks_or_that_nobody_can_read_is_not_chosen() -> None:
    assert not TomlForm().is_chosen({TomlForm().file: 'model = "x"\n'})
    assert not TomlForm().is_chosen({TomlForm().file: "= broken"})
    assert not TomlForm().is_chosen({TomlForm().file: None})


@pytest.mark.parametrize("text", ["# Agents\n", "# Agents\n\nBe kind.", "a\r\nb\r\n", "\n\n", " "])
def test_a_section_of_markdown(text: str) -> None:
    form = SectionForm()
    whole = form.installed(text, COMMANDS, "## Told\n\nthis").text
    assert whole is not None
    assert whole.startswith(text)
    assert form.installed(whole, COMMANDS, "## Told\n\nthis").text == whole
    assert form.uninstalled(whole).text == text
    # Where somebody has written behind it, the line between is theirs, as far as anybody can tell.
    between = "\r\n" if "\r\n" in text else "\n"
    assert form.uninstalled(f"{whole}more\n").text == f"{text}{between}more\n"


def test_marks_that_somebody_has_torn_are_left_alone() -> None:
    with pytest.raises(NotEditable, match="do not stand there once"):
        SectionForm().installed("<!-- gatekeeper: begin -->\nmine\n", COMMANDS, "x")
