"""The report page's HTML: nothing foreign is ever taken for markup."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.adapters.reportpage.budget import Budget
from gatekeeper.adapters.reportpage.markup import (
    Html,
    command,
    element,
    facts,
    file_link,
    join,
    listed,
    shortened,
    text,
)
from gatekeeper.adapters.reportpage.outputs import output
from gatekeeper.policy.page.ansi import Look, Piece
from gatekeeper.policy.page.contents import Excerpt, OutputLine


@given(st.text(max_size=80))
def test_any_text_is_only_text(words: str) -> None:
    """In an element and in an attribute alike."""
    seen: list[str] = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            seen.append(f"{tag}:{','.join(name for name, _ in attrs)}")

    Reader().feed(element("p", words, title=words))
    assert seen == ["p:title"]
    assert not re.search('[<>"]', text(words))


def test_elements_attributes_and_markup_that_is_one_already() -> None:
    made = element("a", "1 < 2", element("b", "&"), href="#x", class_="one", data_mark="", hidden=True, open=False)
    assert made == '<a href="#x" class="one" data-mark="" hidden>1 &lt; 2<b>&amp;</b></a>'
    assert element("rect", x="1") == '<rect x="1"/>'
    assert isinstance(join(("a", Html("<b>"))), Html)


def test_lists_say_how_much_more_there_is() -> None:
    assert listed(["a", "b", "c"], 1) == '<ul><li>a</li><li class="quiet">and 2 more</li></ul>'
    assert listed([]) == ""
    assert facts([("a", ""), ("b", "1")]) == "<dl><dt>b</dt><dd>1</dd></dl>"
    assert shortened("x" * 12, 10) == "xxxxxxxxxx … (2 more characters)"


def line(words: str, at_s: float | None = None, look: Look | None = None) -> OutputLine:
    return OutputLine(at_s, (Piece(words, look or Look()),))


def test_an_output_has_times_colours_and_what_is_not_shown() -> None:
    excerpt = Excerpt("o.log", 9_000, (line("a", 1.5),), (line("<b>", 2.0, Look("red", bold=True)),), 8_000)
    shown = output(excerpt, "", Budget(10_000), unfolded=True)
    assert "    1.500 s  </i>a" in shown
    assert '<span class="f-red bold">&lt;b&gt;</span>' in shown
    assert "7.8 KiB are not shown here" in shown
    assert "<details" in shown
    assert re.findall('href="([^"]*)"', shown) == ["./o.log", "./o.log"]


def test_a_page_that_is_full_says_where_the_rest_is() -> None:
    budget = Budget(500)
    assert "all of it" in output(Excerpt("o.log", 900, (line("x" * 900),)), "", budget, unfolded=False)
    assert budget.left == 500


def test_an_output_that_is_not_shown_says_why() -> None:
    assert "not masked" in output(Excerpt("o.log", problem="not masked"), "", Budget(500), unfolded=False)
    assert "nothing was written" in output(Excerpt("o.log"), "", Budget(500), unfolded=False)


def test_what_is_turned_around_and_what_has_a_ground() -> None:
    """Behind a colour stands the usual colour of text, which can be read on every ground."""
    excerpt = Excerpt(
        "o.log", 9, (line("a", look=Look(inverse=True)), line("b", look=Look("red", "blue", inverse=True)))
    )
    shown = output(excerpt, "", Budget(10_000), unfolded=True)
    assert '<span class="on b-text">a</span>' in shown
    assert '<span class="f-blue on b-red">b</span>' in shown


def test_a_link_leads_to_a_file_of_the_run_and_nowhere_else() -> None:
    """Whatever its name is: no scheme, no host."""
    links = [file_link("", name) for name in ("output/a b.log", "javascript:alert(1)", "//evil.example/x", "a#b?c")]
    assert [link.partition('href="')[2].partition('"')[0] for link in links] == [
        "./output/a%20b.log",
        "./javascript%3Aalert%281%29",
        ".///evil.example/x",
        "./a%23b%3Fc",
    ]
    assert 'href="../runs/7/o.log"' in file_link("../runs/7/", "o.log")


def test_only_a_command_that_stands_there_as_it_was_is_offered_for_copying() -> None:
    assert "data-copy" in command("echo a\necho b")
    assert "data-copy" not in command("echo \u202e")
    assert "data-copy" not in command("x" * 3_000)
