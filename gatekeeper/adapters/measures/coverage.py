"""Owns a step's coverage as a whole: all its files read, merged by file, and beside the lines that changed."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import BinaryIO, TypeAlias

from gatekeeper.adapters.measures.cobertura import looks_like_cobertura, read_cobertura
from gatekeeper.adapters.measures.coverage_py import looks_like_coverage_py, read_coverage_py
from gatekeeper.adapters.measures.files import MOST, Kept, Marks, beginning, keep, matching
from gatekeeper.adapters.measures.lcov import looks_like_lcov, read_lcov
from gatekeeper.adapters.measures.places import Ambiguous, Tree, on_disk
from gatekeeper.adapters.measures.ran import FileRan, Ran
from gatekeeper.model.changed import ChangedLines
from gatekeeper.model.demands import CoverageSpec
from gatekeeper.model.record import NamedTuple
from gatekeeper.model.report import Coverage, FileCoverage, ReportProblem, Share
from gatekeeper.policy.masking import Masker

Changes: TypeAlias = Callable[[str, str], ChangedLines]
"""The lines that differ between the working tree around a folder and a base (empty: where its branch began)."""

Tracked: TypeAlias = Callable[[str, Sequence[str]], frozenset[str]]
"""Those of some files of a folder that belong to its repository."""


class Format(NamedTuple):
    """How files of one format are told and read."""

    looks_like: Callable[[bytes], bool]
    read: Callable[[BinaryIO, str], Ran | ReportProblem]


FORMATS: dict[str, Format] = {
    "coverage_py": Format(looks_like_coverage_py, read_coverage_py),
    "cobertura": Format(looks_like_cobertura, read_cobertura),
    "lcov": Format(looks_like_lcov, read_lcov),
}
"""Every format of coverage, by its name in definitions."""


class _Placed(NamedTuple):
    """Coverage by file: by the files' absolute paths, or as the report calls what is not there, or could be several."""

    there: dict[str, FileRan]
    elsewhere: dict[str, FileRan]
    ambiguous: dict[str, Ambiguous]


class CoverageFiles(NamedTuple):
    """Clears and reads the coverage of one run's steps; copies go to ``reports/`` in `run_folder`."""

    run_folder: str
    masker: Masker
    changes: Changes
    tracked: Tracked

    def clear(self, spec: CoverageSpec, folder: str) -> None:
        """Remove coverage that an earlier attempt left, so that it cannot be taken for this one's.

        Only what looks like coverage goes, and nothing that belongs to the repository. What stays is found stale.
        """
        found = [name for name in matching(spec.globs, folder) if _is_coverage(os.path.join(folder, name), spec)]
        held = self.tracked(folder, found) if found else frozenset()
        for name in found:
            if name not in held:
                with suppress(OSError):
                    os.unlink(os.path.join(folder, name))

    def read(self, spec: CoverageSpec, folder: str, before: Marks, since_ns: int) -> Coverage | ReportProblem:
        """The coverage of an attempt that began at `since_ns`, all files together; or the first problem."""
        names = matching(spec.globs, folder)
        wanted = " or ".join(map(repr, spec.globs))
        if not names:
            return ReportProblem("missing", f"the step wrote no coverage: nothing matches {wanted} in {folder}")
        if len(names) > MOST:
            return ReportProblem("unreadable", f"{len(names)} files match {wanted}; at most {MOST} are read")
        placed, copies, measured = _Placed({}, {}, {}), [], False
        for name in names:
            kept = keep(name, folder, before, since_ns, into=self.run_folder, masker=self.masker)
            if isinstance(kept, ReportProblem):
                return kept
            ran = _read(kept, spec)
            if isinstance(ran, ReportProblem):
                return ran
            copies.append(kept.stored)
            measured = measured or ran.branches_measured
            _place(ran, folder, placed)
        if not any(file.lines for file in (*placed.there.values(), *placed.elsewhere.values())):
            return ReportProblem("unreadable", f"the coverage in {wanted} holds not one executable line")
        coverage = _coverage(placed, folder, tuple(copies), branches=measured)
        return coverage if spec.changed_lines is None else self._beside_changes(coverage, placed, spec.base, folder)

    def _beside_changes(self, coverage: Coverage, placed: _Placed, base: str, folder: str) -> Coverage:
        changes = self.changes(folder, base)
        if changes.problem:
            return coverage._replace(problem=changes.problem)
        share, uncovered = Share(0, 0), []
        for path, file in _of_the_tree(placed, changes):
            if isinstance(path, Ambiguous):
                if any(candidate in changes.lines for candidate in path.candidates):
                    return coverage._replace(problem=str(path))
                continue
            changed = changes.lines.get(path, frozenset())
            numbers = sorted(file.lines if changed is None else changed & file.lines.keys())
            missed = tuple(number for number in numbers if not file.lines[number])
            share = Share(share.covered + len(numbers) - len(missed), share.total + len(numbers))
            if missed:
                uncovered.append((path, missed))
        return coverage._replace(changed=share, uncovered=tuple(sorted(uncovered)))


def _is_coverage(path: str, spec: CoverageSpec) -> bool:
    forms = FORMATS.values() if spec.format == "auto" else (FORMATS[spec.format],)
    try:
        start = beginning(path)
    except OSError:
        return False
    return any(form.looks_like(start) for form in forms)


def _read(kept: Kept, spec: CoverageSpec) -> Ran | ReportProblem:
    if spec.format == "auto":
        start = beginning(kept.copy)
        form = next((form for form in FORMATS.values() if form.looks_like(start)), None)
        if form is None:
            known = "coverage.py's JSON, Cobertura or lcov"
            return ReportProblem("unreadable", f"{kept.name} does not begin like coverage that is known: {known}")
    else:
        form = FORMATS[spec.format]
    with kept.copy.open("rb") as file:
        return form.read(file, kept.name)


def _place(ran: Ran, folder: str, placed: _Placed) -> None:
    for path, file in ran.files.items():
        found = on_disk(path, folder, ran.sources)
        if isinstance(found, Ambiguous):
            placed.ambiguous[path] = found
        where, key = (placed.there, found) if isinstance(found, str) else (placed.elsewhere, path)
        where.setdefault(key, FileRan()).take(file)


def _coverage(placed: _Placed, folder: str, copies: tuple[str, ...], *, branches: bool) -> Coverage:
    home = os.path.realpath(folder)
    named = [(os.path.relpath(path, home), file) for path, file in placed.there.items()]
    per_file = tuple(
        FileCoverage(path, file.share_of_lines(), file.share_of_branches() if branches else None)
        for path, file in sorted([*named, *placed.elsewhere.items()], key=lambda each: each[0])
    )
    return Coverage(
        _sum(each.lines for each in per_file),
        _sum(each.branches for each in per_file if each.branches) if branches else None,
        per_file,
        files=copies,
    )


def _of_the_tree(placed: _Placed, changes: ChangedLines) -> Iterable[tuple[str | Ambiguous, FileRan]]:
    """Every file with its path in the working tree; what lies outside of it cannot have changed."""
    root = f"{changes.root.rstrip('/')}/"
    for path, file in placed.there.items():
        if path.startswith(root):
            yield path.removeprefix(root), file
    if placed.elsewhere:
        tree = Tree(changes.files)
        for path, file in placed.elsewhere.items():
            several = placed.ambiguous.get(path)
            if several is not None:
                yield several._replace(candidates=tuple(each.removeprefix(root) for each in several.candidates)), file
            elif (found := tree.ending_like(path)) is not None:
                yield found, file


def _sum(shares: Iterable[Share]) -> Share:
    covered = total = 0
    for share in shares:
        covered, total = covered + share.covered, total + share.total
    return Share(covered, total)
