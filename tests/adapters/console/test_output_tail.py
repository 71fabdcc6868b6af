"""The end of a growing output file: what is shown of it, and what is not yet."""

from __future__ import annotations

from pathlib import Path

from gatekeeper.adapters.console.tail import Tail
from gatekeeper.policy.masking import MASK, Masker


def test_the_last_line_of_a_growing_file(tmp_path: Path) -> None:
    """Whole lines are shown at once, a prompt once it stands still, progress bars by what they show last."""
    path = tmp_path / "output.log"
    tail = Tail(str(path), str)
    assert tail.last_line() == ""
    path.write_text("one\ntwo\n\n  \n")
    assert tail.last_line() == "two"
    with path.open("a") as output:
        output.write("Password: ")
    assert tail.last_line() == "two"
    assert tail.last_line() == "Password:"
    with path.open("a") as output:
        output.write("\n 10%\r 20%\r")
    assert tail.last_line() == "20%"
    path.write_text("x" * 100_000)
    assert tail.last_line() == "20%"
    path.unlink()
    assert tail.last_line() == "20%"


def test_secrets_do_not_show_in_the_last_line(tmp_path: Path) -> None:
    """Neither whole, nor cut by the window that is read, nor half written."""
    path = tmp_path / "output.log"
    tail = Tail(str(path), Masker(["hunter22-hunter22"]).mask)
    path.write_text("token hunter22-hunter22\n")
    assert tail.last_line() == f"token {MASK}"
    path.write_text("hunter22-hunter22" * 300 + "\nnext hunter22-hun")
    assert "hunter22" not in tail.last_line()
