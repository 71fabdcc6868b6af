"""Owns drawing numbers as bars beside what they were held against. Knows no run."""

from __future__ import annotations

from gatekeeper.adapters.reportpage.markup import Html, element, join
from gatekeeper.policy.evidence_words import measured_words, number_words, unit_of
from gatekeeper.policy.page.gauges import Gauge

_STATES = {"bad": "beyond its bound", "short": "short of its target", "good": "as it should be"}


def gauges(every: tuple[Gauge, ...]) -> Html:
    """All numbers, each as a bar with marks for baseline, bound and target; in words beside it."""
    if not every:
        return element("p", "No step of this run measured a number.", class_="quiet")
    heads = (element("th", name, scope="col") for name in ("number", "step", "value, on its scale", "in words"))
    legend = "● baseline   ▮ bound   ◆ target"
    return join((
        element("div", element("table", element("thead", element("tr", *heads)), _rows(every), class_="gauges"),
                class_="wide", tabindex="0", role="region", aria_label="Numbers"),
        element("p", legend, class_="quiet"),
    ))  # fmt: skip


def _rows(every: tuple[Gauge, ...]) -> Html:
    return element("tbody", *(_row(gauge) for gauge in every))


def _row(gauge: Gauge) -> Html:
    one = gauge.measured
    history = " → ".join(number_words(value) for value in gauge.history[-8:]) if len(set(gauge.history)) > 1 else ""
    words = join(
        (
            element("strong", number_words(one.value, unit_of(one))),
            f": {_STATES[gauge.state]}. ",
            element("span", measured_words(one).partition("(")[2].rstrip(")"), class_="quiet"),
            element("div", f"over its attempts: {history}", class_="quiet") if history else "",
        )
    )
    return element(
        "tr",
        element("th", one.name, scope="row"),
        element("td", gauge.step),
        element("td", _bar(gauge)),
        element("td", words),
        class_=f"g-{gauge.state}",
    )


def _bar(gauge: Gauge) -> Html:
    one = gauge.measured
    parts = [element("rect", x="0", y="5", width="100%", height="12", rx="2", class_="ground")]
    if one.value is not None:
        width = f"{gauge.share(one.value) * 100:.2f}%"
        parts.append(element("rect", x="0", y="5", width=width, height="12", rx="2", class_="value"))
    if one.bound is not None:
        at = f"{min(gauge.share(one.bound), 0.985) * 100:.2f}%"
        parts.append(element("rect", x=at, y="1", width="3", height="20", class_="bound"))
    for value, sign, name in ((one.baseline, "●", "baseline"), (one.target, "◆", "target")):
        if value is not None:
            at = f"{min(max(gauge.share(value), 0.015), 0.985) * 100:.2f}%"
            parts.append(element("text", sign, x=at, y="16", class_=name))
    return element("svg", *parts, class_="gauge", height="22", role="img", aria_label=measured_words(one))
