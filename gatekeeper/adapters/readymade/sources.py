"""Owns getting a document and the files that it refers to, from the disk or from a commit. Follows no URL."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any

from gatekeeper.adapters.readymade.yaml_lines import load
from gatekeeper.model.record import NamedTuple
from gatekeeper.policy.ready_made.openapi.contract import Contract, Unfit, files_named, plain

_MOST_FILES = 2_000


class Fetched(NamedTuple):
    """A contract, and the bytes of each of its files by name."""

    contract: Contract
    contents: dict[str, bytes]


def fetch(source: str) -> Fetched:
    """The contract at `source`: a file, or ``ref:path`` (from the repository's top; ``ref:./path`` from here).

    Raises:
        Unfit: it is not there, can't be read, is no OpenAPI document, or refers to what is not there.
    """
    ref, colon, path = source.partition(":")
    if os.path.exists(source) or not colon or not path:
        ref, path = "", source
    if ref and path.startswith(("./", "../")):
        path = f"{_git('rev-parse', '--show-prefix').decode().strip()}{path}"
    path = os.path.normpath(path)
    contents: dict[str, bytes] = {}
    trees: dict[str, Any] = {}
    pending = [path]
    while pending:
        name = pending.pop()
        if name in contents:
            continue
        if "://" in name:
            raise Unfit(f"{source} refers to {name}, which is not fetched; keep it in the repository")
        if len(contents) >= _MOST_FILES:
            raise Unfit(f"{source} refers to more than {_MOST_FILES:,} files")
        contents[name] = _at_ref(ref, name) if ref else _on_disk(name)
        trees[name] = plain(load(contents[name], f"{ref}:{name}" if ref else name), name)
        pending += files_named(trees[name])
    return Fetched(Contract(path, trees), contents)


def _on_disk(name: str) -> bytes:
    try:
        return Path(name).read_bytes()
    except OSError as fault:
        raise Unfit(f"{name} can't be read: {fault.strerror or fault}") from None


def _at_ref(ref: str, name: str) -> bytes:
    if ref.startswith("-"):
        raise Unfit(f"{ref} is not a ref")
    # The bytes as they are in the commit: no filter has a part in it.
    return _git("cat-file", "blob", f"{ref}:{name}")


def _git(*arguments: str) -> bytes:
    # No hook, no monitor and no network either.
    command = ["git", "-c", "core.fsmonitor=false", *arguments]
    environ = {**os.environ, "GIT_NO_LAZY_FETCH": "1", "GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C"}
    try:
        run = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False, env=environ)
    except OSError as fault:
        raise Unfit(f"git can't be run: {fault.strerror or fault}") from None
    if run.returncode:
        said = run.stderr.decode("utf-8", "backslashreplace").strip().splitlines()
        raise Unfit(f"{arguments[-1]} can't be read: {said[-1] if said else f'git ended with {run.returncode}'}")
    return run.stdout
