"""Two projects that share a database: what both need at once, one has at a time, however its run ends."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from tests.support.project_fixtures import MakeTiny
from tests.support.projects import Going

# Each says that it is in, waits for its leave, and sees that nobody else was in meanwhile.
USES = """
mkdir "$SHARED/in" && touch "$SHARED/NAME-began" &&
until [ -e "$SHARED/NAME-may-go" ]; do sleep 0.01; done && rmdir "$SHARED/in"
"""
FOLDED = " ".join(USES.split()).replace('"', '\\"')
OF_A_STEP = f'gates: {{g: {{steps: {{uses: {{run: "{FOLDED}", locks: [db], timeout: 60s}}}}}}}}\n'
OF_A_GATE = f'gates: {{g: {{locks: db, steps: {{uses: {{run: "{FOLDED}", timeout: 60s}}, after: {{run: "true"}}}}}}}}\n'
OF_A_CYCLE = f'locks: [db, "port:8080"]\ngates: {{g: {{steps: {{uses: {{run: "{FOLDED}", timeout: 60s}}}}}}}}\n'
OF_A_SERVICE = OF_A_STEP.replace("{uses: ", '{up: {run: "setsid sleep 300 &", keep: db, locks: [db]}, uses: ').replace(
    ", locks: [db], timeout: 60s", ", timeout: 60s"
)


class Pair:
    """Two projects, and what they share."""

    def __init__(self, tiny: MakeTiny, text: str, shared: Path) -> None:
        self.shared = shared
        shared.mkdir()
        self.first, self.second = (tiny(text.replace("NAME", name)) for name in ("first", "second"))
        for project in (self.first, self.second):
            project.always |= {"SHARED": str(shared), "GATEKEEPER_LOCKS": str(shared / "locks")}

    def start_first(self) -> Going:
        going = self.first.start("run", "tiny")
        going.until((self.shared / "first-began").exists, "the first one is in")
        return going

    def start_second(self) -> Going:
        going = self.second.start("run", "tiny")
        going.wait_for("lock.awaited")
        return going

    def may_go(self, name: str) -> None:
        (self.shared / f"{name}-may-go").touch()


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(OF_A_STEP, id="step"),
        pytest.param(OF_A_GATE, id="gate", marks=pytest.mark.slow),
        pytest.param(OF_A_CYCLE, id="cycle", marks=pytest.mark.slow),
        pytest.param(OF_A_SERVICE, id="service", marks=pytest.mark.slow),
    ],
)
def test_one_after_the_other(tiny: MakeTiny, tmp_path: Path, text: str) -> None:
    pair = Pair(tiny, text, tmp_path / "what they share")
    pair.may_go("second")
    first = pair.start_first()
    second = pair.start_second()
    assert not (pair.shared / "second-began").exists()
    pair.may_go("first")
    first.end().expect(0)
    done = second.end().expect(0)
    awaited = pair.second.journal.last("lock.awaited")
    assert f"run {pair.first.journal.run}" in awaited["holder"]
    assert "db" in awaited["locks"]
    taken = pair.second.journal.last("lock.taken")
    assert taken["waited_s"] > 0
    assert f"db is held by pid {pair.first.journal.last('run.started')['pid']}" in done.out
    log = Path(pair.second.journal.last("run.started")["log"]).read_text("utf-8")
    assert "### Waited for locks" in log


@pytest.mark.slow
def test_a_holder_that_is_killed_has_nothing_any_more(tiny: MakeTiny, tmp_path: Path) -> None:
    pair = Pair(tiny, OF_A_STEP, tmp_path / "what they share")
    pair.may_go("second")
    first = pair.start_first()
    second = pair.start_second()
    (pair.shared / "in").rmdir()
    first.send(signal.SIGKILL)
    first.process.communicate()
    second.end().expect(0)
    assert pair.second.journal.end["verdict"] == "green"
    pair.first.gatekeeper("reap").expect(0)


@pytest.mark.slow
def test_who_waits_can_be_stopped(tiny: MakeTiny, tmp_path: Path) -> None:
    pair = Pair(tiny, OF_A_CYCLE, tmp_path / "what they share")
    first = pair.start_first()
    second = pair.start_second()
    second.send(signal.SIGINT)
    second.end().expect(130)
    pair.may_go("first")
    first.end().expect(0)


def test_a_folder_of_locks_that_is_none_is_told_before_anything_runs(tiny: MakeTiny, tmp_path: Path) -> None:
    project = tiny(OF_A_STEP)
    (tmp_path / "file").touch()
    done = project.gatekeeper("run", "tiny", GATEKEEPER_LOCKS=str(tmp_path / "file")).expect(3)
    assert "is no folder" in done.err
    assert not project.journals()
