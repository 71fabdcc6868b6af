"""A project with an executor in it, around a plain guard, for the tests of the local executor."""

from __future__ import annotations

import os
import shlex
import socket
import sys
from pathlib import Path

from gatekeeper.adapters.artifacts.keeping import ArtifactKeeper
from gatekeeper.adapters.local.evidence import Evidence
from gatekeeper.adapters.local.executor import LocalExecutor, Surroundings
from gatekeeper.adapters.measures.reader import MeasureReader
from gatekeeper.adapters.probes.prober import Prober
from gatekeeper.adapters.repos.changed_lines import changed_lines
from gatekeeper.adapters.repos.tracked import tracked
from gatekeeper.model.demands import ReportSpec
from gatekeeper.model.outcome import Attempt, StepOrder
from gatekeeper.model.plan import Shell, Step, Work
from gatekeeper.model.report import Report, ReportProblem, Totals
from gatekeeper.policy.masking import Masker
from tests.adapters.local.plain_guard import PlainGuard


class Reports:
    """Remembers what it was asked, in which order, with what lay in the folder then."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, list[str]]] = []

    def clear(self, spec: ReportSpec, folder: str) -> None:
        self.asked.append(("clear", sorted(os.listdir(folder))))

    def read(self, spec: ReportSpec, folder: str, since_ns: int) -> Report | ReportProblem:
        self.asked.append(("read", sorted(os.listdir(folder))))
        return Report(Totals(1, 1, 0, 0, 0), (), ("r.xml",))


class Place:
    """A project with a run folder, and an executor in it."""

    def __init__(self, root: Path, environ: dict[str, str] | None = None, secrets: tuple[str, ...] = ()) -> None:
        self.root = root
        self.run_folder = root / ".gatekeeper/runs/r1"
        (self.run_folder / "output").mkdir(parents=True)
        self.guard = PlainGuard()
        self.reports = Reports()
        masker = Masker(secrets)
        surroundings = Surroundings(str(root), str(self.run_folder), environ or dict(os.environ), masker=masker)
        artifacts = ArtifactKeeper(str(self.run_folder))
        measures = MeasureReader(str(self.run_folder), masker, changed_lines, tracked)
        self.executor = LocalExecutor(
            surroundings,
            self.guard,
            Prober(masker.mask),
            Evidence(str(self.run_folder), self.reports, measures, artifacts),
        )

    async def run(self, work: Work | str, timeout_s: float = 20.0, **step: object) -> Attempt:
        return await self.executor.execute(self.order(work, timeout_s, **step))

    def order(self, work: Work | str, timeout_s: float = 20.0, **step: object) -> StepOrder:
        work = Shell(work) if isinstance(work, str) else work
        return StepOrder("r1", Step("g", "s", work, timeout_s)._replace(**step), 1, 1, timeout_s)  # type: ignore[arg-type]  # fields by name

    def output(self, attempt: Attempt) -> str:
        assert attempt.output is not None
        return (self.run_folder / attempt.output.path).read_text()


def closed_port() -> str:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{held.getsockname()[1]}"


LISTEN = """
import socket, time
s = socket.create_server(("127.0.0.1", 0))
open("address.new", "w").write("127.0.0.1:%d" % s.getsockname()[1])
import os; os.rename("address.new", "address")
time.sleep(1000)
"""
BACKGROUND = f"{shlex.quote(sys.executable)} -c '{LISTEN}' >/dev/null 2>&1 & until [ -e address ]; do :; done"
