"""What gatekeeper says of itself goes to a file of its own, and to the terminal only when asked for."""

from __future__ import annotations

import json

from tests.support.project_fixtures import MakeTiny

CYCLE = """\
gates: {g: {steps: {s: {run: "true"}}}}
"""


def test_verbose_tells_how_the_run_was_opened_and_how_it_ended(tiny: MakeTiny) -> None:
    project = tiny(CYCLE)
    done = project.gatekeeper("run", "tiny", "-v").expect(0)
    told = [json.loads(line) for line in done.err.splitlines()]
    assert [line["event"] for line in told] == ["opened", "finished"]
    assert told[1]["verdict"] == "green"
    assert (project.root / ".gatekeeper" / "gatekeeper.log").read_text() == done.err


def test_without_it_nothing_is_said(tiny: MakeTiny) -> None:
    project = tiny(CYCLE)
    assert project.gatekeeper("run", "tiny").expect(0).err == ""
    assert not (project.root / ".gatekeeper" / "gatekeeper.log").exists()
