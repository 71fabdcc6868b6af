"""`gatekeeper cron install`, `show`, `uninstall`: a block in the crontab or a timer, and nothing else is touched.

crontab(1) and systemctl(1) are programs of our own here, because the real ones would change the machine.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion

from gatekeeper.cli.main import run
from tests.cli.nightly import GREEN, FakeCrontab, beat_of, remember
from tests.support.projects import Project

THEIRS = b"MAILTO=me@example.test\n\n# \xe9 tab:\t%\n5 4 * * * /usr/local/bin/backup  \r\n"

TIMER = ["cron", "install", "--systemd", "--at", "mon-fri 02:30", "--jitter", "10m"]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Project]:
    """A project with two cycles in a folder with a space and a %, and one stands in it."""
    made = Project.with_cycle(tmp_path / "our 100% app", GREEN, "nightly")
    made.define(f"until_green: {{within: 30m}}\n{GREEN}", "smoke")
    monkeypatch.chdir(made.root)
    # Berlin, as it can be said to a machine that knows no zones.
    monkeypatch.setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3")
    time.tzset()
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    yield made
    monkeypatch.undo()
    time.tzset()


@pytest.fixture
def crontab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeCrontab:
    made = FakeCrontab(tmp_path / "bin")
    folders = [str(made.folder), "/usr/bin", "/bin", str(made.folder), "relative", "/not/there"]
    monkeypatch.setenv("PATH", os.pathsep.join(folders))
    return made


def plain(text: str, project: Project) -> str:
    """Without what another machine has otherwise."""
    for quote in ("'", '"', ""):
        text = text.replace(f"{quote}{os.path.abspath(sys.executable)}{quote}", "/opt/python")
    text = text.replace(str(project.root.parent), "/srv")
    text = re.sub(r"PATH=\S+?(?=[\s\"])", "PATH=/usr/bin:/bin", text)
    text = re.sub(r"gatekeeper-our-100-app-[0-9a-f]{8}", "gatekeeper-our-100-app-01234567", text)
    # Whether it is so is the machine's.
    text = text.replace("It runs while you are logged in. For the nights: loginctl enable-linger\n", "")
    return re.sub(r"next: .*", "next: …", re.sub(r"On \d{4}-\d\d-\d\d", "On …", text))


def test_what_is_written_is_shown_first_and_with_dry_run_only_shown(
    project: Project, crontab: FakeCrontab, capsys: pytest.CaptureFixture[str], snapshot: SnapshotAssertion
) -> None:
    assert run(["cron", "install", "--at", "02:30", "--jitter", "10m", "--dry-run", "nightly", "smoke"]) == 0
    assert plain(capsys.readouterr().out, project) == snapshot
    assert crontab.text is None
    assert not (project.root / ".gatekeeper" / "heartbeat").exists()


def test_in_and_out_again_leaves_the_crontab_as_it_was(project: Project, crontab: FakeCrontab) -> None:
    """Twice is as once; another time takes the place of the first; other cycles have a block of their own."""
    crontab.put(THEIRS)
    assert run(["cron", "install", "--at", "02:00", "nightly"]) == 0
    once = crontab.text
    assert once is not None
    assert once.startswith(THEIRS)
    assert once.count(b"gatekeeper:begin") == 1
    assert run(["cron", "install", "--at", "02:00", "nightly"]) == 0
    assert crontab.text == once
    assert run(["cron", "install", "--at", "0 3 * * *", "nightly"]) == 0
    assert crontab.text is not None
    assert b"\n0 3 * * * " in crontab.text
    assert b"\n0 2 * * * " not in crontab.text
    assert beat_of(project, "nightly")["at"] == "0 3 * * *"
    assert run(["cron", "install", "--at", "*/30 * * * *", "--utc", "smoke"]) == 0
    assert crontab.text.count(b"gatekeeper:begin") == 2
    assert run(["cron", "uninstall", "nightly"]) == 0
    assert crontab.text.count(b"gatekeeper:begin") == 1
    assert run(["cron", "uninstall"]) == 0
    assert crontab.text == THEIRS
    assert beat_of(project, "nightly")["at"] == ""
    assert run(["cron", "uninstall"]) == 0


def test_a_crontab_that_held_nothing_else_is_gone_again(project: Project, crontab: FakeCrontab) -> None:
    assert run(["cron", "install", "--at", "02:00", "nightly"]) == 0
    assert run(["cron", "uninstall"]) == 0
    assert crontab.text is None


def test_what_somebody_took_out_by_hand_is_not_waited_for_any_more(
    project: Project, crontab: FakeCrontab, capsys: pytest.CaptureFixture[str]
) -> None:
    remember(project, "nightly", at="0 2 * * *", since="2026-01-01T00:00:00Z")
    remember(project, "smoke", at="0 2 * * *", since="2026-01-01T00:00:00Z")
    assert run([]) == 0
    assert capsys.readouterr().out.count("missing: ") == 2
    assert run(["cron", "uninstall", "smoke"]) == 0
    assert run([]) == 0
    assert capsys.readouterr().out.count("missing: ") == 1
    assert run(["cron", "uninstall"]) == 0
    assert run([]) == 0
    assert "missing: " not in capsys.readouterr().out


def test_two_projects_stand_beside_each_other(
    project: Project, crontab: FakeCrontab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = Project.with_cycle(tmp_path / "other", GREEN, "nightly")
    assert run(["cron", "install", "--at", "02:00", "nightly"]) == 0
    first = crontab.text
    monkeypatch.chdir(other.root)
    assert run(["cron", "install", "--at", "04:00", "nightly"]) == 0
    assert run(["cron", "uninstall"]) == 0
    assert crontab.text == first


def test_the_path_of_now_is_written_whole_and_without_what_is_not_there(project: Project, crontab: FakeCrontab) -> None:
    assert run(["cron", "install", "--at", "02:00", "nightly"]) == 0
    assert crontab.text is not None
    assert f"PATH={crontab.folder}:/usr/bin:/bin ".encode() in crontab.text
    assert b"SHELL=/bin/sh" in crontab.text


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["--at", "25:00", "nightly"], 2, "there is no 25:00"),
        (["--at", "0 2 31 2 *", "nightly"], 2, "never comes"),
        (["--at", "02:00", "nigthly"], 2, "did you mean nightly?"),
        (["--at", "02:00", "--jitter", "10", "nightly"], 2, "--jitter '10' is no time; write 10s"),
        (["--at", "02:00", "--jitter", "7h", "nightly"], 2, "another time of the day"),
        (["--at", "02:00", "../x"], 2, "there is no cycle"),
        (["--at", "02:00", "a b"], 2, "cannot be called by cron"),
        (["--at", "02:00", "broken"], 78, "broken.yaml"),
    ],
)
def test_what_cannot_be_called_is_refused_and_nothing_is_written(
    project: Project,
    crontab: FakeCrontab,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    code: int,
    told: str,
) -> None:
    project.define(GREEN, "a b")
    project.define("gates: 7\n", "broken")
    assert run(["cron", "install", *arguments]) == code
    assert told in capsys.readouterr().err
    assert crontab.text is None


def test_a_cycle_is_called_from_one_place_only(
    project: Project, crontab: FakeCrontab, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["cron", "install", "--at", "02:00", "nightly", "smoke"]) == 0
    before = crontab.text
    assert run(["cron", "install", "--at", "03:00", "smoke"]) == 1
    assert "smoke is called already (nightly smoke). First: gatekeeper cron uninstall smoke" in capsys.readouterr().err
    assert run(["cron", "install", "--at", "03:00", "--systemd", "nightly", "smoke"]) == 1
    assert crontab.text == before


def test_a_crontab_that_cannot_be_read_or_has_broken_markers_is_left_alone(
    project: Project, crontab: FakeCrontab, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = THEIRS + b"# gatekeeper:begin /srv/x: y\n"
    crontab.put(broken)
    for command in (["install", "--at", "02:00", "nightly"], ["uninstall"]):
        assert run(["cron", *command]) == 1
        assert "somebody changed our markers in it: the block of /srv/x: y has no end" in capsys.readouterr().err
    crontab.breaks()
    assert run(["cron", "install", "--at", "02:00", "nightly"]) == 1
    assert "nothing was changed: crontab: you are not allowed to use this program" in capsys.readouterr().err
    assert crontab.text == broken


def test_a_timer_and_its_service(
    project: Project, crontab: FakeCrontab, capsys: pytest.CaptureFixture[str], snapshot: SnapshotAssertion
) -> None:
    """As systemd understands them where it is there to be asked; switched on, shown by `show`, taken away whole."""
    assert run([*TIMER, "nightly", "smoke"]) == 0
    assert plain(capsys.readouterr().out, project) == snapshot
    folder = Path(os.environ["XDG_CONFIG_HOME"]) / "systemd" / "user"
    service, timer = sorted(folder.iterdir())
    assert crontab.told == ["--user daemon-reload", f"--user enable --now {timer.name}"]
    if analyze := shutil.which("systemd-analyze", path="/usr/bin:/bin"):
        command = [analyze, "verify", "--user", str(service), str(timer)]
        environ = {**os.environ, "XDG_RUNTIME_DIR": str(project.temporary)}
        verified = subprocess.run(command, capture_output=True, text=True, check=False, env=environ)
        assert "gatekeeper-" not in verified.stderr, verified.stderr
    assert run(["cron", "show"]) == 0
    assert "OnCalendar=Mon,Tue,Wed,Thu,Fri *-*-* 02:30:00" in capsys.readouterr().out
    assert run(["cron", "uninstall"]) == 0
    assert not service.exists()
    assert not timer.exists()
    assert crontab.told[2:] == [f"--user disable --now {timer.name}", "--user daemon-reload"]


def test_a_systemd_that_does_not_answer_is_told_and_the_units_are_there(
    project: Project, crontab: FakeCrontab, capsys: pytest.CaptureFixture[str]
) -> None:
    crontab.breaks("systemctl")
    assert run([*TIMER, "nightly"]) == 3
    assert "written, but systemd did not take it: Failed to connect to bus" in capsys.readouterr().out
    assert run(["cron", "uninstall"]) == 0
    assert "systemd did not answer" in capsys.readouterr().err
    assert not list((Path(os.environ["XDG_CONFIG_HOME"]) / "systemd" / "user").iterdir())


def test_show_tells_what_is_there_and_what_is_missing(
    project: Project, crontab: FakeCrontab, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["cron", "show"]) == 0
    assert "nothing is installed here" in capsys.readouterr().out
    assert run(["cron", "install", "--at", "02:00", "nightly"]) == 0
    assert run(["cron", "show"]) == 0
    told = capsys.readouterr().out
    assert "nothing was heard of it yet" in told
    assert "missing" not in told
