"""Owns what is said of a failure that a pattern knows: a stored format. Knows no pattern and no output."""

from typing import Literal, TypeAlias

from gatekeeper.model.record import NamedTuple

FailureClass: TypeAlias = Literal["code", "infra", "config", "flaky"]
"""What kind of thing went wrong; it decides what is tried next."""


class KnownFailure(NamedTuple):
    """Which pattern knows a failure, and what it says of it, with the names that it found filled in.

    `root_cause` and `suggestion` are in words; `runbook` is a page, or empty. `mitigation` is the shell command that
    the pattern offers, empty where it offers none; whether it may run is the cycle's to say. `dependency` names what
    outside of the cycle failed (a host, a registry), or is empty. `line` is the line by which it was recognised.
    """

    pattern: str
    class_: FailureClass
    root_cause: str
    suggestion: str = ""
    runbook: str = ""
    mitigation: str = ""
    dependency: str = ""
    captures: tuple[tuple[str, str], ...] = ()
    line: str = ""
    mitigation_timeout_s: float = 60.0
