"""Owns the shape of a definition: keys, kinds of values, defaults. Knows no rule that takes two fields to tell.

The descriptions are for people: they become the JSON Schema that editors show.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeAlias

from pydantic import Field, Tag

from gatekeeper.adapters.definition.evidence_models import Baseline, Coverage, Integrity, KnownBad, Metric, Report
from gatekeeper.adapters.definition.fields import (
    MAPPING,
    TEXT,
    Count,
    Deadline,
    Duration,
    DurationOrNever,
    FormatVersion,
    LockName,
    Memory,
    Niceness,
    OneOrMany,
    PlainText,
    Run,
    Service,
    Size,
    SomeText,
    SomeTexts,
    Status,
    Text,
    Texts,
    TimeoutRange,
    Truth,
    one_of,
    text_or,
    words,
)
from gatekeeper.adapters.definition.inheriting import Inherit
from gatekeeper.adapters.definition.names import EnvName, Name, Word
from gatekeeper.adapters.definition.ready_made_models import Docs, EnvironmentField, OpenApi, Python
from gatekeeper.adapters.definition.rules import RULES
from gatekeeper.adapters.definition.strict import Strict
from gatekeeper.adapters.definition.until_green_models import Repo, UntilGreen
from gatekeeper.policy.announcing import OCCASIONS, USUAL

SYSTEMS = ("linux", "macos")


class ReadingItem(Strict):
    """A document that the run must have had."""

    repo: Annotated[Word | None, Field(description="The repo that it lies in; none: the project root.")] = None
    path: Annotated[SomeText, Field(description="The file, relative to the repo.")]


class Log(Strict):
    """The execution log."""

    file: Annotated[SomeText, Field(description="Where it is written; relative to the project root.")]
    templates: Annotated[
        SomeText | None,
        Field(description="A folder with templates (Jinja) for its sections; relative to the project root."),
    ] = None


class Class(Strict):
    """A named range that hard timeouts must lie in."""

    timeout: Annotated[TimeoutRange, Field(description="Shortest..longest; the longest is the default.")]


class Expect(Strict):
    """What an HTTP answer must be."""

    status: Annotated[
        tuple[Status, ...], OneOrMany(), Field(description="The status, or a list of those allowed.")
    ] = ()
    json_: Annotated[
        dict[SomeText, Any],
        Field(alias="json", description='What places of the answer hold: `"$.user.id": 5` or `{equals:, capture:}`.'),
    ] = {}
    headers: Annotated[dict[PlainText, Text], Field(description="What headers of the answer hold.")] = {}
    contains: Annotated[SomeText | None, Field(description="A text that the answer holds.")] = None
    within: Annotated[Deadline | None, Field(description="The time to the end of the answer.")] = None


class Tcp(Strict):
    """A TCP port."""

    address: Annotated[SomeText, Field(description="`host:port`.")]
    open: Annotated[Truth, Field(description="false: the port must refuse connections.")] = True


class File(Strict):
    """A file."""

    path: Annotated[SomeText, Field(description="The file, relative to the step's folder.")]
    exists: Annotated[Truth, Field(description="false: the file must not be there.")] = True
    contains: Annotated[SomeText | None, Field(description="A text that the file holds.")] = None


TcpField: TypeAlias = Annotated[Annotated[SomeText, Tag(TEXT)] | Annotated[Tcp, Tag(MAPPING)], text_or(MAPPING, dict)]
FileField: TypeAlias = Annotated[Annotated[SomeText, Tag(TEXT)] | Annotated[File, Tag(MAPPING)], text_or(MAPPING, dict)]


class ProbeKeys(Strict):
    """The keys of a probe, wherever one may stand."""

    http: Annotated[SomeText | None, Field(description="`METHOD url`; needs `expect`.")] = None
    json_: Annotated[Any, Field(alias="json", description="The request's body as JSON: any YAML value.")] = None
    body: Annotated[Text | None, Field(description="The request's body as text.")] = None
    headers: Annotated[dict[PlainText, Text], Field(description="The request's headers.")] = {}
    expect: Annotated[Expect | None, Field(description="What the answer must be.")] = None
    tcp: Annotated[TcpField | None, Field(description="`host:port` that accepts connections.")] = None
    file: Annotated[FileField | None, Field(description="A file that is there.")] = None


class Check(ProbeKeys):
    """A probe that belongs to a step."""

    within: Annotated[Deadline | None, Field(description="Asked again until it is met, so long at most.")] = None


Checks = Annotated[tuple[Check, ...], OneOrMany()]
Locks = Annotated[tuple[LockName, ...], OneOrMany()]
Redact = Annotated[Literal["shown", "strict"], one_of("shown", "strict"), words("shown", "strict")]


class Conditions(Strict):
    """When a step applies; all that is given must hold."""

    env: Annotated[dict[EnvName, Text], Field(description="Variables and the globs of their values.")] = {}
    branch: Annotated[Texts, Field(description="Globs of the repo's branch.")] = ()
    os: Annotated[
        tuple[Annotated[str, one_of(*SYSTEMS), words(*SYSTEMS)], ...],
        OneOrMany(),
        Field(description="Systems that it applies to."),
    ] = ()
    changed: Annotated[Texts, Field(description="Globs of files, one of which must have changed.")] = ()


class Limits(Strict):
    """Bounds on what a step may use besides time."""

    output: Annotated[Size, Field(description="Output that is kept.")] = 1 << 30
    memory: Annotated[Memory | None, Field(description="Memory of all its processes.")] = None
    processes: Annotated[Count | None, Field(description="Processes and threads at a time.")] = None
    cpu: Annotated[Deadline | None, Field(description="Processor time of all its processes.")] = None
    open_files: Annotated[Count | None, Field(description="Open files of each of its processes.")] = None
    nice: Annotated[Niceness, Field(description="How far it stands back for others: 0 to 19.")] = 0


class StepKeys(ProbeKeys):
    """What a step of a gate and one of the teardown have in common."""

    run: Annotated[Run | None, Field(description="A command line for bash, or a list that is run with no shell.")] = (
        None
    )
    in_: Annotated[SomeText | None, Field(alias="in", description="A repo's name, or a folder.")] = None
    class_: Annotated[Word | None, Field(alias="class", description="The class that the timeout lies in.")] = None
    timeout: Annotated[Deadline | None, Field(description="The hard timeout.")] = None
    grace: Annotated[Duration | None, Field(description="Between TERM and KILL.")] = None
    quiet: Annotated[Deadline | None, Field(description="No output for this long is a hang.")] = None
    env: Annotated[dict[EnvName, Text], Field(description="Environment variables.")] = {}
    inherit: Annotated[Inherit | None, Field(description="Its own, where it is not its gate's or the cycle's.")] = None
    if_: Annotated[Conditions | None, Field(alias="if", description="When the step applies.")] = None
    limits: Annotated[Limits | None, Field(description="Bounds besides time.")] = None
    strays: Annotated[
        Literal["kill", "fail"],
        one_of("kill", "fail"),
        words("kill", "fail"),
        Field(description="What a process means that it leaves behind; it is ended in any case."),
    ] = "kill"
    tty: Annotated[Truth, Field(description="true: the command has a terminal.")] = False
    redact: Annotated[Redact | None, Field(description="Its own, where it is not the cycle's.")] = None
    allow: Annotated[
        dict[Annotated[str, one_of(*RULES), words(*RULES)], PlainText],
        Field(description="Findings of `gatekeeper check` that are meant: `rule: reason`."),
    ] = {}


class Step(StepKeys):
    """One command, one probe, or one ready-made check."""

    python: Annotated[Python | None, Field(description="Python files compile, and modules import.")] = None
    docs: Annotated[Docs | None, Field(description="Documents hold what they must, and not what they may not.")] = None
    openapi: Annotated[OpenApi | None, Field(description="An API keeps what it promised before.")] = None
    environment: Annotated[
        EnvironmentField | None, Field(description="Variables are set, and do not lead to production.")
    ] = None
    needs: Annotated[Texts, Field(description="Steps (`step`, `gate/step`) or gates that must have passed.")] = ()
    keep: Annotated[Service | None, Field(description="What it starts may live on, as this service.")] = None
    ready: Annotated[Check | None, Field(description="The step passes only when this probe is met.")] = None
    after_each: Annotated[Checks, Field(description="Probes that are made after the step.")] = ()
    matrix: Annotated[
        dict[Word, Annotated[tuple[PlainText, ...], Field(min_length=1)]],
        Field(description="One step for each combination; ${matrix.NAME} is its value."),
    ] = {}
    report: Annotated[Report | None, Field(description="Where the test report lies.")] = None
    baseline: Annotated[Baseline | None, Field(description="What the tests are compared with.")] = None
    coverage: Annotated[Coverage | None, Field(description="Where the coverage lies, and what it must be.")] = None
    metrics: Annotated[dict[Word, Metric], Field(description="Numbers that the step writes or prints.")] = {}
    rerun: Annotated[
        SomeText | None, Field(description="How to run only the tests that failed (`{failed}`), for diagnosis.")
    ] = None
    known_bad: Annotated[KnownBad | None, Field(description="A change that the step must notice.")] = None
    artifacts: Annotated[Texts, Field(description="Globs of files to keep as evidence.")] = ()
    mutates: Annotated[Texts, Field(description="Globs of files that the step is meant to change.")] = ()
    locks: Annotated[Locks, Field(description="What it needs for itself while it runs, on this machine: `[db]`.")] = ()
    inputs: Annotated[
        SomeTexts | None, Field(description="Globs of the files that its result depends on; without it: all files.")
    ] = None


class TeardownStep(StepKeys):
    """One command or one probe that is run when the cycle ends, whatever happened."""

    name: Annotated[Name | None, Field(description="What it is called; its program's name if not given.")] = None


class Gate(Strict):
    """A named group of steps with one verdict."""

    needs: Annotated[tuple[SomeText, ...], OneOrMany(), Field(description="Gates that come before.")] = ()
    tier: Annotated[
        Literal["required", "advisory", "informational"],
        one_of("required", "advisory", "informational"),
        words("required", "advisory", "informational"),
        Field(description="How much its verdict counts."),
    ] = "required"
    timeout: Annotated[Deadline | None, Field(description="The time of the whole gate.")] = None
    inherit: Annotated[Inherit | None, Field(description="Of its steps, where it is not the cycle's.")] = None
    stop_on_failure: Annotated[Truth, Field(description="The first failing step ends the gate.")] = False
    after_each: Annotated[Checks, Field(description="Probes that are made after each step.")] = ()
    locks: Annotated[
        Locks, Field(description="What it needs for itself from its first step to its last, on this machine.")
    ] = ()
    steps: Annotated[dict[Name, Step], Field(min_length=1, description="The steps, run in the order written.")]


class Notify(Strict):
    """Whom to tell about which endings: somebody at a URL, or a command."""

    to: Annotated[
        Text | None,
        Field(description="A URL, for its token in ${env:NAME:-}: https://… for a webhook, or one of apprise's."),
    ] = None
    exec: Annotated[
        Run | None, Field(description="A command that gets the message as JSON on its standard input, instead of `to`.")
    ] = None
    on: Annotated[
        tuple[Annotated[str, one_of(*OCCASIONS), words(*OCCASIONS)], ...],
        Field(min_length=1),
        OneOrMany(),
        Field(description="Endings of a run, told when they are new; `always` tells every one."),
    ] = USUAL
    allow: Annotated[
        dict[Annotated[str, one_of(*RULES), words(*RULES)], PlainText],
        Field(description="Findings of `gatekeeper check` that are meant: `rule: reason`."),
    ] = {}


class Cycle(Strict):
    """One cycle of gatekeeper."""

    gatekeeper: Annotated[FormatVersion, Field(description="The version of the format.")]
    cycle: Annotated[Name, Field(description="The cycle's name.")]
    id: Annotated[PlainText | None, Field(description="The cycle's id, as the log has it.")] = None
    title: Annotated[PlainText | None, Field(description="The cycle's title.")] = None
    vars: Annotated[dict[Word, Text], Field(description="Texts that are referred to as ${vars.NAME}.")] = {}
    ports: Annotated[dict[Word, SomeText], Field(description="`auto`, or a number; ${port.NAME}.")] = {}
    secrets: Annotated[tuple[EnvName, ...], Field(description="Environment variables that nobody may read.")] = ()
    inherit: Annotated[Inherit, Field(description="Variables of ours that steps see: all, clean, a list.")] = "all"
    redact: Annotated[
        Redact, Field(description="strict: no secret in output reaches the disk; shown: none is shown or stays there.")
    ] = "shown"
    repos: Annotated[dict[Word, Repo], Field(description="The working trees that the cycle touches.")] = {}
    reading: Annotated[tuple[ReadingItem, ...], Field(description="Documents that the run must have had.")] = ()
    deliverables: Annotated[tuple[PlainText, ...], Field(description="What the cycle is to deliver.")] = ()
    log: Annotated[Log | None, Field(description="The execution log.")] = None
    classes: Annotated[dict[Word, Class], Field(description="Permitted ranges of hard timeouts.")] = {}
    until_green: Annotated[UntilGreen, Field(description="How far a run goes to get to green.")] = UntilGreen()
    reuse: Annotated[
        DurationOrNever,
        Field(description="How long a verdict of the same tree holds for a push, or `never`."),
    ] = 604_800.0
    hook: Annotated[
        dict[PlainText, Name],
        Field(description="Globs of the branches that are pushed to, and the cycle that judges it, or `none`."),
    ] = {}
    isolate: Annotated[
        Truth, Field(description="true: runs in git worktrees of what is there, so that others can go on beside it.")
    ] = False
    locks: Annotated[Locks, Field(description="What the whole run needs for itself, on this machine: `[db]`.")] = ()
    integrity: Annotated[Integrity, Field(description="What weakening what the run is judged by means.")] = Integrity()
    gates: Annotated[dict[Name, Gate], Field(description="The gates.", json_schema_extra={"minProperties": 1})]
    teardown: Annotated[tuple[TeardownStep, ...], Field(description="Run at the end, whatever happened.")] = ()
    notify: Annotated[tuple[Notify, ...], Field(description="Whom to tell how it ended.")] = ()
