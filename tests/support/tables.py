"""Owns the tables that tests fill in while they run and that are printed at the end of the session.

A test gives a cell with `note`; a table that got none is not printed. Rows and columns stand in the order in which they
were first given. Decides nothing: whether a cell is right is for the test to say.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest


@dataclass
class Table:
    """Cells under (row, column); `legend` says how to read one. A cell that is given again is replaced."""

    title: str
    legend: str
    cells: dict[tuple[str, str], str] = field(default_factory=dict)

    def note(self, row: str, column: str, text: str) -> None:
        """Fill in a cell."""
        self.cells[row, column] = text

    def lines(self) -> list[str]:
        """The table in GitHub's format, its columns aligned."""
        rows = list(dict.fromkeys(row for row, _ in self.cells))
        columns = list(dict.fromkeys(column for _, column in self.cells))
        whole = [["", *columns], *([row, *(self.cells.get((row, one), "") for one in columns)] for row in rows)]
        widths = [max(len(line[place]) for line in whole) for place in range(len(columns) + 1)]
        padded = ["| " + " | ".join(map(str.ljust, line, widths)) + " |" for line in whole]
        return [padded[0], "|" + "|".join("-" * (width + 2) for width in widths) + "|", *padded[1:]]


_TABLES: list[Table] = []


def table(title: str, legend: str) -> Table:
    """A new table, to be printed at the end if anything comes into it."""
    made = Table(title, legend)
    _TABLES.append(made)
    return made


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for one in _TABLES:
        if one.cells:
            terminalreporter.section(one.title)
            terminalreporter.line(one.legend)
            for line in one.lines():
                terminalreporter.line(line)
