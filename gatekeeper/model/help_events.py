"""Owns the events that tell of help between rounds: stored formats, as in `gatekeeper.model.events`."""

from typing import Literal, TypeAlias

from gatekeeper.model.event_parts import FileDiff
from gatekeeper.model.integrity import IntegrityChange
from gatekeeper.model.record import NamedTuple
from gatekeeper.model.verdict import Finding


class MitigationStarted(NamedTuple):
    """The command of a pattern is about to run, for the failure of a step on `tree`; `n` counts those of the run."""

    pattern: str
    command: str
    gate: str
    step: str
    tree: str
    n: int
    timeout_s: float = 0.0


class MitigationFinished(NamedTuple):
    """It has run. It helped as far as anybody can tell where `exit_code` is 0; `problem` says why it has none."""

    pattern: str
    exit_code: int | None
    duration_s: float = 0.0
    output: str | None = None
    output_digest: str | None = None
    problem: str = ""


class FixerStarted(NamedTuple):
    """The fixer is about to be called for the `call`-th time, on `tree`.

    `brief` is the digest of what it is told, `brief_file` where that lies in the run's folder.
    """

    call: int
    provider: str
    brief: str
    tree: str
    command: str = ""
    timeout_s: float = 0.0
    brief_file: str = ""


class Usage(NamedTuple):
    """What a call of the fixer used, as its own file states it: each exact, or None where it states nothing.

    `cost` is in the currency of `source`'s bill; `source` says where the numbers are from.
    """

    input_tokens: int | None = None
    output_tokens: int | None = None
    total_tokens: int | None = None
    cost: float | None = None
    source: str | None = None


class FixerFinished(NamedTuple):
    """A call of the fixer is over; its own word on success is nowhere here.

    `changed` are the files (``repo: path``) that differ from before the call, `commits` what it committed (``repo: id
    subject``), `diffstat` one line a file. `findings` tell what it did that it may not, or that must be known;
    `violating` are the files out of its scope, or protected, that differ from before its first call, also now.
    `undone` are those that were put back. `problem` says why it did not come to its end.
    """

    call: int
    exit_code: int | None
    duration_s: float = 0.0
    changed: tuple[str, ...] = ()
    commits: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    usage: Usage = Usage()
    diffstat: tuple[str, ...] = ()
    violating: tuple[str, ...] = ()
    undone: tuple[str, ...] = ()
    output: str | None = None
    output_digest: str | None = None
    problem: str = ""


class BreakerOpened(NamedTuple):
    """Something is not tried any more: the run as a whole (``no-progress``), or a `dependency` for some time.

    `signature` names the failure that came again on `tree`, or the dependency. `closed_after_s` is the time after which
    a dependency is asked once more; 0 for never.
    """

    kind: Literal["no-progress", "dependency"]
    signature: str
    tree: str
    message: str = ""
    closed_after_s: float = 0.0


class ChangeAwaited(NamedTuple):
    """Nothing is left to try on `tree`: the run waits until somebody changes it, for `within_s` at most.

    `rounds_left` may follow.
    """

    tree: str
    rounds_left: int
    within_s: float


class FixProved(NamedTuple):
    """A step that was red was run once more on the tree before the fix, of which `tree` is the digest.

    It ``failed`` there as it had before, so the fix is what made it pass; it ``passed``, so it is flaky and the fix
    proves nothing; or it is ``unclear``: `message` says what came of it. `run` is the run that proved it.
    """

    gate: str
    step: str
    tree: str
    outcome: Literal["failed", "passed", "unclear"]
    message: str = ""
    run: str = ""


class RunResumed(NamedTuple):
    """A run goes on after its process died; `from_seq` is the last entry that was there, `tree` the tree now.

    `interrupted` are the steps that ran then; `switches` are the kill switches in force from now on, beside those of
    the beginning.
    """

    from_seq: int
    tree: str
    pid: int = 0
    host: str = ""
    interrupted: tuple[str, ...] = ()
    switches: tuple[str, ...] = ()


class RepoSettled(NamedTuple):
    """What became of a repo's drift by the end of the run.

    It is ``clean``; ``kept``: committed since the run began, as `commits` say; ``reverted``: what differed at the start
    is as in the commit; ``unsettled``: `files` still differ. Where the rest was kept, `files` are those that were
    reverted. `committed` is the commit that gatekeeper made because the cycle says so. `pushed` tells that the remote
    branch `remote` holds the repo's commit, which was seen there. `problem` says what could not be done.
    """

    repo: str
    how: Literal["clean", "kept", "reverted", "unsettled"]
    commits: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    committed: str = ""
    pushed: bool = False
    remote: str = ""
    problem: str = ""


class RetryScheduled(NamedTuple):
    """The same step will run again on the same tree."""

    gate: str
    step: str
    class_: str
    delay_s: float
    n: int


class TreeChanged(NamedTuple):
    """The tree is not what it was; `by` is ``fixer``, ``mitigation``, ``step`` or ``unknown``, `tree` what it is now.

    `integrity` are the changes of what the run is judged by. `diffs` are what tells of the change in its files; there
    are none of what a step may change.
    """

    by: str
    files: tuple[str, ...]
    integrity: tuple[IntegrityChange, ...] = ()
    tree: str = ""
    diffs: tuple[FileDiff, ...] = ()


HelpGiven: TypeAlias = (
    RetryScheduled
    | TreeChanged
    | MitigationStarted
    | MitigationFinished
    | FixerStarted
    | FixerFinished
    | BreakerOpened
    | ChangeAwaited
    | FixProved
    | RunResumed
    | RepoSettled
)
"""What goes on between rounds."""
