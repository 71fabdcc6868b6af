"""Owns what the live view shows at one moment: gates with what runs in them, and how far the round is.

Pure; draws nothing. Where there is little room, what matters least is left out first.
"""

from gatekeeper.adapters.console.spans import Line, Span, Style, cells, cut, line, padded
from gatekeeper.adapters.console.usual import Usual, clock, left_words, usual_words
from gatekeeper.adapters.console.words import Glyphs, count, sign_of, style_of
from gatekeeper.model.record import NamedTuple

_NARROW = 60
_WIDE = 120
_KEPT_LINES = 3
_NAMED_GATES = 4


class Row(NamedTuple):
    """A step that is running, or help. Times are seconds; `last` is its last line of output, or what a probe asks.

    `about` is what there is to say of its gate, nothing of help.
    """

    gate: str
    step: str
    elapsed_s: float
    timeout_s: float
    last: str
    again: int = 1
    usual: Usual | None = None
    about: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """What it is called where its gate is not named above it."""
        return f"{self.gate}/{self.step}" if self.gate else self.step


class Progress(NamedTuple):
    """How far the round is: steps that are done of those it runs, and how many seconds it may still take."""

    round: int
    done: int
    total: int
    elapsed_s: float
    left_s: float | None = None


class Shown(NamedTuple):
    """All that may be shown at one moment.

    `ended` are gates and their verdicts, `to_come` names of gates; `output` is the newest of one step's output, the
    name of that step first; `keys` says which keys there are, `hint` how to find them.
    """

    rows: tuple[Row, ...]
    progress: Progress | None = None
    ended: tuple[tuple[str, str], ...] = ()
    to_come: tuple[str, ...] = ()
    output: tuple[str, ...] = ()
    keys: str = ""
    hint: str = ""


def room_for(height: int) -> int:
    """How many lines the live view may take of so many, so that what scrolls above it stays in sight."""
    return max(height - _KEPT_LINES, 1)


def output_room(height: int) -> int:
    """How many lines of a step's output are shown, of so many in all."""
    return max(room_for(height) // 2 - 1, 0)


def frame(shown: Shown, size: tuple[int, int], tick: int, glyphs: Glyphs) -> tuple[Line, ...]:
    """The lines of the live view, none wider than `size` (columns, lines), with room left for what scrolls above."""
    width, height = size
    room = room_for(height)
    foot = _foot(shown, width, glyphs)[: room - 1 if shown.rows else room]
    output = _output(shown.output, glyphs) if output_room(height) else []
    room -= len(foot) + len(output)
    rows = shown.rows if len(shown.rows) <= room else shown.rows[: max(room - 1, 0)]
    more = len(shown.rows) - len(rows)
    room -= len(rows) + (1 if more else 0)
    grouped = sum(bool(row.about) for row in rows) <= room
    room -= sum(bool(row.about) for row in rows) if grouped else 0
    ended = [_ended(shown.ended, glyphs)] if shown.ended and room > 0 else []
    to_come = [_to_come(shown.to_come, glyphs)] if shown.to_come and room > len(ended) else []
    lines = [
        *ended,
        *_rows(rows, width, tick, glyphs, grouped=grouped),
        *([line(Span(f"  and {more} more running", "dim"))] if more else []),
        *output,
        *to_come,
        *foot,
    ]
    return tuple(cut(spans, width) for spans in lines)


def _rows(rows: tuple[Row, ...], width: int, tick: int, glyphs: Glyphs, *, grouped: bool) -> list[Line]:
    below = [grouped and bool(row.about) for row in rows]
    names = [f"  {row.step}" if under else row.name for row, under in zip(rows, below, strict=True)]
    column = min(max(map(cells, names), default=0), max(width // 3, 12))
    lines = []
    for row, under, name in zip(rows, below, names, strict=True):
        if under:
            lines.append(_gate(row, tick, glyphs))
        sign = " " if under else glyphs.spinner[tick % len(glyphs.spinner)]
        lines.append(_running(row, (sign, padded(name, column)), width, glyphs))
    return lines


def _gate(row: Row, tick: int, glyphs: Glyphs) -> Line:
    spinner = glyphs.spinner[tick % len(glyphs.spinner)]
    about = f" {glyphs.dot} ".join(row.about)
    return line(Span(f"{spinner} ", "good"), Span(row.gate, "name"), Span(f"  {about}", "dim"))


def _running(row: Row, name: tuple[str, str], width: int, glyphs: Glyphs) -> Line:
    share = row.elapsed_s / row.timeout_s if row.timeout_s > 0 else 1.0
    style = _urgency(share)
    spans = [Span(f"{name[0]} ", "good"), Span(name[1], "name")]
    if width >= _NARROW:
        mark = row.usual.middle_s / row.timeout_s if row.usual is not None and row.timeout_s > 0 else None
        spans += [Span("  "), *_bar(share, 20 if width >= _WIDE else 10, glyphs, style or "good", mark)]
    spans.append(Span(f" {clock(row.elapsed_s)}/{clock(row.timeout_s)}", style))
    if row.usual is not None:
        beyond = row.elapsed_s > row.usual.longest_s
        words = usual_words(row.usual, row.elapsed_s)
        between = f" {glyphs.dot} " if width >= _NARROW else " "
        spans.append(Span(between + words, "warn" if beyond and row.elapsed_s > 1 else "dim"))
    if row.again > 1 and width >= _NARROW:
        spans.append(Span(f" {glyphs.dot} attempt {row.again}", "warn"))
    if row.last:
        spans.append(Span(f"  {row.last}", "dim"))
    return tuple(spans)


def _bar(share: float, width: int, glyphs: Glyphs, style: Style, mark: float | None = None) -> list[Span]:
    """What is over of a time, what is left of it, and in between or in it a mark where it usually ends."""
    full = min(max(round(share * width), 0), width)
    signs = [Span(glyphs.full, style)] * full + [Span(glyphs.empty, "dim")] * (width - full)
    at = width if mark is None else int(mark * width)
    parts = (signs[:at], [Span(glyphs.mark, "name")] if at < width else [], signs[at + 1 :])
    spans: list[Span] = []
    for sign, of in (each for part in parts for each in part):
        if spans and spans[-1].style == of:
            spans[-1] = Span(spans[-1].text + sign, of)
        else:
            spans.append(Span(sign, of))
    return spans


def _urgency(share: float) -> Style:
    if share >= 0.9:
        return "bad"
    return "warn" if share >= 0.75 else ""


def _ended(gates: tuple[tuple[str, str], ...], glyphs: Glyphs) -> Line:
    """The gates that have ended: each by its name, or as many as there are of a kind."""
    if len(gates) <= _NAMED_GATES:
        said = [(verdict, gate) for gate, verdict in gates]
    else:
        said = []
        for verdict in dict.fromkeys(verdict for _, verdict in gates):
            named = [gate for gate, theirs in gates if theirs == verdict]
            names = f": {', '.join(named)}" if style_of(verdict) == "bad" else ""
            said.append((verdict, f"{count(len(named), 'gate')} {verdict}{names}"))
    spans: list[Span] = []
    for verdict, words in said:
        between = "  " if spans else ""
        spans += [Span(f"{between}{sign_of(verdict, glyphs)} ", style_of(verdict)), Span(words, "dim")]
    return line(*spans)


def _to_come(gates: tuple[str, ...], glyphs: Glyphs) -> Line:
    return line(Span(f"{glyphs.idle} {count(len(gates), 'gate')} to come: {', '.join(gates)}", "dim"))


def _output(output: tuple[str, ...], glyphs: Glyphs) -> list[Line]:
    if not output:
        return []
    name, *lines = output
    head = line(Span(f"  output of {name}", "bold"), Span("" if lines else "  nothing yet", "dim"))
    return [head, *(line(Span(f"  {glyphs.mark} ", "dim"), text) for text in lines)]


def _foot(shown: Shown, width: int, glyphs: Glyphs) -> list[Line]:
    keys = [line(Span(f"  {shown.keys}", "dim"))] if shown.keys else []
    progress = shown.progress
    if progress is None or not progress.total:
        return keys
    hint = Span(f"   {shown.hint}" if shown.hint and not keys and width >= _NARROW else "", "dim")
    return [*keys, (*_overall(progress, width, glyphs), hint)]


def _overall(progress: Progress, width: int, glyphs: Glyphs) -> Line:
    name = Span(f"  round {progress.round}  ", "dim")
    steps = f"{min(progress.done, progress.total)}/{count(progress.total, 'step')}"
    left = left_words(progress.left_s) if progress.left_s is not None else ""
    if left and width < _NARROW:
        return line(name, f"{steps}  ", Span(left, "dim"))
    bar = _bar(progress.done / progress.total, 10 if width < _NARROW else 20 if width < _WIDE else 40, glyphs, "good")
    return line(
        name, *bar, f" {steps}  {clock(progress.elapsed_s)}", Span(f" {glyphs.dot} {left}" if left else "", "dim")
    )
