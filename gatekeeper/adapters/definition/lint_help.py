"""Owns the rules of `gatekeeper check` on who helps between rounds, and on what steps depend on."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from fnmatch import fnmatchcase

from gatekeeper.adapters.definition.lint_commands import of_asking
from gatekeeper.adapters.definition.lint_found import Found
from gatekeeper.adapters.definition.place import Place
from gatekeeper.adapters.definition.shell import Simple
from gatekeeper.model.plan import FixerSpec, Step, UntilGreen

UNTIL_GREEN: Place = ("until_green",)
FIXER: Place = (*UNTIL_GREEN, "fixer")


_BESIDE_CALLS = 2
"""Every call comes before a round of its own; beside those there is the first one, and the one that confirms."""
_ENOUGH_TO_FIX = 1 + _BESIDE_CALLS


def of_help(policy: UntilGreen, fixer_commands: tuple[Simple, ...], *, counts_calls: bool) -> Iterator[Found]:
    """What makes help worth little, or too much; `counts_calls` tells whether the number of calls is written."""
    enough = _rounds_for(policy)
    if policy.rounds < enough:
        message = "no round is left to see whether the help helped, and that the rest passes on the tree as it is then"
        yield Found("too-few-rounds", (*UNTIL_GREEN, "rounds"), 0, message, f"write `rounds: {enough}`, or more")
    if policy.fixer is not None:
        yield from _of_fixer(policy.fixer, policy, counts_calls=counts_calls)
        for command in fixer_commands:
            yield from of_asking(command, (*FIXER, "run"), terminal=False)


def _rounds_for(policy: UntilGreen) -> int:
    """How many rounds it takes at least for whoever helps to be of use."""
    if policy.fixer is not None:
        return _ENOUGH_TO_FIX
    return 2 if policy.mitigate else 1


def _of_fixer(fixer: FixerSpec, policy: UntilGreen, *, counts_calls: bool) -> Iterator[Found]:
    if counts_calls and _ENOUGH_TO_FIX <= policy.rounds < fixer.calls + _BESIDE_CALLS:
        useful = policy.rounds - _BESIDE_CALLS
        message = f"{policy.rounds} rounds let only {useful} of {fixer.calls} calls be seen through to a green"
        hint = f"write `rounds: {fixer.calls + _BESIDE_CALLS}`, or fewer calls"
        yield Found("too-few-rounds", (*FIXER, "calls"), 0, message, hint)
    if not fixer.scope:
        message = "the fixer may change every file, also tests and what judges it"
        yield Found("fixer-without-scope", FIXER, 0, message, 'write `scope: ["src/**"]`, and `protected:` beside it')
    if policy.prove_fix == "never":
        message = "nobody sees whether the fix made the step pass, or chance did"
        yield Found("fix-unproven", (*UNTIL_GREEN, "prove_fix"), 0, message, "write `prove_fix: fixer`, or remove it")


def of_inputs(step: Step, place: Place) -> Iterator[Found]:
    """Inputs that the step itself changes: what it passed on is gone as soon as it has passed."""
    for number, glob in enumerate(step.inputs):
        if any(_overlap(glob, changed) for changed in step.mutates):
            message = f"`{glob}` is what the step depends on and changes: its pass holds only once it changes nothing"
            yield Found("inputs-mutated", (*place, "inputs", number), 0, message, "leave out what it changes itself")


def _overlap(one: str, other: str) -> bool:
    first, second = posixpath.normpath(one), posixpath.normpath(other)
    return fnmatchcase(first, second) or fnmatchcase(second, first)
