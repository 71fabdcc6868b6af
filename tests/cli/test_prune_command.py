"""`gatekeeper prune`: old runs go whole, those in use never, and every command that looks back still works."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import time
from pathlib import Path

import pytest

from gatekeeper.adapters.journal.runs import list_runs
from gatekeeper.cli.main import run
from tests.cli.nightly import GREEN, RED
from tests.support.projects import Project

pytestmark = pytest.mark.slow
DAY = 86_400
ALL = ("--keep", "0s", "--keep-red", "0s")


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project that had a green run, two red ones, and a green one again; to be copied."""
    root = tmp_path_factory.mktemp("kept")
    made = Project.with_cycle(root / "project", GREEN, "tiny")
    for text, code in ((GREEN, 0), (RED, 1), (RED, 1), (GREEN, 0)):
        made.define(text)
        made.gatekeeper("run", "tiny", "-q").expect(code)
    made.clean_up()
    return root / "project"


@pytest.fixture
def project(kept: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A copy. It is in no repository, so that no verdict of its tree holds anything."""
    shutil.copytree(kept, tmp_path / "project", symlinks=True)
    monkeypatch.chdir(tmp_path / "project")
    return Project(tmp_path / "project", tmp_path / "tmp")


def runs_of(project: Project) -> list[str]:
    """Oldest first, also of those that began in one second."""
    return [folder.run for folder in reversed(list_runs(str(project.root / ".gatekeeper")))]


def test_by_age_red_ones_stay_longer_and_the_newest_stays_whatever_it_is(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is said to go with --dry-run goes without it; whatever looks back still does."""
    green, red, other_red, newest = runs_of(project)
    assert run(["prune", "--keep", "0s", "--dry-run"]) == 0
    told = capsys.readouterr().out
    assert f"{green}  green  " in told
    assert "would go: 1 run (" in told
    assert runs_of(project) == [green, red, other_red, newest]
    assert run(["prune", "--keep", "0s"]) == 0
    assert "removed: 1 run (" in capsys.readouterr().out
    assert runs_of(project) == [red, other_red, newest]
    assert run(["prune", *ALL]) == 0
    assert runs_of(project) == [newest]
    assert list((project.root / ".gatekeeper" / "pruned").iterdir()) == []
    for command in (["verify", "latest"], ["show", "latest"], ["patterns", "mine"], []):
        assert run(command) == 0
    assert run(["show", green]) == 2


def test_with_nothing_said_a_month_stays(project: Project) -> None:
    before = runs_of(project)
    assert run(["prune"]) == 0
    assert runs_of(project) == before


def test_for_the_bound_green_ones_go_before_red_ones(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    green, red, other_red, newest = runs_of(project)
    assert run(["prune", "--max", "0B"]) == 0
    assert runs_of(project) == [newest]
    told = capsys.readouterr().out
    assert "stay above --max: all that is left is in use" in told
    assert told.index(green) < told.index(red) < told.index(other_red)


def test_what_refers_to_a_run_holds_it(project: Project) -> None:
    """A verdict that may be answered with, a proof, a baseline; a verdict that is too old holds nothing, and goes."""
    green, red, other_red, newest = runs_of(project)
    state = project.root / ".gatekeeper"
    baseline = project.root / "gates" / "baselines" / "tiny" / "one.say.json"
    baseline.parent.mkdir(parents=True)
    baseline.write_text(json.dumps({"accepted": [{"run": red}]}))
    (state / "proofs" / "tiny").mkdir(parents=True)
    (state / "proofs" / "tiny" / "one.say.json").write_text(json.dumps({"runs": [other_red]}))
    verdict = state / "verdicts" / "x.json"
    verdict.parent.mkdir()
    of = {"cycle": "tiny", "definition": "", "judged_by": "", "contents": [], "surroundings": ""}
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())

    def tell(when: str) -> None:
        verdict.write_text(
            json.dumps({"v": 1, "subject": of, "verdict": "green", "run": green, "time": when, "commits": []})
        )

    tell(now)
    assert run(["prune", *ALL]) == 0
    assert runs_of(project) == [green, red, other_red, newest]
    assert verdict.exists()
    tell("2026-01-01T00:00:00Z")
    assert run(["prune", *ALL]) == 0
    assert runs_of(project) == [red, other_red, newest]
    assert not verdict.exists()


def test_a_run_that_goes_on_or_goes_on_again_stays(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    """By its mark, or by the lock that it has on its journal."""
    green, red, other_red, newest = runs_of(project)
    state = project.root / ".gatekeeper"
    with (
        (state / "open" / f"{green}.jsonl").open("w") as mark,
        (state / "runs" / red / "journal.jsonl").open("r+") as journal,
    ):
        fcntl.flock(mark, fcntl.LOCK_EX)
        fcntl.flock(journal, fcntl.LOCK_EX)
        assert run(["prune", *ALL]) == 1
    assert runs_of(project) == [green, red, newest]
    assert f"{red}: it is in use now" in capsys.readouterr().out
    assert other_red not in runs_of(project)


def test_what_nobody_knows_is_left_and_told(
    project: Project, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """A symlink, a journal that says nothing, a folder that is no run; what a symlink leads to above all."""
    green, red, other_red, newest = runs_of(project)
    folder = project.root / ".gatekeeper" / "runs"
    elsewhere = tmp_path / "elsewhere"
    (folder / green).rename(elsewhere)
    (folder / green).symlink_to(elsewhere)
    (folder / red / "journal.jsonl").write_text("nothing that is a journal\n")
    (folder / other_red / "output" / "link").symlink_to(elsewhere)
    (folder / "notes").mkdir()
    assert run(["prune", *ALL]) == 1
    told = capsys.readouterr().out
    assert "it is no folder, and was left alone" in told
    assert f"{red}: nothing in its journal says how it ended; left alone" in told
    assert "notes: it is no run; left alone" in told
    assert {path.name for path in folder.iterdir()} == {green, red, newest, "notes"}
    assert (elsewhere / "journal.jsonl").exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="to give a run to somebody else takes root")
def test_a_run_of_another_user_is_left_and_told(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    green, _, _, newest = runs_of(project)
    os.chown(project.root / ".gatekeeper" / "runs" / green, 65_534, -1)
    assert run(["prune", *ALL]) == 1
    assert f"{green}: it belongs to the user with id 65534, and was left alone" in capsys.readouterr().out
    assert runs_of(project) == [green, newest]


def test_runs_that_are_a_symlink_are_not_pruned(
    project: Project, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    runs = project.root / ".gatekeeper" / "runs"
    runs.rename(tmp_path / "runs")
    runs.symlink_to(tmp_path / "runs")
    assert run(["prune", *ALL]) == 3
    assert f"{runs} is a symbolic link to {tmp_path / 'runs'}" in capsys.readouterr().err
    assert runs_of(project)


def test_what_an_interrupted_one_put_aside_goes_the_next_time(project: Project) -> None:
    """Also where a step took the right to write away; and only one prune is at it at a time."""
    aside = project.root / ".gatekeeper" / "pruned"
    left = aside / "2026-01-01T00-00-00Z-tiny-0000.77" / "output" / "deep"
    left.mkdir(parents=True)
    (left / "file").touch()
    left.chmod(0o500)
    with (project.root / ".gatekeeper" / "locks" / "prune.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert run(["prune"]) == 75
    assert run(["prune"]) == 0
    assert list(aside.iterdir()) == []


def test_a_baseline_that_cannot_be_read_may_name_any_run(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    before = runs_of(project)
    baseline = project.root / "gates" / "baselines" / "tiny.json"
    baseline.parent.mkdir()
    baseline.symlink_to(project.root / "elsewhere.json")
    assert run(["prune", *ALL]) == 3
    assert "it may name runs that must stay, so nothing was removed" in capsys.readouterr().err
    assert runs_of(project) == before


@pytest.mark.parametrize("words", [("--keep", "30"), ("--keep-red", "a month"), ("--max", "5GB")])
def test_ages_and_sizes_that_are_none(project: Project, words: tuple[str, str]) -> None:
    assert run(["prune", *words]) == 2


def test_a_cache_that_nobody_used_goes(project: Project) -> None:
    (cache,) = (project.root / ".gatekeeper" / "cache").glob("*.plan.json")
    os.utime(cache, (time.time() - 31 * DAY,) * 2)
    assert run(["prune"]) == 0
    assert not cache.exists()
