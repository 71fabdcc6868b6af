"""Owns projects in folders of their own, and `gatekeeper` run in them as users do: a process, with real signals.

A run is looked at from outside: its exit code, what it printed, its journal, and what is alive when it has ended.
"""

from __future__ import annotations

import json
import os
import pwd
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Self

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_S = 40.0
PAUSE_S = 0.005

Event = dict[str, Any]

# What the machine that tests are run on may have set, and a stranger's has not.
_NOT_A_STRANGERS = ("PORT", "CI", "NO_COLOR", "FORCE_COLOR", "HOST", "NODE_ENV", "GITHUB_ACTIONS")
_NOT_A_STRANGERS_PREFIXES = ("BACKEND_", "FRONTEND_", "PLAN_", "SUITE_", "NOTIFY_", "GIT_", "GATEKEEPER_RUN", "PYTHON")


def program() -> list[str]:
    """The command line that a user types: the console script where it is installed."""
    script = Path(sys.executable).with_name("gatekeeper")
    return [str(script)] if script.exists() else [sys.executable, "-m", "gatekeeper"]


def until(condition: Callable[[], bool], what: str, within_s: float = PATIENCE_S) -> None:
    """Look until `condition` holds; raises `AssertionError` with `what` was waited for."""
    deadline = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < deadline, f"not within {within_s} s: {what}"
        time.sleep(PAUSE_S)


def alive_with(sign: str) -> dict[int, str]:
    """Living processes whose environment holds `sign`; a zombie has none."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            environ = (folder / "environ").read_bytes()
            if sign.encode() in environ:
                found[int(folder.name)] = (
                    (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
                )
        except OSError:
            continue
    return found


def git(folder: Path, *arguments: str) -> str:
    """What git says in `folder`, as somebody without settings of their own."""
    who = ("-c", "user.name=Tester", "-c", "user.email=tester@example.test", "-c", "init.defaultBranch=main")
    done = subprocess.run(
        ["git", *who, *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": os.environ["PATH"], "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


class Done(NamedTuple):
    """A gatekeeper that has ended."""

    code: int
    out: str
    err: str

    def expect(self, code: int) -> Self:
        """Itself, if it ended like this."""
        assert self.code == code, f"exit code {self.code}, not {code}\n{self.out}\n{self.err}"
        assert "Traceback" not in self.err + self.out, self.err + self.out
        return self

    @property
    def text(self) -> str:
        """All it said."""
        return self.out + self.err


class Journal:
    """A run's journal, read anew each time it is asked."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = folder / "journal.jsonl"

    @property
    def run(self) -> str:
        """The run's id."""
        return self.folder.name

    def lines(self) -> list[str]:
        """Its whole lines."""
        return self.path.read_text("utf-8").splitlines() if self.path.exists() else []

    def events(self, name: str = "", **fields: Any) -> list[Event]:
        """The data of every event called `name` (all events, whole, without a name) in which `fields` hold."""
        whole = [json.loads(line) for line in self.lines()]
        if not name:
            return whole
        found = [event["data"] for event in whole if event["event"] == name]
        return [data for data in found if all(data.get(key) == value for key, value in fields.items())]

    def last(self, name: str, **fields: Any) -> Event:
        """The last of these events."""
        found = self.events(name, **fields)
        assert found, f"no {name} with {fields} in:\n" + "\n".join(self.lines())
        return found[-1]

    @property
    def end(self) -> Event:
        """How the run ended."""
        assert self.events()[-1]["event"] == "run.finished", self.lines()[-1]
        return self.last("run.finished")

    def verdicts(self) -> dict[str, str]:
        """The last verdict of every step, as ``gate/step``."""
        return {f"{data['gate']}/{data['step']}": data["verdict"] for data in self.events("step.finished")}

    def output(self, step: str) -> str:
        """What the last attempt of a step printed."""
        return (self.folder / str(self.last("step.finished", step=step)["output"])).read_text("utf-8")

    def is_whole(self) -> bool:
        """Whether the chain holds from the first line to the closing one."""
        from gatekeeper.adapters.journal.reading import verify_chain

        problems = verify_chain(str(self.path))
        assert not problems, problems
        return True


class Going:
    """A gatekeeper that runs at this moment."""

    def __init__(self, project: Project, process: subprocess.Popen[str], before: frozenset[str]) -> None:
        self._project = project
        self._before = before
        self.process = process

    @property
    def journal(self) -> Journal:
        """The journal of the run that it makes."""
        new = [journal for journal in self._project.journals() if journal.run not in self._before]
        assert new, "no run has begun"
        return new[-1]

    def wait_for(self, name: str, **fields: Any) -> Event:
        """Look until the journal has this event."""

        self.until(lambda: self._has(name, fields), f"{name} {fields}")
        return self.journal.last(name, **fields)

    def until(self, condition: Callable[[], bool], what: str) -> None:
        """Look until `condition` holds; a gatekeeper that ended before is not waited for."""

        def holds() -> bool:
            gone = self.process.poll() is not None
            if condition():
                return True
            assert not gone, self.process.communicate()
            return False

        until(holds, what)

    def _has(self, name: str, fields: Mapping[str, Any]) -> bool:
        runs = [journal for journal in self._project.journals() if journal.run not in self._before]
        try:
            return bool(runs and runs[-1].events(name, **fields))
        except ValueError:
            return False  # half a line

    def send(self, number: signal.Signals) -> None:
        """Send a signal to gatekeeper itself, as `kill` does."""
        self.process.send_signal(number)

    def end(self) -> Done:
        """Wait for its end."""
        out, err = self.process.communicate(timeout=PATIENCE_S)
        return Done(self.process.returncode, out, err)


class Project:
    """A folder with ``gates/`` in it."""

    def __init__(self, root: Path, temporary: Path, command: Sequence[str] = (), user: str | None = None) -> None:
        self.root = root
        self.temporary = temporary
        self.command = list(command) or program()
        self.user = user
        self.always: dict[str, str] = {}
        self._going: list[subprocess.Popen[str]] = []
        temporary.mkdir(parents=True, exist_ok=True)

    @classmethod
    def with_cycle(cls, root: Path, text: str, name: str = "tiny") -> Self:
        """A new project whose one cycle's gates are `text`."""
        project = cls(root, root.parent / f"{root.name}-tmp")
        (root / "gates").mkdir(parents=True)
        project.define(text, name)
        return project

    def define(self, text: str, name: str = "tiny") -> Path:
        """Write a definition; `text` begins with ``gates:`` or any other key."""
        path = self.root / "gates" / f"{name}.yaml"
        path.write_text(f"gatekeeper: 1\ncycle: {name}\n{text}", "utf-8")
        return path

    def environment(self, **changes: str | None) -> dict[str, str]:
        """What a stranger's shell has; a value of None takes a name away."""
        inherited = {
            name: value
            for name, value in os.environ.items()
            if name not in _NOT_A_STRANGERS and not name.startswith(_NOT_A_STRANGERS_PREFIXES)
        }
        # Steps have a TMPDIR of their own: what they tell the test, they leave where BEACONS says.
        ours = {"PYTHON": sys.executable, "TMPDIR": str(self.temporary), "BEACONS": str(self.temporary)}
        wanted: dict[str, str | None] = {**inherited, **ours, **self.always, **changes}
        return {name: value for name, value in wanted.items() if value is not None}

    def gatekeeper(self, *arguments: str, cwd: Path | None = None, **env: Any) -> Done:
        """Run gatekeeper to its end; `env` are changes of its environment, as texts or None."""
        return self.start(*arguments, cwd=cwd, **env).end()

    def start(self, *arguments: str, cwd: Path | None = None, **env: Any) -> Going:
        """Begin a gatekeeper, in a session of its own as a terminal would give it."""
        before = frozenset(journal.run for journal in self.journals())
        process = subprocess.Popen(
            [*self.command, *arguments],
            cwd=cwd or self.root,
            env=self.environment(**env),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            start_new_session=True,
            user=self.user,
            group=None if self.user is None else pwd.getpwnam(self.user).pw_gid,
            extra_groups=None if self.user is None else [],
        )
        self._going.append(process)
        return Going(self, process, before)

    def journals(self) -> list[Journal]:
        """The journals of all runs, oldest first."""
        folders = [folder for folder in (self.root / ".gatekeeper" / "runs").glob("*") if folder.is_dir()]
        return [
            Journal(folder)
            for folder in sorted(folders, key=lambda folder: (folder.name[:20], folder.stat().st_ctime_ns))
        ]

    @property
    def journal(self) -> Journal:
        """The journal of the only run."""
        (journal,) = self.journals()
        return journal

    def clean_up(self) -> None:
        """End what a failing test left running, so that it fails alone."""
        for process in self._going:
            if process.poll() is None:
                process.terminate()
                try:
                    process.communicate(timeout=PATIENCE_S)
                except subprocess.TimeoutExpired:
                    process.kill()
            for pipe in (process.stdout, process.stderr):
                if pipe is not None:
                    pipe.close()
            process.wait()
