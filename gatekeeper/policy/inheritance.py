"""Owns which variables of our own environment a step sees, and which are ours alone. Knows no process."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TypeAlias

from gatekeeper.model.cycle_parts import Notification
from gatekeeper.model.plan import Pairs, Plan
from gatekeeper.policy.binding import Reference, references
from gatekeeper.policy.describe import command_line

Inherited: TypeAlias = tuple[str, ...] | None
"""Names that a step sees beside `BASIC`, with a star at the end for all that begin so; None for all there are."""

BASIC: tuple[str, ...] = ("PATH", "HOME", "LANG", "LANGUAGE", "LC_*", "TZ", "USER", "LOGNAME", "SHELL")
"""What a step sees that inherits nothing else: where programs lie, and who and where somebody is."""

UNATTENDED: Pairs = (
    ("CI", "1"),
    # Nobody is there to answer: what wants to ask a person fails at once.
    ("DEBIAN_FRONTEND", "noninteractive"),
    ("NEEDRESTART_MODE", "a"),
    ("GIT_TERMINAL_PROMPT", "0"),
    ("GCM_INTERACTIVE", "never"),
    ("SSH_ASKPASS_REQUIRE", "never"),
    ("PIP_NO_INPUT", "1"),
    ("POETRY_NO_INTERACTION", "1"),
    ("COMPOSER_NO_INTERACTION", "1"),
    ("COREPACK_ENABLE_DOWNLOAD_PROMPT", "0"),
    ("GH_PROMPT_DISABLED", "1"),
    ("NG_CLI_ANALYTICS", "false"),
    ("TF_INPUT", "0"),
    # An editor or a browser would wait for a person; one that fails says so in the output.
    ("EDITOR", "false"),
    ("VISUAL", "false"),
    ("GIT_EDITOR", "false"),
    ("GIT_SEQUENCE_EDITOR", "false"),
    ("BROWSER", "false"),
    # A pager would wait for a key.
    ("PAGER", "cat"),
    ("GIT_PAGER", "cat"),
    ("GH_PAGER", "cat"),
    ("MANPAGER", "cat"),
    ("SYSTEMD_PAGER", "cat"),
    ("AWS_PAGER", ""),
    # Output reaches the file when it is written, not when a buffer is full or lost in a kill.
    ("PYTHONUNBUFFERED", "1"),
    # What hangs can be asked where it was, just before it is killed.
    ("PYTHONFAULTHANDLER", "1"),
    # No calls home, no advice about newer versions in the middle of a result.
    ("NO_UPDATE_NOTIFIER", "1"),
    ("NPM_CONFIG_UPDATE_NOTIFIER", "false"),
    ("NPM_CONFIG_FUND", "false"),
    ("PIP_DISABLE_PIP_VERSION_CHECK", "1"),
    ("HOMEBREW_NO_AUTO_UPDATE", "1"),
)
"""What tells programs that no person is there. A step's own ``env:`` may say otherwise."""

_OURS = (
    ("GATEKEEPER_", ("_URL", "_TOKEN", "_KEY", "_SECRET", "_PASSWORD")),
    ("OTEL_EXPORTER_OTLP_", ("HEADERS",)),
)
"""How the variables begin and end with which gatekeeper itself is let in somewhere."""


def inherits(name: str, inherited: Inherited) -> bool:
    """Whether a step that inherits so sees the variable of this name."""
    if inherited is None:
        return True
    return any(name.startswith(glob[:-1]) if glob.endswith("*") else name == glob for glob in (*BASIC, *inherited))


def withheld(plan: Plan, environ: Mapping[str, str]) -> tuple[str, ...]:
    """The variables in `environ` that are for gatekeeper itself: whom to tell, where to report to. Sorted.

    No step sees them but one that names them under ``env:``. What every step sees is no secret of ours.
    """
    told = frozenset(_variables(plan, (_written(each) for each in plan.notify)))
    if plan.notify:
        from gatekeeper.policy.recipients import TELEGRAM_TOKEN

        told |= {TELEGRAM_TOKEN}
    return tuple(sorted(name for name in environ if (name in told and not inherits(name, ())) or _is_ours(name)))


def _written(told: Notification) -> str:
    return told.to if told.command is None else command_line(told.command) or ""


def _is_ours(name: str) -> bool:
    return any(name.startswith(begin) and name.endswith(ends) for begin, ends in _OURS)


def in_words(inherited: Inherited) -> str:
    """What a step inherits; empty for everything."""
    if inherited is None:
        return ""
    return ", ".join(("the basic variables", *inherited)) + ("" if inherited else " only")


def _variables(plan: Plan, texts: Iterable[str]) -> Iterator[str]:
    """The variables of the environment that texts lead to, also by way of variables of the cycle."""
    known, waiting, seen = dict(plan.vars), list(texts), set[str]()
    while waiting:
        for reference in references(waiting.pop()):
            match reference:
                case Reference("env", name):
                    yield name
                case Reference("vars", name) if name not in seen:
                    seen.add(name)
                    waiting.append(known.get(name, ""))
                case _:
                    pass
