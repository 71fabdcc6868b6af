"""Owns where a run takes what it judges by from: the working tree, the commit it is about, or a ref beside both."""

from __future__ import annotations

import os

from gatekeeper.cli.run_request import RunRequest
from gatekeeper.model.errors import EnvironmentFault, UsageError
from gatekeeper.model.record import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gatekeeper.adapters.repos.at_ref import AtRef, FileSource
    from gatekeeper.cli.opening import Bound


class Judged(NamedTuple):
    """What `--judge-by` comes to.

    `by` is ``REF@commit``, empty for the working tree; `definition` holds the bytes at the ref. `source` is where
    baselines and the quarantine are read; None is the working tree.
    """

    by: str = ""
    definition: bytes | None = None
    source: FileSource | None = None


def judged_by(request: RunRequest) -> Judged:
    """Read the definition at the ref that the command line names.

    Raises:
        EnvironmentFault: the ref means no commit, or git cannot read it.
        UsageError: the definition is not there at the ref, or lies outside of the project.
    """
    ref, resumed, placement = request.judge_by, request.resumption, request.placement
    if resumed and ref:
        from gatekeeper.adapters.repos.at_ref import AtRef

        return Judged(resumed.judge_by, resumed.definition, AtRef(request.root, ref))
    if ref:
        source, definition = _definition_at(request, ref, "--judge-by")
        return Judged(f"{ref}@{source.commit}", definition, source)
    if placement is not None and placement.commit:
        # Baselines and the quarantine are read in the worktree, as everything else of that commit.
        _, definition = _definition_at(request, placement.commit, "--at")
        return Judged(definition=definition)
    if request.snapshots:
        return Judged(definition=_definition_held(request))
    return Judged(definition=resumed.definition if resumed else None)


def _definition_held(request: RunRequest) -> bytes | None:
    """The definition as it was when the tree was kept; None where it lies beside what was kept."""
    from gatekeeper.adapters.repos.at_ref import AtRef, CannotRead

    path = os.path.realpath(request.path)
    for top, commit in request.snapshots:
        if path.startswith(f"{top}/"):
            try:
                return AtRef(top, commit).read(os.path.relpath(path, top))
            except CannotRead as fault:
                raise EnvironmentFault(f"the definition as it was cannot be read: {fault}") from None
    return None


def _definition_at(request: RunRequest, ref: str, option: str) -> tuple[AtRef, bytes]:
    from gatekeeper.adapters.repos.at_ref import AtRef, CannotRead

    path = os.path.relpath(request.path, request.root)
    if path.startswith(".."):
        raise UsageError(f"{option} {ref}: {request.path} lies outside of the project {request.root}, so no ref has it")
    try:
        source = AtRef(request.root, ref)
        definition = source.read(path)
    except CannotRead as fault:
        raise EnvironmentFault(f"{option} {ref}: {fault}") from None
    if definition is None:
        raise UsageError(
            f"{option} {ref}: there is no {path} at {source.origin}, so there is nothing to judge by; "
            f"name a ref that has it, or run without {option}"
        )
    return source, definition


def require_base(base: str, bound: Bound) -> None:
    """Raise `EnvironmentFault` where a repo of the cycle does not know the ref that it is to be compared with."""
    if not base:
        return
    from gatekeeper.adapters.repos.commits import CannotRead, resolve

    for repo in bound.repos:
        try:
            resolve(repo.path, base)
        except CannotRead as fault:
            raise EnvironmentFault(
                f"what judges is to be compared with {base!r}, and the repo {repo.name} has no such commit: {fault}"
            ) from None
