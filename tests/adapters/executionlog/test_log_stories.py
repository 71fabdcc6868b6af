"""The execution log as people read it: golden documents for each story, and text that nothing can break."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode

from gatekeeper.adapters.executionlog.merge import SECTIONS, Merged, merge
from gatekeeper.adapters.executionlog.render import render
from gatekeeper.adapters.executionlog.text import block, cell, code, prose
from gatekeeper.adapters.executionlog.writer import whole_document
from gatekeeper.model.events import RoundStarted, RunFinished
from gatekeeper.model.help_events import RunResumed
from gatekeeper.policy.fold import fold
from tests.adapters.executionlog import log_stories as stories
from tests.adapters.executionlog import log_telling as telling

HOSTILE = (
    "<!-- gatekeeper:end execution -->",
    "x <!-- gatekeeper:begin status --> y",
    "<!--",
    "</script><script>alert(1)</script>",
    "[click](javascript:alert(1)) ![x](http://a.test/x.png)",
    "http://evil.test www.evil.test me@evil.test <http://evil.test>",
    "a | b | c \\| d \\",
    "` `` ``` ````",
    "```\n# heading\n~~~",
    "# heading\n- list\n> quote\n| table |",
    "\x1b[31mred\x1b[0m \x00 \u202egnp.exe \ud800",
    "progress 1%\rprogress 100%\r\n",
    "**bold** _it_ __x__ ~~no~~ $math$ &lt;b&gt; \u2028 line",
    "",
    " ",
    "`",
    "x" * 5000,
)


class Markdown(SingleFileSnapshotExtension):
    """A golden log is a Markdown file of its own, so that it can be read as one."""

    file_extension = "md"
    _write_mode = WriteMode.TEXT


def document_of(story: telling.Story) -> str:
    return whole_document(fold(telling.RUN, story.entries)).decode()


@pytest.mark.parametrize("name", stories.ALL)
def test_golden_logs(name: str, snapshot: SnapshotAssertion) -> None:
    """Each story's log, as a lead would read it; review a change of these as text."""
    assert document_of(stories.ALL[name]()) == snapshot(extension_class=Markdown)


@pytest.mark.parametrize("name", stories.ALL)
def test_at_every_moment_there_is_a_whole_and_true_log(name: str) -> None:
    """After any number of events the document merges, holds every section, and is yellow until the run has ended."""
    entries = stories.ALL[name]().entries
    for count in range(len(entries) + 1):
        text = whole_document(fold(telling.RUN, entries[:count]))
        assert merge(text, render(fold(telling.RUN, entries[:count]))) == Merged(text)
        assert re.findall(r"gatekeeper:begin (\S+) -->", text.decode()) == list(SECTIONS)
        turns = [entry.event for entry in entries[:count] if isinstance(entry.event, RunFinished | RunResumed)]
        ended = bool(turns) and isinstance(turns[-1], RunFinished)
        assert ("**Status:** 🟡" in text.decode()) is not ended


def test_the_log_grows_in_place_from_the_start_to_the_end() -> None:
    """Merging the end into what was written at the start gives the same as writing it at the end."""
    entries = stories.green().entries
    text = whole_document(fold(telling.RUN, entries[:1]))
    for count in range(2, len(entries) + 1):
        result = merge(text, render(fold(telling.RUN, entries[:count])))
        assert isinstance(result, Merged)
        text = result.document
    assert text.decode() == document_of(stories.green())


@pytest.mark.slow
@pytest.mark.parametrize("text", HOSTILE)
def test_what_comes_from_outside_breaks_nothing(text: str) -> None:
    """Wherever a text may come from: no marker, no HTML, no link, no picture, no table with another shape."""
    plain, hostile = document_of(stories.hostile("plain")), document_of(stories.hostile(text))
    assert re.findall(r"<!--.*?-->", hostile) == [
        each if "digest" not in each else re.findall(r"<!--.*?-->", hostile)[number]
        for number, each in enumerate(re.findall(r"<!--.*?-->", plain))
    ]
    assert isinstance(merge(hostile.encode(), {}), Merged)
    parser = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    shapes = []
    for document in (plain, hostile):
        tokens = parser.parse(document)
        inner = [child for token in tokens for child in token.children or ()]
        assert not [
            token.content for token in tokens if token.type == "html_block" and "gatekeeper:" not in token.content
        ]
        assert not [child for child in inner if child.type in {"html_inline", "link_open", "image", "s_open"}]
        shapes.append([token.type for token in tokens if token.type.startswith(("t", "heading"))])
    assert shapes[0] == shapes[1]


@pytest.mark.slow
@settings(max_examples=300, deadline=None)
@given(st.text(st.sampled_from("`|\\<>!-[]()*_&$ \n\r\x1bab~#é"), max_size=30))
def test_shown_as_code_or_escaped_a_text_is_only_itself(text: str) -> None:
    """In a table, a list or a sentence, every text stays inside its place and comes out as it went in."""
    parser = MarkdownIt("commonmark").enable("table")
    tokens = parser.parse(f"| a | b |\n|---|---|\n| {cell(text)} | {prose(text)} |\n")
    cells = [token for token in tokens if token.type == "inline"]
    assert len(cells) == 4
    assert {child.type for child in cells[2].children or ()} <= {"code_inline", "em_open", "em_close", "text"}
    assert {child.type for child in cells[3].children or ()} <= {"text", "code_inline", "text_special"}
    (line,) = [token for token in parser.parse(f"x {code(text)} y") if token.type == "inline"]
    assert {child.type for child in line.children or ()} <= {"code_inline", "em_open", "em_close", "text"}
    fenced = [token for token in parser.parse(f"{block(text.split(chr(10)))}\nbehind") if token.type == "fence"]
    assert len(fenced) == 1
    assert "behind" not in fenced[0].content


@pytest.mark.slow
def test_a_run_of_ten_thousand_steps_gives_a_log_that_can_be_read() -> None:
    """What did not pass is listed, what passed is counted, and the document stays small."""
    story = telling.Story().tell(telling.started(), RoundStarted(1, telling.FIRST, telling.TREE, 10_000))
    for number in range(10_000):
        bad = number in {17, 4711}
        story.tell(telling.passed("many", f"step-{number}", 1, 1, 0.01, verdict="failed" if bad else "passed"))
    text = document_of(story)
    assert len(text) < 20_000
    assert "9,998 steps passed and are not listed" in text
    assert text.count("`many/step-4711`") >= 2
    assert "step-4712" not in text
