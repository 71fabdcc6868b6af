"""Owns telling which steps are proven now: the proofs that are kept, beside the definition and its patches."""

from __future__ import annotations

import os

from gatekeeper.model.errors import DefinitionError, Problem
from gatekeeper.model.plan import Plan, Step, StepId
from gatekeeper.policy.proofs import change_digest, declaring, required_steps, step_digest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gatekeeper.policy.proofs import ProofRecord


def unproven(plan: Plan, selected: tuple[StepId, ...], root: str, state: str) -> tuple[str, ...]:
    """The required steps of which nobody has shown that they can fail; reads nothing where none declares how."""
    required = required_steps(plan, selected)
    if not declaring(plan):
        return tuple(str(step.id) for step in required)
    return tuple(str(step.id) for step in required if not is_proven(plan.cycle, step, root, state))


def is_proven(cycle: str, step: Step, root: str, state: str) -> bool:
    """Whether a kept proof is about this step and this change as they are now."""
    if step.known_bad is None:
        return False
    from gatekeeper.adapters.evidence.proofs import read_proof

    proof = read_proof(state, cycle, str(step.id))
    if proof is None or proof.step != step_digest(step):
        return False
    try:
        return proof.change == change_digest(step.known_bad, patch_of(step, root))
    except OSError:
        return False


def patch_of(step: Step, root: str) -> bytes:
    """The content of the step's patch, or nothing where its change is a command. Raises `OSError`."""
    if step.known_bad is None or not step.known_bad.patch:
        return b""
    with open(os.path.join(root, step.known_bad.patch), "rb") as file:
        return file.read()


def new_proof(step: Step, root: str, at: str, runs: tuple[str, ...]) -> ProofRecord:
    """The proof of a step as it is now. Raises `OSError`."""
    from gatekeeper.policy.proofs import ProofRecord

    assert step.known_bad is not None
    return ProofRecord(step_digest(step), change_digest(step.known_bad, patch_of(step, root)), at, runs)


def require_patches(plan: Plan, steps: tuple[Step, ...], root: str) -> None:
    """Raise `DefinitionError` for every patch that cannot be read."""
    problems = []
    for step in steps:
        try:
            patch_of(step, root)
        except OSError as fault:
            key = f"gates.{step.gate}.steps.{step.name}.known_bad.patch"
            patch = step.known_bad.patch if step.known_bad else ""
            message = f"the patch {patch} cannot be read: {fault.strerror}"
            problems.append(Problem(plan.source, step.line or 1, 1, key, message, f"its place starts at {root}"))
    if problems:
        raise DefinitionError(tuple(problems))
