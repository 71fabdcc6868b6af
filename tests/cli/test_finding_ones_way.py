"""Somebody who types the wrong thing, or nothing at all, is told what to type."""

from __future__ import annotations

from pathlib import Path

import pytest

from gatekeeper import __version__
from gatekeeper.cli.declared import declared
from gatekeeper.cli.main import COMMANDS, run
from tests.support.projects import Project

PASSING = "gates:\n  a:\n    steps:\n      one: {run: 'true'}\n"
FAILING = "until_green: {rounds: 1}\ngates:\n  a:\n    steps:\n      one: {run: 'false'}\n"


@pytest.fixture(scope="module")
def several(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project with three cycles, of which two have run; to be looked at only."""
    project = Project.with_cycle(tmp_path_factory.mktemp("several") / "project", PASSING)
    project.define(FAILING, "nightly")
    project.define(PASSING, "release")
    project.gatekeeper("run", "tiny").expect(0)
    project.gatekeeper("run", "nightly").expect(1)
    return project


def test_without_a_command_the_cycles_are_listed_with_their_last_verdict(several: Project) -> None:
    lines = several.gatekeeper().expect(0).out.splitlines()
    assert [line.split()[:2] for line in lines[:3]] == [["nightly", "red"], ["release", "never"], ["tiny", "green"]]
    assert lines[0].endswith("UTC")
    assert "gatekeeper run NAME" in lines[-1]


def test_from_a_folder_below_too(several: Project) -> None:
    assert several.gatekeeper(cwd=several.root / "gates").out == several.gatekeeper().out


@pytest.mark.parametrize("command", [(), ("run", "tiny"), ("check",), ("plan", "tiny"), ("show",), ("reap",)])
def test_without_gates_it_says_what_to_do(tmp_path: Path, command: tuple[str, ...]) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    done = Project(empty, tmp_path / "tmp").gatekeeper(*command).expect(2)
    assert f"no gates/ folder in {empty}" in done.err
    assert "create gates/NAME.yaml" in done.err
    assert list(empty.iterdir()) == [], "looking left something"


def test_with_gates_that_are_empty_it_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "here" / "gates").mkdir(parents=True)
    project = Project(tmp_path / "here", tmp_path / "tmp")
    assert "create gates/NAME.yaml" in project.gatekeeper().expect(0).out
    assert "none in gates/ yet" in project.gatekeeper("run").expect(2).err


@pytest.mark.parametrize("command", ["run", "plan", "check"])
def test_an_unknown_cycle_gets_the_names_near_it(several: Project, command: str) -> None:
    assert "did you mean nightly?" in several.gatekeeper(command, "nighly").expect(2).err
    assert "nightly, release, tiny" in several.gatekeeper(command, "zzz").expect(2).err


@pytest.mark.parametrize("name", ["../gates/tiny", "tiny.yaml", "", "/etc/passwd", "ti\x1bny"])
def test_a_name_that_is_no_cycle_of_ours(several: Project, name: str) -> None:
    """A path is not a cycle, and what is said of it holds nothing that a terminal would obey."""
    done = several.gatekeeper("run", name).expect(2)
    assert "there is no cycle" in done.err
    assert "\x1b" not in done.err


def test_run_without_a_cycle_names_what_there_is(several: Project) -> None:
    assert "nightly, release, tiny" in several.gatekeeper("run").expect(2).err


def test_an_unknown_command_gets_the_one_near_it(several: Project) -> None:
    done = several.gatekeeper("chek").expect(2)
    assert "did you mean check" in done.err
    assert "gatekeeper --help" in done.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("run", "tiny", "--jobs", "0"), "'0' is not a whole number above 0"),
        (("run", "tiny", "--rounds", "many"), "'many' is not a whole number above 0"),
        (("run", "tiny", "--set", "novalue"), "'novalue' is not of the form K=V"),
        (("run", "tiny", "--set", "x=1"), "no variable 'x'"),
        (("run", "tiny", "--only", "b/one"), "no gate or step called 'b/one'; did you mean a/one"),
        (("run", "tiny", "--format", "xml"), "invalid choice: 'xml'"),
        (("run", "tiny", "--file", "gates/tiny.yaml"), "leave out CYCLE"),
        (("run", "--file", "nowhere.yaml"), "nowhere.yaml"),
        (("run", "tiny", "--frmat", "json"), "--frmat"),
        (("run", "tiny", "--form", "json"), "--form"),
    ],
)
def test_wrong_options_are_usage(several: Project, arguments: tuple[str, ...], said: str) -> None:
    done = several.gatekeeper(*arguments).expect(2)
    assert said in done.err
    assert len(several.journals()) == 2, "a run was begun"


INNER = [" ".join(each.words) for command in declared() for each in command.inner]


@pytest.mark.parametrize("command", INNER)
def test_help_of_what_a_command_has_of_its_own_has_an_example_too(
    command: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    assert run([*command.split(), "--help"]) == 0
    told = capsys.readouterr().out
    assert f"gatekeeper {command}" in told.partition("example")[2]
    assert all(len(line) <= 80 for line in told.splitlines())


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_help_has_an_example_and_touches_nothing(tmp_path: Path, command: str) -> None:
    project = Project(tmp_path, tmp_path / "tmp")
    done = project.gatekeeper(*command.split(), "--help").expect(0)
    example = done.out.partition("example")[2]
    assert f"gatekeeper {command or 'run'}" in example
    assert done.err == ""
    assert all(len(line) <= 80 for line in done.out.splitlines())
    if not command:
        assert all(name in done.out for name in COMMANDS)


def test_the_version(tmp_path: Path) -> None:
    assert Project(tmp_path, tmp_path / "tmp").gatekeeper("--version").expect(0).out == f"gatekeeper {__version__}\n"
