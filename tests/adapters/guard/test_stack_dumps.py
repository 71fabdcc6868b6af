"""Stack dumps of a step that reached its limit, where its runtimes have some: in output, dossier and sentence."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from gatekeeper.adapters.guard.guard import Guard
from tests.adapters.guard.guard_situations import Guarded
from tests.adapters.guard.hanging import UNTIL_READY, hang, hang_as, told

pytestmark = [
    pytest.mark.slow,
    pytest.mark.anyio,
    pytest.mark.skipif(sys.platform != "linux", reason="the full guard is Linux only"),
]

LOCKED = """\
import _thread, pathlib, signal, sys
{before}
def worker(lock):
    pathlib.Path("ready").touch()
    lock.acquire()
lock = _thread.allocate_lock()
lock.acquire()
worker(lock)
"""
DEAF = "signal.signal(signal.SIGTERM, signal.SIG_IGN)"
JAVA = """\
import java.nio.file.*;
class Stuck {
    static void take(Object lock) throws Exception {
        Files.createFile(Path.of("ready"));
        synchronized (lock) { System.out.println("never"); }
    }
    public static void main(String[] arguments) throws Exception {
        Object lock = new Object();
        Object held = new Object();
        Thread holder = new Thread(() -> { synchronized (lock) { synchronized (held) { held.notify(); }
            try { Thread.sleep(600_000); } catch (InterruptedException e) { } } });
        holder.setDaemon(true);
        synchronized (held) { holder.start(); held.wait(); }
        take(lock);
    }
}
"""
GO = """\
package main

import (
	"os"
	"os/signal"
	"syscall"
)

func wait(never chan int) int {
	os.WriteFile("ready", nil, 0o600)
	return <-never
}

func main() {
	signal.Notify(make(chan os.Signal, 1), syscall.SIGTERM)
	wait(make(chan int))
}
"""


@pytest.fixture
def no_spy(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A py-spy that may not look, wherever there is a real one: this user has no right to trace."""
    (tmp_path / "bin").mkdir()
    refusing = tmp_path / "bin" / "py-spy"
    refusing.write_text("#!/bin/sh\nexit 1\n")
    refusing.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")


@pytest.fixture(scope="session")
def spy() -> Path:
    """The folder of a real py-spy."""
    beside = Path(sys.executable).with_name("py-spy")
    found = shutil.which("py-spy") or (str(beside) if beside.exists() else None)
    if found is None:
        pytest.skip("py-spy is not installed")
    return Path(found).parent


def build(folder: Path, *command: str) -> None:
    """Compile a program that hangs."""
    environ = {**os.environ, "GOCACHE": str(folder / "cache"), "GO111MODULE": "off", "CGO_ENABLED": "0"}
    subprocess.run(command, cwd=folder, check=True, timeout=55, env=environ)


def files(folder: Path, pattern: str) -> list[Path]:
    return list(folder.glob(pattern))


def script(folder: Path, before: str = "") -> str:
    (folder / "app.py").write_text(LOCKED.format(before=before))
    return f"{shlex.quote(sys.executable)} app.py"


@pytest.mark.usefixtures("no_spy")
async def test_python_prints_its_traceback_before_it_is_killed(guard: Guard, order: Guarded, run_folder: Path) -> None:
    """After the grace, SIGABRT makes faulthandler say where it was; in the output, in the dossier, in the sentence."""
    end = await hang(guard, order, script(run_folder, DEAF))
    content = told(end, run_folder)
    (python,) = [one for one in content["processes"] if one.get("runtime") == "python"]
    assert '  File "{}", line 5 in worker'.format(run_folder / "app.py") in python["stack"]
    assert "was waiting for a lock in app.py:5 worker" in content["why"]
    assert end.output is not None
    assert "Fatal Python error: Aborted" in (run_folder / end.output.path).read_text()
    # What the step itself said last is not hidden by the dump.
    assert set(end.last_lines) == {"."}
    assert not files(run_folder, "core*")


@pytest.mark.usefixtures("no_spy")
@pytest.mark.parametrize("tty", [False, True])
async def test_python_that_would_hear_no_grace_is_asked_before_it(
    guard: Guard, order: Guarded, run_folder: Path, tty: bool
) -> None:
    """SIGTERM ends a plain Python as abruptly as SIGABRT; and nobody goes on because it has died."""
    environ = tuple({**os.environ, "PYTHONFAULTHANDLER": "1"}.items())
    leader = f"({script(run_folder)}; touch went-on) & {UNTIL_READY}; touch went-on"
    end = await hang_as(guard, order, ("sh", "-c", leader), grace_s=600.0, environ=environ, tty=tty)
    content = told(end, run_folder)
    (python,) = [one for one in content["processes"] if one.get("runtime") == "python"]
    assert '  File "{}", line 5 in worker'.format(run_folder / "app.py") in python["stack"]
    assert "was waiting for a lock in app.py:5 worker" in content["why"]
    assert set(end.last_lines) == {"."}
    assert end.strays == ()
    assert end.duration_s < 50, "it had its whole grace"
    assert not (run_folder / "went-on").exists()
    assert not files(run_folder, "core*")


@pytest.mark.usefixtures("no_spy")
async def test_python_that_says_its_last_words_elsewhere(guard: Guard, order: Guarded, run_folder: Path) -> None:
    """Where its standard error is not the output, the dossier says so."""
    end = await hang(guard, order, f"{script(run_folder, DEAF)} 2> errors")
    (python,) = [one for one in told(end, run_folder)["processes"] if one.get("runtime") == "python"]
    assert "what it said to SIGABRT is not in the output" in python["no_stack_because"]
    assert "Fatal Python error: Aborted" in (run_folder / "errors").read_text()


@pytest.mark.usefixtures("no_spy")
async def test_python_that_ends_within_its_grace_is_not_robbed_of_it(
    guard: Guard, order: Guarded, run_folder: Path
) -> None:
    """SIGABRT would end it without its clean-up: so it never comes before the grace is over."""
    cleaning = "signal.signal(signal.SIGTERM, lambda *_: (pathlib.Path('cleaned').touch(), sys.exit(1)))"
    # A lock that is waited for in small parts lets the handler run.
    (run_folder / "app.py").write_text(
        f"import pathlib, signal, sys, time\n{cleaning}\npathlib.Path('ready').touch()\nwhile True: time.sleep(0.01)\n"
    )
    environ = tuple({**os.environ, "PYTHONFAULTHANDLER": "1"}.items())
    leader = f"{shlex.quote(sys.executable)} app.py & {UNTIL_READY}"
    end = await hang_as(guard, order, ("sh", "-c", leader), grace_s=600.0, environ=environ)
    content = told(end, run_folder)
    assert (run_folder / "cleaned").exists()
    (python,) = [one for one in content["processes"] if one.get("runtime") == "python"]
    assert "within its grace" in python["no_stack_because"]


@pytest.mark.usefixtures("no_spy")
async def test_python_without_faulthandler_gets_no_signal(guard: Guard, order: Guarded, run_folder: Path) -> None:
    """Without a handler SIGABRT says nothing: it is not sent, and the dossier says why there is no stack."""
    environ = {name: value for name, value in os.environ.items() if name != "PYTHONFAULTHANDLER"}
    end = await hang(guard, order, script(run_folder, DEAF), environ=tuple(environ.items()))
    content = told(end, run_folder)
    (python,) = [one for one in content["processes"] if one.get("runtime") == "python"]
    assert "faulthandler is not enabled" in python["no_stack_because"]
    assert ") was waiting for a lock, and" in content["why"]


async def test_py_spy_tells_where_a_python_waits(
    monkeypatch: pytest.MonkeyPatch, spy: Path, order: Guarded, run_folder: Path
) -> None:
    """Where py-spy is there, the stack comes before the grace and hurts nobody."""
    monkeypatch.setenv("PATH", f"{spy}:{os.environ['PATH']}")
    guard = Guard(run="test", folder=str(run_folder), ledger=str(run_folder / "ledger.jsonl"))
    guard.start()
    end = await hang(guard, order, script(run_folder, DEAF))
    await guard.close()
    content = told(end, run_folder)
    if not any(one.get("stack") for one in content["processes"]):
        pytest.skip("py-spy may not trace processes here")
    assert "was waiting for a lock in app.py:5 worker" in content["why"]
    assert end.output is not None
    assert "Fatal Python error" not in (run_folder / end.output.path).read_text()


async def test_jvm_tells_its_threads_and_goes_on(guard: Guard, order: Guarded, run_folder: Path) -> None:
    """SIGQUIT before the grace: the dump is in the output and in the dossier, the lock in the sentence."""
    if not shutil.which("javac"):
        pytest.skip("no JDK is installed (default-jdk-headless)")
    (run_folder / "Stuck.java").write_text(JAVA)
    build(run_folder, "javac", "Stuck.java")
    end = await hang(guard, order, "java -Xshare:auto Stuck", grace_s=0.3)
    content = told(end, run_folder)
    (jvm,) = [one for one in content["processes"] if one.get("runtime") == "jvm"]
    assert any(line.startswith("Full thread dump") for line in jvm["stack"])
    assert "was waiting for a lock in Stuck.java:5 Stuck.take" in content["why"]
    assert set(end.last_lines) == {"."}


async def test_go_tells_its_goroutines_before_it_is_killed(guard: Guard, order: Guarded, run_folder: Path) -> None:
    """SIGQUIT ends a Go program: it comes after the grace, and what it prints is kept."""
    if not shutil.which("go"):
        pytest.skip("no Go is installed (golang-go)")
    (run_folder / "main.go").write_text(GO)
    build(run_folder, "go", "build", "-o", "stuck", "main.go")
    end = await hang(guard, order, "./stuck")
    content = told(end, run_folder)
    (go,) = [one for one in content["processes"] if one.get("runtime") == "go"]
    assert "goroutine 1 [chan receive]:" in go["stack"]
    assert "was waiting (chan receive) in main.go:11 main.wait" in content["why"]
    assert set(end.last_lines) == {"."}


async def test_node_says_what_would_help(guard: Guard, order: Guarded, run_folder: Path) -> None:
    """Node shows its stack to nobody, and the dossier says what the step can do about it."""
    if not shutil.which("node"):
        pytest.skip("no node is installed")
    code = "process.on('SIGTERM', () => {}); require('fs').writeFileSync('ready', ''); setInterval(() => {}, 1e6)"
    end = await hang(guard, order, f'node -e "{code}"')
    (node,) = [one for one in told(end, run_folder)["processes"] if one.get("runtime") == "node"]
    assert "--report-on-signal" in node["no_stack_because"]


async def test_node_that_was_told_to_writes_its_report(guard: Guard, order: Guarded, run_folder: Path) -> None:
    """With --report-on-signal it is asked, and its report lies where it runs."""
    if not shutil.which("node"):
        pytest.skip("no node is installed")
    code = "process.on('SIGTERM', () => {}); require('fs').writeFileSync('ready', ''); setInterval(() => {}, 1e6)"
    end = await hang(guard, order, f'node --report-on-signal -e "{code}"', grace_s=1.0)
    (node,) = [one for one in told(end, run_folder)["processes"] if one.get("runtime") == "node"]
    assert "report.*.json" in node["no_stack_because"]
    assert len(files(run_folder, "report.*.json")) == 1
