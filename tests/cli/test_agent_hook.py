"""An agent that wants to stop is judged by its tree: kept going once for what is not green, and never for ever."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from gatekeeper.cli.agents.judging import _concluded, _Ended, ask
from gatekeeper.cli.judged_trees import Answer
from tests.cli.agent_sides import Agent
from tests.support.project_fixtures import MakeTiny
from tests.support.projects import Project, git

CYCLE = """
until_green: {rounds: 1}
gates:
  g:
    steps:
      reads: {run: 'cat fact; test "$(cat fact)" = good'}
      other: {run: 'test ! -e broken'}
"""


@pytest.fixture
def project(tiny: MakeTiny) -> Project:
    made = tiny(CYCLE)
    write(made, "good")
    git(made.root, "init", "--quiet")
    git(made.root, "add", "--all")
    git(made.root, "commit", "--quiet", "--message", "as it is")
    return made


def write(project: Project, text: str) -> None:
    (project.root / "fact").write_text(f"{text}\n", "utf-8")


@pytest.mark.slow
def test_a_session_from_red_to_green(project: Project) -> None:
    """What is known to be green costs no run; what is red keeps it going once a tree, until it is mended."""
    agent = Agent(project)
    project.gatekeeper("run", "tiny").expect(0)
    assert "It is green now" in agent.begins()
    assert (agent.stops().out, agent.stops().err) == ("", "")
    assert len(project.journals()) == 1

    write(project, "bad")
    reason = agent.stops().reason
    run = project.journals()[-1].run
    first, *rest = reason.splitlines()
    assert first.startswith(f"gatekeeper: tiny is red on this tree (run {run})")
    assert rest[0] == "First: g/reads failed: exit code 1; it wrote last: «bad»"
    assert f"Before your session it was green ({project.journals()[0].run})." in rest
    assert "Repeat: gatekeeper run tiny --only g/reads" in rest
    brief = next(line for line in rest if line.startswith("All that is known of it: ")).partition(": ")[2]
    assert "### g/reads: failed" in Path(brief).read_text("utf-8")
    assert "fixer" not in Path(brief).read_text("utf-8")
    assert os.stat(brief).st_mode & 0o77 == 0

    for active in (True, False):
        told = agent.stops(active=active).told
        assert "red" in told
        assert "green" not in told
    assert len(project.journals()) == 2

    write(project, "worse")
    assert "wrote last: «worse»" in agent.stops(active=True).reason
    write(project, "good")
    assert agent.stops(active=True).told == ""
    assert len(project.journals()) == 3


@pytest.mark.slow
def test_what_failed_before_the_session_is_named(project: Project) -> None:
    (project.root / "broken").touch()
    project.gatekeeper("run", "tiny").expect(1)
    before = project.journal.run
    agent = Agent(project)
    assert "Failing before you began: g/other." in agent.begins()
    reason = agent.stops("--known-only").reason
    assert f"Failed before your session, too ({before}): g/other" in reason
    assert "Nothing of it is new in your session." in reason
    write(project, "bad")
    project.gatekeeper("run", "tiny").expect(1)
    # Compacted, resumed: it began when it began.
    agent.begins()
    reason = agent.stops("--known-only").reason
    assert "New in your session: g/reads" in reason
    assert "First: g/reads failed" in reason
    assert "Also: g/other (failed)" in reason
    stranger = Agent(project, "another session")
    assert "nobody took down how it began" in stranger.stops("--known-only").reason


@pytest.mark.slow
def test_what_is_not_judged_is_told_once_and_is_not_green(project: Project) -> None:
    agent = Agent(project)
    assert "has not been judged" in agent.begins()
    reason = agent.stops("--known-only").reason
    assert "this tree is not judged by tiny: no run has judged this tree" in reason
    assert "gatekeeper run tiny" in reason
    assert "not judged" in agent.stops("--known-only").told
    assert not project.journals()
    project.define("gates: {}\nwrong: 1\n")
    assert "gates/tiny.yaml" in agent.stops("--known-only").reason
    assert "gates/tiny.yaml" in agent.stops("--known-only").told


@pytest.mark.slow
def test_it_is_not_kept_going_for_ever(project: Project) -> None:
    """Each tree is another one, and after so many it is let go."""
    agent = Agent(project)
    for number in range(2):
        write(project, f"bad {number}")
        assert agent.stops("--blocks", "2", "--known-only").reason
    write(project, "bad again")
    assert "2 times in this session, and that is the bound" in agent.stops("--blocks", "2", "--known-only").told


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"{", "not JSON"),
        (b'{"session_id": ["x"], "cwd": 7}', "names no session"),
    ],
)
def test_hostile_input_lets_go_and_says_so(project: Project, raw: bytes, said: str) -> None:
    heard = Agent(project).says("stop", "--known-only", raw=raw)
    assert "not judged" in heard.told
    assert said in heard.told
    assert said in heard.err
    assert not list(project.root.glob(".gatekeeper/agent/*"))


@pytest.mark.slow
def test_a_session_may_be_called_anything(project: Project) -> None:
    for session in ("../../escape", "x" * 5000, "\né"):
        assert Agent(project, session).stops("--known-only").reason
    (folder,) = {path.parent for path in project.root.rglob("*.tiny.json")}
    assert folder == project.root / ".gatekeeper" / "agent"
    assert len(list(folder.iterdir())) == 3
    assert git(project.root, "status", "--porcelain") == ""


def test_where_nothing_can_be_remembered_nobody_is_kept_going(project: Project) -> None:
    (project.root / ".gatekeeper").mkdir()
    (project.root / ".gatekeeper" / "agent").write_text("a file\n", "utf-8")
    assert "cannot be remembered" in Agent(project).stops("--known-only").told


@pytest.mark.slow
def test_an_agent_that_stands_elsewhere(project: Project, tmp_path: Path) -> None:
    """What the tool calls its project is judged; where there is none, that is said."""
    agent = Agent(project, cwd=str(tmp_path))
    reason = agent.stops("--known-only").reason
    assert f"Judged was {project.root}; you stand in {tmp_path}, which nobody judged." in reason
    nowhere = Project(tmp_path / "empty", tmp_path / "empty-tmp")
    nowhere.root.mkdir()
    assert "holds gates/" in Agent(nowhere).stops().told
    named = Agent(nowhere, "s2").stops("--known-only", CLAUDE_PROJECT_DIR=str(project.root))
    assert f"you stand in {nowhere.root}" in named.reason


def test_inside_of_a_run_the_run_judges(project: Project) -> None:
    """As where the agent is the fixer of the cycle: a run of its own would wait for the one that waits for it."""
    told = Agent(project).stops(GATEKEEPER_RUN="the-run").told
    assert "within the run the-run" in told
    assert not project.journals()


def test_wrong_usage_keeps_nobody_going(project: Project) -> None:
    """To a tool, exit code 2 would."""
    assert Agent(project).says("stop", "--nonsense").code == 1
    assert Agent(project).says("stop", "--within", "soon").code == 1
    assert "not judged" in Agent(project).says("stop", "--cycle", "nobody", "--known-only").reason


@pytest.mark.slow
@pytest.mark.parametrize("protocol", ["codex", "cursor", "generic"])
def test_the_other_protocols(project: Project, protocol: str) -> None:
    data = {"cwd": str(project.root), "session_id": "s"}
    if protocol == "cursor":
        data = {"conversation_id": "s", "workspace_roots": [str(project.root)], "status": "completed"}  # type: ignore[dict-item]  # as it comes
    words = ("--known-only", "--protocol", protocol)
    heard = Agent(project).says("stop", *words, raw=json.dumps(data).encode())
    again = Agent(project).says("stop", *words, raw=json.dumps(data).encode())
    match protocol:
        case "codex":
            assert "not judged" in heard.reason
            assert "not judged" in again.told
        case "cursor":
            assert "not judged" in heard.data["followup_message"]
            assert (again.code, again.data) == (0, {})
            assert "not judged" in again.err
        case _:
            assert (heard.code, again.code) == (2, 0)
            assert "not judged" in heard.err
            assert "not judged" in again.err


def test_a_green_that_is_of_another_tree_is_no_green(project: Project) -> None:
    """Somebody writes while the run goes on, and it ends green on what was there before."""
    root = str(project.root)
    project.gatekeeper("run", "tiny").expect(0)
    before = ask(root, "tiny")
    assert isinstance(before, Answer)
    ended = _Ended(0, project.journal.run, project.journal.end, "", late=False)
    assert _concluded(root, before, ended, 1.0).passes
    write(project, "changed")
    judged = _concluded(root, before, ended, 1.0)
    assert (judged.word, judged.passes) == ("not judged", False)
    assert "changed while it went on" in judged.why


@pytest.mark.slow
def test_what_may_be_flaky_and_what_is_never_reused(project: Project) -> None:
    """A flaky tree is held up as often as any other, unless the cycle lets it pass; `reuse: never` runs each time."""
    flaky = "run: 'test -e $BEACONS/again || { touch $BEACONS/again; false; }'"
    for policy, name in (("fail", "f"), ("pass", "p")):
        project.define(f"until_green: {{flaky: {policy}}}\ngates: {{g: {{steps: {{s: {{{flaky}}}}}}}}}\n", name)
    assert "f is flaky on this tree" in Agent(project).stops("--cycle", "f").reason
    assert "f is flaky" in Agent(project).stops("--cycle", "f", "--known-only").told
    (project.temporary / "again").unlink()
    for _ in range(2):
        assert "p is flaky on this tree" in Agent(project).stops("--cycle", "p").told
    runs = len(project.journals())
    project.define(f"reuse: never\n{CYCLE}")
    for _ in range(2):
        assert "tiny is green" in Agent(project).stops("--cycle", "tiny").told
    assert len(project.journals()) == runs + 2
