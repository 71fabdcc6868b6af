"""Owns what a cycle is made of once its definition was read: plain, frozen, with defaults filled in.

Knows nothing of YAML, of the environment or of any run. Texts may still hold ``${...}`` references; they are
filled in by `gatekeeper.policy.binding` at the last moment, so that a compiled plan can be kept on disk without
holding anybody's environment.

Records are `NamedTuple`: frozen, compact, and seven times cheaper to define at start-up than a slotted dataclass.
Tell them apart with ``match``, never with ``==``: two records of different kinds with equal fields compare equal.
All durations are seconds, all sizes bytes.
"""

from enum import StrEnum
from typing import Literal, TypeAlias

from gatekeeper.model.cycle_parts import LogSpec, Notification, Reading, RepoSpec, TimeoutClass
from gatekeeper.model.demands import BaselineSpec, CoverageSpec, IntegritySpec, KnownBad, MetricSpec, ReportSpec
from gatekeeper.model.record import NamedTuple

Pairs: TypeAlias = tuple[tuple[str, str], ...]
"""An ordered mapping of text to text, frozen."""

ReadyMadeKind: TypeAlias = Literal["python", "docs", "openapi", "environment"]
"""What gatekeeper checks without a command of the user's."""


class StepId(NamedTuple):
    """Names one step of a cycle; written ``gate/step``."""

    gate: str
    step: str

    def __str__(self) -> str:
        return f"{self.gate}/{self.step}"


class Tier(StrEnum):
    """How much a gate's verdict counts."""

    REQUIRED = "required"
    ADVISORY = "advisory"
    INFORMATIONAL = "informational"


class Shell(NamedTuple):
    """A command line for ``bash -euo pipefail -c`` (``sh -eu -c`` where there is no bash)."""

    script: str


class Argv(NamedTuple):
    """A command that is executed as it is, with no shell."""

    argv: tuple[str, ...]


class JsonExpectation(NamedTuple):
    """What a place in a JSON answer must hold.

    `path` is a JSONPath of member and index steps (``$.user.id``, ``$.items[0]``). With `capture` the value found
    is kept under that name for later steps (``${capture.NAME}``). `equals` holds the wanted value as JSON text,
    or None where only the presence counts.
    """

    path: str
    equals: str | None = None
    capture: str | None = None


class HttpExpectation(NamedTuple):
    """What an HTTP answer must be: an empty `status` means any; `within_s` bounds the time to the whole answer."""

    status: tuple[int, ...] = ()
    json: tuple[JsonExpectation, ...] = ()
    headers: Pairs = ()
    contains: str | None = None
    within_s: float | None = None


class HttpProbe(NamedTuple):
    """One HTTP request and what is expected of its answer. `json` is a JSON text, `body` a plain one."""

    method: str
    url: str
    headers: Pairs = ()
    json: str | None = None
    body: str | None = None
    expect: HttpExpectation = HttpExpectation()


class TcpProbe(NamedTuple):
    """Whether a TCP port (``host:port``) accepts connections, or refuses them where `open` is False."""

    address: str
    open: bool = True


class FileProbe(NamedTuple):
    """Whether a file is there (or not), and whether it holds a text."""

    path: str
    exists: bool = True
    contains: str | None = None


class ReadyMade(NamedTuple):
    """A check that gatekeeper brings along, run as a command; `options` is the JSON object that `kind` wants.

    Its step has a CTRF report without globs: where the report lies is for whoever runs it to say.
    """

    kind: ReadyMadeKind
    options: str


Command: TypeAlias = Shell | Argv | ReadyMade
Probe: TypeAlias = HttpProbe | TcpProbe | FileProbe
Work: TypeAlias = Command | Probe


class Check(NamedTuple):
    """A probe that belongs to a step: asked again until it is met or `within_s` is over; 0 asks once."""

    kind: Literal["ready", "after_each"]
    probe: Probe
    within_s: float = 0.0


class Conditions(NamedTuple):
    """When a step applies; all that is given must hold. Patterns are shell globs."""

    env: Pairs = ()
    branch: tuple[str, ...] = ()
    os: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()


class Limits(NamedTuple):
    """Bounds on what a command may use besides time; None sets none, and what the machine sets holds anyway.

    `output` bytes of its output are kept. `memory` (bytes), `processes` (a count) and `cpu_s` (seconds of processor
    time) are those of all its processes together where the machine can tell, and of each one where it can't;
    `open_files` is each process's. `nice` is added to its niceness.
    """

    output: int = 1 << 30
    memory: int | None = None
    processes: int | None = None
    cpu_s: float | None = None
    open_files: int | None = None
    nice: int = 0


class Step(NamedTuple):
    """One command or one probe with everything that is known about it before a run.

    `cwd` is relative to the project root unless absolute. `needs` are steps that must have passed before. `keep`
    names the service that what it starts lives on as. `strays` tells whether a process that it leaves behind is only
    ended and told of, or fails it too. With `tty` its command has a terminal; with `redact` ``strict`` no secret
    reaches the disk in its output, otherwise secrets are hidden in what is shown of it. `inputs` are globs of the files
    of its repo that its result depends on (none: every file of every repo): where they are as they were when it passed,
    that pass holds. `rerun` is a shell command that runs only the tests that failed (``{failed}``), for diagnosis.
    `locks` name what it needs for itself on this machine, as long as it runs.
    `line` is where the definition says it, from 1; `timeout_from` whether the timeout is the step's own, its class's or
    the default. `inherit` are globs of the variables that it sees of ours beside the basic ones; None for all.
    """

    gate: str
    name: str
    work: Work
    timeout_s: float
    cwd: str = "."
    timeout_class: str | None = None
    grace_s: float = 5.0
    quiet_s: float | None = None
    env: Pairs = ()
    needs: tuple[StepId, ...] = ()
    keep: str | None = None
    ready: Check | None = None
    after_each: tuple[Check, ...] = ()
    condition: Conditions | None = None
    report: ReportSpec | None = None
    baseline: BaselineSpec | None = None
    coverage: CoverageSpec | None = None
    metrics: tuple[MetricSpec, ...] = ()
    rerun: str = ""
    known_bad: KnownBad | None = None
    artifacts: tuple[str, ...] = ()
    mutates: tuple[str, ...] = ()
    inputs: tuple[str, ...] = ()
    limits: Limits = Limits()
    strays: Literal["kill", "fail"] = "kill"
    tty: bool = False
    redact: Literal["shown", "strict"] = "shown"
    matrix: Pairs = ()
    line: int = 0
    timeout_from: Literal["own", "class", "default"] = "default"
    locks: tuple[str, ...] = ()
    inherit: tuple[str, ...] | None = None

    @property
    def id(self) -> StepId:
        """The step's name inside the cycle."""
        return StepId(self.gate, self.name)


class Gate(NamedTuple):
    """A named group of steps with one verdict. `needs` are gates of which every step must have passed.

    `locks` name what it needs for itself on this machine, from its first step to its last.
    """

    name: str
    steps: tuple[Step, ...]
    tier: Tier = Tier.REQUIRED
    needs: tuple[str, ...] = ()
    stop_on_failure: bool = False
    timeout_s: float | None = None
    locks: tuple[str, ...] = ()


class FixerSpec(NamedTuple):
    """The command that is called between rounds when something fails that nothing else helps, `calls` times at most.

    `cwd` is relative to the project root. It may change what `scope` allows (no globs: everything) and not what is
    `protected`, globs of paths in the repo that it works in; with `undo` what it changed beyond is put back. `provider`
    says who it is, `goal` what it is to reach, in words; `brief_size` bounds what it is told.
    """

    command: Shell | Argv
    cwd: str = "."
    timeout_s: float = 1800.0
    calls: int = 3
    scope: tuple[str, ...] = ()
    protected: tuple[str, ...] = ()
    provider: str = ""
    goal: str = ""
    env: Pairs = ()
    undo: bool = False
    brief_size: int = 16384
    line: int = 0


class UntilGreen(NamedTuple):
    """How far a run goes to get to green, and what it may call green.

    `mitigate` names the patterns whose mitigation may run. `prove_fix` tells for whose changes a step that was red must
    be seen to fail once more on the tree before them.
    """

    rounds: int = 3
    within_s: float = 7200.0
    round_within_s: float | None = None
    flaky: Literal["fail", "warn", "pass"] = "fail"
    retry_unchanged: int = 1
    retry_infra: int = 2
    confirm: int = 1
    mitigate: tuple[str, ...] = ()
    prove_fix: Literal["always", "fixer", "never"] = "fixer"
    fixer: FixerSpec | None = None


NO_CYCLE = "none"
"""Stands for a cycle where nothing is to be judged."""


class Plan(NamedTuple):
    """One cycle, ready to be run. `source` is the definition's path, `digest` the ``sha256:`` of its bytes.

    `environment` lists the variables that the definition reads and that have no default, `defaulted` those that have
    one. A verdict holds for `reuse_s` seconds for whoever asks for it without running; 0 for never. `hook` pairs globs
    of the branches that are pushed to with the cycle that judges such a push, or `NO_CYCLE`; the first that fits holds.
    With `isolate` it runs in worktrees of what is there. `locks` name what the whole run needs for itself on this
    machine.
    """

    cycle: str
    source: str
    digest: str
    gates: tuple[Gate, ...]
    id: str = ""
    title: str = ""
    vars: Pairs = ()
    ports: Pairs = ()
    secrets: tuple[str, ...] = ()
    repos: tuple[RepoSpec, ...] = ()
    reading: tuple[Reading, ...] = ()
    deliverables: tuple[str, ...] = ()
    log: LogSpec | None = None
    classes: tuple[TimeoutClass, ...] = ()
    until_green: UntilGreen = UntilGreen()
    integrity: IntegritySpec = IntegritySpec()
    teardown: tuple[Step, ...] = ()
    notify: tuple[Notification, ...] = ()
    environment: tuple[str, ...] = ()
    reuse_s: float = 604_800.0
    defaulted: tuple[str, ...] = ()
    hook: Pairs = ()
    isolate: bool = False
    locks: tuple[str, ...] = ()
