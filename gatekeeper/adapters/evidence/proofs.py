"""Owns the proofs that are kept: one small file a step, in the state folder. Knows no plan and no run."""

from __future__ import annotations

import json
import os
from contextlib import suppress

from gatekeeper.adapters.disk.small_files import write_whole
from gatekeeper.model.errors import EnvironmentFault
from gatekeeper.policy.proofs import VERSION, ProofRecord

_LARGEST = 1 << 16


def read_proof(state: str, cycle: str, step: str) -> ProofRecord | None:
    """The proof of a step (``gate/step``), or None where there is none that this version could read."""
    try:
        with open(_path(state, cycle, step), "rb") as file:
            found = json.loads(file.read(_LARGEST))
        if found["v"] != VERSION:
            return None
        return ProofRecord(found["step"], found["change"], found["at"], tuple(found["runs"]))
    except (OSError, ValueError, LookupError, TypeError):
        return None


def write_proof(state: str, cycle: str, step: str, proof: ProofRecord) -> None:
    """Keep a proof, whole or not at all.

    Raises:
        OSError: it cannot be written.
        EnvironmentFault: a newer gatekeeper has kept one, which is left as it is.
    """
    path = _path(state, cycle, step)
    if (kept := _version_of(path)) > VERSION:
        raise EnvironmentFault(
            f"{path} was kept by a newer gatekeeper (format v{kept}; this one writes v{VERSION}): upgrade gatekeeper, "
            "or remove the file"
        )
    os.makedirs(os.path.join(state, "proofs"), 0o700, exist_ok=True)
    content = {"v": VERSION, "cycle": cycle, "of": step, **proof._asdict(), "runs": list(proof.runs)}
    write_whole(path, f"{json.dumps(content, indent=1)}\n".encode())


def _version_of(path: str) -> int:
    with suppress(OSError, ValueError, LookupError, TypeError), open(path, "rb") as file:
        return int(json.loads(file.read(_LARGEST))["v"])
    return 0


def forget_proof(state: str, cycle: str, step: str) -> None:
    """Keep no proof of a step any more: it did not do what it declares."""
    path = _path(state, cycle, step)
    if _version_of(path) <= VERSION:
        with suppress(OSError):
            os.unlink(path)


def _path(state: str, cycle: str, step: str) -> str:
    return os.path.join(state, "proofs", _safe(cycle), f"{_safe(step.replace('/', '.', 1))}.json")


def _safe(name: str) -> str:
    # Step names may hold any text, file names may not; what was replaced is told apart by the digests inside.
    return "".join(character if character.isalnum() or character in "-_.=,+[]" else "_" for character in name)[:200]
