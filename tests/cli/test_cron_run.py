"""`gatekeeper cron run`: silent when all is well, and else told once, with what nobody was there to see."""

from __future__ import annotations

import fcntl
import os
import signal
import time
from pathlib import Path

import pytest

from gatekeeper.adapters.nightly.heartbeats import heartbeats
from gatekeeper.policy.nightly.heartbeat import iso
from tests.cli.nightly import GREEN, RED, FakeCrontab, beat_of, remember
from tests.support.projects import Project, program, until

DAY = 86_400


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A green cycle, a red one, and one whose step waits until it may end."""
    made = Project.with_cycle(tmp_path / "a project", GREEN, "green")
    made.define(RED, "red")
    made.command = [*program()]
    return made


def ago(seconds: float) -> str:
    return iso(time.time() - seconds)


@pytest.mark.slow
def test_green_is_silent_with_no_more_than_cron_gives(project: Project) -> None:
    """No HOME, no PATH of a shell, no terminal; the heartbeat tells when it is expected again."""
    project.define("gates: {one: {steps: {say: {run: 'test ! -t 0; read line || echo empty; pwd'}}}}\n", "green")
    nothing = dict.fromkeys(("HOME", "LANG", "LC_ALL", "TERM", "USER", "LOGNAME", "SHELL"), None)
    words = ("cron", "run", "--in", str(project.root), "--at", "0 2 * * *", "--utc", "green")
    done = project.gatekeeper(*words, cwd=Path("/"), **nothing).expect(0)
    assert done.text == ""
    assert project.journal.output("say") == f"empty\n{project.root}\n"
    beat = beat_of(project, "green")
    assert (beat["verdict"], beat["exit_code"], beat["run"]) == ("green", 0, project.journal.run)
    assert beat["next"].endswith("T02:00:00Z")
    assert beat["called"][:19] <= beat["started"][:19] <= beat["finished"][:19]


@pytest.mark.slow
def test_red_is_told_and_the_others_run_all_the_same(project: Project) -> None:
    """The first code that is not 0 counts; a definition that is wrong keeps nobody else from running."""
    project.define("gates: 7\n", "wrong")
    done = project.gatekeeper("cron", "run", "red", "wrong", "green").expect(1)
    assert "the reason" in done.out
    assert "wrong.yaml:3:8" in done.err
    assert [beat_of(project, cycle)["exit_code"] for cycle in ("red", "wrong", "green")] == [1, 78, 0]


@pytest.mark.slow
def test_what_is_missing_and_what_died_is_told_by_the_next(project: Project) -> None:
    """Also by the overview and by doctor, as long as no other came."""
    remember(project, "green", at="0 2 * * *", since=ago(9 * DAY), called=ago(5 * DAY), started=ago(5 * DAY))
    assert "missing: green was due " in project.gatekeeper().expect(0).out
    done = project.gatekeeper("cron", "run", "green").expect(0)
    assert "green was due " in done.err
    assert " times and did not run, from " in done.err
    assert "the run of green that began " in done.err
    assert project.gatekeeper("cron", "run", "green").expect(0).text == ""
    assert "missing" not in project.gatekeeper().expect(0).out


@pytest.mark.slow
def test_a_run_that_was_killed_is_closed_and_told_by_the_next(project: Project) -> None:
    project.define("gates: {one: {steps: {wait: {run: 'touch \"$BEACONS/there\"; sleep 99'}}}}\n", "green")
    going = project.start("cron", "run", "green")
    until((project.temporary / "there").exists, "the step began")
    assert beat_of(project, "green")["verdict"] == ""
    going.send(signal.SIGKILL)
    going.end()
    project.define(GREEN, "green")
    done = project.gatekeeper("cron", "run", "green").expect(0)
    assert "closed as aborted: " in done.err
    assert "the run of green that began " in done.err
    assert "never came to its end" in done.err


@pytest.mark.slow
def test_a_second_one_ends_with_75_and_says_so_once(project: Project) -> None:
    """Of an unattended run that is under way, and of somebody who is at work on the tree."""
    folder = project.root / ".gatekeeper" / "heartbeat"
    folder.mkdir(parents=True)
    with (folder / "green.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = project.gatekeeper("cron", "run", "green").expect(75)
        assert "green did not run: an unattended run of green is under way" in done.out
        assert project.gatekeeper("cron", "run", "green").expect(75).text == ""
        assert project.gatekeeper("cron", "run", "--if-due", "--at", "* * * * *", "green").expect(75).text == ""
    locks = project.root / ".gatekeeper" / "locks"
    locks.mkdir()
    with (locks / "run.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert "is held by " in project.gatekeeper("cron", "run", "green").expect(75).out
        assert project.gatekeeper("cron", "run", "green").expect(75).text == ""
    assert beat_of(project, "green")["exit_code"] == 75
    assert project.gatekeeper("cron", "run", "green").expect(0).text == ""


@pytest.mark.slow
def test_if_due_runs_what_was_due_once_and_nothing_else(project: Project) -> None:
    """As the line for a machine that came up: at first nobody knows that anything was due."""
    words = ("cron", "run", "--if-due", "--at", "0 2 * * *", "green")
    project.gatekeeper(*words).expect(0)
    assert project.journals() == []
    assert beat_of(project, "green")["since"]
    remember(project, "green", at="0 2 * * *", since=ago(9 * DAY), called=ago(2 * DAY))
    assert "green was due " in project.gatekeeper(*words).expect(0).err
    assert len(project.journals()) == 1
    assert project.gatekeeper(*words).expect(0).text == ""
    assert len(project.journals()) == 1


@pytest.mark.slow
def test_the_wait_by_chance_ends_at_once_when_asked(project: Project) -> None:
    going = project.start("cron", "run", "--jitter", "6h", "green")
    heard = project.root / ".gatekeeper" / "heartbeat" / "green.json"
    going.until(heard.exists, "the call was written down")
    going.send(signal.SIGTERM)
    going.end().expect(143)
    assert project.journals() == []


@pytest.mark.slow
@pytest.mark.parametrize("words", [("cron", "run"), ("run", "-q")])
def test_too_little_room_is_refused_before_anything_begins(project: Project, words: tuple[str, ...]) -> None:
    done = project.gatekeeper(*words, "--min-free", "9000TiB", "green").expect(3)
    assert "9000.0 TiB are wanted (--min-free, GATEKEEPER_MIN_FREE); nothing was started" in done.err
    assert project.journals() == []
    assert project.gatekeeper(*words, "green", GATEKEEPER_MIN_FREE="1GiBB").expect(2).out == ""


@pytest.mark.slow
def test_what_is_uninstalled_while_it_runs_is_not_expected_any_more(project: Project, tmp_path: Path) -> None:
    project.define("gates: {one: {steps: {wait: {run: 'touch \"$BEACONS/there\"; sleep 99'}}}}\n", "green")
    crontab = FakeCrontab(tmp_path / "bin")
    going = project.start("cron", "run", "--at", "0 2 * * *", "green")
    until((project.temporary / "there").exists, "the step began")
    assert beat_of(project, "green")["at"] == "0 2 * * *"
    project.gatekeeper("cron", "uninstall", PATH=crontab.path).expect(0)
    going.send(signal.SIGTERM)
    going.end().expect(143)
    beat = beat_of(project, "green")
    assert (beat["at"], beat["verdict"], beat["exit_code"]) == ("", "aborted", 143)


@pytest.mark.slow
def test_an_address_that_does_not_answer_changes_nothing(project: Project) -> None:
    """Neither verdict nor mail; the heartbeat tells it, without the address, and steps do not know it."""
    project.define("gates: {one: {steps: {say: {run: env}}}}\n", "green")
    address = "http://127.0.0.1:9/s3cret"
    assert project.gatekeeper("cron", "run", "green", GATEKEEPER_PING_URL=address).expect(0).text == ""
    told = project.gatekeeper("cron", "show", PATH=os.environ["PATH"]).out
    assert "ping  could not be delivered: Connection refused" in told
    assert "GATEKEEPER_RUN=" in project.journal.output("say")
    assert "s3cret" not in told + project.journal.output("say") + str(beat_of(project, "green"))


@pytest.mark.parametrize(
    "content", ["", "{", "[]", '{"v": 2}', '{"v": 1, "cycle": "other"}', '{"v": 1, "cycle": "green", "at": 7}']
)
def test_a_heartbeat_that_cannot_be_read_is_none(project: Project, content: str) -> None:
    remember(project, "green")
    (project.root / ".gatekeeper" / "heartbeat" / "green.json").write_text(content)
    assert heartbeats(str(project.root / ".gatekeeper")) == ()
