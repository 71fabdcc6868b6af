"""Owns whether a step applies. Knows the facts it is given, never the machine."""

from collections.abc import Mapping
from fnmatch import fnmatchcase

from gatekeeper.model.plan import Conditions
from gatekeeper.model.record import NamedTuple


class Facts(NamedTuple):
    """What conditions ask about: the environment, the step's repo's branch and changed files, the system's name."""

    environ: Mapping[str, str]
    branch: str
    os: str
    changed: tuple[str, ...]


def why_skipped(condition: Conditions, facts: Facts) -> str | None:
    """The reason why the step does not apply, or None where it does. All that a condition names must hold."""
    for name, pattern in condition.env:
        value = facts.environ.get(name)
        if value is None:
            return f"{name} is not set, and the step wants it to be {pattern!r}"
        if not fnmatchcase(value, pattern):
            return f"{name} is {value!r}, and the step wants {pattern!r}"
    if condition.branch and not any(fnmatchcase(facts.branch, pattern) for pattern in condition.branch):
        return f"the branch is {facts.branch or 'detached'}, and the step wants {' or '.join(condition.branch)}"
    if condition.os and facts.os not in condition.os:
        return f"the system is {facts.os}, and the step wants {' or '.join(condition.os)}"
    if condition.changed and not any(
        fnmatchcase(path, pattern) for path in facts.changed for pattern in condition.changed
    ):
        return f"nothing changed under {' or '.join(condition.changed)}"
    return None
