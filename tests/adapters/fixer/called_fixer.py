"""Owns a run that stands before a call of its fixer: a real repository, real commands, and a journal in memory."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import anyio

from gatekeeper.adapters.fixer.desk import FixerDesk
from gatekeeper.adapters.local.executor import LocalExecutor, Surroundings
from gatekeeper.adapters.probes.prober import Prober
from gatekeeper.adapters.repos.reading import BoundRepo
from gatekeeper.adapters.repos.snapshot import GitSnapshots
from gatekeeper.adapters.repos.trees import GitTrees
from gatekeeper.adapters.repos.workplace import GitWorkplace
from gatekeeper.engine.fixing import Fixing, FixingOrder
from gatekeeper.engine.stop import Stop
from gatekeeper.engine.stream import EventStream
from gatekeeper.model.containment import NOTHING_PROMISED
from gatekeeper.model.events import RoundFinished, RoundStarted, RunStarted, StepFinished, StepStarted
from gatekeeper.model.help_events import FixerFinished, FixerStarted
from gatekeeper.model.known import KnownFailure
from gatekeeper.model.plan import Argv, FixerSpec, Shell
from gatekeeper.model.verdict import Finding
from gatekeeper.policy.binding import Context
from gatekeeper.policy.fixer_rules import Allowed
from gatekeeper.policy.fold import RunRecord, fold
from gatekeeper.policy.masking import Masker
from tests.adapters.local.plain_guard import PlainGuard
from tests.engine.world import Happened, MemoryJournal
from tests.support.projects import git

SECRET = "tr0ub4dor-and-3"
OUTPUT = "collected 2 items\n\nE   AssertionError: assert 3 == 4\n1 failed, 1 passed\n"


class CalledFixer:
    """A project with one failing step, in a folder whose name has a space; each `call` is the next one."""

    def __init__(self, tmp_path: Path) -> None:
        self.root = tmp_path / "a project"
        self.root.mkdir()
        self.git("init", "--quiet", "--initial-branch", "main")
        self.write("src/add.py", "def add(a, b):\n    return a + b - 1\n")
        self.write("tests/test_add.py", "assert add(2, 2) == 4\n")
        self.write("gates/tiny.yaml", "gatekeeper: 1\n")
        self.write(".gitignore", ".gatekeeper/\n")
        self.commit()
        self.run_folder = self.root / ".gatekeeper" / "runs" / "r1"
        (self.run_folder / "output").mkdir(parents=True)
        self.journal = MemoryJournal()
        self.stream = EventStream(self.journal, ())
        self.stop = Stop()
        self.repos = (BoundRepo("app", str(self.root)),)
        self.calls = 0
        self._fail()

    def git(self, *arguments: str) -> str:
        return git(self.root, *arguments).strip()

    def commit(self, subject: str = "work") -> str:
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", subject)
        return self.git("rev-parse", "HEAD")

    def write(self, name: str, text: str) -> Path:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def read(self, name: str) -> str:
        return (self.root / name).read_text()

    def call(self, command: Shell | Argv | str, left_s: float = 60.0, **spec: Any) -> FixerFinished:
        """Call a fixer whose command this is, as a run would that was resumed after the call before."""
        work = Shell(command) if isinstance(command, str) else command
        return anyio.run(self._call, self.fixing(FixerSpec(work)._replace(**spec)), left_s)

    def fixing(self, spec: FixerSpec) -> Fixing:
        order = FixingOrder(
            run="r1",
            provider=spec.provider,
            spec=spec,
            context=Context(os.environ, vars={"greeting": "hello 'you'"}),
            containment=NOTHING_PROMISED,
            allowed=Allowed("app", spec.scope, spec.protected, gates=str(self.root / "gates"), paths=self.repos),
            folder=str(self.root),
            masker=Masker((SECRET,)),
        )
        return Fixing(
            order,
            executor=self._executor(),
            stream=self.stream,
            stop=self.stop,
            trees=GitTrees(self.repos, leave_out=()),
            workplace=GitWorkplace(self.repos, leave_out=(), definition=str(self.root / "gates" / "tiny.yaml")),
            desk=FixerDesk(str(self.run_folder), Masker((SECRET,))),
            record=self.record,
        )

    def _executor(self) -> LocalExecutor:
        surroundings = Surroundings(str(self.root), str(self.run_folder), dict(os.environ), masker=Masker((SECRET,)))
        # Each call has an event loop of its own here, and a guard belongs to one.
        return LocalExecutor(surroundings, PlainGuard(), Prober(str), None)

    async def _call(self, fixing: Fixing, left_s: float) -> FixerFinished:
        self.calls += 1
        tree = await GitTrees(self.repos, leave_out=()).read()
        await fixing.call(self.calls, tree, left_s=left_s, rounds_left=2, calls_left=3 - self.calls)
        return self.finished

    def look_back(self, **spec: Any) -> FixerFinished:
        """What a run that is resumed tells of the newest call, of which nobody saw the end."""
        anyio.run(self.fixing(FixerSpec(Shell("true"))._replace(**spec)).look_back, self.calls)
        return self.finished

    async def record(self) -> RunRecord:
        return fold("r1", self.journal.entries)

    def told(self, kind: type[Happened]) -> list[Happened]:
        return [entry.event for entry in self.journal.entries if isinstance(entry.event, kind)]

    @property
    def started(self) -> FixerStarted:
        return self.told(FixerStarted)[-1]

    @property
    def finished(self) -> FixerFinished:
        return self.told(FixerFinished)[-1]

    def paper(self, name: str) -> Path:
        """A file of the newest call."""
        return self.run_folder / "fixer" / str(self.calls) / name

    def output(self) -> str:
        assert self.finished.output is not None
        return (self.run_folder / self.finished.output).read_text()

    def _fail(self) -> None:
        """A first round in which a step failed; what a fixer changes is told from what was there then."""
        (self.run_folder / "output" / "suite.unit.1.log").write_text(OUTPUT + f"token {SECRET}\n")
        known = KnownFailure("assertion", "code", "an assertion failed", "look at add()")
        for event in (
            RunStarted("tiny", "sha256:1", "sha256:0", (), ()),
            RoundStarted(1, "first", "sha256:0", 1),
            StepStarted("suite", "unit", 1, 1, 60.0, command="pytest"),
            StepFinished(
                "suite",
                "unit",
                1,
                1,
                "failed",
                exit_code=1,
                findings=(Finding("test-failed", "tests/test_add.py::test_add: assert 3 == 4", "tests/test_add.py:1"),),
                output="output/suite.unit.1.log",
                command="pytest",
                known=known,
            ),
        ):
            self.stream.publish(event)
        self._end_round(1)

    def snapshot_of_a_round(self) -> None:
        """One more round that changes nothing; what is there now was there before the next call."""
        self.stream.publish(RoundStarted(2, "again", "sha256:0", 1))
        self._end_round(2)

    def _end_round(self, number: int) -> None:
        snapshot = anyio.run(GitSnapshots(self.repos, leave_out=()).take)
        self.stream.publish(RoundFinished(number, "sha256:0", ("suite/unit",), "sha256:9", snapshot=snapshot.commits))
