"""Owns the report files of a step: clearing them before, finding and keeping them after, and which format reads them.

Whatever is read is read from the copy in the run's folder, so that what was judged is what can be looked at later.
"""

import os
import stat
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from gatekeeper.model.demands import ReportSpec
from gatekeeper.model.record import NamedTuple
from gatekeeper.model.report import Report, ReportProblem, Totals
from gatekeeper.policy.masking import Masker

LARGEST = 200 << 20
"""The largest report file that is read, in bytes."""

MOST = 10_000
"""How many report files of one step are read."""

# Clocks of files are coarser than ours: a jiffy on Linux, whole seconds on some file systems.
_CLOCK_SLACK_NS = 2_000_000_000
_SNIFFED = 64 << 10
_CHUNK = 1 << 20


class Format(NamedTuple):
    """How files of one format are told and read."""

    looks_like: Callable[[bytes], bool]
    read: Callable[[BinaryIO, str], Report | ReportProblem]


def _junit() -> Format:
    from gatekeeper.adapters.testreports.junit import looks_like_junit, read_junit

    return Format(looks_like_junit, read_junit)


FORMATS: dict[str, Callable[[], Format]] = {"junit": _junit}
"""Every report format, by its name in definitions; imported only when a step has such a report."""


class ReportFiles(NamedTuple):
    """The report files of one run's steps; copies go to ``reports/`` in `run_folder`, masked."""

    run_folder: str
    masker: Masker

    def clear(self, spec: ReportSpec, folder: str) -> None:
        """Remove reports that an earlier attempt left, so that they cannot be taken for this one's.

        Only what looks like a report goes: a glob that is too wide must not cost anybody a ``pom.xml``. What stays
        is found stale afterwards.
        """
        looks_like = FORMATS[spec.format]().looks_like
        for name in _matching(spec, folder):
            path = Path(folder, name)
            with suppress(OSError):
                if stat.S_ISREG(path.stat().st_mode) and looks_like(_beginning(path)):
                    path.unlink()

    def read(self, spec: ReportSpec, folder: str, since_ns: int) -> Report | ReportProblem:
        """The report of an attempt that began at `since_ns`; all files together, or the first problem."""
        names = [name for name in _matching(spec, folder) if not Path(folder, name).is_dir()]
        if not names:
            return ReportProblem("missing", f"the step wrote no report: nothing matches {_words(spec)} in {folder}")
        if len(names) > MOST:
            return ReportProblem("unreadable", f"{len(names)} files match {_words(spec)}; at most {MOST} are read")
        form = FORMATS[spec.format]()
        reports: list[Report] = []
        for name in names:
            match self._read_one(form, Path(folder, name), name, since_ns):
                case ReportProblem() as problem:
                    return problem
                case report:
                    reports.append(report)
        return _together(reports)

    def _read_one(self, form: Format, path: Path, name: str, since_ns: int) -> Report | ReportProblem:
        try:
            # Without O_NONBLOCK, a pipe under the report's name would hold us for good.
            with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
                problem = _problem(os.fstat(file.fileno()), name, since_ns)
                if problem is not None:
                    return problem
                kept = self._keep(file, Path(name).name)
        except OSError as fault:
            return ReportProblem("unreadable", f"{name} cannot be read or kept: {fault.strerror or fault}")
        with kept.open("rb") as copy:
            report = form.read(copy, name)
        match report:
            case Report():
                return report._replace(files=(f"reports/{kept.name}",))
            case problem:
                return problem

    def _keep(self, file: BinaryIO, name: str) -> Path:
        from hashlib import sha256
        from tempfile import mkstemp

        reports = Path(self.run_folder, "reports")
        reports.mkdir(mode=0o700, parents=True, exist_ok=True)
        digest = sha256()
        descriptor, part = mkstemp(prefix=".part-", dir=reports)  # private (0600), and nobody else's
        try:
            with open(descriptor, "wb") as copy:
                for chunk in self._chunks(file):
                    digest.update(chunk)
                    copy.write(chunk)
            safe = "".join(c if c.isalnum() or c in "-_." else "_" for c in name)[-80:]
            return Path(part).replace(reports / f"{digest.hexdigest()}-{safe}")
        except BaseException:
            Path(part).unlink(missing_ok=True)
            raise

    def _chunks(self, file: BinaryIO) -> Iterator[bytes]:
        if self.masker:
            # A secret may lie across any cut, so the file is masked in one piece.
            text = file.read(LARGEST).decode("utf-8", "surrogateescape")
            yield self.masker.mask(text).encode("utf-8", "surrogateescape")
        else:
            while chunk := file.read(_CHUNK):
                yield chunk


def _problem(found: os.stat_result, name: str, since_ns: int) -> ReportProblem | None:
    if not stat.S_ISREG(found.st_mode):
        return ReportProblem("unreadable", f"{name} is not a regular file")
    if found.st_mtime_ns < since_ns - _CLOCK_SLACK_NS:
        hint = "the step did not write it; if it is no report, make the `report:` glob narrower"
        return ReportProblem("stale", f"{name} is older than the attempt: {hint}")
    if not found.st_size:
        return ReportProblem("unreadable", f"{name} is empty")
    if found.st_size > LARGEST:
        return ReportProblem(
            "unreadable", f"{name} has {found.st_size >> 20} MiB; at most {LARGEST >> 20} MiB are read"
        )
    return None


def _matching(spec: ReportSpec, folder: str) -> list[str]:
    from glob import glob

    return sorted({name for pattern in spec.globs for name in glob(pattern, root_dir=folder, recursive=True)})


def _beginning(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(_SNIFFED)


def _words(spec: ReportSpec) -> str:
    return " or ".join(repr(pattern) for pattern in spec.globs)


def _together(reports: list[Report]) -> Report:
    return Report(
        Totals(*map(sum, zip(*(report.counts for report in reports), strict=True))),
        tuple(case for report in reports for case in report.cases),
        tuple(file for report in reports for file in report.files),
        tuple(text for report in reports for text in report.contradictions),
        tuple(note for report in reports for note in report.notes),
        tuple(test for report in reports for test in report.passed),
    )
