"""Owns how help is laid out: never wider than 80 columns, prose flows, what is indented stands as it was written."""

from __future__ import annotations

import argparse
import shutil
from textwrap import wrap

_WIDEST = 80


class HelpFormatter(argparse.HelpFormatter):
    """As argparse's, but the description and the epilog may hold blocks that are indented: examples, exit codes."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, width=min(_WIDEST, shutil.get_terminal_size().columns - 2))

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        return "\n\n".join(_filled(paragraph, width, indent) for paragraph in text.strip("\n").split("\n\n"))


def _filled(paragraph: str, width: int, indent: str) -> str:
    lines: list[str] = []
    prose: list[str] = []

    def flow() -> None:
        lines.extend(wrap(" ".join(prose), width, break_long_words=False, break_on_hyphens=False))
        prose.clear()

    for line in paragraph.splitlines():
        if line.startswith(" "):
            flow()
            hanging = " " * (len(line) - len(line.lstrip()) + 4)
            # Only what is too long is touched: it would be broken anyway, and at a worse place.
            lines.extend(wrap(line, width, subsequent_indent=hanging) if len(line) > width + 2 else (line,))
        else:
            prose.append(line)
    flow()
    return "\n".join(indent + line for line in lines)
