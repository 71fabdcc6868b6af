"""Owns drawing the timeline: one lane for each who did something, all on one scale. Knows no event."""

from __future__ import annotations

from collections.abc import Iterator

from gatekeeper.adapters.reportpage.markup import Html, element, join, shortened
from gatekeeper.policy.number_words import duration, plural
from gatekeeper.policy.page.picture import Lane, Picture, Span

_TICKS = (0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 43200, 86400)
_LEAST_WIDTH = 0.35
_ROOM_FOR_WORDS = 8
_NEAR_THE_EDGE = 98
_ROUNDS_DRAWN = 50
_TOLD_ALOUD = 5
_LEGEND = (
    ("passed", "passed"),
    ("failed", "failed"),
    ("timed-out", "timed out, ✕ killed"),
    ("infra", "infrastructure"),
    ("waiting", "waiting"),
    ("service", "service"),
    ("mitigation", "mitigation"),
    ("fixer", "fixer"),
    ("proof", "proof of a fix"),
    ("incident", "incident"),
)


def drawn(picture: Picture) -> Html:
    """The picture as a list of lanes, with a scale above and what the colours mean below."""
    if not picture.lanes:
        return element("p", "Nothing ran.", class_="quiet")
    total = picture.seconds or 1.0
    lanes = [_lane(lane, picture, total) for lane in picture.lanes]
    kinds = {span.kind for lane in picture.lanes for span in lane.spans}
    legend = [
        element("li", element("span", class_=f"swatch k-{kind}", aria_hidden="true"), words)
        for kind, words in _LEGEND
        if kind in kinds
    ]
    left = plural(picture.left_out, "more step")
    return join(
        (
            element("div", element("span", class_="lane-name"), _scale(total), class_="scale", aria_hidden="true"),
            element("ol", *lanes, class_="lanes"),
            element("ul", *legend, class_="legend", aria_label="Colours"),
            element("p", f"{left} not drawn: they passed, and were shorter.", class_="quiet")
            if picture.left_out
            else "",
        )
    )


def _scale(total: float) -> Html:
    apart = next((tick for tick in _TICKS if total / tick <= 6), _TICKS[-1])
    count = min(int(total / apart), 12)
    marks = [
        element("text", duration(number * apart) if number else "0", x=f"{number * apart / total * 100:.2f}%", y="12")
        for number in range(count + 1)
        # What stands at the very end would be cut off.
        if number * apart / total < 0.96
    ]
    return element("svg", *marks, class_="plot", height="16")


def _lane(lane: Lane, picture: Picture, total: float) -> Html:
    rounds = [
        element("line", x1=_percent(at, total), x2=_percent(at, total), y1="0", y2="22", class_="round-line")
        for at in picture.rounds[1:_ROUNDS_DRAWN]
    ]
    spans = [part for span in lane.spans for part in _span(span, total)]
    told = "; ".join(span.words for span in lane.spans[:_TOLD_ALOUD])
    more = f"; and {len(lane.spans) - _TOLD_ALOUD} more" if len(lane.spans) > _TOLD_ALOUD else ""
    plot = element("svg", *rounds, *spans, class_="plot", height="22", role="img", aria_label=shortened(told + more))
    return element("li", element("span", lane.name, class_="lane-name", title=lane.name), plot, class_=f"l-{lane.kind}")


def _span(span: Span, total: float) -> Iterator[Html]:
    words = f"{span.words} (from {duration(span.begin_s)} to {duration(span.end_s)})"
    title = element("title", shortened(words))
    start = min(span.begin_s / total * 100, 100 - _LEAST_WIDTH)
    width = min(max((span.end_s - span.begin_s) / total * 100, _LEAST_WIDTH), 100 - start)
    height = "6" if span.kind in {"service", "waiting"} else "14"
    top = "8" if height == "6" else "4"
    place = {"x": f"{start:.2f}%", "width": f"{width:.2f}%", "y": top, "height": height, "rx": "2"}
    yield element("rect", title, class_=f"k-{span.kind}", **place)
    if span.kind == "round" and width > _ROOM_FOR_WORDS:
        yield element("text", span.words.partition(" (")[0], x=f"{start + width / 2:.2f}%", y="15", class_="round-name")
    if span.killed:
        inside = start + width > _NEAR_THE_EDGE
        kind = "kill inside" if inside else "kill"
        yield element("text", "✕", title, x=f"{start + width + (-0.3 if inside else 0.2):.2f}%", y="16", class_=kind)


def _percent(at: float, total: float) -> str:
    return f"{at / total * 100:.2f}%"
