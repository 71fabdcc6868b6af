"""The backend's scripts start, replace and end the service, and touch no process but their own."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from .backend_copy import SCRIPT_TIMEOUT, BackendCopy, is_running, until

pytestmark = pytest.mark.slow

CREDENTIALS = {"email": "a@example.test", "password": "correct horse"}


@pytest.fixture
def stranger() -> Iterator[subprocess.Popen[bytes]]:
    """A process that has nothing to do with the backend."""
    with subprocess.Popen(["sleep", "300"]) as process:
        yield process
        process.kill()


def test_the_whole_way(backend: BackendCopy) -> None:
    """Restart, health, smoke, stop."""
    backend.run("restart-stack.sh")
    assert backend.is_healthy()
    assert "passed" in backend.run("smoke-auth-onboarding.sh").stdout
    assert "passed" in backend.run("smoke-auth-onboarding.sh").stdout, "the smoke test works once only"
    pid = backend.pid
    backend.run("stop-stack.sh")
    assert not is_running(pid)
    assert not backend.is_healthy()


def test_negative_paths_leave_the_service_healthy(backend: BackendCopy) -> None:
    """A duplicate signup is a 409, a missing user a 404, and the service answers on after each."""
    backend.run("restart-stack.sh")
    assert backend.call("POST", "/auth/signup", CREDENTIALS)[0] == 201
    for path, body, status in (
        ("/auth/signup", CREDENTIALS, 409),
        ("/auth/login", {"email": "nobody@example.test", "password": "x"}, 404),
    ):
        assert backend.call("POST", path, body)[0] == status
        assert backend.is_healthy()


def test_a_restart_replaces_the_instance_and_keeps_the_data(backend: BackendCopy) -> None:
    """Also when the port has changed in between."""
    backend.run("restart-stack.sh")
    backend.call("POST", "/auth/signup", CREDENTIALS)
    old_pid, old_port = backend.pid, backend.port
    with socket.create_server(("127.0.0.1", 0)) as placeholder:
        backend.port = placeholder.getsockname()[1]
    backend.run("restart-stack.sh")
    assert backend.pid != old_pid
    assert not is_running(old_pid)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", old_port), timeout=40)
    assert backend.call("POST", "/auth/login", CREDENTIALS)[0] == 200


@pytest.mark.parametrize("record", ["{pid}\nanother-boot/12345\n", "{pid}\n", "{pid}", "", "nonsense\n\n\n"])
def test_a_pid_that_passed_to_a_stranger_is_left_alone(
    backend: BackendCopy, stranger: subprocess.Popen[bytes], record: str
) -> None:
    """A pid file proves nothing without the start time of the process."""
    backend.pid_file.parent.mkdir()
    backend.pid_file.write_text(record.format(pid=stranger.pid), "utf-8")
    backend.run("stop-stack.sh")
    backend.pid_file.write_text(record.format(pid=stranger.pid), "utf-8")
    backend.run("restart-stack.sh")
    assert stranger.poll() is None
    assert backend.is_healthy()
    assert backend.pid != stranger.pid


def test_a_taken_port_is_said_and_left_to_its_owner(backend: BackendCopy) -> None:
    """The script fails, names the address, and leaves no process."""
    with socket.create_server(("127.0.0.1", backend.port)):
        failed = backend.run("restart-stack.sh", check=False)
    assert failed.returncode == 1
    assert f"cannot listen on 127.0.0.1:{backend.port}: Address already in use" in failed.stderr
    assert not backend.pid_file.exists()


def test_a_service_that_dies_at_once_is_said_with_its_last_words(backend: BackendCopy) -> None:
    """Its traceback is in the script's output, where the reader is."""
    backend.edit("calorie_backend/api.py", "import logging\n", "import logging\nimport no_such_module\n")
    backend.edit("dev-scripts/restart-stack.sh", '"$PYTHON" -m calorie_backend migrate\n', "")
    failed = backend.run("restart-stack.sh", check=False)
    assert failed.returncode == 1
    assert "stopped right after its start" in failed.stderr
    assert "No module named 'no_such_module'" in failed.stderr


def test_a_broken_migration_stops_the_restart(backend: BackendCopy) -> None:
    """No service runs on half a schema."""
    (backend.folder / "calorie_backend" / "migrations" / "0004_meals.sql").write_text("CREATE TABEL x;", "utf-8")
    failed = backend.run("restart-stack.sh", check=False)
    assert failed.returncode == 1
    assert 'calorie_backend migrate: 0004_meals: near "TABEL": syntax error' in failed.stderr
    assert not backend.is_healthy()


def test_a_service_that_does_not_listen_to_term_is_killed(backend: BackendCopy) -> None:
    """A stopped process gets no TERM; the script waits for its grace and no longer."""
    backend.edit("dev-scripts/stack.py", "STOP_GRACE = 8.0", "STOP_GRACE = 0.2")
    backend.run("restart-stack.sh")
    pid = backend.pid
    os.kill(pid, signal.SIGSTOP)
    backend.run("stop-stack.sh")
    assert not is_running(pid)


def test_it_works_without_proc_and_pidfd_too(backend: BackendCopy, stranger: subprocess.Popen[bytes]) -> None:
    """As on macOS, where ps has to say when a process was started."""
    backend.edit("dev-scripts/identity.py", 'Path("/proc/self/stat").exists()', "False")
    backend.edit("dev-scripts/identity.py", "os.pidfd_open(pid)", "os.no_such_call(pid)")
    backend.run("restart-stack.sh")
    pid = backend.pid
    backend.run("restart-stack.sh")
    assert not is_running(pid)
    assert backend.is_healthy()
    pid, started = backend.pid, backend.pid_file.read_text("utf-8").splitlines()[1]
    backend.pid_file.write_text(f"{stranger.pid}\n{started} and more\n", "utf-8")
    backend.run("stop-stack.sh")
    assert stranger.poll() is None
    backend.pid_file.write_text(f"{pid}\n{started}\n", "utf-8")
    backend.run("stop-stack.sh")
    assert not is_running(pid)


def test_stopping_is_fine_when_nothing_runs(backend: BackendCopy) -> None:
    """Never started, stopped twice, died by itself."""
    backend.run("stop-stack.sh")
    backend.run("restart-stack.sh")
    pid = backend.pid
    os.kill(pid, signal.SIGKILL)
    until(lambda: not is_running(pid))
    assert "was gone already" in backend.run("stop-stack.sh").stdout
    assert "nothing was running" in backend.run("stop-stack.sh").stdout


def test_the_service_inherits_nothing_of_its_caller(backend: BackendCopy) -> None:
    """Neither its output nor another descriptor (a lock, say), nor its process group."""
    read, write = os.pipe()
    script = subprocess.Popen(
        backend.command("restart-stack.sh"),
        env=backend.environment,
        stdout=write,
        stderr=write,
        pass_fds=[write],
        start_new_session=True,
    )
    os.close(write)
    with os.fdopen(read) as output:
        assert "started: " in output.read(), "reading ends when nobody holds the other end any more"
    assert script.wait(SCRIPT_TIMEOUT) == 0
    assert os.getpgid(backend.pid) == backend.pid
    assert backend.is_healthy()


def test_two_clones_know_nothing_of_each_other(clone: Callable[[str], BackendCopy]) -> None:
    """Stopping one leaves the other, and so do its accounts."""
    one, other = clone("one"), clone("other")
    one.run("restart-stack.sh")
    other.run("restart-stack.sh")
    assert [copy.call("POST", "/auth/signup", CREDENTIALS)[0] for copy in (one, other)] == [201, 201]
    one.run("stop-stack.sh")
    assert other.is_healthy()


def test_two_restarts_at_once_leave_one_service(backend: BackendCopy) -> None:
    """One of them may say that it was late; no service is lost sight of."""
    scripts = [subprocess.Popen(backend.command("restart-stack.sh"), env=backend.environment) for _ in range(3)]
    codes = [script.wait(SCRIPT_TIMEOUT) for script in scripts]
    assert 0 in codes
    assert backend.is_healthy()
    backend.run("stop-stack.sh")
    assert not backend.is_healthy()


def test_the_smoke_test_says_what_was_wrong(backend: BackendCopy) -> None:
    """One line that names request, answer and expectation."""
    refused = backend.run("smoke-auth-onboarding.sh", check=False)
    assert refused.returncode == 1
    assert f"smoke against http://127.0.0.1:{backend.port} failed: GET /health: no answer" in refused.stderr
    backend.edit("calorie_backend/api.py", "HTTPStatus.CREATED", "HTTPStatus.ACCEPTED")
    backend.run("restart-stack.sh")
    wrong = backend.run("smoke-auth-onboarding.sh", check=False)
    assert wrong.returncode == 1
    assert "POST /auth/signup answered 202, expected 201: " in wrong.stderr


def test_a_python_that_is_too_old_or_missing_is_said(backend: BackendCopy, tmp_path: Path) -> None:
    """Instead of a syntax error from somewhere inside."""
    missing = backend.run("restart-stack.sh", check=False, PYTHON="no-such-python")
    assert missing.returncode != 0
    assert "no no-such-python here" in missing.stderr
    old = tmp_path / "old-python"
    old.write_text(f'#!/bin/sh\nexec "{sys.executable}" -c "import sys; sys.version_info = (3, 9, 1); $2"\n', "utf-8")
    old.chmod(0o755)
    too_old = backend.run("restart-stack.sh", check=False, PYTHON=str(old))
    assert too_old.returncode != 0
    assert "is Python 3.9; this backend needs 3.11 or newer" in too_old.stderr


def test_a_bad_port_is_said(backend: BackendCopy) -> None:
    """By name, and before anything is started."""
    failed = backend.run("restart-stack.sh", check=False, PORT="http")
    assert failed.returncode == 1
    assert "PORT must be a number" in failed.stderr


@pytest.fixture
def backend_of_nobody() -> Iterator[BackendCopy]:
    """A copy that belongs to an ordinary user, with a Python which that user may run."""
    if os.geteuid() != 0:
        pytest.skip("this run is an ordinary user's already")
    python = shutil.which("python3", path="/usr/bin:/usr/local/bin")
    if python is None or not _is_new_enough(python):
        pytest.skip("there is no Python 3.11 that every user may run")
    with tempfile.TemporaryDirectory(prefix="of nobody ") as parent:
        copy = BackendCopy.at(Path(parent) / "backend", python=python, user="nobody")
        for path in (Path(parent), *Path(parent).rglob("*")):
            os.chown(path, pwd.getpwnam("nobody").pw_uid, -1)
        yield copy
        copy.run("stop-stack.sh")


def _is_new_enough(python: str) -> bool:
    asked = [python, "-c", "import sys; sys.exit(sys.version_info < (3, 11))"]
    return subprocess.run(asked, check=False, timeout=SCRIPT_TIMEOUT, user="nobody").returncode == 0


def test_an_ordinary_user_can_do_it_all(backend_of_nobody: BackendCopy) -> None:
    """Restart, smoke, the suite, stop."""
    backend_of_nobody.run("restart-stack.sh")
    assert psutil.Process(backend_of_nobody.pid).username() == "nobody"
    backend_of_nobody.run("smoke-auth-onboarding.sh")
    backend_of_nobody.run("test.sh", "tests/test_passwords.py")
    backend_of_nobody.run("stop-stack.sh")
