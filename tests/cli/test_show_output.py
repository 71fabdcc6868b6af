"""`gatekeeper show --output`: what a step wrote, safe to be shown, with the time of each line if asked."""

from __future__ import annotations

import base64
import re

import pytest

from tests.support.project_fixtures import MakeTiny
from tests.support.projects import Project, until

SECRET = "hunter2-correct-horse"
CYCLE = r"""
secrets: [API_TOKEN]
until_green: {rounds: 1}
gates:
  a:
    steps:
      talks:
        run: |
          printf '\033[31mred\033[0m\n10%%\r50%%\r100%%\n\007bell \377\n'
          sleep 0.3
          echo "token $API_TOKEN"
          printf 'no end'
      asks: {http: "GET http://127.0.0.1:1/", expect: {status: 200}}
      mails: {run: "echo ${matrix.to}", matrix: {to: ["x@2"]}}
"""


@pytest.fixture
def project(tiny: MakeTiny) -> Project:
    made = tiny(CYCLE)
    made.gatekeeper("run", "tiny", API_TOKEN=SECRET).expect(1)
    return made


def test_what_a_step_wrote_is_safe_to_be_shown(project: Project) -> None:
    """Progress as it was last, no colours, no bells, no secret."""
    done = project.gatekeeper("show", "--output", "a/talks").expect(0)
    assert done.out == "red\n100%\n\ufffdbell \ufffd\ntoken •••\nno end\n"
    assert project.gatekeeper("show", "tiny", "--output", "a/talks@1").expect(0).out == done.out
    assert project.gatekeeper("show", "--output", "a/mails[to=x@2]").expect(0).out == "x@2\n"


def test_each_line_with_its_time(project: Project) -> None:
    """In seconds since the attempt began; lines that were written together share it."""
    lines = project.gatekeeper("show", "--output", "a/talks", "--times").expect(0).out.splitlines()
    times = [float(line.partition(" s  ")[0]) for line in lines]
    assert [line.partition(" s  ")[2] for line in lines][-2:] == ["token •••", "no end"]
    assert times[0] == times[1] == times[2]
    assert times[3] - times[2] >= 0.25


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--output", "a/talk"), "no step of this run is called 'a/talk'; did you mean a/talks"),
        (("--output", "a/talks@7"), "a/talks has no attempt 7; there is 1"),
        (("--output", "a/asks"), "a/asks has no output: it is a probe"),
        (("--times",), "--times belongs to --output"),
    ],
)
def test_what_is_not_there(project: Project, arguments: tuple[str, ...], said: str) -> None:
    assert said in project.gatekeeper("show", *arguments).expect(2).err


def test_an_output_that_was_taken_away(project: Project) -> None:
    for path in (project.journal.folder / "output").iterdir():
        path.unlink()
    assert "cannot be read" in project.gatekeeper("show", "--output", "a/talks").expect(2).err


def test_a_step_that_runs_is_looked_into_without_its_secrets(tiny: MakeTiny) -> None:
    """Nothing of its output was masked on the disk yet; here it is, also in base64 that goes over lines."""
    says = 'echo "$API_TOKEN up"; printf "%s" "some text $API_TOKEN and more" | base64 -w 30'
    script = f"{says}; while [ ! -e go ]; do sleep 0.01; done"
    project = tiny(f"secrets: [API_TOKEN]\ngates:\n  a:\n    steps:\n      waits: {{run: '{script}'}}\n")
    going = project.start("run", "tiny", API_TOKEN=SECRET)
    shown = ""

    def is_shown() -> bool:
        nonlocal shown
        shown = project.gatekeeper("show", "--output", "a/waits", "--times", API_TOKEN=SECRET).out
        return shown.count("\n") >= 3

    going.wait_for("step.started")
    until(is_shown, "its output is shown")
    (project.root / "go").touch()
    going.end().expect(0)
    assert "••• up" in shown
    text = "".join(re.sub(r"^ *[0-9.]+ s  ", "", line) for line in shown.splitlines())
    for shift in range(3):
        assert base64.b64encode(b"x" * shift + SECRET.encode())[4:-8].decode() not in text
