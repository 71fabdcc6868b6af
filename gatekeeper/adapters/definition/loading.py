"""Owns getting a plan from a path. Light to import: what is heavy is imported only where a file has to be parsed."""

from __future__ import annotations

import gc
import os

from gatekeeper.model.plan import Plan


def load(path: str, *, root: str) -> Plan:
    """The plan that the definition at `path` describes; `root` is the project root.

    Raises:
        DefinitionError: with every problem, in the order of the file.
        UsageError: there is no such file.
        EnvironmentFault: it cannot be read.
    """
    from gatekeeper.adapters.definition.source import read_bytes

    return compile_bytes(read_bytes(path), path, root=root)


def compile_bytes(content: bytes, path: str, *, root: str) -> Plan:
    """`load`, for a file that was read already."""
    from gatekeeper.adapters.definition.reading import read_plan

    # Ten thousand steps are a million young objects that all live on: collecting them doubles the time.
    collecting = gc.isenabled()
    gc.disable()
    try:
        return read_plan(content, source=path, shown=shown(path, root), digest=digest_of(content))
    finally:
        if collecting:
            gc.enable()


def digest_of(content: bytes) -> str:
    """``sha256:`` and the digest of a definition's bytes."""
    import hashlib

    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def shown(path: str, root: str) -> str:
    """The name of the file in messages: as it was typed, or, of an absolute one in the project, from the root."""
    if os.path.isabs(path):
        relative = os.path.relpath(path, root)
        return path if relative.startswith("..") else relative
    return path
