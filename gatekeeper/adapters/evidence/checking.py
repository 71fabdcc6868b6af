"""Owns holding the files of a run's folder against what its journal says of them. Knows no event and no verdict."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Collection, Iterable, Iterator

from gatekeeper.adapters.evidence.opening import Refused, open_inside
from gatekeeper.model.verification import Checked, NamedFile, Proof

DEFINITION = "definition.yaml"
_MOST_EXTRA = 50
_LARGEST_DEFINITION = 2 << 20
# What lies in a run's folder with our leave and is named by no event.
_KNOWN = frozenset({"journal.jsonl", DEFINITION})
# The brief once more as data, and what a call left, of which the journal has what was taken from it.
_OF_A_FIXER = r"fixer/\d+/(?:brief\.json|usage\.json|(?:notes|undone)/.+)"
_KNOWN_ENDINGS = (".times", ".gatekeeper.md", ".jsonl.torn")


def check_files(folder: str, files: Iterable[NamedFile]) -> Iterator[Checked]:
    """Every named file beside its digest and size."""
    return (_check(folder, file) for file in files)


def check_definition(folder: str, digest: str) -> tuple[Checked, bytes | None]:
    """The kept definition beside the `digest` that the run began with, and its bytes where they can be read."""
    path = os.path.join(folder, DEFINITION)
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
        with os.fdopen(descriptor, "rb") as file:
            content = file.read(_LARGEST_DEFINITION)
    except OSError as fault:
        return Checked(Proof.ALTERED, DEFINITION, f"it cannot be read: {fault.strerror}", expected=digest), None
    found = f"sha256:{hashlib.sha256(content).hexdigest()}"
    if found != digest:
        message = "it is not the definition that the run began with"
        return Checked(Proof.ALTERED, DEFINITION, message, 1, digest, found), content
    return Checked(Proof.OK, DEFINITION, "it is what the run began with", 1, digest, found), content


def extra_files(folder: str, named: Collection[str]) -> Iterator[Checked]:
    """Files of the folder that no event names and that are not ours either; symlinks are told of and not followed."""
    extra = [name for name in _all_files(folder) if name not in named and not _is_known(name)]
    for name in extra[:_MOST_EXTRA]:
        yield Checked(Proof.NOTE, name, "nothing in the journal names it")
    if len(extra) > _MOST_EXTRA:
        yield Checked(Proof.NOTE, folder, f"and {len(extra) - _MOST_EXTRA} more files that nothing names")


def _check(folder: str, file: NamedFile) -> Checked:
    opened = open_inside(folder, file.path)
    if isinstance(opened, Refused):
        return Checked(Proof.ALTERED, file.path, opened.why, file.line, file.digest)
    with os.fdopen(opened, "rb") as content:
        size = os.fstat(content.fileno()).st_size
        if not file.digest:
            return Checked(Proof.UNPROVEN, file.path, "the journal keeps no digest of it", file.line)
        found = f"sha256:{hashlib.file_digest(content, 'sha256').hexdigest()}"
    if file.size is not None and size != file.size:
        message = f"it has {size:,} bytes; {file.size:,} were written"
        return Checked(Proof.ALTERED, file.path, message, file.line, file.digest, found)
    if found != file.digest:
        message = "its bytes are not those that were written"
        return Checked(Proof.ALTERED, file.path, message, file.line, file.digest, found)
    return Checked(Proof.OK, file.path, f"{size:,} bytes", file.line, file.digest, found)


def _is_known(name: str) -> bool:
    return name in _KNOWN or name.endswith(_KNOWN_ENDINGS) or re.fullmatch(_OF_A_FIXER, name) is not None


def _all_files(folder: str) -> list[str]:
    found: list[str] = []
    for at, folders, files in os.walk(folder):
        links = [name for name in folders if os.path.islink(os.path.join(at, name))]
        found += (os.path.relpath(os.path.join(at, name), folder) for name in (*files, *links))
    return sorted(found)
