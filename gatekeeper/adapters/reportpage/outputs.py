"""Owns showing an excerpt of an output: folded, each line with its time, in the colours it was written in."""

from __future__ import annotations

from gatekeeper.adapters.reportpage.budget import Budget
from gatekeeper.adapters.reportpage.markup import Html, element, file_link, join, text
from gatekeeper.policy.number_words import plural, size
from gatekeeper.policy.page.ansi import Look, Piece
from gatekeeper.policy.page.contents import Excerpt, OutputLine


def output(excerpt: Excerpt, beside: str, budget: Budget, *, unfolded: bool) -> Html:
    """The excerpt below a link to its file; only the link where the page is full."""
    if excerpt.problem:
        return element("p", "Output ", element("code", excerpt.name), f": {excerpt.problem}")
    path = file_link(beside, excerpt.name)
    if not excerpt.head and not excerpt.tail:
        return element("p", "Output ", path, ": nothing was written")
    parts = [_block(excerpt.head, "the beginning" if excerpt.skipped else "all of it")]
    if excerpt.skipped:
        parts.append(
            element("p", f"… {size(excerpt.skipped)} are not shown here; all of it is in ", path, class_="cut")
        )
        parts.append(_block(excerpt.tail, "the end"))
    lines = plural(len(excerpt.head) + len(excerpt.tail), "line")
    some = f"{lines} of {size(excerpt.size)}" if excerpt.skipped else f"{lines}, {size(excerpt.size)}"
    summary = element("summary", "Output ", element("span", some, class_="quiet"))
    whole = element("details", summary, element("p", path, class_="quiet"), *parts, class_="output", open=unfolded)
    if budget.take(whole):
        return whole
    return element("p", "Output ", path, ": not shown, the page is full. The file holds all of it.")


def _block(lines: tuple[OutputLine, ...], which: str) -> Html:
    timed = any(line.at_s is not None for line in lines)
    shown = Html("\n".join(_line(line, timed) for line in lines))
    return element("pre", shown, class_="out", tabindex="0", role="region", aria_label=f"Output, {which}")


def _line(line: OutputLine, timed: bool) -> Html:
    time = element("i", f"{line.at_s:9.3f} s  " if line.at_s is not None else " " * 13) if timed else ""
    return join((time, *(_piece(piece) for piece in line.pieces)))


def _piece(piece: Piece) -> Html:
    classes = _classes(piece.look)
    return element("span", piece.text, class_=classes) if classes else text(piece.text)


def _classes(look: Look) -> str:
    colour, behind = (look.behind, look.colour or "text") if look.inverse else (look.colour, look.behind)
    said = (
        (colour and f"f-{colour}", True),
        # What is readable on every ground is the usual colour of text.
        (behind and f"on b-{behind}", True),
        ("bold", look.bold),
        ("dim", look.dim),
        ("italic", look.italic),
        ("under", look.underlined),
    )
    return " ".join(name for name, holds in said if name and holds)
