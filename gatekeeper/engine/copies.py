"""Owns how the journal names files that were kept under their own digest. Knows no file system."""

from collections.abc import Iterable

from gatekeeper.model.outcome import Artifact


def kept_copies(files: Iterable[str]) -> tuple[Artifact, ...]:
    """Copies in the run's folder (``reports/<sha256>-<name>``), each with its digest; each once."""
    named = ((kept, *kept.rpartition("/")[2].partition("-")) for kept in dict.fromkeys(files) if kept)
    return tuple(Artifact(name, kept, f"sha256:{digest}") for kept, digest, _, name in named)
