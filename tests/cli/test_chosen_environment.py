"""Steps see the environment that the definition chooses for them, and never what is gatekeeper's own."""

from __future__ import annotations

import json
from pathlib import Path

from tests.support.projects import Project

SHOWS = "{run: 'env'}"
CYCLE = """\
inherit: clean
notify: [{to: "${env:NOTIFY_URL:-}", on: green}]
gates:
  a:
    steps:
      clean: {run: env}
      listed: {run: env, inherit: [CHOSEN, "SEVERAL_*"]}
      all: {run: env, inherit: all}
      named: {run: env, env: {TOKEN: "${env:GATEKEEPER_HOOK_TOKEN}", CHOSEN: mine}}
  b:
    inherit: [CHOSEN]
    steps:
      gates: {run: env}
"""
AROUND = {
    "CHOSEN": "1",
    "SEVERAL_A": "2",
    "OTHER": "3",
    "LC_TIME": "C",
    "NOTIFY_URL": "",
    "GATEKEEPER_HOOK_TOKEN": "hush-hush",
    "OTEL_EXPORTER_OTLP_HEADERS": "authorization=hush-hush",
}


def seen(project: Project, step: str) -> dict[str, str]:
    (journal,) = project.journals()
    return dict(line.split("=", 1) for line in journal.output(step).splitlines() if "=" in line)


def test_each_step_sees_what_is_chosen_for_it(tmp_path: Path) -> None:
    project = Project.with_cycle(tmp_path / "project", CYCLE)
    project.gatekeeper("run", "tiny", cwd=None, **AROUND).expect(0)
    theirs = ("CHOSEN", "SEVERAL_A", "OTHER")
    found = {step: {name: seen(project, step).get(name) for name in theirs} for step in ("clean", "listed", "all")}
    assert found == {
        "clean": {"CHOSEN": None, "SEVERAL_A": None, "OTHER": None},
        "listed": {"CHOSEN": "1", "SEVERAL_A": "2", "OTHER": None},
        "all": {"CHOSEN": "1", "SEVERAL_A": "2", "OTHER": "3"},
    }
    assert seen(project, "gates")["CHOSEN"] == "1"
    assert "OTHER" not in seen(project, "gates")
    clean = seen(project, "clean")
    assert {"PATH", "LC_TIME", "CI", "GATEKEEPER_STEP", "TMPDIR"} <= clean.keys()
    assert clean["TERM"] == "dumb"


def test_what_is_ours_reaches_no_step_that_does_not_name_it(tmp_path: Path) -> None:
    project = Project.with_cycle(tmp_path / "project", CYCLE)
    project.gatekeeper("run", "tiny", cwd=None, **AROUND).expect(0)
    for step in ("clean", "listed", "all", "gates"):
        assert "hush-hush" not in "".join(seen(project, step).values()), step
        assert "NOTIFY_URL" not in seen(project, step)
    assert seen(project, "named")["TOKEN"] == "hush-hush"
    (journal,) = project.journals()
    started = journal.last("run.started")
    assert started["withheld"] == ["GATEKEEPER_HOOK_TOKEN", "NOTIFY_URL", "OTEL_EXPORTER_OTLP_HEADERS"]
    assert [step.get("inherits", "") for step in started["steps"]] == [
        "the basic variables only",
        "the basic variables, CHOSEN, SEVERAL_*",
        "",
        "the basic variables only",
        "the basic variables, CHOSEN",
    ]
    log = Path(started["log"]).read_text()
    assert "- **Kept from the steps:** `GATEKEEPER_HOOK_TOKEN`, `NOTIFY_URL`, `OTEL_EXPORTER_OTLP_HEADERS`" in log
    assert "sees the basic variables, CHOSEN, SEVERAL" in log


def test_the_plan_says_what_each_step_sees(tmp_path: Path) -> None:
    project = Project.with_cycle(tmp_path / "project", CYCLE)
    assert (
        "sees the basic variables, CHOSEN, SEVERAL_*"
        in project.gatekeeper("plan", "tiny", cwd=None, **AROUND).expect(0).out
    )
    told = json.loads(project.gatekeeper("plan", "tiny", "--format", "json", cwd=None, **AROUND).expect(0).out)
    assert [step["inherits"] for step in told["gates"][0]["steps"]][2:] == ["", "the basic variables only"]
