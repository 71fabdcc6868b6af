"""Owns what a pattern is: how a known kind of failure is recognised, and what is said of it. Knows no output."""

from typing import Literal, TypeAlias

from gatekeeper.model.known import FailureClass
from gatekeeper.model.plan import Pairs
from gatekeeper.model.record import NamedTuple
from gatekeeper.model.verdict import StepVerdict

TestFact: TypeAlias = Literal["none", "failing", "uncollected"]
"""What a readable report can hold: not one test, a failing or erring one, something that could not be collected."""

WorkKind: TypeAlias = Literal["command", "http", "tcp", "file"]
"""What a step does: a command (or a check that gatekeeper brings along), or one of the probes."""


class Texts(NamedTuple):
    """Regexes, each looked for in one line at a time: one of `any`, every one of `all` and none of `none` is there."""

    any: tuple[str, ...] = ()
    all: tuple[str, ...] = ()
    none: tuple[str, ...] = ()


class Match(NamedTuple):
    """One way of recognising a failure; all that is given must hold. With a `class_` it is of that, not the pattern's.

    `exit` are exit codes of the command, `signal` numbers of signals that it died of, `verdict` what was said of the
    step, `findings` kinds of which one speaks against it, `tests` facts of its report, `work` what it does.
    """

    text: Texts = Texts()
    exit: tuple[int, ...] = ()
    signal: tuple[int, ...] = ()
    verdict: tuple[StepVerdict, ...] = ()
    findings: tuple[str, ...] = ()
    tests: tuple[TestFact, ...] = ()
    work: tuple[WorkKind, ...] = ()
    class_: FailureClass | None = None


class Renamed(NamedTuple):
    """A name that texts may use: the word that `words` has for what was captured as `source`, or that itself."""

    name: str
    source: str
    words: Pairs = ()


class Mitigation(NamedTuple):
    """The shell command that a pattern offers, and how long it may take."""

    run: str
    timeout_s: float


class Pattern(NamedTuple):
    """A known kind of failure. Patterns of a higher `priority` are tried first.

    In `root_cause`, `suggestion`, `dependency` and the mitigation's command, ``{name}`` stands for what was captured,
    and ``{name|words}`` for that or else the words. `text` is the YAML it was read from, `file` where that lies, as a
    person would say it.
    """

    id: str
    class_: FailureClass
    title: str
    root_cause: str
    matches: tuple[Match, ...]
    suggestion: str = ""
    runbook: str = ""
    priority: int = 50
    names: tuple[Renamed, ...] = ()
    dependency: str = ""
    mitigation: Mitigation | None = None
    file: str = ""
    text: str = ""
