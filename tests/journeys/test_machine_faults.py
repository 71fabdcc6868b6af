"""A machine without room: a run ends with a sentence and an exit code that is not green's, whole, with nothing left."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.support.ordinary_user import copy_gatekeeper, python_for_everybody
from tests.support.project_fixtures import MakeTiny
from tests.support.projects import Done, Journal, Project, alive_with

pytestmark = pytest.mark.slow

ENOUGH_FOR_A_RUN = 40
NO_PROCESS = ("Resource temporarily unavailable", "no thread could be started")


def on_a_small_disk(project: Project, size: str) -> Path:
    """Have the project's state on a disk of this size; the folder to which it is copied when the command has ended."""
    if os.geteuid() != 0:
        pytest.skip("only root can mount a small disk")
    state = project.root / ".gatekeeper"
    state.mkdir(exist_ok=True)
    kept = project.temporary / "kept"
    mount = f"mount -t tmpfs -o size={size} small {state}"
    keep = f'"$@" || code=$?; cp -a {state} {kept}; exit ${{code:-0}}'
    project.command = ["unshare", "-m", "sh", "-ec", f"{mount}\n{keep}", "sh", *project.command]
    return kept


FILLING = {
    "and fails": "head -c 3000000 /dev/zero | tr '\\\\0' x; exit 1",
    "and passes": "head -c 3000000 /dev/zero | tr '\\\\0' x; exit 0",
}


@pytest.mark.parametrize("how", FILLING)
def test_the_disk_is_full_while_output_is_captured(tiny: MakeTiny, how: str) -> None:
    """The step is not passed, and says that its output was lost; the journal has kept room to tell so, and is whole."""
    steps = f'      fills: {{run: "{FILLING[how]}"}}\n'
    first = "      first: {run: 'true'}\n"
    project = tiny(f"until_green: {{rounds: 1, retry_infra: 0}}\ngates:\n  a:\n    steps:\n{first}{steps}")
    kept = on_a_small_disk(project, "1m")
    done = project.gatekeeper("run", "tiny")
    assert done.code == 3, done.text
    assert "Traceback" not in done.text
    (folder,) = (kept / "runs").iterdir()
    journal = Journal(folder)
    (finished,) = journal.events("step.finished", step="fills")
    assert finished["verdict"] == "infra"
    (lost,) = (each["message"] for each in finished["findings"] if each["kind"] == "output-lost")
    assert "the disk was full" in lost
    assert "the disk was full" in done.text
    assert journal.verdicts()["a/first"] == "passed"
    assert journal.is_whole()
    assert not alive_with(f"GATEKEEPER_RUN={journal.run}")


class Somebody(NamedTuple):
    """An ordinary user whom nobody else on this machine is, and how that one calls gatekeeper."""

    uid: int
    project: Project

    def gatekeeper(self, processes: int, *arguments: str) -> Done:
        """Run it with so many processes at most."""
        limited = ["setpriv", f"--reuid={self.uid}", f"--regid={self.uid}", "--clear-groups", "--"]
        shell = ["bash", "-c", f'ulimit -u {processes}; exec "$@"', "bash"]
        command, self.project.command = self.project.command, [*limited, *shell, *self.project.command]
        try:
            return self.project.gatekeeper(*arguments)
        finally:
            self.project.command = command


@pytest.fixture
def somebody() -> Iterator[Somebody]:
    if os.geteuid() != 0 or shutil.which("setpriv") is None:
        pytest.skip("only root can be another user, with setpriv")
    python = python_for_everybody()
    if python is None:
        pytest.skip("there is no Python of this version that every user may run")
    with tempfile.TemporaryDirectory(prefix="of-somebody-") as parent:
        uid = 50_000 + os.getpid() % 10_000
        copy_gatekeeper(Path(parent) / "site")
        project = Project.with_cycle(Path(parent) / "project", STORY)
        project.command = [python, "-m", "gatekeeper"]
        project.always = {"PYTHONPATH": str(Path(parent) / "site"), "HOME": "/nonexistent"}
        for path in (Path(parent), *Path(parent).rglob("*")):
            os.chown(path, uid, uid, follow_symlinks=False)
        yield Somebody(uid, project)
        project.clean_up()


STORY = """
until_green: {rounds: 1, within: 40s, retry_infra: 1}
gates:
  a:
    steps:
      one: {run: "setsid sleep 300 & exit 0"}
"""


def not_green_or_clean(done: Done, project: Project) -> None:
    """What is true however little there was."""
    assert done.code in {0, 1, 3, 124}, done.text
    assert "Traceback" not in done.text
    assert "bug" not in done.err
    for journal in project.journals():
        assert not alive_with(f"GATEKEEPER_RUN={journal.run}")
        if done.code != 0 and journal.path.exists() and journal.lines():
            assert journal.events()[-1]["event"] != "run.finished" or journal.end["verdict"] != "green"


def test_no_process_can_be_had_as_an_ordinary_user(somebody: Somebody) -> None:
    """From none at all to enough: refused with the reason, or run to its end."""
    codes = {}
    for processes in (1, 2, 3, 4, 5, 6, 8, ENOUGH_FOR_A_RUN):
        done = somebody.gatekeeper(processes, "run", "tiny")
        not_green_or_clean(done, somebody.project)
        codes[processes] = done.code
        if done.code == 3:
            assert any(text in done.text for text in NO_PROCESS), done.text
        shutil.rmtree(somebody.project.root / ".gatekeeper", ignore_errors=True)
    assert codes[1] == 3
    assert codes[ENOUGH_FOR_A_RUN] == 0, codes


@pytest.fixture
def few_processes() -> Iterator[Path]:
    """A group of its own that bounds how many processes there are, of whichever version of cgroups that can."""
    for parent in ("/sys/fs/cgroup/pids", "/sys/fs/cgroup"):
        group = Path(parent) / f"gatekeeper-test-{os.getpid()}"
        try:
            group.mkdir()
        except OSError:
            continue
        if (group / "pids.max").exists():
            yield group
            group.rmdir()
            return
        group.rmdir()
    pytest.skip("no pids controller that can be written")


def test_no_process_can_be_had_under_a_pids_controller(tiny: MakeTiny, few_processes: Path) -> None:
    """Root too can be refused a process."""
    project = tiny(STORY)
    command = project.command
    codes = {}
    for processes in (1, 2, 3, 4, 5, 6, 8, ENOUGH_FOR_A_RUN):
        (few_processes / "pids.max").write_text(str(processes))
        enter = f'echo $$ > {few_processes}/cgroup.procs; exec "$@"'
        project.command = ["sh", "-c", enter, "sh", *command]
        done = project.gatekeeper("run", "tiny")
        not_green_or_clean(done, project)
        codes[processes] = done.code
        if done.code == 3:
            assert any(text in done.text for text in NO_PROCESS), done.text
    assert codes[1] == 3
    assert codes[ENOUGH_FOR_A_RUN] == 0, codes


@pytest.mark.parametrize("open_files", [*range(6, 30, 2), 40])
def test_no_descriptor_can_be_had(tiny: MakeTiny, open_files: int) -> None:
    """A limit that a run cannot live with is the machine's, and said; no process is left behind by the attempt."""
    project = tiny(STORY)
    project.command = ["bash", "-c", f'ulimit -n {open_files}; exec "$@"', "bash", sys.executable, "-m", "gatekeeper"]
    done = project.gatekeeper("run", "tiny")
    not_green_or_clean(done, project)
    if done.code == 3:
        assert "Too many open files" in done.text, done.text
