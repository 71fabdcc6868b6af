"""Whoever presses Tab gets commands, options, cycles, steps, runs and patterns, in three shells; and never waits."""

from __future__ import annotations

import os
import shlex
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from gatekeeper.cli.completion.scripts import script
from gatekeeper.cli.completion.words import steps_in
from gatekeeper.cli.declared import declared, every
from tests.cli.shells import ShellAtATerminal
from tests.support.projects import Project, program

PASSING = 'gates:\n  smoke:\n    steps:\n      auth:\n        run: "true"\n      onboarding: {run: "true"}\n'
START = {
    "bash": ["bash", "--norc", "--noprofile", "-i"],
    "zsh": ["zsh", "-f", "-i"],
    "fish": ["fish", "--no-config", "-i"],
}
LOAD = {
    "bash": 'eval "$(gatekeeper completion bash)"',
    "zsh": 'autoload -Uz compinit && compinit -D -u && eval "$(gatekeeper completion zsh)"',
    "fish": "gatekeeper completion fish | source",
}
# What is typed, and what the line is once Tab has been pressed. Each can be completed in one way only.
LINES = [
    ("gatekeeper verd", "verdict"),
    ("gatekeeper run ti", "run tiny"),
    ("gatekeeper run tiny --onl", "run tiny --only"),
    ("gatekeeper run tiny --only smoke/au", "run tiny --only smoke/auth"),
    ("gatekeeper run tiny --only=smoke/au", "run tiny --only=smoke/auth"),
    ("gatekeeper run --format gi", "run --format github"),
    ("gatekeeper show 20", "show {run}"),
    ("gatekeeper patterns sh", "patterns show"),
    ("gatekeeper patterns show port_i", "patterns show port_in_use"),
    ("gatekeeper baseline accept --rea", "baseline accept --reason"),
    ("gatekeeper patterns test out", "patterns test output.log"),
    ("gatekeeper patterns test output.log --only disk_f", "patterns test output.log --only disk_full"),
    ("gatekeeper export --to sar", "export --to sarif"),
]


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project with a run, to be looked at only."""
    project = Project.with_cycle(tmp_path_factory.mktemp("tab") / "a project", PASSING)
    project.define(PASSING.replace("smoke", "elsewhere"), "nightly")
    project.gatekeeper("run", "tiny").expect(0)
    (project.root / "output.log").write_text("")
    # What is typed is not run: it shows what it was called with.
    script = project.root / "bin" / "gatekeeper"
    script.parent.mkdir()
    real = " ".join(map(shlex.quote, program()))
    script.write_text(f'#!/bin/sh\nif [ "$1" = completion ] && [ "$2" ]; then exec {real} "$@"; fi\necho "<$*>"\n')
    script.chmod(0o755)
    return project


@pytest.fixture
def shell(request: pytest.FixtureRequest, tiny: Project, tmp_path: Path) -> Iterator[ShellAtATerminal]:
    name = request.param
    if shutil.which(name) is None:
        pytest.skip(f"{name} is not installed")
    environ = {
        "PATH": f"{tiny.root / 'bin'}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(tmp_path),
        "TERM": "dumb" if name != "fish" else "xterm",
        "LC_ALL": "C.UTF-8",
        "XDG_CONFIG_HOME": str(tmp_path),
        "XDG_DATA_HOME": str(tmp_path),
    }
    with ShellAtATerminal(START[name], tiny.root, environ) as started:
        started.type(f"{LOAD[name]}; gatekeeper loaded\r")
        started.read_until("<loaded>")
        yield started


@pytest.mark.parametrize(
    "shell", ["bash", *(pytest.param(each, marks=pytest.mark.slow) for each in ("zsh", "fish"))], indirect=True
)
def test_tab_completes_what_was_begun(shell: ShellAtATerminal, tiny: Project) -> None:
    (run,) = [each.name for each in (tiny.root / ".gatekeeper" / "runs").iterdir()]
    found = []
    for typed, _ in LINES:
        shell.type(f"{typed}\t\r")
        shell.read_until("<")
        found.append(" ".join(shell.read_until(">").split()))
    assert found == [line.format(run=run) for _, line in LINES]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"], indirect=False)
def test_every_command_and_every_option_is_in_every_script(shell: str) -> None:
    text = script(shell, declared())
    for command in every(declared()):
        assert command.words[-1] in text
        for option in command.options:
            name = max(option.names, key=len)
            assert (f"-l {name[2:]}" if shell == "fish" else name) in text, (command.words, name)


def words(project: Project, *arguments: str, cwd: Path | None = None) -> list[str]:
    done = project.gatekeeper("completion", "--words", *arguments, cwd=cwd).expect(0)
    assert done.err == ""
    return done.out.split("\n")[:-1]


def test_steps_are_those_of_the_cycles_that_the_line_names(tiny: Project) -> None:
    tinys = ["smoke", "smoke/auth", "smoke/onboarding"]
    assert words(tiny, "steps", "run", "tiny", "--only") == tinys
    assert set(words(tiny, "steps", "run", "--only")) == {*tinys, "elsewhere", "elsewhere/auth", "elsewhere/onboarding"}


def test_runs_are_named_newest_first_behind_what_means_the_newest(tiny: Project) -> None:
    (run,) = [each.name for each in (tiny.root / ".gatekeeper" / "runs").iterdir()]
    found = words(tiny, "runs", cwd=tiny.root / "gates")
    assert found[0] == "latest"
    assert found[-1] == run


def test_outside_of_a_project_and_for_an_unknown_kind_there_is_nothing_to_say(tiny: Project, tmp_path: Path) -> None:
    assert words(tiny, "cycles", cwd=tmp_path) == []
    assert words(tiny, "planets") == words(tiny) == []


def test_what_cannot_be_read_costs_a_suggestion_and_no_patience(tmp_path: Path) -> None:
    """A named pipe among the definitions would be waited on for ever, and a folder is none."""
    project = Project.with_cycle(tmp_path / "project", PASSING)
    os.mkfifo(project.root / "gates" / "pipe.yaml")
    (project.root / "gates" / "folder.yaml").mkdir()
    (project.root / "gates" / "binary.yaml").write_bytes(b"gates:\n\xff\x00 x:\n")
    (project.root / "gates" / "two\nlines.yaml").write_text("")
    assert "smoke/auth" in words(project, "steps")
    assert sorted(words(project, "cycles")) == ["binary", "folder", "pipe", "tiny"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("gates:\n  a:\n    needs: [b]\n    steps:\n      one: {run: x}\n", "a a/one"),
        ("gates:\n    'a':\n        steps:\n            \"one\":\n                run: x\n    b:\n", "a a/one b"),
        ("vars:\n  steps:\n    x: y\ngates:\n  a:\n    steps:\n      one:\n        run: |\n          b:\n", "a a/one"),
        (
            "gates:\n  a:\n    steps: # why\n      # no:\n      one:\n    after_each:\n      tcp: x\nteardown:\n- x:\n",
            "a a/one",
        ),
        ("gates: {a: {steps: {one: {run: x}}}}\n", ""),
        ("- gates:\n\tx:\n", ""),
    ],
)
def test_steps_are_found_without_reading_yaml(text: str, found: str) -> None:
    assert " ".join(f"{gate}/{step}" if step else gate for gate, step in steps_in(text)) == found
