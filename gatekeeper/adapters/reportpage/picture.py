"""Owns drawing the timeline: one lane for each who did something, all on one scale. Knows no event."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from gatekeeper.adapters.reportpage.markup import Html, element, join, shortened
from gatekeeper.policy.number_words import duration, plural
from gatekeeper.policy.page.picture import Lane, Picture, Span

_TICKS = (0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 43200, 86400)
_LEAST_WIDTH = 0.35
_ROOM_FOR_WORDS = 8
_NEAR_THE_EDGE = 98
_ROUNDS_DRAWN = 50
_KILLED = "✕"
_SIGNS = {"change": "◆", "incident": "▲", "proof": "●"}
"""What is a moment rather than a time, and the sign that it is drawn as."""
_LEGEND = (
    ("passed", "passed"),
    ("failed", "failed"),
    ("error", "error"),
    ("timed-out", f"timed out ({_KILLED} killed)"),
    ("infra", "infrastructure"),
    ("blocked", "blocked"),
    ("skipped", "skipped"),
    ("cancelled", "cancelled"),
    ("unfinished", "not ended"),
    ("waiting", "waiting, before a retry or for a change"),
    ("service", "service"),
    ("mitigation", "mitigation"),
    ("fixer", "fixer"),
    ("change", "the tree changed"),
    ("proof", "proof of a fix"),
    ("incident", "incident"),
)


# Red and green alone would be one colour to many.
_HATCH = element(
    "svg",
    element(
        "pattern",
        element("rect", width="6", height="6"),
        element("path", d="M0 0V6"),
        id="hatch", width="6", height="6", patternUnits="userSpaceOnUse", patternTransform="rotate(45)",
    ),
    class_="unseen", width="0", height="0", aria_hidden="true",
)  # fmt: skip


def drawn(picture: Picture, told: Collection[str]) -> Html:
    """The picture as a list of lanes, with a scale above and what the colours mean below.

    Spans lead to the places in `told`.
    """
    if not picture.lanes:
        return element("p", "Nothing ran.", class_="quiet")
    total = picture.seconds or 1.0
    lanes = [_lane(lane, picture, total, told) for lane in picture.lanes]
    kinds = {span.kind for lane in picture.lanes for span in lane.spans}
    legend = [element("li", _swatch(kind), words) for kind, words in _LEGEND if kind in kinds]
    left = plural(picture.left_out, "more step")
    return join(
        (
            element("div", element("span", class_="lane-name"), _scale(total), class_="scale", aria_hidden="true"),
            _HATCH,
            element("ol", *lanes, class_="lanes", id="lanes"),
            element("ul", *legend, class_="legend", aria_label="What the colours and signs mean"),
            element("p", "Arrow keys go from one to the next, Enter to its details.", class_="quiet", id="lanes-help",
                    hidden=True),
            element("p", f"{left} not drawn: they passed, and were shorter.", class_="quiet")
            if picture.left_out
            else "",
        )
    )  # fmt: skip


def _swatch(kind: str) -> Html:
    if kind in _SIGNS:
        return element("span", _SIGNS[kind], class_=f"sign s-{kind}", aria_hidden="true")
    return element("span", class_=f"swatch k-{kind}", aria_hidden="true")


def _scale(total: float) -> Html:
    apart = next((tick for tick in _TICKS if total / tick <= 6), _TICKS[-1])
    count = min(int(total / apart), 12)
    marks = [
        element("text", duration(number * apart) if number else "0", x=f"{number * apart / total * 100:.2f}%", y="12")
        for number in range(count + 1)
        # What stands at the very end would be cut off.
        if number * apart / total < 0.94
    ]
    return element("svg", *marks, class_="plot", height="16")


def _lane(lane: Lane, picture: Picture, total: float, told: Collection[str]) -> Html:
    rounds = [
        element("line", x1=_percent(at, total), x2=_percent(at, total), y1="0", y2="22", class_="round-line")
        for at in picture.rounds[1:_ROUNDS_DRAWN]
    ]
    # Moments are drawn last: nothing covers them.
    spans = [_span(span, total, told) for span in sorted(lane.spans, key=lambda span: span.kind in _SIGNS)]
    plot = element("svg", *rounds, *spans, class_="plot", height="22", role="group", aria_label=lane.name)
    return element("li", element("span", lane.name, class_="lane-name", title=lane.name), plot, class_=f"l-{lane.kind}")


def _span(span: Span, total: float, told: Collection[str]) -> Html:
    when = f"at {duration(span.begin_s)}" if span.begin_s == span.end_s else (
        f"from {duration(span.begin_s)} to {duration(span.end_s)}")  # fmt: skip
    title = element("title", shortened(f"{span.words} ({when})"))
    if span.place in told:
        return element("a", title, *_shapes(span, total), class_="lane-mark", href=f"#{span.place}")
    return element("g", title, *_shapes(span, total), class_="lane-mark", role="img")


def _shapes(span: Span, total: float) -> Iterator[Html]:
    start = min(span.begin_s / total * 100, 100 - _LEAST_WIDTH)
    if span.kind in _SIGNS:
        at = f"{min(max(start, 0.8), 99.2):.2f}%"
        yield element("text", _SIGNS[span.kind], x=at, y="16", class_=f"sign s-{span.kind}")
        return
    width = min(max((span.end_s - span.begin_s) / total * 100, _LEAST_WIDTH), 100 - start)
    thin = span.kind in {"service", "waiting"}
    place = {"x": f"{start:.2f}%", "width": f"{width:.2f}%", "y": "8" if thin else "4", "height": "6" if thin else "14"}
    yield element("rect", class_=f"k-{span.kind}", rx="2", **place)
    if span.kind == "round" and width > _ROOM_FOR_WORDS:
        yield element("text", span.words.partition(" (")[0], x=f"{start + width / 2:.2f}%", y="15", class_="round-name")
    if span.killed:
        inside = start + width > _NEAR_THE_EDGE
        kind = "kill inside" if inside else "kill"
        yield element("text", _KILLED, x=f"{start + width + (-0.3 if inside else 0.2):.2f}%", y="16", class_=kind)


def _percent(at: float, total: float) -> str:
    return f"{at / total * 100:.2f}%"
