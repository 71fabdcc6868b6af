"""Owns keeping compiled plans on disk, so that a warm start parses no YAML and imports neither yaml nor pydantic.

JSON on purpose: what is read back can be wrong, but it can never run. A file of the cache that is not exactly what we
wrote for exactly this definition is as good as none.
"""

from __future__ import annotations

import contextlib
import gc
import hashlib
import os
import time

from gatekeeper import __version__
from gatekeeper.adapters.definition.codec import FIELDS, decode_plan, encode_plan
from gatekeeper.adapters.definition.loading import compile_bytes, digest_of
from gatekeeper.adapters.definition.source import read_bytes
from gatekeeper.model.plan import Plan

# To be raised whenever the same bytes come to another plan: no longer refused, compiled differently.
_REVISION = 9
_FIELDS_DIGEST = hashlib.sha256(FIELDS.encode()).hexdigest()[:16]


def load_cached(path: str, *, root: str, cache: str, content: bytes | None = None) -> Plan:
    """As `loading.load`, keeping the plan in the folder `cache`, which may be missing or not writable.

    `content` is the definition where it is not the file's own, such as that of another commit.

    Raises:
        DefinitionError: with every problem, in the order of the file.
        UsageError: there is no such file.
        EnvironmentFault: it cannot be read.
    """
    # Two contents under one path are kept apart, so that neither pushes the other out.
    kept = os.path.join(cache, _name(path if content is None else f"{path}@ref"))
    content = read_bytes(path) if content is None else content
    digest = digest_of(content)
    plan = _read(kept, digest)
    if plan is None:
        plan = compile_bytes(content, path, root=root)
        _write(kept, digest, plan)
    return plan._replace(source=path)


def _name(path: str) -> str:
    whole = os.path.abspath(path)
    stem = os.path.basename(whole).partition(".")[0][:40]
    return f"{stem}-{hashlib.sha256(os.fsencode(whole)).hexdigest()[:16]}.plan.json"


def _header(digest: str, payload: str) -> str:
    of_payload = hashlib.sha256(payload.encode()).hexdigest()
    return f"gatekeeper-plan {_REVISION} {__version__} {_FIELDS_DIGEST} {digest} sha256:{of_payload}"


def _read(kept: str, digest: str) -> Plan | None:
    """The plan that was kept for this digest, or None."""
    try:
        descriptor = os.open(kept, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb") as file:
            # Somebody else's file in a folder that several can write to is not our memory.
            if os.fstat(descriptor).st_uid != os.geteuid():
                return None
            header, _, payload = file.read().decode().partition("\n")
    except (OSError, UnicodeDecodeError):
        return None
    if header != _header(digest, payload):
        return None
    collecting = gc.isenabled()
    gc.disable()
    try:
        return decode_plan(payload)
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError):
        return None
    finally:
        if collecting:
            gc.enable()


def _write(kept: str, digest: str, plan: Plan) -> None:
    """Keep `plan`, whole or not at all. That it can't be kept is nobody's concern."""
    payload = encode_plan(plan)
    folder = os.path.dirname(kept)
    passing = f"{kept}.{os.getpid()}.{time.monotonic_ns()}.tmp"
    with contextlib.suppress(OSError):
        if not os.path.isdir(folder):
            os.makedirs(folder, 0o700)
            _ignore_in_git(folder)
        try:
            descriptor = os.open(passing, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(f"{_header(digest, payload)}\n{payload}".encode())
            os.replace(passing, kept)
        except OSError:
            with contextlib.suppress(OSError):
                os.unlink(passing)


def _ignore_in_git(folder: str) -> None:
    ignore = os.open(os.path.join(folder, ".gitignore"), os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(ignore, "wb") as file:
        file.write(b"*\n")
