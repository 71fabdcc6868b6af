"""A script is read as far as its simple commands, whatever stands in it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.adapters.definition.habits import asks, layers, runs_tests, serves, watches
from gatekeeper.adapters.definition.shell import simple_commands


@pytest.mark.parametrize(
    ("script", "commands"),
    [
        ("a b", [("a", "b")]),
        ("a 'b c' \"d e\" f\\ g", [("a", "b c", "d e", "f g")]),
        ("a; b && c || d | e & f", [("a",), ("b",), ("c",), ("d",), ("e",), ("f",)]),
        ("a \\\n  b", [("a", "b")]),
        ("A=1 B='x y' a b", [("a", "b")]),
        ("a >x 2>&1 <y b", [("a", "b")]),
        ("a $(b; c) ${d:-e f} `g; h`", [("a", "$(b; c)", "${d:-e f}", "`g; h`")]),
        ('a "$(b "c d")" e', [("a", '$(b "c d")', "e")]),
        ("if a; then b; else c; fi", [("a",), ("b",), ("c",)]),
        ("! a && { b; }", [("a",), ("b",)]),
        ("(a; b)", [("a",), ("b",)]),
        ("a # b\nc#d", [("a",), ("c#d",)]),
        ("a <<X b\nin || true\nX\nc", [("a", "b"), ("c",)]),
        ("a 'unclosed", [("a", "unclosed")]),
        ('a "unclosed', [("a", "unclosed")]),
        ("a $(unclosed", [("a", "$(unclosed")]),
        ("", []),
        ("''", [("",)]),
    ],
)
def test_commands_and_words(script: str, commands: list[tuple[str, ...]]) -> None:
    """Quotes are gone, operators and redirections are no words."""
    assert [command.words for command in simple_commands(script)] == commands


def test_each_command_knows_its_line_and_its_neighbours() -> None:
    """What joins commands is what the rules are about."""
    found = simple_commands("a 'x\ny' ||\n  b\n\nc &")
    assert [(command.words[0], command.before, command.after, command.line) for command in found] == [
        ("a", "", "||", 0),
        ("b", "||", "\n", 2),
        ("c", "\n", "&", 4),
    ]


def test_what_a_command_runs_is_seen_through_what_it_is_wrapped_in() -> None:
    """Sudo, env, timeout, npx."""
    assert [
        words[0] for words in layers(("sudo", "-u", "me", "env", "A=1", "timeout", "-k", "5", "9", "/bin/x", "y"))
    ] == [
        "sudo",
        "env",
        "timeout",
        "x",
    ]


@given(st.text(alphabet="ab|&;<>()$`'\"\\#{}= \n\t-", max_size=60))
def test_no_script_breaks_the_reading(script: str) -> None:
    """Whatever stands there; and lines stay within the script."""
    for command in simple_commands(script):
        assert 0 <= command.line <= script.count("\n")
        for words in layers(command.words):
            asks(words, terminal=False)
            watches(words)
            serves(words)
            runs_tests(words)
