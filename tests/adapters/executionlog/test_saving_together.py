"""A person and several runs save one document at the same time: nothing of the person's is ever lost."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from gatekeeper.adapters.executionlog import atomic, exchange
from gatekeeper.adapters.executionlog.merge import Conflict, Merged, merge
from gatekeeper.adapters.executionlog.saving import save
from tests.adapters.executionlog.test_log_merging import LATER, SMALL, merged

LINUX = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells who has a file open for writing")


def in_place(path: str, text: bytes) -> None:
    """As editors do that keep a file's links: empty it, write it."""
    with open(path, "wb") as file:
        file.write(text)


def renamed_over(path: str, text: bytes) -> None:
    """As editors do that want it whole: write another, give it the name."""
    Path(f"{path}~").write_bytes(text)
    os.replace(f"{path}~", path)


def anew(path: str, text: bytes) -> None:
    """As editors do that keep a backup: move the old one away, write a new one."""
    os.rename(path, f"{path}~")
    Path(path).write_bytes(text)
    os.unlink(f"{path}~")


def merging(before: bytes | None) -> Merged | Conflict:
    return merge(before or b"", SMALL)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "log.md"
    path.write_bytes(b"# Mine\n")
    return path


@pytest.mark.parametrize("saves", [in_place, renamed_over, anew])
def test_saved_between_the_last_look_and_the_exchange(
    log: Path, monkeypatch: pytest.MonkeyPatch, saves: Callable[[str, bytes], None]
) -> None:
    """What was put away by the exchange is looked at: it is put back, and merged into."""
    texts = [b"# Mine\n\nA last thought.\n"]
    really = exchange.exchange

    def exchange_after_somebody_saved(one: str, other: str) -> None:
        if texts:
            saves(other, texts.pop())
        really(one, other)

    monkeypatch.setattr(atomic, "exchange", exchange_after_somebody_saved)
    assert save(str(log), merging) == ""
    assert log.read_bytes() == merged(b"# Mine\n\nA last thought.\n")
    assert os.listdir(log.parent) == ["log.md"]


def test_saved_twice_within_that_instant(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The last stands; the one before, which nobody has seen, is kept under a name that can be found."""
    texts = [b"# First\n", b"# Second\n"]
    really = exchange.exchange

    def exchange_after_somebody_saved(one: str, other: str) -> None:
        if texts:
            in_place(other, texts.pop(0))
        really(one, other)

    monkeypatch.setattr(atomic, "exchange", exchange_after_somebody_saved)
    assert save(str(log), merging) == ""
    assert log.read_bytes().startswith(b"# Second\n")
    assert (log.parent / "log.saved-meanwhile-1.md").read_bytes() == b"# First\n"


@LINUX
def test_an_editor_that_is_writing_is_waited_for_and_not_written_under(log: Path) -> None:
    """As long as it has the file open, it would write to what we have put away."""
    with open(log, "r+b") as editor:
        refused = save(str(log), merging)
        editor.seek(0, os.SEEK_END)
        editor.write(b"written at last\n")
    assert "open for writing" in refused
    assert save(str(log), merging) == ""
    assert log.read_bytes().startswith(b"# Mine\nwritten at last\n")


def test_a_document_that_somebody_makes_at_the_last_moment_is_not_replaced(tmp_path: Path) -> None:
    path = tmp_path / "log.md"
    path.write_bytes(b"# Just made\n")
    assert not exchange.place_new(str(tmp_path / "log.md"), str(path))
    assert not atomic.replace_bytes(str(path), b"ours", None)
    assert path.read_bytes() == b"# Just made\n"


RUN = """
import sys
from gatekeeper.adapters.executionlog.merge import merge
from gatekeeper.adapters.executionlog.saving import save
path, run = sys.argv[1:]
print("ready", flush=True)
sys.stdin.readline()
for number in range(40):
    texts = {"execution": f"## Execution Log\\n\\n{run} {number}", "status": f"**Status:** {run} {number}"}
    why = save(path, lambda before: merge(before or b"", texts))
    assert why in ("", "somebody else keeps saving it") or "open for writing" in why, why
assert save(path, lambda before: merge(before or b"", texts)) == ""
"""
PERSON = """
import os, sys
from tests.adapters.executionlog.test_saving_together import in_place, renamed_over
path = sys.argv[1]
print("ready", flush=True)
sys.stdin.readline()
for number in range(40):
    with open(path, "rb") as file:
        seen = file.read()
    (in_place if number % 2 else renamed_over)(path, seen.replace(b"## Mine\\n", b"## Mine\\n- thought %d\\n" % number))
"""


@pytest.mark.slow
def test_two_runs_and_a_person_save_one_document(log: Path) -> None:
    """Real processes, each as fast as it can. Who saves over us loses our text, which the next write mends."""
    log.write_bytes(b"# Plan\n\n## Mine\n\nkept\n\n## Execution Log\n")
    jobs = [[RUN, str(log), "run-a"], [RUN, str(log), "run-b"], [PERSON, str(log)]]
    root = Path(__file__).parents[3]
    started = [
        subprocess.Popen([sys.executable, "-c", *job], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=root)
        for job in jobs
    ]
    try:
        for process in started:
            assert process.stdout is not None
            assert process.stdout.readline() == b"ready\n"
        for process in started:
            assert process.stdin is not None
            process.stdin.write(b"go\n")
            process.stdin.flush()
        assert [process.wait(50) for process in started] == [0, 0, 0]
    finally:
        for process in started:
            process.kill()
            process.communicate()
    text = log.read_bytes()
    kept = b"".join(path.read_bytes() for path in log.parent.iterdir())
    assert all(b"- thought %d\n" % number in kept for number in range(40))
    assert text.count(b"gatekeeper:begin") == text.count(b"gatekeeper:end") == 2
    assert isinstance(merge(text, LATER, ("summary", "state-before", "configuration", "execution", "status")), Merged)
    assert not [name for name in os.listdir(log.parent) if name.endswith(".tmp")]
