"""What was captured stands in sentences as it is, and in commands quoted, whatever it holds."""

from __future__ import annotations

import shlex
import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gatekeeper.policy.patterns.filling import NotCaptured, filled, filled_command, names_in
from gatekeeper.policy.shell_text import UncertainPlace


def test_names_are_filled_in() -> None:
    """With words of its own where nothing was captured, and braces doubled where they are meant."""
    text = "pip install {package}, or {other|something else}; ${{HOME}} stays"
    assert filled(text, {"package": "requests"}) == "pip install requests, or something else; ${HOME} stays"
    assert names_in(text) == (("package", False), ("other", True))


def test_a_name_without_a_value_is_refused() -> None:
    with pytest.raises(NotCaptured, match="package"):
        filled("pip install {package}", {"package": ""})


def test_what_is_no_name_stays() -> None:
    assert filled("{} {1} {Name} {a b}", {}) == "{} {1} {Name} {a b}"


@pytest.mark.parametrize(
    ("command", "made"),
    [
        ("free {port}", "free 80"),
        ("free {path}", "free 'a b; rm -rf $HOME'"),
        ('free "{path}"', 'free "a b; rm -rf \\$HOME"'),
        ("free '{quote}'", "free 'it'\\''s'"),
        ("echo ${{PORT}} {port}", "echo ${PORT} 80"),
    ],
)
def test_a_command_has_values_quoted_for_where_they_stand(command: str, made: str) -> None:
    assert filled_command(command, {"port": "80", "path": "a b; rm -rf $HOME", "quote": "it's"}) == made


def test_where_no_quoting_is_certain_nothing_is_filled_in() -> None:
    with pytest.raises(UncertainPlace):
        filled_command("cat <<END\n{path}\nEND", {"path": "$(reboot)"})


@settings(max_examples=30)
@given(st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=20))
def test_a_shell_gets_a_value_as_it_was_captured(value: str) -> None:
    """No captured text is ever run."""
    made = filled_command("printf %s {value} \"{value}\" '{value}'", {"value": value})
    told = subprocess.run(["sh", "-c", made], capture_output=True, check=True).stdout
    assert told == (value * 3).encode(), shlex.quote(made)
