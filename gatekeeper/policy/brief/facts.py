"""Owns what a brief says, as plain facts, before anybody puts it into words or cuts it. Gathers nothing."""

from __future__ import annotations

from gatekeeper.model.record import NamedTuple
from gatekeeper.model.verdict import Finding


class Excerpt(NamedTuple):
    """Lines of an output around what seems to be the cause.

    `centre` is the place in `lines` of the line that it is about, `number` that of the first of them in the output
    (from 1), `total` how many lines the output has; `about` says why these, in words.
    """

    lines: tuple[str, ...] = ()
    centre: int = 0
    number: int = 1
    total: int = 0
    about: str = ""


class Known(NamedTuple):
    """What a pattern says of a failure, as in `gatekeeper.model.known.KnownFailure`."""

    pattern: str
    class_: str
    root_cause: str
    suggestion: str = ""
    runbook: str = ""


class FailingStep(NamedTuple):
    """A step that did not pass. `ended` is how, in words; `asked` is what a probe wanted and got.

    `first_test` is the first failing test with what is said of it, `dossier` what was seen of it while it hung.
    """

    step: str
    verdict: str
    tier: str
    ended: str = ""
    command: str = ""
    cwd: str = ""
    findings: tuple[Finding, ...] = ()
    known: Known | None = None
    first_test: str = ""
    asked: tuple[str, ...] = ()
    excerpt: Excerpt = Excerpt()
    dossier: tuple[str, ...] = ()
    output: str = ""


class FormerCall(NamedTuple):
    """A call of the fixer that was before this one. `still_failed` is what did not pass in the round after it."""

    call: int
    ended: str
    diffstat: tuple[str, ...] = ()
    commits: tuple[str, ...] = ()
    findings: tuple[str, ...] = ()
    undone: tuple[str, ...] = ()
    still_failed: tuple[str, ...] = ()


class Limits(NamedTuple):
    """What the fixer may change, and in which repo; with `undo` what it changes beyond is put back."""

    home: str
    folder: str
    scope: tuple[str, ...] = ()
    protected: tuple[str, ...] = ()
    undo: bool = False


class Remaining(NamedTuple):
    """What is left: calls after this one, rounds that may still run, seconds of this call and of the whole run."""

    calls: int
    rounds: int
    call_s: float
    run_s: float


class BriefFacts(NamedTuple):
    """All of it. `reading` are paths with digests, `rounds` one line each, `violating` files to be taken back.

    `call` is 0 where nobody calls a fixer: then `limits` and `remaining` say nothing. `failing` counts the steps that
    did not pass by themselves, `passed` those that did. `cut` says what was left out because of the size.
    """

    cycle: str
    run: str
    call: int
    goal: str
    steps: tuple[FailingStep, ...]
    limits: Limits
    remaining: Remaining
    title: str = ""
    blocked: tuple[str, ...] = ()
    failing: int = 0
    passed: int = 0
    rounds: tuple[str, ...] = ()
    calls: tuple[FormerCall, ...] = ()
    violating: tuple[str, ...] = ()
    reading: tuple[str, ...] = ()
    cut: tuple[str, ...] = ()
