"""Owns comparing whom two definitions let help, what may be changed for it, and which passes are let hold."""

from __future__ import annotations

from collections.abc import Iterator

from gatekeeper.model.plan import FixerSpec, Step, UntilGreen
from gatekeeper.policy.integrity.change import Note, some

LAXER, STRICTER = "laxer-policy", "stricter-policy"
_PROOFS = ("never", "fixer", "always")


def compare_help(old: UntilGreen, new: UntilGreen) -> Iterator[Note]:
    """Whether fixes have to be proven, which mitigations may run, what the fixer may change."""
    if old.prove_fix != new.prove_fix:
        lax = _PROOFS.index(new.prove_fix) < _PROOFS.index(old.prove_fix)
        yield Note(LAXER if lax else STRICTER, f"prove_fix is {new.prove_fix} instead of {old.prove_fix}")
    for rule, names in ((LAXER, _beyond(new.mitigate, old.mitigate)), (STRICTER, _beyond(old.mitigate, new.mitigate))):
        if names:
            yield Note(rule, f"mitigations that {'may' if rule == LAXER else 'may not'} run now: {names}")
    if old.fixer is not None and new.fixer is not None:
        yield from _fixer(old.fixer, new.fixer)


def _fixer(old: FixerSpec, new: FixerSpec) -> Iterator[Note]:
    if old.cwd != new.cwd:
        yield Note(LAXER, f"the fixer works in {new.cwd} instead of {old.cwd}, where its globs name other files")
    if names := _beyond(old.protected, new.protected):
        yield Note(LAXER, f"not protected from the fixer any more: {names}")
    if names := _beyond(new.protected, old.protected):
        yield Note(STRICTER, f"protected from the fixer: {names}")
    if old.scope and (not new.scope or _beyond(new.scope, old.scope)):
        yield Note(LAXER, f"the fixer may change {_beyond(new.scope, old.scope) or 'every file'}")
    elif new.scope != old.scope:
        yield Note(STRICTER, f"the fixer may change only {some(list(new.scope))}")


def compare_inputs(name: str, old: Step, new: Step) -> Iterator[Note]:
    """Whether a pass of the step is let hold although more has changed than before."""
    if new.inputs and (not old.inputs or _beyond(old.inputs, new.inputs)):
        yield Note(LAXER, f"{name} is run again only after a change of {some(list(new.inputs))}")
    elif set(old.inputs) != set(new.inputs):
        yield Note(STRICTER, f"{name} is run again after a change of {some(list(new.inputs)) or 'any file'}")


def _beyond(names: tuple[str, ...], others: tuple[str, ...]) -> str:
    """Those of `names` that are not among `others`, in words."""
    return some(sorted(set(names) - set(others)))
