"""What real programs leave behind is gone when their step returns, and the next step can start the same at once."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.adapters.guard.real_daemons import DAEMONS, VITE, Daemon, program
from tests.adapters.guard.witnessed import PLACES, NoSuchPlace, Orchestrator, Place
from tests.support import ordinary_user, tables
from tests.support.leaks import nothing_left_behind

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(120),
    pytest.mark.skipif(sys.platform != "linux", reason="the full guard is Linux only"),
]

TABLE = tables.table(
    "real daemons: what a step left, and what was left of it",
    "processes that the step left / survivors at the moment of return; its port; whether the next step could start it"
    " at once; milliseconds from the leader's exit to the return.",
)


class Host:
    """A place with one gatekeeper, and folders for daemons in it."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.orchestrator = Orchestrator(place, 1)
        self._count = 0

    def folder(self) -> Path:
        """A new folder of the user's own, that everybody may enter: some daemons become yet another user."""
        self._count += 1
        made = self.place.folder / f"daemon-{self._count}"
        made.mkdir(mode=0o755)
        return made

    def give(self, folder: Path) -> None:
        """What was made in it belongs to the user too."""
        if self.place.user is not None:
            ordinary_user.give(folder)

    def run(self, daemon: Daemon, folder: Path, port: int) -> dict[str, Any]:
        """Start it once, as a step."""
        script = daemon.script.format(
            folder=folder,
            port=port,
            python=self.place.python,
            pg_ctl=program("pg_ctl"),
            unprivileged="" if os.geteuid() != 0 or self.place.user else " ".join(UNPRIVILEGED),
        )
        self.orchestrator.order(("bash", "-c", script), folder / "nobody", timeout_s=40)
        return self.orchestrator.returned()


UNPRIVILEGED = ("setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups")


@pytest.fixture(autouse=True)
def _nothing_left_behind() -> None:
    """The gatekeepers here live longer than one test; `host` looks at what they leave."""


@pytest.fixture(scope="module", params=PLACES)
def host(request: pytest.FixtureRequest) -> Iterator[Host]:
    with nothing_left_behind(), tempfile.TemporaryDirectory(prefix="gatekeeper-daemons-") as folder:
        Path(folder).chmod(0o755)
        try:
            with PLACES[request.param](Path(folder)) as place:
                made = Host(place)
                yield made
                made.orchestrator.close()
        except NoSuchPlace as missing:
            pytest.skip(str(missing))


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def is_free(port: int) -> bool:
    """Whether somebody can listen there now; connections that are on their way out hinder nobody."""
    with socket.socket() as one:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            one.bind(("127.0.0.1", port))
            one.listen()
        except OSError:
            return False
        return True


def gone_and_again(host: Host, daemon: Daemon, folder: Path) -> None:
    """Start it twice on one port, and look each time who survived the step."""
    port = free_port()
    for again in (False, True):
        back = host.run(daemon, folder, port)
        free = not daemon.port or is_free(port)
        ms = (back["wall_s"] - back["duration_s"]) * 1000
        started = back["outcome"] == "Exited" and len(back["strays"]) >= daemon.processes
        port_words = ("port free" if free else "PORT TAKEN") if daemon.port else "no port"
        words = f"{len(back['strays'])}/{len(back['alive'])}, {port_words}"
        if again:
            TABLE.note(daemon.name, host.place.name, f"{words}, again: {'yes' if started else 'NO'}, {ms:.0f} ms")
        assert started, (back, list(folder.iterdir()))
        assert back["alive"] == []
        assert free


@pytest.mark.parametrize("daemon", DAEMONS, ids=lambda daemon: daemon.name.replace(" ", "-"))
def test_real_daemon_does_not_outlive_its_step(host: Host, daemon: Daemon) -> None:
    """Gone, its port free, and it can be started again on it at once."""
    if missing := daemon.missing():
        pytest.skip(f"no {missing} on this machine")
    folder = host.folder()
    daemon.prepare(host.place, folder)
    if daemon.name.startswith("pg_ctl"):
        make_cluster(host, folder)
    host.give(folder)
    gone_and_again(host, daemon, folder)


def make_cluster(host: Host, folder: Path) -> None:
    """PostgreSQL does not run as root: there it is an ordinary user's, started from a step of root."""
    as_user: dict[str, Any] = {"user": "nobody", "group": "nogroup", "extra_groups": []} if os.geteuid() == 0 else {}
    if as_user:
        ordinary_user.give(folder)
    subprocess.run(
        [str(program("initdb")), "-D", str(folder / "data"), "-A", "trust", "-N", "-U", "tester"],
        check=True,
        capture_output=True,
        cwd=folder,
        **as_user,
    )


@pytest.fixture(scope="module")
def vite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which vite is installed, if it can be had."""
    if missing := VITE.missing():
        pytest.skip(f"no {missing} on this machine")
    folder = tmp_path_factory.mktemp("vite")
    (folder / "package.json").write_text('{"name": "developed", "version": "1.0.0", "private": true}')
    (folder / "index.html").write_text("<!doctype html><title>hello</title>")
    done = subprocess.run(
        ["npm", "install", "--no-audit", "--no-fund", "--loglevel=error", "vite@5"],
        cwd=folder,
        check=False,
        capture_output=True,
        text=True,
        timeout=100,
    )
    if done.returncode:
        pytest.skip(f"npm could not install vite: {done.stderr.strip()[-200:]}")
    return folder


def test_dev_server_does_not_outlive_its_step(host: Host, vite: Path) -> None:
    """vite with its helpers, started in the background of a shell."""
    folder = host.folder()
    subprocess.run(["cp", "-R", f"{vite}/.", str(folder)], check=True)
    host.give(folder)
    gone_and_again(host, VITE, folder)
