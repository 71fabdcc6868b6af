"""Owns what the live view shows at one moment: lines for what runs, and how far the round is. Pure; draws nothing."""

from gatekeeper.adapters.console.spans import Line, Span, Style, cells, cut, line, padded
from gatekeeper.adapters.console.words import Glyphs, count
from gatekeeper.model.record import NamedTuple

_NARROW = 60
_WIDE = 120
_KEPT_LINES = 3


class Row(NamedTuple):
    """A step that is running. Times are seconds; `last` is its last line of output, or what a probe asks."""

    name: str
    elapsed_s: float
    timeout_s: float
    last: str
    again: int = 1


class Progress(NamedTuple):
    """How far the round is: steps that are done of those it runs."""

    round: int
    done: int
    total: int
    elapsed_s: float


def frame(
    rows: tuple[Row, ...], progress: Progress | None, size: tuple[int, int], tick: int, glyphs: Glyphs
) -> tuple[Line, ...]:
    """The lines of the live view, none wider than `size` (columns, lines), with room left for what scrolls above."""
    width, height = size
    room = max(height - _KEPT_LINES, 1)
    shown = rows if len(rows) <= room else rows[: room - 1]
    names = min(max((cells(row.name) for row in shown), default=0), max(width // 3, 12))
    lines = [_running(row, names, width, tick, glyphs) for row in shown]
    if len(shown) < len(rows):
        lines.append(line(Span(f"  and {len(rows) - len(shown)} more running", "dim")))
    if progress is not None and progress.total:
        lines.append(_overall(progress, width, glyphs))
    return tuple(cut(spans, width) for spans in lines)


def clock(seconds: float) -> str:
    """``0:07``, ``5:00``, ``1:02:05``."""
    whole = int(seconds)
    if whole < 3600:
        return f"{whole // 60}:{whole % 60:02}"
    return f"{whole // 3600}:{whole % 3600 // 60:02}:{whole % 60:02}"


def bar(share: float, width: int, glyphs: Glyphs) -> tuple[str, str]:
    """The full and the empty part of a bar."""
    full = min(max(round(share * width), 0), width)
    return glyphs.full * full, glyphs.empty * (width - full)


def _running(row: Row, names: int, width: int, tick: int, glyphs: Glyphs) -> Line:
    share = row.elapsed_s / row.timeout_s if row.timeout_s > 0 else 1.0
    style = _urgency(share)
    spans = [Span(f"{glyphs.spinner[tick % len(glyphs.spinner)]} ", "good"), Span(padded(row.name, names), "name")]
    if width >= _NARROW:
        full, empty = bar(share, 20 if width >= _WIDE else 10, glyphs)
        spans += [Span("  "), Span(full, style or "good"), Span(empty, "dim")]
    spans.append(Span(f" {clock(row.elapsed_s)}/{clock(row.timeout_s)}", style))
    if row.again > 1 and width >= _NARROW:
        spans.append(Span(f" {glyphs.dot} attempt {row.again}", "warn"))
    if row.last:
        spans.append(Span(f"  {row.last}", "dim"))
    return tuple(spans)


def _urgency(share: float) -> Style:
    if share >= 0.9:
        return "bad"
    return "warn" if share >= 0.75 else ""


def _overall(progress: Progress, width: int, glyphs: Glyphs) -> Line:
    full, empty = bar(progress.done / progress.total, 10 if width < _NARROW else 20 if width < _WIDE else 40, glyphs)
    of = f" {min(progress.done, progress.total)}/{count(progress.total, 'step')}  {clock(progress.elapsed_s)}"
    return line(Span(f"  round {progress.round}  ", "dim"), Span(full, "good"), Span(empty, "dim"), of)
