"""A hook that answers by itself says green only where the slow way would say it, too."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import chdir
from pathlib import Path
from typing import NamedTuple
from unittest.mock import patch

import pytest

from gatekeeper.adapters.hooks.answer import gatekeeper_answer
from tests.support.projects import git, until
from tests.support.pushing import Pusher

pytestmark = pytest.mark.slow

CYCLE = """
vars: {mode: "${env:MODE:-usual}"}
gates:
  g:
    steps:
      uses: {run: 'tool; test "$(cat fact)" = good; echo ${vars.mode} ${env:OTHER:-none}'}
      on-ci: {run: "true", if: {env: {ON_CI: "yes"}}}
"""


class Told(NamedTuple):
    """What a hook did; `slow` where it had to become `gatekeeper hook run` for that."""

    code: int
    err: str
    slow: bool


class Hooked:
    """A project with an installed hook, a commit that is green, and the line that git would give for pushing it."""

    def __init__(self, folder: Path) -> None:
        self.bin, self.first, versions = folder / "bin", folder / "first", folder / "versions"
        for each in (self.bin, self.first, versions / "1", versions / "2"):
            each.mkdir(parents=True)
        for version in "12":
            program(versions / version / "tool")
        self.current = versions / "now"
        self.current.symlink_to("1")
        (self.bin / "tool").symlink_to("../versions/now/tool")
        self.pusher = Pusher(folder / "a project", CYCLE)
        self.pusher.project.always["PATH"] = f"{self.first}:{self.bin}:{os.environ['PATH']}"
        self.pusher.install()
        self.old = git(self.pusher.root, "rev-parse", "HEAD").strip()
        self.new = self.pusher.commit("next")
        self.line = f"refs/heads/main {self.new} refs/heads/main {self.old}\n"
        assert self.push().slow
        self.warm_up()
        assert not self.push().slow

    @property
    def answers(self) -> Path:
        return self.pusher.root / ".gatekeeper" / "verdicts" / "answers"

    def warm_up(self) -> None:
        """What was changed just now is not relied on; a moment later it is."""
        until(lambda: self.knows() or not self.push().slow, "an answer that is at hand")

    def knows(self, line: str = "", words: Sequence[str] = ("origin", "url"), **env: str) -> bool:
        """What the module that the hook starts says by itself, asked in this process."""
        environ = self.pusher.project.environment(**env)
        with chdir(self.pusher.root), patch.dict(os.environ, environ, clear=True):
            return gatekeeper_answer.is_green((line or self.line).encode(), ".", ["pre-push", "", ""], list(words))

    def push(self, line: str = "", words: Sequence[str] = ("origin", "url"), **env: str) -> Told:
        done = subprocess.run(
            [self.pusher.root / ".git" / "hooks" / "pre-push", *words],
            input=(line or self.line).encode(),
            cwd=self.pusher.root,
            # The answer's interpreter passes over this; gatekeeper's tells each import.
            env=self.pusher.project.environment(PYTHONPROFILEIMPORTTIME="1", **env),
            capture_output=True,
            check=False,
        )
        err = done.stderr.decode()
        told = "".join(line for line in err.splitlines(True) if not line.startswith("import time:"))
        return Told(done.returncode, told, slow="import time:" in err)


def program(place: Path, text: str = "#!/bin/sh\n") -> None:
    place.write_text(text, "utf-8")
    place.chmod(0o755)


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hooked]:
    made = Hooked(tmp_path_factory.mktemp("warm"))
    yield made
    made.pusher.project.clean_up()


@pytest.fixture
def hooked(prepared: Hooked) -> Iterator[Hooked]:
    """Warm at the beginning; what a test did to the answers is put right."""
    prepared.warm_up()
    kept = {path: path.read_bytes() for path in prepared.answers.iterdir()}
    yield prepared
    shutil.rmtree(prepared.answers, ignore_errors=True)
    prepared.answers.mkdir()
    for path, content in kept.items():
        path.write_bytes(content)
        path.chmod(0o600)


def test_it_is_told_and_written_down_as_the_slow_way_does(hooked: Hooked) -> None:
    warm = hooked.push()
    shutil.rmtree(hooked.answers)
    slow = hooked.push()
    assert (warm.slow, slow.slow) == (False, True)
    assert warm.err.rpartition(",")[0] == slow.err.rpartition(",")[0]
    first, second = hooked.pusher.pushes()[-2:]
    assert {**first, "time": ""} == {**second, "time": ""}
    assert list(first) == list(second)


ELSEWHERE: list[dict[str, str]] = [
    {"MODE": "unusual"},
    {"OTHER": "set"},
    {"ON_CI": "yes"},
    {"HOME": "/nowhere"},
    {"PATH": os.environ["PATH"]},
    {"GATEKEEPER_SKIP": "why"},
]


@pytest.mark.parametrize("env", ELSEWHERE, ids=[next(iter(env)) for env in ELSEWHERE])
def test_another_environment_is_for_the_slow_way(hooked: Hooked, env: dict[str, str]) -> None:
    assert hooked.knows()
    assert not hooked.knows(hooked.line, ("origin", "url"), **env)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("refs/heads/main NEW refs/heads/release OLD\n", ("origin", "url")),
        ("refs/heads/main OLD refs/heads/main OLD\n", ("origin", "url")),
        ("refs/heads/main NEW refs/heads/main ZERO\n", ("origin", "url")),
        ("refs/heads/main NEW refs/heads/main OLD\nrefs/heads/x NEW refs/heads/x OLD\n", ("origin", "url")),
        ("refs/heads/main NEW refs/heads/main OLD\n", ("upstream", "url")),
        ("refs/heads/main NEW refs/heads/main OLD", ("origin", "url")),
        ("refs/heads/main NEW ../../x OLD\n", ("origin", "url")),
        ("garbage\n", ("origin", "url")),
    ],
)
def test_another_push_is_for_the_slow_way(hooked: Hooked, line: str, words: tuple[str, ...]) -> None:
    told = line.replace("NEW", hooked.new).replace("OLD", hooked.old).replace("ZERO", "0" * 40)
    assert not hooked.knows(told, words)


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-20])


def expired(path: Path) -> None:
    head, of, _, *rest = path.read_bytes().split(b"\n")
    path.write_bytes(b"\n".join((head, of, b"1\t2", *rest)))


def unknown_fact(path: Path) -> None:
    path.write_bytes(path.read_bytes().replace(b"\nvar\t", b"\nvariable\t"))


def writable(path: Path) -> None:
    path.chmod(0o666)


def link(path: Path) -> None:
    path.rename(path.with_suffix(".aside"))
    path.symlink_to(path.with_suffix(".aside"))


def moved(path: Path) -> None:
    """As one that was made for another commit."""
    path.write_bytes(path.read_bytes().replace(b"refs/heads/main", b"refs/heads/other"))


@pytest.mark.parametrize("spoil", [cut, expired, unknown_fact, writable, link, moved])
def test_an_answer_that_is_not_as_we_wrote_it_is_none(hooked: Hooked, spoil: Callable[[Path], None]) -> None:
    (answer,) = hooked.answers.glob(f"{hooked.new}@*main")
    assert hooked.knows()
    spoil(answer)
    assert not hooked.knows()


def test_where_nobody_reads_what_is_written_down_it_holds_nobody(hooked: Hooked) -> None:
    log, aside = (hooked.pusher.root / ".gatekeeper" / name for name in ("pushes.jsonl", "aside"))
    log.rename(aside)
    os.mkfifo(log)
    assert not hooked.knows()
    aside.replace(log)
    assert hooked.knows()


def test_a_verdict_that_is_gone_is_not_remembered(hooked: Hooked) -> None:
    """Removing what is kept costs a run, and brings one."""
    shutil.rmtree(hooked.pusher.root / ".gatekeeper" / "verdicts")
    before = len(hooked.pusher.runs())
    assert hooked.push().slow
    assert len(hooked.pusher.runs()) == before + 1
    hooked.warm_up()


def test_a_copy_of_the_project_asks_anew(hooked: Hooked, tmp_path: Path) -> None:
    copy = tmp_path / "a copy"
    shutil.copytree(hooked.pusher.root, copy, symlinks=True)
    there = Hooked.__new__(Hooked)
    there.pusher = Pusher.__new__(Pusher)
    there.pusher.project, there.pusher.root, there.line = hooked.pusher.project, copy, hooked.line
    assert not there.knows()


def other_version(hooked: Hooked) -> None:
    hooked.current.unlink()
    hooked.current.symlink_to("2")


def same_version(hooked: Hooked) -> None:
    hooked.current.unlink()
    hooked.current.symlink_to("1")


def in_the_way(hooked: Hooked) -> None:
    program(hooked.first / "tool", "#!/bin/sh\nexit 0\n")


def out_of_the_way(hooked: Hooked) -> None:
    (hooked.first / "tool").unlink()


def rewritten(hooked: Hooked) -> None:
    """As long as before, and with its times put back."""
    tool = hooked.current / "tool"
    before = tool.stat()
    program(tool, "#!/bin/sH\n")
    os.utime(tool, ns=(before.st_atime_ns, before.st_mtime_ns))


@pytest.mark.parametrize(
    ("change", "back"), [(other_version, same_version), (in_the_way, out_of_the_way), (rewritten, same_version)]
)
def test_a_tool_that_changed_is_for_the_slow_way(
    hooked: Hooked, change: Callable[[Hooked], None], back: Callable[[Hooked], None]
) -> None:
    change(hooked)
    assert not hooked.knows()
    back(hooked)
    hooked.warm_up()


def test_a_ref_that_judges_may_move(hooked: Hooked) -> None:
    hooked.pusher.install("--judge-by", "main")
    try:
        assert hooked.push().slow
        assert hooked.push().slow
    finally:
        hooked.pusher.install()


def test_secrets_are_not_kept(tmp_path: Path) -> None:
    pusher = Pusher(tmp_path / "secret", "secrets: [TOKEN]\ngates: {g: {steps: {s: {run: 'true'}}}}")
    pusher.install()
    pusher.project.always["TOKEN"] = "correct-horse-battery"
    answers = pusher.root / ".gatekeeper" / "verdicts" / "answers"
    pusher.push("main").expect(0)
    (answer,) = answers.iterdir()
    assert b"var\tTOKEN\t" in answer.read_bytes()
    assert b"correct-horse" not in answer.read_bytes()
    assert json.loads((pusher.root / ".gatekeeper" / "pushes.jsonl").read_text("utf-8"))["verdict"] == "green"
    pusher.project.clean_up()
