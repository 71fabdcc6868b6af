"""Owns the report files of a step: clearing them before, finding and keeping them after, and which format reads them.

Whatever is read is read from the copy in the run's folder, so that what was judged is what can be looked at later.
"""

import os
import stat
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import BinaryIO

from gatekeeper.adapters.testreports.formats import FORMATS
from gatekeeper.adapters.testreports.places import TooManyFiles, matching
from gatekeeper.adapters.testreports.seen import Seen
from gatekeeper.model.demands import ReportFormat, ReportSpec
from gatekeeper.model.record import NamedTuple
from gatekeeper.model.report import Report, ReportProblem
from gatekeeper.policy.masking import Masker

LARGEST = 200 << 20
"""The largest report file that is read, in bytes."""

MOST = 10_000
"""How many report files of one step are read."""

_SNIFFED = 64 << 10
_CHUNK = 1 << 20
_OPEN = os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC  # without O_NONBLOCK, a pipe would hold us for good
_NARROWER = "; if it is no report, make the `report:` glob narrower"


class _Kept(NamedTuple):
    """The copy of a report, relative to the run's folder, and the digest of the original, which is never written."""

    name: str
    content: bytes


class _Unreadable(Exception):
    """A file is no report that can be read; its text says why."""


class ReportFiles:
    """The report files of one run's steps; copies go to ``reports/`` in `run_folder`, masked.

    `tracked` tells which of some names in a folder are under version control; what is, is never removed.
    """

    def __init__(
        self,
        run_folder: str,
        masker: Masker,
        seen: Seen,
        tracked: Callable[[str, Sequence[str]], frozenset[str]],
    ) -> None:
        self._run_folder = run_folder
        self._masker = masker
        self._seen = seen
        self._tracked = tracked

    def clear(self, spec: ReportSpec, folder: str) -> None:
        """Empty the report's places, so that what is found there later is this attempt's.

        Only what looks like a report and is nobody's work goes: a glob that is too wide must not cost anybody a
        ``pom.xml``, nor a sample that is under version control. What stays is remembered, and is stale if it is found
        as it was.
        """
        with suppress(TooManyFiles):
            names = {name for pattern in spec.globs for name in matching(pattern, folder)}
            if not names:
                return
            looks_like = FORMATS[spec.format]().looks_like
            old = [name for name in sorted(names) if self._is_report(os.path.join(folder, name), looks_like)]
            removed = frozenset(old) - self._tracked(folder, old) if old else frozenset()
            for name in names:
                path = os.path.join(folder, name)
                if name in removed:
                    with suppress(OSError):
                        os.unlink(path)
                try:
                    self._seen.leave(path, os.stat(path))
                except OSError:
                    self._seen.gone(path)

    def _is_report(self, path: str, looks_like: Callable[[bytes], bool]) -> bool:
        """Whether a report is there already, whose content is remembered then."""
        from hashlib import sha256

        try:
            with _opened(path) as file:
                if not looks_like(file.read(_SNIFFED)):
                    return False
                file.seek(0)
                digest = sha256()
                for chunk in self._bounded(file):
                    digest.update(chunk)
        except (OSError, _Unreadable):
            return False
        self._seen.content(digest.digest())
        return True

    def read(self, spec: ReportSpec, folder: str, since_ns: int) -> Report | ReportProblem:
        """The report of an attempt that began at `since_ns`; all files together, or the first problem."""
        from gatekeeper.adapters.testreports.gathering import together

        names = self._names(spec, folder)
        if isinstance(names, ReportProblem):
            return names
        reports: list[Report] = []
        contents: list[bytes] = []
        for name in names:
            try:
                report, content = self._read_one(spec.format, folder, name, since_ns)
            except _Unreadable as fault:
                return ReportProblem("unreadable", str(fault))
            contents.append(content)
            match report:
                case ReportProblem() as problem:
                    return problem
                case found:
                    reports.append(found)
        for content in contents:
            self._seen.content(content)
        return together(reports)

    def _names(self, spec: ReportSpec, folder: str) -> list[str] | ReportProblem:
        found: dict[str, list[str]] = {}
        for pattern in spec.globs:
            try:
                found[pattern] = matching(pattern, folder)
            except TooManyFiles as fault:
                return ReportProblem("unreadable", f"the glob {pattern!r} {fault} in {folder}; make it narrower")
        empty = [pattern for pattern, names in found.items() if not names]
        # Of an optional report any part may be missing, but not one that is there is passed over.
        if empty and (not spec.optional or len(empty) == len(found)):
            words = " or ".join(map(repr, empty))
            whole = "no report" if len(empty) == len(found) else "only a part of its report"
            return ReportProblem("missing", f"the step wrote {whole}: nothing matches {words} in {folder}")
        names = sorted({name for matches in found.values() for name in matches})
        files = [name for name in names if not os.path.isdir(os.path.join(folder, name))]
        if not files:
            return ReportProblem("unreadable", f"{_shown(names[0])} is a folder, not a report; write `{names[0]}/*`")
        if len(files) > MOST:
            return ReportProblem("unreadable", f"{len(files)} files match {_words(spec)}; at most {MOST} are read")
        return files

    def _read_one(
        self, form: ReportFormat, folder: str, name: str, since_ns: int
    ) -> tuple[Report | ReportProblem, bytes]:
        from gatekeeper.adapters.testreports.times import tells_older, told_times

        path, called = os.path.join(folder, name), _shown(name)
        try:
            with _opened(path) as file:
                found = os.fstat(file.fileno())
                if older := self._seen.older(path, found, since_ns, time.time_ns()):
                    return ReportProblem("stale", f"{called} {older}: the step did not write it{_NARROWER}"), b""
                _fits(found.st_size)
                kept = self._keep(file, called)
        except _Unreadable as fault:
            raise _Unreadable(f"{called} {fault}") from None
        except OSError as fault:
            raise _Unreadable(f"{called} cannot be read or kept: {fault.strerror or fault}") from None
        with open(os.path.join(self._run_folder, kept.name), "rb") as copy:
            told = told_times(form, copy)
            again = self._seen.knows(kept.content)
            if again and told.varies:
                why = "has the same content, times and all, as a report that was there before"
                return ReportProblem("stale", f"{called} {why}: the step did not write it anew"), kept.content
            if old := tells_older(told, since_ns):
                return ReportProblem("stale", f"{called} {old}"), kept.content
            copy.seek(0)
            report = FORMATS[form]().read(copy, called, os.path.realpath(folder))
        match report:
            case Report():
                note = (f"{called}: the same content as before, and it tells no times that could differ",)
                notes = report.notes + (note if again else ())
                return report._replace(files=(kept.name,), notes=notes), kept.content
            case problem:
                return problem, kept.content

    def _keep(self, file: BinaryIO, called: str) -> _Kept:
        from hashlib import sha256
        from tempfile import mkstemp

        reports = os.path.join(self._run_folder, "reports")
        os.makedirs(reports, mode=0o700, exist_ok=True)
        digest, content = sha256(), sha256()
        descriptor, part = mkstemp(prefix=".part-", dir=reports)  # private (0600), and nobody else's
        try:
            with open(descriptor, "wb") as copy:
                for chunk in self._bounded(file, whole=bool(self._masker)):
                    content.update(chunk)
                    stored = self._masked(chunk)
                    digest.update(stored)
                    copy.write(stored)
            safe = "".join(c if c.isalnum() or c in "-_." else "_" for c in os.path.basename(called))[-80:]
            kept = f"{digest.hexdigest()}-{safe}"
            os.replace(part, os.path.join(reports, kept))
        except BaseException:
            with suppress(OSError):
                os.unlink(part)
            raise
        return _Kept(f"reports/{kept}", content.digest())

    def _masked(self, chunk: bytes) -> bytes:
        if not self._masker:
            return chunk
        text = chunk.decode("utf-8", "surrogateescape")
        return self._masker.mask(text).encode("utf-8", "surrogateescape")

    @staticmethod
    def _bounded(file: BinaryIO, *, whole: bool = False) -> Iterator[bytes]:
        """The content in pieces, or as a whole: a secret may lie across any cut. Something may still be growing it."""
        size, pieces = 0, []
        while chunk := file.read(_CHUNK):
            size += len(chunk)
            _fits(size)
            if whole:
                pieces.append(chunk)
            else:
                yield chunk
        if pieces:
            yield b"".join(pieces)


def _opened(path: str) -> BinaryIO:
    """The file, to be read. Raises `_Unreadable` for what is no file, and `OSError`."""
    descriptor = os.open(path, _OPEN)
    try:
        if stat.S_ISREG(os.fstat(descriptor).st_mode):
            return open(descriptor, "rb")
    except BaseException:
        os.close(descriptor)
        raise
    os.close(descriptor)
    raise _Unreadable("is not a regular file")


def _fits(size: int) -> None:
    if not size:
        raise _Unreadable("is empty")
    if size > LARGEST:
        raise _Unreadable(f"has more than {LARGEST >> 20} MiB, and no more are read")


def _words(spec: ReportSpec) -> str:
    return " or ".join(repr(pattern) for pattern in spec.globs)


def _shown(name: str) -> str:
    return name.encode("utf-8", "replace").decode()
