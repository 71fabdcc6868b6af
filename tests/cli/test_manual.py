"""The manual page says what the commands declare, and man(1) can read it."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from gatekeeper.cli.declared import declared, every
from gatekeeper.cli.man_page import page

ROOT = Path(__file__).resolve().parents[2]


def test_the_page_in_the_repository_is_the_one_that_the_commands_make() -> None:
    assert (ROOT / "man" / "gatekeeper.1").read_text("utf-8") == page(declared()), "make man writes it anew"


def test_man_shows_every_command_and_option_and_has_nothing_to_warn_of() -> None:
    if shutil.which("man") is None or shutil.which("groff") is None:
        pytest.skip("man and groff are not installed")
    done = subprocess.run(
        ["man", "--warnings", "-l", "-P", "cat", str(ROOT / "man" / "gatekeeper.1")],
        env={"PATH": "/usr/bin:/bin", "MANWIDTH": "80", "LC_ALL": "C.UTF-8", "GROFF_NO_SGR": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr == ""
    shown = re.sub(".\b", "", done.stdout)
    for command in every(declared()):
        assert f"gatekeeper {' '.join(command.words)}" in shown
        for option in command.options:
            assert option.names[0] == "-h" or option.names[-1] in shown


def test_what_stands_at_the_beginning_of_a_line_is_no_order_to_roff() -> None:
    """`.so /etc/passwd` would be one."""
    (run, *_) = declared()
    odd = run._replace(description=".so /etc/passwd", epilog="  .so x\n\n'br \\\\fB-x `y`")
    lines = page((odd,)).splitlines()
    assert [line for line in lines if line.startswith((".so", "'"))] == []
