"""Owns the events of a run: their names and fields are a stored format (``v`` 1) that others read.

An event says what happened and holds all that its readers need, so that each of them can be rebuilt from the
journal alone. Field names are the journal's; a trailing underscore only keeps a name off Python's keywords.
"""

from typing import TypeAlias

from gatekeeper.model.baseline import Comparison, Measured
from gatekeeper.model.event_parts import PlannedStep, ReadingState, SettleRule, Snippet, StepSummary
from gatekeeper.model.evidence_events import (
    BaselineAccepted,
    BaselineMeasured,
    IntegrityCompared,
    RerunFinished,
    StepFlaky,
)
from gatekeeper.model.help_events import (
    BreakerOpened,
    ChangeAwaited,
    FixerFinished,
    FixerStarted,
    FixProved,
    HelpGiven,
    MitigationFinished,
    MitigationStarted,
    RepoSettled,
    RetryScheduled,
    RunResumed,
    TreeChanged,
)
from gatekeeper.model.incident import IncidentKind
from gatekeeper.model.integrity import IntegrityChange
from gatekeeper.model.known import KnownFailure
from gatekeeper.model.outcome import Artifact, CheckResult, Listener, Received, Stray
from gatekeeper.model.plan import Pairs
from gatekeeper.model.record import NamedTuple
from gatekeeper.model.report import Totals
from gatekeeper.model.service_events import BesideSteps, LockAwaited, LockTaken, ServiceEnded, ServiceStarted
from gatekeeper.model.tree import RepoState
from gatekeeper.model.verdict import Finding


class RunStarted(NamedTuple):
    """First event of every journal.

    `containment` names the guard's layers, `required_containment` the least there must be; `switches` are the kill
    switches in force, `unmasked_secrets` what nothing is hidden for, and why, `withheld` our variables that no step
    sees. `judge_by` is the ref and commit that what judges is from, `at` the commit that is judged, `isolated` says in
    worktrees; `unproven` steps were never seen to fail, `proof` is what it proves; with `watch` it waits for a person.
    """

    cycle: str
    definition: str
    tree: str
    repos: tuple[RepoState, ...]
    containment: tuple[str, ...]
    switches: tuple[str, ...] = ()
    id: str = ""
    title: str = ""
    source: str = ""
    root: str = ""
    version: str = ""
    host: str = ""
    pid: int = 0
    configuration: Pairs = ()
    reading: tuple[ReadingState, ...] = ()
    settle: tuple[SettleRule, ...] = ()
    classes: tuple[tuple[str, float, float], ...] = ()
    steps: tuple[PlannedStep, ...] = ()
    deliverables: tuple[str, ...] = ()
    rounds: int = 0
    within_s: float = 0.0
    selection: str = ""
    log: str = ""
    secrets: tuple[str, ...] = ()
    required_containment: str = ""
    unmasked_secrets: Pairs = ()
    judge_by: str = ""
    unproven: tuple[str, ...] = ()
    proof: str = ""
    watch: bool = False
    fixer: str = ""
    calls: int = 0
    mitigate: tuple[str, ...] = ()
    at: str = ""
    log_templates: str = ""
    isolated: bool = False
    withheld: tuple[str, ...] = ()


class RoundStarted(NamedTuple):
    """A pass over the gates begins; `reason` is the round machine's, `applying` are steps whose condition holds."""

    round: int
    reason: str
    tree: str
    steps: int = 0
    applying: tuple[str, ...] = ()


class RoundFinished(NamedTuple):
    """A pass is over. `failed` lists ``gate/step`` of what did not pass; `signature` names the failure as a whole.

    `snapshot` holds for each repo a commit on no branch that has all its files as they are now, where a fix may have to
    be proven, or undone. With `abandoned` somebody changed the tree under it: what had not begun has no result.
    """

    round: int
    tree: str
    failed: tuple[str, ...]
    signature: str = ""
    duration_s: float = 0.0
    snapshot: Pairs = ()
    abandoned: bool = False


class StepStarted(NamedTuple):
    """An attempt is about to run `command` or `probe`. `output` grows; with `redact` ``strict`` it holds no secret."""

    gate: str
    step: str
    round: int
    attempt: int
    timeout_s: float
    command: str | None = None
    probe: str | None = None
    cwd: str = ""
    output: str | None = None
    redact: str = "shown"


class StepFinished(NamedTuple):
    """An attempt was judged (or a step was blocked or skipped: `attempt` is 0).

    `output_dropped` bytes are missing in its output, which says where. `strays_total` counts all strays, also those
    that are not described; it is 0 in journals that did not count them. `comparison` is what its tests came to beside
    their baseline, `measured` its coverage and its numbers beside theirs. `reports` are the files that the tests were
    read from, with their digests, and `report_format` how; `coverage_files` those that coverage was read from,
    `metric_files` those of numbers. `dossier` is what was seen of it while it hung, `dossier_digest` that file's.
    `flaky` tells of a pass that took more than one try inside the attempt. `known` is what a pattern says of a failure.
    With `reused` it was not run: its `inputs` have the digest on which it passed before in this run, and that holds.
    """

    gate: str
    step: str
    round: int
    attempt: int
    verdict: str
    tier: str = "required"
    exit_code: int | None = None
    signal: int | None = None
    duration_s: float = 0.0
    class_: str | None = None
    pattern: str | None = None
    findings: tuple[Finding, ...] = ()
    strays: tuple[Stray, ...] = ()
    output: str | None = None
    output_digest: str | None = None
    output_size: int = 0
    output_dropped: int = 0
    tests: Totals | None = None
    reused: bool = False
    request: str | None = None
    expected: str | None = None
    received: Received | None = None
    checks: tuple[CheckResult, ...] = ()
    command: str | None = None
    last_lines: tuple[str, ...] = ()
    tree: str = ""
    artifacts: tuple[Artifact, ...] = ()
    listeners: tuple[Listener, ...] = ()
    dossier: str | None = None
    strays_total: int = 0
    comparison: Comparison | None = None
    measured: tuple[Measured, ...] = ()
    reports: tuple[Artifact, ...] = ()
    report_format: str = ""
    coverage_files: tuple[Artifact, ...] = ()
    metric_files: tuple[Artifact, ...] = ()
    dossier_digest: str | None = None
    flaky: bool = False
    known: KnownFailure | None = None
    inputs: str = ""


class IncidentHappened(NamedTuple):
    """Something that the log must tell."""

    kind: IncidentKind
    message: str
    gate: str = ""
    step: str = ""


class NoteAdded(NamedTuple):
    """What a person or a fixer learned: Problem, Root cause, Solution, Gold nugget."""

    problem: str
    root_cause: str
    solution: str
    nugget: str
    domain: str = ""
    snippet: Snippet | None = None


class RunFinished(NamedTuple):
    """Last event of a run. `incidents` counts by kind; `repos` is the state at the end.

    `duration_s` is None where the run's process died: when that was, nobody saw. With a `selection` (``--only``) the
    verdict speaks of that part of the cycle alone. `integrity` is how what judges now differs from the start.
    """

    verdict: str
    exit_code: int
    rounds: int
    tree: str
    duration_s: float | None
    log: str = ""
    steps: tuple[StepSummary, ...] = ()
    incidents: tuple[tuple[str, int], ...] = ()
    reason: str = ""
    repos: tuple[RepoState, ...] = ()
    selection: str = ""
    integrity: tuple[IntegrityChange, ...] = ()


Event: TypeAlias = (
    RunStarted
    | RoundStarted
    | RoundFinished
    | StepStarted
    | StepFinished
    | BesideSteps
    | HelpGiven
    | IntegrityCompared
    | BaselineMeasured
    | BaselineAccepted
    | RerunFinished
    | StepFlaky
    | IncidentHappened
    | NoteAdded
    | RunFinished
)

EVENTS: dict[str, type[Event]] = {
    "run.started": RunStarted,
    "round.started": RoundStarted,
    "round.finished": RoundFinished,
    "step.started": StepStarted,
    "step.finished": StepFinished,
    "service.started": ServiceStarted,
    "service.ended": ServiceEnded,
    "lock.awaited": LockAwaited,
    "lock.taken": LockTaken,
    "retry.scheduled": RetryScheduled,
    "tree.changed": TreeChanged,
    "integrity.compared": IntegrityCompared,
    "baseline.measured": BaselineMeasured,
    "baseline.accepted": BaselineAccepted,
    "rerun.finished": RerunFinished,
    "step.flaky": StepFlaky,
    "mitigation.started": MitigationStarted,
    "mitigation.finished": MitigationFinished,
    "fixer.started": FixerStarted,
    "fixer.finished": FixerFinished,
    "breaker.opened": BreakerOpened,
    "change.awaited": ChangeAwaited,
    "fix.proved": FixProved,
    "run.resumed": RunResumed,
    "repo.settled": RepoSettled,
    "incident": IncidentHappened,
    "note.added": NoteAdded,
    "run.finished": RunFinished,
}
"""The journal's name of every event; the closed list of what can be said of a run."""

NAMES: dict[type[Event], str] = {kind: name for name, kind in EVENTS.items()}


class Entry(NamedTuple):
    """An event as it was written: its place in the journal, its wall-clock time (UTC, ISO 8601), its run.

    `line` holds the journal's bytes without the newline, `digest` their ``sha256:``, which the next line repeats as
    its ``prev``; both are empty where the entry never was in a journal.
    """

    seq: int
    time: str
    run: str
    event: Event
    digest: str = ""
    line: bytes = b""
