"""Owns the files that steps leave measures in: which are there, which are of this attempt, and copies of them.

Whatever is read is read from the copy in the run's folder, so that what was judged is what can be looked at later.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import BinaryIO, TypeAlias

from gatekeeper.model.record import NamedTuple
from gatekeeper.model.report import ReportProblem
from gatekeeper.policy.masking import Masker

LARGEST = 200 << 20
"""The largest file that is read, in bytes."""

MOST = 1000
"""How many files of one step are read."""

Marks: TypeAlias = Mapping[str, tuple[int, ...]]
"""What lay at a path before an attempt (absolute path to inode, size and times), to be told from what it wrote."""

# Clocks of files are coarser than ours: a jiffy on Linux, whole seconds on some file systems.
_CLOCK_SLACK_NS = 2_000_000_000
_SNIFFED = 64 << 10
_CHUNK = 1 << 20


class Kept(NamedTuple):
    """A file of this attempt: `copy` lies in the run's folder, `name` is what the step calls it."""

    name: str
    copy: Path

    @property
    def stored(self) -> str:
        """The copy's path, relative to the run's folder."""
        return f"reports/{self.copy.name}"


def matching(globs: tuple[str, ...], folder: str) -> list[str]:
    """What the globs match in `folder`, sorted; no folders."""
    from glob import glob

    names = {name for pattern in globs for name in glob(pattern, root_dir=folder, recursive=True)}
    return sorted(name for name in names if not os.path.isdir(os.path.join(folder, name)))


def mark(path: str) -> tuple[int, ...] | None:
    """What lies at `path` now; None where there is nothing."""
    try:
        found = os.stat(path)
    except (OSError, ValueError):
        return None
    return (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)


def beginning(path: Path | str) -> bytes:
    """The first bytes of a regular file, or nothing. Raises `OSError`."""
    with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
        return file.read(_SNIFFED) if stat.S_ISREG(os.fstat(file.fileno()).st_mode) else b""


def keep(
    name: str, folder: str, before: Marks, since_ns: int, *, into: str, masker: Masker, largest: int = LARGEST
) -> Kept | ReportProblem:
    """Copy a file that an attempt wrote (it began at `since_ns`) to ``reports/`` in the run's folder `into`, masked."""
    path = os.path.join(folder, name)
    try:
        # Without O_NONBLOCK, a pipe under the file's name would hold us for good.
        with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
            found = os.fstat(file.fileno())
            problem = _problem(found, name, since_ns, largest)
            if problem is None and before.get(path) == mark(path):
                problem = _stale(name)
            return problem or Kept(name, _copy(file, os.path.basename(name), into, masker))
    except FileNotFoundError:
        return ReportProblem("missing", f"the step wrote no {name}")
    except (OSError, ValueError) as fault:
        why = getattr(fault, "strerror", None) or fault
        return ReportProblem("unreadable", f"{name} cannot be read or kept: {why}")


def _problem(found: os.stat_result, name: str, since_ns: int, largest: int) -> ReportProblem | None:
    if not stat.S_ISREG(found.st_mode):
        return ReportProblem("unreadable", f"{name} is not a regular file")
    if found.st_mtime_ns < since_ns - _CLOCK_SLACK_NS:
        return _stale(name)
    if not found.st_size:
        return ReportProblem("unreadable", f"{name} is empty")
    if found.st_size > largest:
        return ReportProblem(
            "unreadable", f"{name} has {found.st_size >> 20} MiB; at most {largest >> 20} MiB are read"
        )
    return None


def _stale(name: str) -> ReportProblem:
    return ReportProblem("stale", f"{name} is older than the attempt: the step did not write it")


def _copy(file: BinaryIO, name: str, into: str, masker: Masker) -> Path:
    from hashlib import sha256
    from tempfile import mkstemp

    reports = Path(into, "reports")
    reports.mkdir(mode=0o700, parents=True, exist_ok=True)
    digest = sha256()
    descriptor, part = mkstemp(prefix=".part-", dir=reports)  # private (0600), and nobody else's
    try:
        with open(descriptor, "wb") as copy:
            for chunk in _chunks(file, masker):
                digest.update(chunk)
                copy.write(chunk)
        safe = "".join(c if c.isalnum() or c in "-_." else "_" for c in name)[-80:]
        return Path(part).replace(reports / f"{digest.hexdigest()}-{safe}")
    except BaseException:
        Path(part).unlink(missing_ok=True)
        raise


def _chunks(file: BinaryIO, masker: Masker) -> Iterator[bytes]:
    if masker:
        # A secret may lie across any cut, so the file is masked in one piece.
        text = file.read(LARGEST).decode("utf-8", "surrogateescape")
        yield masker.mask(text).encode("utf-8", "surrogateescape")
    else:
        while chunk := file.read(_CHUNK):
            yield chunk
