"""Owns reading single files of a project as they stand: in the working tree, or in git at a ref. Knows no format.

What is read at a ref never depends on the working tree, and a ref that cannot be told is an error, never "no file".
"""

from __future__ import annotations

import os
import posixpath
import stat
from typing import Protocol

from gatekeeper.adapters.repos.commits import CannotRead, Commit, answers, resolve
from gatekeeper.model.record import NamedTuple

__all__ = ["LARGEST", "AtRef", "CannotRead", "Commit", "FileSource", "WorkingTree", "resolve"]

LARGEST = 64 << 20
"""How many bytes a file may have that is read here."""


class FileSource(Protocol):
    """Somewhere from which files of a project are read; both calls may block."""

    @property
    def origin(self) -> str:
        """Where from, in words: ``the working tree``, ``origin/main (1a2b3c4d5e6f)``."""
        ...

    def read(self, path: str) -> bytes | None:
        """The content of the file at `path`, relative to the project root; None where there is none.

        Raises `CannotRead` for whatever is there and cannot be read as a file.
        """
        ...

    def paths(self, folder: str) -> tuple[str, ...]:
        """The paths of all files below `folder`, both relative to the project root, sorted. Raises `CannotRead`."""
        ...


class WorkingTree(NamedTuple):
    """The files of the project at `root` as they are on the disk."""

    root: str

    @property
    def origin(self) -> str:
        """Where from, in words."""
        return "the working tree"

    def read(self, path: str) -> bytes | None:
        """As `FileSource.read`."""
        try:
            # Without O_NONBLOCK a pipe under the file's name would hold us for good.
            descriptor = os.open(os.path.join(self.root, path), os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        except FileNotFoundError:
            return None
        except OSError as fault:
            raise CannotRead(f"{path} cannot be read: {fault.strerror}") from None
        content = bytearray()
        try:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise CannotRead(f"{path} is not a regular file")
            while len(content) <= LARGEST and (more := os.read(descriptor, LARGEST + 1 - len(content))):
                content += more
        except OSError as fault:
            raise CannotRead(f"{path} cannot be read: {fault.strerror}") from None
        finally:
            os.close(descriptor)
        if len(content) > LARGEST:
            raise _too_large(path)
        return bytes(content)

    def paths(self, folder: str) -> tuple[str, ...]:
        """As `FileSource.paths`. Links to folders are not followed."""
        top = os.path.join(self.root, folder)

        def refuse(fault: OSError) -> None:
            if not isinstance(fault, FileNotFoundError):
                raise CannotRead(f"{fault.filename} cannot be listed: {fault.strerror}") from None

        found = (
            os.path.relpath(os.path.join(where, name), self.root)
            for where, _, names in os.walk(top, onerror=refuse)
            for name in names
        )
        return tuple(sorted(found))


class AtRef:
    """The files of the project at `root` as its git repository holds them at a ref, which is resolved once."""

    def __init__(self, root: str, ref: str) -> None:
        """Raises `CannotRead` where the ref means no commit in the repository around `root`."""
        self.root = root
        self.ref = ref
        self.commit = resolve(root, ref).id
        (prefix,) = answers(root, ("rev-parse", "--show-prefix"))
        if prefix.code:
            raise CannotRead(f"{root} is in no git working tree: {prefix.why}")
        self._prefix = os.fsdecode(prefix.out.removesuffix(b"\n"))

    @property
    def origin(self) -> str:
        """Where from, in words."""
        return f"{self.ref} ({self.commit[:12]})"

    def read(self, path: str) -> bytes | None:
        """As `FileSource.read`."""
        entry = self._list(path, ("-l",))
        if not entry:
            return None
        mode, kind, blob, size = entry.partition(b"\t")[0].split()
        if kind != b"blob" or mode == b"120000":
            raise CannotRead(f"{path} is not a regular file at {self.origin}")
        if int(size) > LARGEST:
            raise _too_large(path)
        (answer,) = answers(self.root, ("cat-file", "blob", blob.decode()))
        if answer.code:
            raise CannotRead(f"{path} cannot be read at {self.origin}: {answer.why}")
        return answer.out

    def paths(self, folder: str) -> tuple[str, ...]:
        """As `FileSource.paths`."""
        # With the slash what lies in the folder is listed, and a file of its name is nothing.
        listed = self._list(folder.rstrip("/") + "/", ("-r", "--name-only")).split(b"\0")
        names = (os.fsdecode(name).removeprefix(self._prefix) for name in listed if name)
        return tuple(sorted(names))

    def _list(self, path: str, options: tuple[str, ...]) -> bytes:
        whole = posixpath.normpath(self._prefix + path) + ("/" if path.endswith("/") else "")
        (answer,) = answers(self.root, ("ls-tree", "-z", "--full-tree", *options, self.commit, "--", whole))
        if answer.code:
            raise CannotRead(f"{path} cannot be looked up at {self.origin}: {answer.why}")
        return answer.out.removesuffix(b"\0")


def _too_large(path: str) -> CannotRead:
    return CannotRead(f"{path} is larger than {LARGEST >> 20} MiB, and is not read")
