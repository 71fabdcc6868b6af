"""The value of a declared secret is nowhere but in the environment of the steps."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Any

from tests.support.project_fixtures import MakeTiny
from tests.support.projects import Project

SECRET = "hunter2-correct-horse"
MANY_LINES = "-----BEGIN KEY-----\nc2VjcmV0IGxpbmUgb25l\n-----END KEY-----"
CYCLE = """
secrets: [API_TOKEN, API_KEY, NOT_SET]
vars: {header: "Bearer ${env:API_TOKEN:-}"}
ports: {api: auto}
until_green: {rounds: 1}
gates:
  a:
    steps:
      tells: {run: 'echo "token $API_TOKEN"; echo "$API_KEY" >&2; false'}
      argument: {run: ["sh", "-c", "echo $0; exit 1", "${env:API_TOKEN}"]}
      asks:
        http: "GET http://127.0.0.1:${port.api}/?token=${env:API_TOKEN}"
        headers: {Authorization: "${vars.header}"}
        expect: {status: 200, contains: "${env:API_TOKEN}"}
      reports:
        run: |
          mkdir -p reports
          echo "<testsuite tests='1' failures='1'><testcase classname='c' name='t $API_TOKEN'>" > reports/a.xml
          echo "<failure message='saw $API_TOKEN'>$API_TOKEN</failure></testcase></testsuite>" >> reports/a.xml
          false
        report: {junit: reports/*.xml}
      checks:
        run: |
          test "$API_TOKEN" = "hunter2""-correct""-horse"
"""


def places_of(project: Project, *values: str) -> list[str]:
    """Files below .gatekeeper that hold one of the values, in their content or in their name."""
    found = []
    for folder, _, names in os.walk(project.root / ".gatekeeper"):
        for name in names:
            path = Path(folder) / name
            if any(value.encode() in path.read_bytes() or value in name for value in values):
                found.append(str(path.relative_to(project.root)))
    return found


def test_a_secret_reaches_the_step_and_nothing_that_is_kept_or_shown(tiny: MakeTiny) -> None:
    """Journal, log, console in every format, and reports; the captured output is the step's own and private."""
    values = (SECRET, "c2VjcmV0IGxpbmUgb25l")
    env: dict[str, Any] = {"API_TOKEN": SECRET, "API_KEY": MANY_LINES}
    for form in ("human", "json", "github"):
        project = tiny(CYCLE)
        (project.root / ".gitignore").write_text("reports/\n", "utf-8")
        done = project.gatekeeper("run", "tiny", "--format", form, **env).expect(1)
        assert not [value for value in values if value in done.text], form
        journal = project.journal
        assert journal.verdicts()["a/checks"] == "passed", "the step itself must see the value"
        kept = [path for path in places_of(project, *values) if "/output/" not in path]
        assert kept == [], "definition and tests hold no value of ours, so nothing may"
        assert "•••" in journal.path.read_text("utf-8")
    looked = project.gatekeeper("show", **env).text + project.gatekeeper("show", "--json", **env).text
    assert SECRET not in looked


def test_captured_output_is_for_its_owner_alone(tiny: MakeTiny) -> None:
    """It is byte for byte what the step said, so nobody else may read it."""
    project = tiny(CYCLE)
    project.gatekeeper("run", "tiny", API_TOKEN=SECRET, API_KEY=MANY_LINES).expect(1)
    journal = project.journal
    private = [journal.folder, journal.path, *(journal.folder / "output").iterdir()]
    assert [path for path in private if path.stat().st_mode & 0o077] == []
    finished = journal.last("step.finished", step="tells")
    content = (journal.folder / finished["output"]).read_bytes()
    assert finished["output_digest"] == "sha256:" + hashlib.sha256(content).hexdigest()
