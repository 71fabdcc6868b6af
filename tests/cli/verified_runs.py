"""Owns a real run of two rounds for the tests of `gatekeeper verify`, and ways to look at it and to alter it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from gatekeeper.adapters.journal.line import digest_of
from gatekeeper.adapters.journal.runs import SUBFOLDERS
from gatekeeper.cli.verifying import verify
from gatekeeper.model.verification import SPEAKS_AGAINST, Checked
from tests.support.projects import Project, git

CYCLE = """
until_green: {rounds: 3}
gates:
  suite:
    steps:
      unit:
        run: |
          mkdir -p reports; echo "running"; echo kept > build.txt
          echo '<testsuite name="s"><testcase classname="c" name="a"/><testcase classname="c" name="b"/></testsuite>' \\
            > reports/unit.xml
          [ -e "$BEACONS/again" ] || { touch "$BEACONS/again"; exit 3; }
        report: {junit: "reports/*.xml"}
        artifacts: [build.txt]
      lint: {run: echo clean}
"""


def flaky_run(folder: Path) -> Iterator[Project]:
    """A flaky run of two rounds, with output, a report and an artifact."""
    project = Project.with_cycle(folder / "project", CYCLE)
    (project.root / ".gitignore").write_text("reports/\nbuild.txt\n")
    git(project.root, "init", "-q")
    git(project.root, "add", "-A")
    git(project.root, "commit", "-qm", "all")
    project.gatekeeper("run", "tiny").expect(4)
    yield project
    project.clean_up()


def against(folder: Path) -> list[Checked]:
    """What speaks against the run in `folder`."""
    return [check for check in verify(str(folder), run=folder.name).checks if check.proof in SPEAKS_AGAINST]


def evidence(folder: Path) -> list[str]:
    """The files that a journal vouches for, the journal first."""
    kept = sorted(path for sub in SUBFOLDERS for path in (folder / sub).glob("*") if path.suffix != ".times")
    return ["journal.jsonl", "definition.yaml", *(str(path.relative_to(folder)) for path in kept)]


def forge(folder: Path, event: str, data: dict[str, Any]) -> None:
    """Add a line that the chain has nothing against."""
    journal = folder / "journal.jsonl"
    last = journal.read_bytes().splitlines()[-1]
    line = json.loads(last)
    line |= {"seq": line["seq"] + 1, "event": event, "data": data, "prev": digest_of(last)}
    with journal.open("a", encoding="utf-8") as file:
        file.write(json.dumps(line, separators=(",", ":")) + "\n")


def rewrite(folder: Path, lines: list[dict[str, Any]]) -> None:
    """Write the journal anew, with a chain that holds."""
    before = lines[0]["prev"]
    with (folder / "journal.jsonl").open("wb") as journal:
        for line in lines:
            written = json.dumps(line | {"prev": before}, separators=(",", ":")).encode()
            before = digest_of(written)
            journal.write(written + b"\n")
