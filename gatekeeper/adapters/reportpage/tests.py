"""Owns the table of tests: all rows are there without scripts, which only search, filter and page. Knows no report."""

from __future__ import annotations

from gatekeeper.adapters.reportpage.budget import Budget
from gatekeeper.adapters.reportpage.markup import Html, badge, element, join, shortened, text
from gatekeeper.policy.number_words import duration, plural
from gatekeeper.policy.page.rows import MARKS, Row, Table

_NAMES = {"failing": "failed", "new": "new", "lost": "lost", "flaky": "flaky", "skipped": "skipped", "slow": "slowest"}

_ONE_LINE = 160


def tests(table: Table, budget: Budget) -> Html:
    """The tests of all steps, the worst first."""
    if not table.rows:
        return element("p", "No step of this run had a test report that can be shown.", class_="quiet")
    rows: list[Html] = []
    for row in table.rows:
        made = _row(row)
        if not budget.take(made):
            break
        rows.append(made)
    left_out = table.left_out + len(table.rows) - len(rows)
    heads = (element("th", name, scope="col") for name in ("outcome", "test", "step", "duration"))
    more = f"{plural(left_out, 'test')} not shown: they stand behind these in order, and are in the run's reports."
    return join(
        (
            _controls(table),
            element(
                "div",
                element("table", element("thead", element("tr", *heads)), element("tbody", *rows, id="test-rows")),
                class_="wide tests",
                tabindex="0",
                role="region",
                aria_label="Tests",
            ),
            element("button", "Show more", type="button", id="more-tests", hidden=True),
            element("p", more, class_="quiet") if left_out else "",
        )
    )


def _controls(table: Table) -> Html:
    counts = {mark: sum(mark in row.marks for row in table.rows) for mark in MARKS}
    buttons = [element("button", f"all {len(table.rows):,}", type="button", data_mark="", aria_pressed="true")]
    buttons += [
        element("button", f"{_NAMES[mark]} {counts[mark]:,}", type="button", data_mark=mark, aria_pressed="false",
                disabled=not counts[mark])
        for mark in MARKS
    ]  # fmt: skip
    search = element("input", type="search", id="test-search", autocomplete="off", spellcheck="false")
    return element(
        "div",
        element("label", "Search ", search),
        element("div", *buttons, role="group", aria_label="Which tests"),
        element("p", id="test-count", role="status", class_="quiet"),
        class_="controls",
        id="test-controls",
        hidden=True,
    )


def _message(message: str) -> Html:
    if not message:
        return Html("")
    if len(message) <= _ONE_LINE and "\n" not in message:
        return element("div", message, class_="quiet")
    return element("pre", shortened(message, 1_500), tabindex="0")


def _row(row: Row) -> Html:
    # Twenty thousand of these: as few characters as can be.
    marks = f' data-m="{" ".join(row.marks)}"' if row.marks else ""
    seconds = f' data-s="{row.duration_s:.4f}"' if row.duration_s is not None else ""
    new = element("span", "new", class_="mark") if "new" in row.marks else ""
    flaky = element("span", "flaky", class_="mark") if "flaky" in row.marks and row.outcome != "flaky" else ""
    said = join(
        (
            element("div", row.place, class_="quiet") if row.place else "",
            _message(row.message),
        )
    )
    outcome = "passed" if row.outcome == "passed" else badge(row.outcome)
    took = duration(row.duration_s) if row.duration_s is not None else ""
    cells = (join((outcome, new, flaky)), join((text(shortened(row.id, 400)), said)), text(row.step), text(took))
    return Html(f"<tr{marks}{seconds}>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>")
