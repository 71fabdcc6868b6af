"""Several cycles at once, each in a worktree of its own: one answer for all, and nothing of them is left."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.projects import Done, Going, Journal, Project, alive_with, git, until

# Each is there before any goes on: none of them could wait for the others if they ran one after the other.
TOGETHER = """
gates:
  g:
    steps:
      meet: {run: 'touch "$BEACONS/NAME"; for i in a b c; do until [ -e "$BEACONS/$i" ]; do sleep 0.01; done; done'}
      end: {run: 'END', timeout: 30s}
"""
LONG = """
gates:
  g:
    steps:
      long: {run: 'touch "$BEACONS/NAME"; sleep 300 & sleep 300', grace: 200ms}
      never: {run: 'touch "$BEACONS/never"'}
teardown:
  - {run: 'touch "$BEACONS/down-NAME"'}
"""


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    root = tmp_path / "a project"
    (root / "gates").mkdir(parents=True)
    made = Project(root, tmp_path / "beacons of it")
    yield made
    made.clean_up()


def several(project: Project, text: str, names: str = "abc", **ends: str) -> None:
    """Cycles of these one-letter names, in a repository."""
    for name in names:
        project.define(text.replace("NAME", name).replace("END", ends.get(name, "true")), name)
    git(project.root, "init", "--quiet")
    git(project.root, "add", "--all")
    git(project.root, "commit", "--quiet", "--message", "as it is")


def worktrees(project: Project) -> list[str]:
    return git(project.root, "worktree", "list", "--porcelain").split("worktree ")[1:]


def run_of(project: Project, name: str) -> Journal:
    (journal,) = [one for one in project.journals() if f"-{name}-" in one.run]
    return journal


def side_by_side(project: Project, *cycles: str, most: str = "3") -> Done:
    return project.gatekeeper("run", *cycles, "--isolate", "--parallel", most)


def test_three_at_once_and_one_is_red(project: Project) -> None:
    several(project, TOGETHER, b="echo no such luck; exit 3")
    done = side_by_side(project, "a", "b", "c").expect(1)
    assert [run_of(project, name).end["verdict"] for name in "abc"] == ["green", "red", "green"]
    assert all(run_of(project, name).is_whole() for name in "abc")
    assert "a | passed    g/meet" in done.out
    assert "b | failed    g/end" in done.out
    summary = done.out.partition("✗ red  b  ")[2]
    assert "no such luck" in summary
    assert "2 of 3 cycles fine" in summary
    assert len(worktrees(project)) == 1
    for name in "abc":
        log = Path(run_of(project, name).last("run.started")["log"])
        assert log == run_of(project, name).folder / "execution-log.md"
        assert "passed" in log.read_text("utf-8")


@pytest.mark.slow
def test_one_that_hangs_is_ended_at_its_timeout_and_holds_nobody_up(project: Project) -> None:
    several(project, TOGETHER, b="sleep 300")
    hanging = project.root / "gates" / "b.yaml"
    hanging.write_text(hanging.read_text("utf-8").replace("timeout: 30s", "timeout: 300ms"), "utf-8")
    done = side_by_side(project, "a", "b", "c").expect(1)
    assert run_of(project, "b").verdicts()["g/end"] == "timed-out"
    assert "b | timed-out g/end" in done.out
    assert [run_of(project, name).end["verdict"] for name in "ac"] == ["green", "green"]


@pytest.mark.slow
def test_the_first_code_that_is_not_0_in_the_order_named(project: Project) -> None:
    several(project, "gates: {g: {steps: {s: {run: 'END'}}}}\n", "ab", a="exit 1")
    broken = project.root / "gates" / "b.yaml"
    broken.write_text(broken.read_text("utf-8") + "reading: [{path: nowhere.md}]\n", "utf-8")
    git(project.root, "commit", "--quiet", "--all", "--message", "reads what is not there")
    assert side_by_side(project, "a", "b").expect(1)
    done = side_by_side(project, "b", "a").expect(3)
    assert "not run" in done.out
    assert "nowhere.md" in done.text


@pytest.mark.slow
def test_all_have_the_tree_as_it_was_when_they_were_asked_for(project: Project) -> None:
    """Also one that begins later, and by the definition of that moment; what nobody committed yet included."""
    text = "gates: {g: {steps: {s: {run: 'cat fact new; echo changed > \"$HOME_TREE/fact\"; git status --short'}}}}\n"
    several(project, text, "ab")
    (project.root / "fact").write_text("as asked\n", "utf-8")
    (project.root / "new").write_text("not committed\n", "utf-8")
    project.always["HOME_TREE"] = str(project.root)
    project.gatekeeper("run", "a", "b", "--isolate", "--parallel", "2").expect(0)
    assert run_of(project, "a").output("s").startswith("as asked\nnot committed\n")
    assert run_of(project, "b").output("s").startswith("as asked\nnot committed\n")
    assert (project.root / "fact").read_text("utf-8") == "changed\n"
    assert run_of(project, "b").last("run.started")["isolated"] is True


@pytest.mark.slow
def test_every_run_has_a_port_of_its_own(project: Project) -> None:
    meets = TOGETHER.replace("gates:", "ports: {web: auto}\ngates:", 1)
    several(project, meets.replace("END", 'echo "$PORT_WEB"; END'))
    side_by_side(project, "a", "b", "c").expect(0)
    assert len({run_of(project, name).output("end") for name in "abc"}) == 3


@pytest.mark.slow
def test_as_json_every_line_is_whole_and_says_its_run(project: Project) -> None:
    several(project, TOGETHER)
    done = project.gatekeeper("run", "a", "b", "c", "--isolate", "--parallel", "3", "--format", "json").expect(0)
    lines = done.out.splitlines()
    for name in "abc":
        run = run_of(project, name)
        assert [line for line in lines if json.loads(line)["run"] == run.run] == run.lines()
    assert not done.err


@pytest.mark.slow
def test_on_github_each_has_a_group(project: Project) -> None:
    several(project, TOGETHER, b="exit 3")
    done = project.gatekeeper("run", "a", "b", "c", "--isolate", "--parallel", "3", "--format", "github").expect(1)
    groups = done.out.split("::group::")[1:]
    assert sorted(group.partition("\n")[0] for group in groups) == ["a: green", "b: red", "c: green"]
    assert all(group.count("::endgroup::") == 1 for group in groups)
    assert sum("::error " in group for group in groups) == 1


@pytest.mark.slow
def test_quiet_says_nothing_where_all_are_green(project: Project) -> None:
    several(project, "gates: {g: {steps: {s: {run: 'END'}}}}\n", "ab")
    done = project.gatekeeper("run", "a", "b", "--isolate", "--parallel", "2", "--quiet").expect(0)
    assert done.text == ""


@pytest.mark.slow
def test_one_working_tree_takes_one_run_at_a_time(project: Project) -> None:
    several(project, "gates: {g: {steps: {s: {run: 'END'}}}}\n", "ab")
    refused = project.gatekeeper("run", "a", "b", "--parallel", "2").expect(2)
    assert "a, b would run in one working tree" in refused.err
    assert not project.journals()
    project.define("isolate: true\ngates: {g: {steps: {s: {run: 'true'}}}}\n", "b")
    project.gatekeeper("run", "a", "b", "--parallel", "2").expect(0)
    assert run_of(project, "b").last("run.started")["isolated"] is True
    assert "isolated" not in run_of(project, "a").last("run.started")


@pytest.mark.slow
def test_ten_cycles_two_at_a_time(project: Project) -> None:
    names = "abcdefghij"
    counts = 'ls "$BEACONS" | wc -l; touch "$BEACONS/$$"; ls "$BEACONS" | wc -l; rm "$BEACONS/$$"'
    several(project, f"gates: {{g: {{steps: {{s: {{run: '{counts}'}}}}}}}}\n", names)
    done = side_by_side(project, *names, most="2").expect(0)
    assert "all of 10 cycles are fine" in done.out
    assert max(int(run_of(project, name).output("s").split()[1]) for name in names) <= 2
    assert len(worktrees(project)) == 1


def all_began(project: Project, going: Going, names: str = "ab") -> None:
    going.until(lambda: all((project.temporary / name).exists() for name in names), f"{names} began")


@pytest.mark.parametrize(
    ("number", "code"),
    [
        (signal.SIGINT, 130),
        pytest.param(signal.SIGTERM, 143, marks=pytest.mark.slow),
        pytest.param(signal.SIGHUP, 129, marks=pytest.mark.slow),
    ],
)
def test_asked_once_all_end_in_order(project: Project, number: signal.Signals, code: int) -> None:
    several(project, LONG)
    project.always["SIGN"] = sign = f"asked-{os.getpid()}-{number}"
    going = project.start("run", "a", "b", "c", "--isolate", "--parallel", "2")
    all_began(project, going)
    going.send(number)
    done = going.end().expect(code)
    assert [run_of(project, name).end["exit_code"] for name in "ab"] == [code, code]
    assert all((project.temporary / f"down-{name}").exists() for name in "ab")
    assert "c | not run" in done.out
    assert not (project.temporary / "c").exists()
    assert not (project.temporary / "never").exists()
    assert not alive_with(sign)
    assert len(worktrees(project)) == 1


@pytest.mark.slow
def test_asked_twice_nobody_gets_any_grace(project: Project) -> None:
    stubborn = 'trap \'touch "$BEACONS/heard-NAME"\' TERM; touch "$BEACONS/NAME"; while :; do sleep 300 & wait; done'
    text = f"gates: {{g: {{steps: {{s: {{run: {json.dumps(stubborn)}, grace: 200s}}}}}}}}\n"
    several(project, text, "ab")
    going = project.start("run", "a", "b", "--isolate", "--parallel", "2")
    all_began(project, going)
    going.send(signal.SIGINT)
    going.until(lambda: all((project.temporary / f"heard-{name}").exists() for name in "ab"), "both heard of it")
    going.send(signal.SIGINT)
    going.end().expect(130)
    assert len(worktrees(project)) == 1


@pytest.mark.slow
def test_when_it_is_killed_nothing_of_any_run_is_left(project: Project) -> None:
    several(project, LONG, "ab")
    project.always["SIGN"] = sign = f"killed-{os.getpid()}"
    going = project.start("run", "a", "b", "--isolate", "--parallel", "2")
    all_began(project, going)
    going.send(signal.SIGKILL)
    going.process.wait()
    until(lambda: not alive_with(sign), "all of them ended")
    going.end()
    project.gatekeeper("reap").expect(0)
    assert len(worktrees(project)) == 1
    assert all(run_of(project, name).is_whole() for name in "ab")


@pytest.mark.slow
def test_a_run_that_is_killed_is_told_of_and_finished(project: Project) -> None:
    several(project, LONG, "ab", a="true")
    going = project.start("run", "a", "b", "--isolate", "--parallel", "2")
    all_began(project, going)
    victim = int(run_of(project, "a").last("run.started")["pid"])
    os.kill(victim, signal.SIGKILL)
    going.until(lambda: _told(run_of(project, "b")), "the other one goes on")
    going.send(signal.SIGINT)
    done = going.end().expect(137)
    assert "its process died of SIGKILL" in done.out
    assert run_of(project, "a").end["verdict"] == "aborted"
    assert len(worktrees(project)) == 1


def _told(journal: Journal) -> bool:
    return bool(journal.events("step.started"))
