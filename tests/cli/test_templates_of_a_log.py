"""A cycle that has templates for its log: checked, used, and never in the way of a run."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from gatekeeper.adapters.exports.summary import write_summary
from gatekeeper.cli.main import run
from gatekeeper.policy.fold import fold
from gatekeeper.policy.run_facts import run_facts
from tests.adapters.executionlog import log_stories as stories
from tests.adapters.executionlog import log_telling as telling
from tests.adapters.executionlog import red_stories
from tests.cli.past_runs import PastRun
from tests.support.project_fixtures import MakeTiny
from tests.support.projects import Project

CYCLE = "log: {file: log.md, templates: gates/log}\ngates:\n  a:\n    steps:\n      one: {run: 'true'}\n"


@pytest.fixture
def project(tiny: MakeTiny) -> Project:
    made = tiny(CYCLE)
    (made.root / "gates" / "log").mkdir()
    return made


def templates(project: Project, **texts: str) -> Path:
    for name, text in texts.items():
        (project.root / "gates" / "log" / f"{name}.md.j2").write_text(text, "utf-8")
    return project.root / "log.md"


@pytest.mark.slow
def test_a_run_writes_its_log_with_the_templates(project: Project) -> None:
    log = templates(project, summary="## {{ facts.cycle }} in short\n\n{{ facts.steps | length }} step\n")
    project.gatekeeper("run", "tiny").expect(0)
    assert "## tiny in short\n\n1 step\n" in log.read_text("utf-8")
    project.gatekeeper("log", "latest", "--check").expect(0)
    templates(project, summary="## Otherwise\n")
    shown = project.gatekeeper("log", "latest", "--check").expect(1).text
    assert "it is not what the journal says" in shown
    assert "- ## tiny in short" in shown
    assert "+ ## Otherwise" in shown
    project.gatekeeper("log", "latest").expect(0)
    assert "## Otherwise\n" in log.read_text("utf-8")


@pytest.mark.slow
def test_a_template_that_fails_costs_the_run_nothing_and_is_told(project: Project) -> None:
    """The verdict is what it was; the built-in text stands, and an incident says why, in the log, too."""
    log = templates(project, summary="{{ facts.nothing }}", status="all is well")
    project.gatekeeper("run", "tiny").expect(0)
    text = log.read_text("utf-8")
    assert "**Status:** ✅ Green" in text
    assert "**Incidents:** 1 log-conflict" in text
    assert "summary.md.j2:1:" in text
    (journal,) = project.journals()
    assert len(journal.events("incident")) == 1
    project.gatekeeper("log", "latest", "--check").expect(0)
    project.gatekeeper("verify", "latest").expect(0)


@pytest.mark.slow
def test_check_names_the_place(project: Project) -> None:
    templates(project, summary="\n{% if %}\n", sumary="")
    shown = project.gatekeeper("check").expect(78).text
    assert "gates/log/summary.md.j2:2:1" in shown
    assert "no section is called so" in shown
    project.define(CYCLE.replace("gates/log", "gates/none"))
    shown = project.gatekeeper("check").expect(78).text
    assert "gates/tiny.yaml:3:32  log.templates" in shown
    assert "cannot be read: No such file" in shown


def test_without_jinja_it_says_which_extra(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    found = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "jinja2" else found(name))
    PastRun(tmp_path, stories.green())
    (tmp_path / "summary.md.j2").write_text("x")
    assert run(["log", "latest", "--try", "."]) == 1
    told = capsys.readouterr()
    assert "pip install 'gatekeeper-run[templates]'" in told.err
    assert "## Summary" in told.out


def test_trying_templates_shows_a_past_run_and_writes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    past = PastRun(tmp_path, stories.green())
    assert run(["log", "--template", "summary"]) == 0
    (tmp_path / "summary.md.j2").write_text(capsys.readouterr().out)
    assert run(["log", "latest", "--try", "."]) == 0
    assert "| `suite/npm-test` | passed |" in capsys.readouterr().out
    assert not past.log.exists()
    assert run(["log"]) == 2


@pytest.mark.parametrize(
    "story", [stories.green, stories.flaky, red_stories.red_with_timeout_and_stray, stories.aborted]
)
def test_facts_have_the_shape_of_the_summary(story: Callable[[], telling.Story]) -> None:
    """One documented shape, already versioned: schema/summary.schema.json."""
    entries = story().entries
    record = fold(telling.RUN, entries)
    assert record.started is not None
    facts = run_facts(record, record.started)
    assert facts == json.loads("".join(write_summary(record, record.started)))
    begun = fold(telling.RUN, entries[:1])
    assert begun.started is not None
    assert run_facts(begun, begun.started).keys() == facts.keys()
