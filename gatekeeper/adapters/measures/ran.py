"""Owns which lines and branches of which files ran, from however many reports. Knows no format and no folder."""

from __future__ import annotations

from collections.abc import Hashable

from gatekeeper.model.report import Share


class FileRan:
    """One file: every executable line, and every branch, with whether it ran.

    `stated` are the shares of lines and branches as its report counts them, where that knows better than its own lists
    (older coverage.py, 7.2 for one, lists docstrings as lines that ran and does not count them).
    """

    def __init__(self) -> None:
        self.lines: dict[int, bool] = {}
        self.branches: dict[Hashable, bool] = {}
        self.stated: tuple[Share, Share] | None = None

    def line(self, number: int, *, ran: bool) -> None:
        """Take in one line; what ran once has run."""
        self.lines[number] = self.lines.get(number, False) or ran

    def branch(self, key: Hashable, *, taken: bool) -> None:
        """Take in one branch, named by whatever tells it from the others."""
        self.branches[key] = self.branches.get(key, False) or taken

    def share_of_lines(self) -> Share:
        """The lines that ran, of all."""
        return self.stated[0] if self.stated else _share(self.lines)

    def share_of_branches(self) -> Share:
        """The branches that were taken, of all."""
        return self.stated[1] if self.stated else _share(self.branches)

    def take(self, other: FileRan) -> None:
        """Add what another report says of the same file."""
        first = not self.lines and not self.branches and self.stated is None
        for number, ran in other.lines.items():
            self.line(number, ran=ran)
        for key, taken in other.branches.items():
            self.branch(key, taken=taken)
        self.stated = other.stated if first else None


class Ran:
    """All files of one or more reports, by the paths that these give them. `sources` are where the paths may begin.

    `branches_measured` tells "no branch was taken" from "nobody looked".
    """

    def __init__(self) -> None:
        self.files: dict[str, FileRan] = {}
        self.sources: dict[str, None] = {}
        self.branches_measured = False

    def file(self, path: str) -> FileRan:
        """The file of that path, new if need be."""
        found = self.files.get(path)
        if found is None:
            found = self.files[path] = FileRan()
        return found


def _share(found: dict[int, bool] | dict[Hashable, bool]) -> Share:
    return Share(sum(found.values()), len(found))
