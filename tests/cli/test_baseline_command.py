"""`gatekeeper baseline`: results become a baseline, stronger by themselves and weaker only by name."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from gatekeeper.cli.main import run
from tests.cli.recorded_suites import suite_project, suite_says
from tests.support.project_fixtures import MakeTiny
from tests.support.projects import Done, Project, git

FILE = "gates/baselines/tiny/suite.unit.json"
ACCEPT = ("baseline", "accept", "tiny", "--by", "Ada", "--reason", "because")


Call = Callable[..., Done]


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Call:
    """Run a command in a project, inside this process."""

    def call(project: Project, *arguments: str) -> Done:
        monkeypatch.chdir(project.root)
        capsys.readouterr()
        code = run(arguments)
        return Done(code, *capsys.readouterr())

    return call


@pytest.fixture
def project(tiny: MakeTiny) -> Project:
    """A suite that has run once: one passes, two fails, three is skipped."""
    project = suite_project(tiny("gates: {}\n"), one="passed", two="failed", three="skipped")
    project.gatekeeper("run", "tiny")
    return project


def ran(project: Project, **tests: str) -> None:
    suite_says(project.root, **tests)
    project.gatekeeper("run", "tiny")


def recorded(project: Project) -> dict[str, str]:
    data = json.loads((project.root / FILE).read_text())
    return {test: outcome for test, outcome in data["tests"].items() if test}


def accepted(project: Project) -> list[dict[str, object]]:
    return [each for each in json.loads((project.root / FILE).read_text())["accepted"] if each]


def test_a_first_baseline_has_what_passed_and_the_rest_by_name(project: Project, call: Call) -> None:
    """Who, when, why and from which run stand in the file; the run's journal tells of it, and holds together."""
    done = call(project, *ACCEPT).expect(0)
    assert recorded(project) == {"t::one": "passed"}
    assert "t::two  not there → failed" in done.out
    call(project, *ACCEPT, "--only", "t::two").expect(0)
    assert recorded(project) == {"t::one": "passed", "t::two": "failed"}
    journal = project.journal
    first, second = accepted(project)
    assert first | {"at": ""} == {"at": "", "by": "Ada", "reason": "because", "run": journal.run, "weaker": []}
    assert second["weaker"] == ["t::two"]
    told = journal.events("baseline.accepted")
    assert [event.get("ids", []) for event in told] == [[], ["t::two"]]
    assert told[0]["before"] == ""
    assert told[0]["after"] == told[1]["before"]
    assert journal.is_whole()
    call(project, "log", "latest", "--check").expect(0)


@pytest.mark.slow
def test_all_that_is_known_can_be_taken_at_once_the_first_time_only(project: Project, call: Call) -> None:
    call(project, *ACCEPT, "--initial").expect(0)
    assert recorded(project) == {"t::one": "passed", "t::two": "failed", "t::three": "skipped"}
    assert "there is one" in call(project, *ACCEPT, "--initial").expect(2).err


@pytest.mark.slow
def test_what_got_better_is_taken_and_what_got_worse_is_not(project: Project, call: Call) -> None:
    """Exit 0 as long as something was taken; 1 where all of it would make the baseline weaker."""
    call(project, *ACCEPT, "--initial").expect(0)
    ran(project, one="failed", two="passed", new="passed", red="failed")
    done = call(project, *ACCEPT).expect(0)
    assert recorded(project) == {"t::one": "passed", "t::two": "passed", "t::three": "skipped", "t::new": "passed"}
    for line in ("t::one  passed → failed", "t::red  not there → failed", "t::three  skipped → not there"):
        assert f"weaker    {line}" in done.out
    before = (project.root / FILE).read_bytes()
    refused = call(project, *ACCEPT).expect(1)
    assert "would make the baseline weaker" in refused.err
    assert (project.root / FILE).read_bytes() == before
    call(project, *ACCEPT, "--only", "t::three", "--only", "t::one").expect(0)
    assert recorded(project) == {"t::one": "failed", "t::two": "passed", "t::new": "passed"}
    assert accepted(project)[-1]["weaker"] == ["t::one", "t::three"]


@pytest.mark.slow
def test_accepting_twice_changes_nothing(project: Project, call: Call) -> None:
    call(project, *ACCEPT, "--only", "t::two").expect(0)
    before = (project.root / FILE).read_bytes()
    again = call(project, *ACCEPT, "--only", "t::two").expect(0)
    assert "nothing to record" in again.out
    assert (project.root / FILE).read_bytes() == before


def test_a_name_of_nothing_is_wrong_usage(project: Project, call: Call) -> None:
    assert "--only t::tow: neither the baseline nor the run has it; did you mean t::two" in (
        call(project, *ACCEPT, "--only", "t::tow").expect(2).err
    )
    for wrong in (
        (*ACCEPT, "--step", "suite/unti"),
        ("baseline", "accept", "tiny"),
        ("baseline", "accept", "tiny", "--reason", " "),
        ("baseline", "accept", "tyni", "--reason", "x"),
        ("baseline",),
    ):
        call(project, *wrong).expect(2)
    assert not (project.root / FILE).exists()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("exit 0", "it left no report"),
        ("python3 suite.py || true", "exit code 0, but the report has 1 failing tests"),
        ("python3 suite.py || kill $$", "it died of signal 15"),
        ("head -c 40 suite.py >report.xml", "it left no report"),
    ],
)
def test_a_run_that_says_nothing_certain_is_refused(project: Project, call: Call, command: str, words: str) -> None:
    definition = project.root / "gates" / "tiny.yaml"
    definition.write_text(definition.read_text().replace("python3 suite.py", command))
    project.gatekeeper("run", "tiny")
    assert words in call(project, *ACCEPT).expect(1).err
    assert not (project.root / FILE).exists()


def test_evidence_that_somebody_changed_is_refused(project: Project, call: Call) -> None:
    """Neither the report's copy nor the journal may have been touched."""
    (copy,) = (project.journal.folder / "reports").iterdir()
    kept = copy.read_bytes()
    copy.write_bytes(kept.replace(b"two", b"owt"))
    assert "somebody changed it" in call(project, *ACCEPT).expect(1).err
    copy.write_bytes(kept)
    journal = project.journal.path
    journal.write_text(journal.read_text().replace('"passed":1', '"passed":3'))
    assert "does not hold together" in call(project, *ACCEPT).expect(1).err
    assert not (project.root / FILE).exists()


@pytest.mark.slow
def test_a_secret_in_who_or_why_stands_nowhere(tiny: MakeTiny, call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither in the repo, which everybody reads, nor in the journal."""
    monkeypatch.setenv("TOKEN", "hunter2-long")
    project = suite_project(tiny("gates: {}\n"), one="passed")
    definition = project.root / "gates" / "tiny.yaml"
    definition.write_text(definition.read_text() + "secrets: [TOKEN]\n")
    project.gatekeeper("run", "tiny", TOKEN="hunter2-long")
    accept = ("baseline", "accept", "tiny", "--by", "hunter2-long", "--reason", "with hunter2-long")
    call(project, *accept).expect(0)
    assert [(each["by"], each["reason"]) for each in accepted(project)] == [("•••", "with •••")]
    assert "hunter2" not in project.journal.path.read_text()


def test_only_a_run_that_came_to_its_end_is_taken(tiny: MakeTiny, call: Call) -> None:
    project = suite_project(tiny("gates: {}\n"), one="passed")
    assert "no run of tiny has come to its end" in call(project, *ACCEPT).expect(1).err


@pytest.mark.slow
def test_it_is_told_how_far_the_tree_has_moved_on(project: Project, call: Call) -> None:
    project.define("title: other\n" + (project.root / "gates/tiny.yaml").read_text().split("\n", 2)[2])
    git(project.root, "commit", "--quiet", "--all", "--message", "later")
    done = call(project, *ACCEPT).expect(0)
    assert "the definition has changed since" in done.out
    assert "project has moved on since" in done.out


@pytest.mark.slow
def test_two_at_once_lose_nothing(project: Project, call: Call) -> None:
    call(project, *ACCEPT).expect(0)
    going = [project.start(*ACCEPT, "--only", name) for name in ("t::two", "t::three")]
    with ThreadPoolExecutor() as pool:
        assert [done.code for done in pool.map(lambda one: one.end(), going)] == [0, 0]
    assert recorded(project) == {"t::one": "passed", "t::two": "failed", "t::three": "skipped"}
    assert len(accepted(project)) == 3
    assert project.journal.is_whole()


@pytest.mark.slow
def test_show_tells_what_is_recorded_and_what_the_newest_run_said(
    project: Project, call: Call, snapshot: object
) -> None:
    assert "nothing is recorded yet: gatekeeper baseline accept tiny --step suite/unit" in (
        call(project, "baseline", "show", "tiny").expect(0).out
    )
    call(project, *ACCEPT, "--only", "t::two").expect(0)
    ran(project, one="passed", two="passed", new="failed")
    shown = call(project, "baseline", "show", "tiny").expect(0).out
    plain = re.sub(r"\d{4}-\d\d-\d\d(T\S+-[0-9a-f]{4})?", "DATE", shown)
    assert plain == snapshot
    facts = json.loads(call(project, "baseline", "show", "tiny", "--format", "json").expect(0).out)
    (step,) = facts["steps"]
    assert step["recorded"]["tests"] == {"t::one": "passed", "t::two": "failed"}
    assert [change["name"] for change in step["newest"]["changes"]] == ["t::new", "t::two"]


def test_show_tells_of_files_that_cannot_be_read(project: Project, call: Call) -> None:
    call(project, *ACCEPT).expect(0)
    Path(project.root, FILE).write_text("<<<<<<< HEAD\n")
    Path(project.root, "gates/quarantine.yaml").write_text("- test: x\n")
    shown = call(project, "baseline", "show", "tiny").expect(0).out
    assert f"cannot be read: {FILE}:1: a merge left its conflict marks here" in shown
    assert "gates/quarantine.yaml:1:3: quarantine[0]: the entry has no `owner`" in shown
    assert "conflict marks" in call(project, *ACCEPT).expect(1).err


def test_a_cycle_that_compares_nothing_says_how_to_begin(tiny: MakeTiny, call: Call) -> None:
    project = tiny("gates: {a: {steps: {b: {run: 'true'}}}}\n")
    for doing in (("show", "tiny"), ("accept", "tiny", "--reason", "x")):
        assert "baseline: {}" in call(project, "baseline", *doing).expect(2).err


COVERED = """\
gates:
  suite:
    steps:
      unit:
        run: cp cov.txt lcov.info; echo "size 250"
        coverage: {file: lcov.info, lines: 0, files: -1}
        metrics: {size: {pattern: 'size (\\d+)', tolerance: 0}}
until_green: {rounds: 1, retry_unchanged: 0}
"""


@pytest.mark.slow
def test_coverage_and_numbers_are_recorded_too(tiny: MakeTiny, call: Call) -> None:
    """In all, of every single file where the step bounds those, and each number under the name that --only takes."""
    project = tiny(COVERED)
    (project.root / "a.py").write_text("1\n2\n3\n4\n")
    (project.root / "cov.txt").write_text("SF:a.py\nDA:1,1\nDA:2,1\nDA:3,0\nDA:4,1\nend_of_record\n")
    project.gatekeeper("run", "tiny").expect(3)
    call(project, *ACCEPT).expect(0)
    data = json.loads((project.root / FILE).read_text())
    assert data["coverage"] == {"file:a.py": 75, "lines": 75, "": None}
    assert data["metrics"] == {"size": 250, "": None}
    project.gatekeeper("run", "tiny").expect(0)
    (project.root / "cov.txt").write_text("SF:a.py\nDA:1,1\nDA:2,1\nDA:3,0\nDA:4,0\nend_of_record\n")
    project.gatekeeper("run", "tiny").expect(1)
    assert "weaker    coverage.lines  75 → 50" in call(project, *ACCEPT).expect(1).out
    call(project, *ACCEPT, "--only", "coverage.lines", "--only", "coverage.file:a.py").expect(0)
    project.gatekeeper("run", "tiny").expect(0)
