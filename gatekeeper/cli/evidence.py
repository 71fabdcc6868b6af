"""Owns the copy of the definition that a run judges by, and seeing that the original has changed since."""

from __future__ import annotations

import hashlib
import os

from gatekeeper.model.errors import EnvironmentFault
from gatekeeper.model.plan import Plan

_NAME = "definition.yaml"


def keep_definition(plan: Plan, run_folder: str, content: bytes | None = None) -> None:
    """Copy the definition into the evidence: the file, or the `content` that was judged by instead.

    Raises `EnvironmentFault` where it is not the one that was compiled.
    """
    if content is None:
        try:
            with open(plan.source, "rb") as original:
                content = original.read()
        except OSError as fault:
            raise EnvironmentFault(f"cannot read {plan.source} again: {fault.strerror}") from None
    if _digest(content) != plan.digest:
        raise EnvironmentFault(f"{plan.source} changed while the run was starting; run again")
    descriptor = os.open(os.path.join(run_folder, _NAME), os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as copy:
        copy.write(content)


def kept_definition(run_folder: str, digest: str) -> bytes:
    """The definition that the run judged by. Raises `EnvironmentFault` where it cannot be read, or is another one."""
    path = os.path.join(run_folder, _NAME)
    try:
        with open(path, "rb") as copy:
            content = copy.read()
    except OSError as fault:
        raise EnvironmentFault(f"the run's copy of its definition, {path}, cannot be read: {fault.strerror}") from None
    if _digest(content) != digest:
        raise EnvironmentFault(f"the run's copy of its definition, {path}, is not the one that it began with; run anew")
    return content


def definition_change(plan: Plan) -> str | None:
    """What became of the definition since the run began, in words; None where it is the same."""
    try:
        with open(plan.source, "rb") as original:
            if _digest(original.read()) == plan.digest:
                return None
    except OSError as fault:
        return f"the definition {plan.source} cannot be read any more ({fault.strerror}); the run went on with its copy"
    return f"the definition {plan.source} changed while the run went on; the run went on with its copy"


def _digest(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"
