"""`gatekeeper patterns mine`: what no pattern knew in past runs, and a first draft of a pattern for it."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.projects import Project

SECRET = "s3cr3t-token-value"
WORKER = """\
import os
import random
import sys

print("starting", os.getpid())
print("LeaseLost: lease %032x was taken over by worker %d (token %s)"
      % (random.getrandbits(128), random.randint(1, 99999), os.environ["API_TOKEN"]), "\\x1b[2Jgone", sep="\\n")
sys.exit(3)
"""
CYCLE = f"""\
secrets: [API_TOKEN]
until_green: {{rounds: 1}}
gates:
  work:
    steps:
      worker: {{run: ["{sys.executable}", worker.py], timeout: 30s}}
"""


@pytest.fixture(scope="module")
def behind(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three runs of a project whose one step fails in an odd way; to be copied and never touched."""
    root = tmp_path_factory.mktemp("behind") / "project"
    project = Project.with_cycle(root, CYCLE)
    (root / "worker.py").write_text(WORKER, "utf-8")
    for _ in range(3):
        project.gatekeeper("run", "tiny", API_TOKEN=SECRET).expect(1)
    return root


@pytest.fixture
def odd(behind: Path, tmp_path: Path) -> Iterator[Project]:
    """A project of its own with those runs behind it."""
    shutil.copytree(behind, tmp_path / "project", symlinks=True)
    project = Project(tmp_path / "project", tmp_path / "project-tmp")
    yield project
    project.clean_up()


def mined(project: Project, *arguments: str) -> list[dict[str, object]]:
    done = project.gatekeeper("patterns", "mine", "--format", "json", *arguments, API_TOKEN=SECRET).expect(0)
    unknown: list[dict[str, object]] = json.loads(done.out)["unknown"]
    return unknown


@pytest.mark.slow
def test_an_unknown_failure_is_drafted_and_then_known(odd: Project) -> None:
    """From three runs to a file that `check` takes, whose own sample it knows, and by which the next run knows it."""
    told = odd.gatekeeper("patterns", "mine", API_TOKEN=SECRET).expect(0)
    assert "medium  3 runs  failed  work/worker" in told.out
    assert "LeaseLost: lease ⟨#⟩ was taken over by worker ⟨#⟩" in told.out
    assert SECRET not in told.out
    assert "\x1b" not in told.out

    written = odd.gatekeeper("patterns", "mine", "--write", "gates/patterns", API_TOKEN=SECRET).expect(0)
    folder = odd.root / "gates" / "patterns"
    (draft,) = folder.glob("*.yaml")
    sample = folder / f"{draft.stem}.sample.txt"
    assert f"gatekeeper patterns test gates/patterns/{sample.name} --only {draft.stem}" in written.out
    assert "TODO" in draft.read_text("utf-8")
    assert SECRET not in draft.read_text("utf-8") + sample.read_text("utf-8")
    odd.gatekeeper("check").expect(0)
    odd.gatekeeper("patterns", "test", str(sample), "--only", draft.stem).expect(0)
    assert draft.stem in odd.gatekeeper("patterns", "list").expect(0).out

    odd.gatekeeper("run", "tiny", API_TOKEN=SECRET).expect(1)
    assert odd.journals()[-1].last("step.finished")["known"]["pattern"] == draft.stem
    assert mined(odd) == []


def test_nothing_is_written_over(odd: Project) -> None:
    """A name that is taken by a file gets a number; what stood there stays."""
    (first,) = mined(odd, "--write", "drafts")
    name = str(first["pattern"])
    file = odd.root / "drafts" / f"{name}.yaml"
    file.write_text("mine\n", "utf-8")
    (second,) = mined(odd, "--write", "drafts")
    assert second["pattern"] == f"{name}_2"
    assert file.read_text("utf-8") == "mine\n"


def test_only_what_is_asked_for(odd: Project) -> None:
    """By cycle, by age, by the number of runs."""
    assert len(mined(odd, "--cycle", "tiny", "--since", "30d", "--min", "3")) == 1
    assert mined(odd, "--min", "4") == []
    assert "no runs of even" in odd.gatekeeper("patterns", "mine", "--cycle", "even").expect(2).err
    assert "write how long ago" in odd.gatekeeper("patterns", "mine", "--since", "yesterday").expect(2).err


def test_output_that_is_gone_is_made_up_for_by_the_journal(odd: Project) -> None:
    """The last lines that stand in the journal tell the failure, too; a journal that is broken tells nothing."""
    for output in (odd.root / ".gatekeeper" / "runs").glob("*/output/*"):
        output.unlink()
    newest = max((odd.root / ".gatekeeper" / "runs").iterdir())
    (newest / "journal.jsonl").write_bytes(b"{\n")
    (only,) = mined(odd)
    assert "LeaseLost" in str(only["line"])
    assert len(list(only["runs"])) == 2  # type: ignore[call-overload]  # JSON


def test_a_folder_that_cannot_be_written(odd: Project) -> None:
    """It is said, with the path."""
    (odd.root / "drafts").write_text("", "utf-8")
    done = odd.gatekeeper("patterns", "mine", "--write", str(Path("drafts") / "deep"), API_TOKEN=SECRET)
    assert done.code != 0
    assert "cannot be written" in done.err
    assert "Traceback" not in done.err
