"""A machine that does not let us: every refusal is a sentence and a documented exit code, never a traceback."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.ordinary_user import NAME, copy_gatekeeper, give, python_for_everybody
from tests.support.project_fixtures import MakeTiny
from tests.support.projects import Project, alive_with, git, program

pytestmark = pytest.mark.slow

PASSING = "gates:\n  a:\n    steps:\n      one: {run: 'true'}\n"
LOOKING = [(), ("check",), ("plan", "tiny"), ("reap",)]


@pytest.fixture(scope="module")
def other_user(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[Path, str | None, list[str], dict[str, str]]]:
    """A folder, a user to whom things can be forbidden (root is forbidden nothing), and how that one calls us."""
    if os.geteuid() != 0:
        yield tmp_path_factory.mktemp("ordinary"), None, program(), {}
        return
    python = python_for_everybody()
    if python is None:
        pytest.skip("there is no Python of this version that every user may run")
    with tempfile.TemporaryDirectory(prefix="of-nobody-") as parent:
        site = Path(parent) / "site"
        copy_gatekeeper(site)
        give(Path(parent))
        environment = {"PYTHONPATH": str(site), "HOME": "/nonexistent"}
        yield Path(parent), NAME, [python, "-m", "gatekeeper"], environment


@pytest.fixture
def of_nobody(other_user: tuple[Path, str | None, list[str], dict[str, str]]) -> Iterator[Project]:
    """A passing project in the hands of an ordinary user."""
    parent, user, command, environment = other_user
    project = Project.with_cycle(parent / "project", PASSING)
    project.command, project.user, project.always = command, user, environment
    if user is not None:
        give(project.root)
        give(project.temporary)
    yield project
    project.clean_up()
    project.root.chmod(0o755)
    shutil.rmtree(project.root)
    shutil.rmtree(project.temporary)


def test_a_project_that_cannot_be_written(of_nobody: Project) -> None:
    """No run without evidence; looking works as ever."""
    of_nobody.root.chmod(0o555)
    done = of_nobody.gatekeeper("run", "tiny").expect(3)
    assert str(of_nobody.root) in done.err
    assert "Permission denied" in done.err
    for command in LOOKING:
        of_nobody.gatekeeper(*command).expect(0)
    assert not (of_nobody.root / ".gatekeeper").exists()


@pytest.mark.parametrize(
    "inside",
    ["runs", pytest.param("open", marks=pytest.mark.slow), pytest.param("locks", marks=pytest.mark.slow), "runs/made"],
)
def test_a_state_folder_that_cannot_be_written(of_nobody: Project, inside: str) -> None:
    """Said with the folder that is meant."""
    of_nobody.gatekeeper("run", "tiny").expect(0)
    state = of_nobody.root / ".gatekeeper"
    place = of_nobody.journal.folder if inside == "runs/made" else state / inside
    if inside == "locks":
        (place / "run.lock").unlink()
    place.chmod(0o555)
    done = of_nobody.gatekeeper("run", "tiny")
    place.chmod(0o755)
    if inside == "runs/made":
        done.expect(0)
        return
    done.expect(3)
    assert str(place) in done.err
    assert "bug" not in done.err


@pytest.mark.parametrize(
    "name",
    [
        ".gatekeeper",
        ".gatekeeper/runs",
        *(pytest.param(f".gatekeeper/{name}", marks=pytest.mark.slow) for name in ("open", "locks")),
    ],
)
def test_a_file_lies_where_a_folder_belongs(tiny: MakeTiny, name: str) -> None:
    project = tiny(PASSING)
    (project.root / name).parent.mkdir(exist_ok=True)
    (project.root / name).write_text("in the way", "utf-8")
    done = project.gatekeeper("run", "tiny").expect(3)
    assert name.partition("/")[0] in done.err
    assert "bug" not in done.err
    assert (project.root / name).read_text("utf-8") == "in the way"


def test_an_execution_log_that_cannot_be_written_changes_no_verdict(tiny: MakeTiny) -> None:
    project = tiny("log: {file: missing.md/log.md}\n" + PASSING)
    (project.root / "missing.md").write_text("a file", "utf-8")
    done = project.gatekeeper("run", "tiny").expect(0)
    assert project.journal.end["verdict"] == "green"
    assert project.journal.events("incident", kind="log-conflict"), done.text


@pytest.mark.parametrize("kilobytes", [0, 4, *(pytest.param(size, marks=pytest.mark.slow) for size in (1, 2, 8))])
def test_a_disk_that_is_full(tiny: MakeTiny, kilobytes: int) -> None:
    """Wherever writing stops: an exit code that is not green's, a sentence, and no process left."""
    project = tiny("gates:\n  a:\n    steps:\n" + "".join(f"      s{n}: {{run: 'true'}}\n" for n in range(20)))
    project.gatekeeper("plan", "tiny").expect(0)
    project.command = ["bash", "-c", f'trap "" XFSZ; ulimit -f {kilobytes}; exec "$@"', "bash", *project.command]
    # Some Pythons keep half a module where there is no room for all of it: in our own folder, for everybody after us.
    done = project.gatekeeper("run", "tiny", PYTHONDONTWRITEBYTECODE="1")
    assert done.code == 3, done.text
    assert "Traceback" not in done.text
    assert "bug" not in done.err
    assert "too large" in done.err
    for journal in project.journals():
        assert not alive_with(f"GATEKEEPER_RUN={journal.run}")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="the machine has no /dev/full")
@pytest.mark.parametrize(
    "asked",
    [
        "plan tiny",
        "doctor",
        "",
        *(pytest.param(like, marks=pytest.mark.slow) for like in ("check", "show --output a/one", "doctor --json")),
    ],
)
def test_what_was_to_be_told_and_could_not_be_is_no_success(tiny: MakeTiny, asked: str) -> None:
    """All that such a command does is tell."""
    project = tiny(PASSING)
    if asked.startswith("show"):
        project.gatekeeper("run", "tiny").expect(0)
        (project.root / ".gatekeeper" / "runs" / project.journal.run / "output" / "a.one.1.log").write_text("a line\n")
    project.command = ["sh", "-c", 'exec "$@" > /dev/full', "sh", *project.command]
    done = project.gatekeeper(*asked.split()).expect(3)
    assert "No space left on device" in done.err


def test_a_definition_that_cannot_be_read(of_nobody: Project) -> None:
    (of_nobody.root / "gates" / "tiny.yaml").chmod(0)
    done = of_nobody.gatekeeper("run", "tiny").expect(3)
    assert "gates/tiny.yaml" in done.err
    assert "Permission denied" in done.err


def test_gates_that_cannot_be_listed(of_nobody: Project) -> None:
    (of_nobody.root / "gates").chmod(0)
    done = of_nobody.gatekeeper()
    (of_nobody.root / "gates").chmod(0o755)
    done.expect(3)
    assert f"{of_nobody.root / 'gates'} cannot be listed: Permission denied" in done.err


def test_a_current_folder_that_is_gone(tiny: MakeTiny) -> None:
    project = tiny(PASSING)
    gone = project.root / "gone"
    project.command = ["sh", "-c", 'rmdir "$PWD"; exec "$0" "$@"', *project.command]
    for command in ((), ("run", "tiny"), ("check",)):
        gone.mkdir()
        assert "the current folder" in project.gatekeeper(*command, cwd=gone).expect(3).err


def test_few_open_files(tiny: MakeTiny) -> None:
    """A limit that a run cannot live with is the machine's, and said."""
    project = tiny(PASSING)
    command = project.command
    for limit in (12, 16, 24):
        project.command = ["bash", "-c", f'ulimit -n {limit}; exec "$@"', "bash", *command]
        done = project.gatekeeper("run", "tiny")
        assert done.code in {0, 3}, done.text
        assert "Traceback" not in done.text
        assert "bug" not in done.err


def test_a_variable_that_the_definition_reads_and_nobody_set(tiny: MakeTiny) -> None:
    """With its place, and what to type."""
    done = tiny("vars: {x: '${env:NOBODY_SET_THIS}'}\n" + PASSING).gatekeeper("run", "tiny").expect(78)
    assert "gates/tiny.yaml:3:" in done.err
    assert "export NOBODY_SET_THIS=" in done.err


def test_no_git_on_this_machine(tiny: MakeTiny) -> None:
    """The content is known all the same; that nothing else is, the log says."""
    project = tiny(PASSING)
    git(project.root, "init", "-q")
    tools = project.temporary / "bin"
    tools.mkdir()
    for name in ("bash", "sh"):
        os.symlink(f"/bin/{name}", tools / name)
    project.gatekeeper("run", "tiny", PATH=str(tools)).expect(0)
    (repo,) = project.journal.last("run.started")["repos"]
    assert "git is not installed" in repo["problem"]
    assert "git is not installed" in Path(project.journal.end["log"]).read_text("utf-8")


def test_a_step_that_removes_the_evidence_under_us(tiny: MakeTiny) -> None:
    """As `git clean -fdx` does. What cannot be told any more is never green; nothing is left running."""
    project = tiny("gates:\n  a:\n    steps:\n      one: {run: rm -rf .gatekeeper}\n      two: {run: 'true'}\n")
    done = project.gatekeeper("run", "tiny")
    assert done.code == 3, done.text
    assert "journal" in done.err
    assert "bug" not in done.err
