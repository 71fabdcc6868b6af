"""Owns what was observed of one attempt: facts only, no judgement. Knows nothing of how they were observed.

Everything here is plain, frozen and serialisable, because an attempt may one day have run on another machine.
"""

from typing import Literal, TypeAlias

from gatekeeper.model.incident import Incident
from gatekeeper.model.plan import Pairs, Step
from gatekeeper.model.record import NamedTuple
from gatekeeper.model.report import Coverage, MetricValue, Report, ReportProblem


class Exited(NamedTuple):
    """The command ended by itself with this exit code."""

    code: int


class Signalled(NamedTuple):
    """The command died of a signal that the guard did not send."""

    signal: int


class TimedOut(NamedTuple):
    """The guard ended the command.

    `by` tells whether the hard deadline or the quiet period ran out; `limit` whose deadline it was. `hint` is one
    sentence on what the command seemed to be doing, from the dossier, or empty.
    """

    after_s: float
    by: Literal["deadline", "quiet"] = "deadline"
    limit: Literal["step", "gate", "round", "run"] = "step"
    hint: str = ""


LimitName: TypeAlias = Literal["memory", "processes", "cpu", "open_files"]
"""A limit of `gatekeeper.model.plan.Limits` that a command can be seen to run into."""


class LimitExceeded(NamedTuple):
    """The guard ended the command because it used more than its limit; the attempt's `exceeded` has the words.

    `hint` is one sentence on what used it, from the dossier, or empty.
    """

    limit: LimitName
    after_s: float
    hint: str = ""


class NotStarted(NamedTuple):
    """The command never ran.

    `reason` is about the definition (``command-not-found``, ``not-executable``, ``no-such-folder``, ``bad-value``)
    or about the machine (``no-resources``: fork, memory, descriptors or disk; ``port-taken``).
    """

    reason: Literal["command-not-found", "not-executable", "no-such-folder", "bad-value", "no-resources", "port-taken"]
    detail: str


class Cancelled(NamedTuple):
    """The guard ended the command because the run was told to stop."""


class GuardBroken(NamedTuple):
    """The guard itself was hurt: what the command did is not known."""

    detail: str


class Probed(NamedTuple):
    """A probe was asked and answered (or could not be); `met` tells whether the answer was the expected one."""

    met: bool


Outcome: TypeAlias = Exited | Signalled | TimedOut | LimitExceeded | NotStarted | Cancelled | GuardBroken | Probed


class Stray(NamedTuple):
    """A process that a step started and that outlived it without leave."""

    pid: int
    argv: tuple[str, ...]
    age_s: float
    layer: str
    cwd: str = ""
    ports: tuple[int, ...] = ()


class Exceeded(NamedTuple):
    """A limit that a command ran into, and in words what came of that."""

    limit: LimitName
    message: str


class Listener(NamedTuple):
    """A port that has been listened on since a step began, by a process that is not the step's.

    Work that was handed to a server looks like this. `argv` is the program's name alone, because what else stands in a
    stranger's command line may be secret; it is empty where the process could not be seen.
    """

    port: int
    pid: int = 0
    argv: tuple[str, ...] = ()


class Received(NamedTuple):
    """What came back to a probe. `status` is None where there was no answer; `excerpt` is masked and cut.

    `retry_after_s` is for how long the answer asked not to be asked again, None where it said nothing of that.
    """

    status: int | None
    ms: float
    excerpt: str = ""
    retry_after_s: float | None = None


class ProbeResult(NamedTuple):
    """One probe as it was asked and answered, in words. `problem` is empty where the expectation was met."""

    request: str
    expected: str
    received: Received
    met: bool
    problem: str = ""
    captures: Pairs = ()


class CheckResult(NamedTuple):
    """A `ready` or `after_each` probe of a step."""

    kind: Literal["ready", "after_each"]
    probe: ProbeResult


class Output(NamedTuple):
    """The captured output. `path` is relative to the run's folder; `dropped` bytes were cut from the middle."""

    path: str
    size: int
    digest: str
    dropped: int = 0


class Artifact(NamedTuple):
    """A file that a step declared as evidence: `path` as it was written, `kept` the copy in the run's folder.

    `kept` is empty where it was not kept: too many, too large, or not readable.
    """

    path: str
    kept: str = ""
    digest: str = ""
    size: int = 0


class StepOrder(NamedTuple):
    """One attempt to be executed: the step with everything filled in, and its effective hard timeout.

    `purpose` tells the attempt itself from what is run beside it, which has an output of its own: a rerun of its failed
    tests, a mitigation, a call of the fixer.
    """

    run: str
    step: Step
    round: int
    attempt: int
    timeout_s: float
    limit: Literal["step", "gate", "round", "run"] = "step"
    purpose: Literal["attempt", "rerun", "mitigation", "fixer"] = "attempt"

    @property
    def output_name(self) -> str:
        """The file name of the attempt's output; step names may hold any text, file names may not."""
        safe = "".join(c if c.isalnum() or c in "-_=,+" else "_" for c in f"{self.step.name}")
        beside = "" if self.purpose == "attempt" else f".{self.purpose}"
        return f"{self.step.gate}.{safe}.{self.attempt}{beside}.log"


class Attempt(NamedTuple):
    """All that was observed of one execution of one step.

    `strays_total` counts all strays, also those that are not described. `layers` names what held its command, where it
    had one. `exceeded` are the limits that it ran into. `dossier` is the file, relative to the run's folder, on what it
    was doing when it had to be ended, `dossier_digest` the ``sha256:`` of that; empty where there is none. `lost` says
    why output of it is missing, or is empty.
    `report`, `coverage` and `metrics` are the evidence that it left, where the step declares such.
    """

    outcome: Outcome
    duration_s: float
    strays: tuple[Stray, ...] = ()
    output: Output | None = None
    probe: ProbeResult | None = None
    checks: tuple[CheckResult, ...] = ()
    report: Report | ReportProblem | None = None
    captures: Pairs = ()
    incidents: tuple[Incident, ...] = ()
    last_lines: tuple[str, ...] = ()
    service: str | None = None
    artifacts: tuple[Artifact, ...] = ()
    exceeded: tuple[Exceeded, ...] = ()
    listeners: tuple[Listener, ...] = ()
    dossier: str = ""
    lost: str = ""
    layers: tuple[str, ...] = ()
    strays_total: int = 0
    coverage: Coverage | ReportProblem | None = None
    metrics: tuple[MetricValue, ...] = ()
    dossier_digest: str = ""


class DeadService(NamedTuple):
    """A kept service that is gone, and what it wrote: its last lines, and its whole output from its step's beginning.

    `why` says which limit it ran into, `lost` why output of it is missing or not masked, `alive` what of it is not gone
    after all; each may be empty.
    """

    name: str
    last_lines: tuple[str, ...] = ()
    why: str = ""
    output: Output | None = None
    lost: str = ""
    alive: str = ""
