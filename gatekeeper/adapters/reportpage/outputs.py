"""Owns showing an excerpt of an output: folded, each line with its time, in the colours it was written in."""

from __future__ import annotations

from gatekeeper.adapters.reportpage.budget import Budget
from gatekeeper.adapters.reportpage.markup import Html, element, join, text
from gatekeeper.policy.number_words import size
from gatekeeper.policy.page.ansi import Look, Piece
from gatekeeper.policy.page.contents import Excerpt, OutputLine


def output(excerpt: Excerpt, budget: Budget, *, unfolded: bool) -> Html:
    """The excerpt behind its path; only the path where the page is full."""
    path = join(("Output ", element("code", excerpt.path), f" ({size(excerpt.size)})"))
    if excerpt.problem:
        return element("p", path, f": {excerpt.problem}")
    if not excerpt.head and not excerpt.tail:
        return element("p", path, ": nothing was written")
    parts = [_block(excerpt.head, "the beginning" if excerpt.skipped else "all of it")]
    if excerpt.skipped:
        parts.append(element("p", f"… {size(excerpt.skipped)} are not shown here …", class_="cut"))
        parts.append(_block(excerpt.tail, "the end"))
    whole = element("details", element("summary", path), *parts, class_="output", open=unfolded)
    if budget.take(whole):
        return whole
    return element("p", path, ": not shown, the page is full. The file holds all of it.")


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
    said = (
        (look.colour and f"f-{look.colour}", True),
        (look.behind and f"b-{look.behind}", True),
        ("bold", look.bold),
        ("dim", look.dim),
        ("italic", look.italic),
        ("under", look.underlined),
    )
    return " ".join(name for name, holds in said if name and holds)
