"""Owns copying declared artifacts into a run's evidence, named by their digest. Knows no step, and reads no content."""

from __future__ import annotations

import os
from collections.abc import Iterator

from gatekeeper.model.outcome import Artifact

MOST = 1000
"""How many artifacts of one attempt are kept."""

LARGEST = 1 << 30
"""How many bytes the artifacts of one attempt may have together."""

_CHUNK = 1 << 20


class ArtifactKeeper:
    """Keeps artifacts of one run, byte for byte, in ``artifacts/`` in its folder (files 0600)."""

    def __init__(self, run_folder: str) -> None:
        self._run_folder = run_folder

    def keep(self, globs: tuple[str, ...], folder: str) -> tuple[Artifact, ...]:
        """Copy what matches, in the order of the names. What is too much or cannot be read is named and not kept."""
        left = LARGEST
        artifacts = []
        for number, name in enumerate(_matching(globs, folder)):
            artifact = Artifact(name) if number >= MOST else self._keep_one(name, os.path.join(folder, name), left)
            left -= artifact.size
            artifacts.append(artifact)
        return tuple(artifacts)

    def _keep_one(self, name: str, path: str, left: int) -> Artifact:
        from hashlib import sha256
        from tempfile import mkstemp

        into = os.path.join(self._run_folder, "artifacts")
        part = ""
        try:
            os.makedirs(into, mode=0o700, exist_ok=True)
            # Without O_NONBLOCK, a pipe under an artifact's name would hold us for good.
            with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
                if os.fstat(file.fileno()).st_size > left:
                    return Artifact(name)
                digest, size = sha256(), 0
                descriptor, part = mkstemp(prefix=".part-", dir=into)
                with open(descriptor, "wb") as copy:
                    while chunk := file.read(_CHUNK):
                        digest.update(chunk)
                        size += copy.write(chunk)
            safe = "".join(c if c.isalnum() or c in "-_." else "_" for c in os.path.basename(name))[-80:]
            kept = f"{digest.hexdigest()}-{safe}"
            os.replace(part, os.path.join(into, kept))
        except OSError:
            if part:
                os.unlink(part)
            return Artifact(name)
        return Artifact(name, f"artifacts/{kept}", f"sha256:{digest.hexdigest()}", size)


def _matching(globs: tuple[str, ...], folder: str) -> Iterator[str]:
    from glob import glob

    names = {name for pattern in globs for name in glob(pattern, root_dir=folder, recursive=True)}
    return (name for name in sorted(names) if os.path.isfile(os.path.join(folder, name)))
