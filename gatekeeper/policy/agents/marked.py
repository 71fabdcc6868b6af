"""Owns a block of ours in a text that belongs to somebody else: between two marks, and nothing else changes. Pure."""

from __future__ import annotations

from gatekeeper.model.record import NamedTuple


class Marks(NamedTuple):
    """The first and the last line of a block."""

    begin: str
    end: str


MARKDOWN = Marks("<!-- gatekeeper: begin -->", "<!-- gatekeeper: end -->")
TOML = Marks("# gatekeeper: begin", "# gatekeeper: end")


def with_block(text: str | None, marks: Marks, body: str) -> str:
    """`text` with the block at its end, or in its place where it is there already; without a text just the block.

    Raises `ValueError` where only one of the marks is there, or either is there twice.
    """
    new_line = "\r\n" if text is not None and "\r\n" in text else "\n"
    block = new_line.join((marks.begin, *body.strip("\n").split("\n"), marks.end))
    if text is None:
        return block + new_line
    span = _span(text, marks)
    if span is not None:
        return text[: span[0]] + block + text[span[1] :]
    # One, whatever comes before it: so it is known what to take away again.
    return text + new_line + block + new_line


def without_block(text: str, marks: Marks) -> str | None:
    """`text` as it was before the block; None where it held nothing else. Raises `ValueError`, as `with_block` does."""
    span = _span(text, marks)
    if span is None:
        return text
    new_line = "\r\n" if "\r\n" in text else "\n"
    body = text[span[0] + len(marks.begin) : span[1] - len(marks.end)].strip("\r\n").replace("\r\n", "\n")
    for candidate in (None, text[: span[0]].removesuffix(new_line)):
        if with_block(candidate, marks, body) == text:
            return candidate
    return text[: span[0]] + text[span[1] :].removeprefix(new_line)


def _span(text: str, marks: Marks) -> tuple[int, int] | None:
    counts = text.count(marks.begin), text.count(marks.end)
    if counts == (0, 0):
        return None
    begin, end = text.find(marks.begin), text.find(marks.end)
    if counts != (1, 1) or end < begin:
        raise ValueError(f"the marks {marks.begin!r} and {marks.end!r} do not stand there once, in this order")
    return begin, end + len(marks.end)
