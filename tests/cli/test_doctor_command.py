"""`gatekeeper doctor`: how it looks, what programs get, and how it exits. What it finds here is another matter."""

from __future__ import annotations

import json

import pytest
from syrupy.assertion import SnapshotAssertion

from gatekeeper.cli.doctor import doctor
from gatekeeper.cli.main import run
from gatekeeper.model.machine import Controllers, Cookie, GuardTrial, Leaf, Machine, Shells, StackDumps
from tests.policy.machines import BEST, FULL, GROUP, MAC, without

WEAKER = without(
    leaf=Leaf("refused", GROUP, "Permission denied"),
    cookie=Cookie(found=True, hidepid="invisible"),
    controllers=Controllers((), ("pids",)),
)._replace(trial=GuardTrial(FULL[1:], "guardian", gone=True), dumps=StackDumps(""))
LOST = GuardTrial(FULL[1:], problem="the trial's command died of SIGSYS")
BROKEN = without(bare=LOST)._replace(trial=LOST)
UNFIT = BEST._replace(shells=Shells("", "/usr/bin/dash"))
MACHINES = {"best": BEST, "weaker": WEAKER, "unfit": UNFIT, "broken": BROKEN, "mac": MAC}


def on(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "examine", lambda: machine)
    monkeypatch.setattr(doctor, "further_rows", lambda _: ())


@pytest.mark.parametrize("machine", MACHINES.values(), ids=MACHINES)
def test_what_people_read(
    machine: Machine,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    snapshot: SnapshotAssertion,
) -> None:
    """A sign, the thing, what was found, what to do."""
    on(machine, monkeypatch)
    run(["doctor"])
    assert capsys.readouterr().out == snapshot


@pytest.mark.parametrize(("machine", "code"), [(BEST, 0), (WEAKER, 0), (MAC, 0), (UNFIT, 1)])
def test_it_fails_only_where_a_run_would_miss_something(
    machine: Machine, code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """As strong as the platform offers, or good enough, is no failure; the text and the JSON say the same."""
    on(machine, monkeypatch)
    assert run(["doctor"]) == code
    capsys.readouterr()
    assert run(["doctor", "--json"]) == code
    assert json.loads(capsys.readouterr().out)["healthy"] is (code == 0)


def test_what_programs_get(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Grades and advice by name, and beside them the findings as they are."""
    on(WEAKER, monkeypatch)
    run(["doctor", "--json"])
    found = json.loads(capsys.readouterr().out)
    assert found["containment"] == "guardian"
    leaf = next(row for row in found["layers"] if row["name"] == "cgroup v2 leaf")
    assert leaf["grade"] == "look"
    assert "systemd-run --user --scope -p Delegate=yes gatekeeper run" in leaf["advice"]
    assert found["found"]["linux"]["leaf"] == {"state": "refused", "folder": GROUP, "detail": "Permission denied"}
    assert found["limits"]
