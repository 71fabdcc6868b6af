"""Owns what a call of the fixer executes: its command with everything filled in, as a step for the guard."""

from __future__ import annotations

from gatekeeper.model.plan import Argv, FixerSpec, Pairs, Shell, Step
from gatekeeper.model.record import NamedTuple
from gatekeeper.policy.binding import Context, bind_step, fill

GATE, NAME = "until_green", "fixer"
"""What its attempts are called where steps are: the place in the definition that says so."""

_REDIRECT = 'exec <"$GATEKEEPER_BRIEF"'


class Ordered(NamedTuple):
    """A fixer with every reference filled in. `step` is its command; `goal` is in words."""

    step: Step
    goal: str


def fixer_step(spec: FixerSpec) -> Step:
    """The fixer's command as a step of no gate, as the definition has it."""
    return Step(GATE, NAME, spec.command, spec.timeout_s, spec.cwd, env=spec.env, line=spec.line)


def ordered(spec: FixerSpec, context: Context) -> Ordered:
    """The fixer as it is called now. Raises `UnboundReference`."""
    return Ordered(bind_step(fixer_step(spec), context), fill(spec.goal, context))


def fed(step: Step, environment: Pairs) -> Step:
    """`step` with `environment`, which nothing of its own can hide, and the brief that it names as standard input."""
    ours = frozenset(name for name, _ in environment)
    own = tuple(pair for pair in step.env if pair[0] not in ours)
    return step._replace(work=_reading_brief(step.work), env=(*own, *environment))


def _reading_brief(work: object) -> Shell | Argv:
    match work:
        case Shell(script) if script.strip():
            # On the same line, so that what the shell says of a line is true.
            return Shell(f"{_REDIRECT}; {script}")
        case Argv(argv) if argv and argv[0]:
            return Argv(("sh", "-c", 'exec "$@" <"$GATEKEEPER_BRIEF"', "sh", *argv))
        case Shell() | Argv():
            return work
        case _:
            raise TypeError(f"a fixer is a command, and not {work!r}")
