"""What a lead looks for in the log: what turned, what worked, what was learned, and what a verdict does not say."""

from __future__ import annotations

import re

from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from gatekeeper.adapters.executionlog.writer import whole_document
from gatekeeper.model.events import Event, NoteAdded, RoundFinished, RoundStarted, StepStarted
from gatekeeper.model.help_events import TreeChanged
from gatekeeper.policy.fold import fold
from tests.adapters.executionlog import log_stories as stories
from tests.adapters.executionlog.help_telling import ALL_PASSED, CHANGED, finished
from tests.adapters.executionlog.log_telling import FIRST, OTHER_TREE, RUN, TREE, Story, passed, started

HOSTILE = st.lists(
    st.sampled_from(
        (
            *("`", "``", "```", "~~~", "|", "\\", "\\|", "<", "<b>", "</script>", "<!--", "-->"),
            *("<!-- gatekeeper:end execution -->", "![a](b)", "[a](b)", "[a]: http://b.test", "http://b.test"),
            *("<http://b.test>", "a@b.test", "www.b.test", "&lt;", "\n", "\r", "\n\n", "    ", "\t", "# ", "- "),
            *("1. ", "> ", "---", "===", "| a | b |", "|---|", "**", "__", "*", "\x1b[31m", "\x00", "\u2028", "é"),
            *("a", "b: c", "$x$", "exit 1", "cd /", "'", '"'),
        )
    ),
    max_size=12,
).map("".join)


def log_of(*events: Event) -> str:
    return whole_document(fold(RUN, Story().tell(*events).entries)).decode()


def round_of(number: int, *events: Event, tree: str = TREE) -> tuple[Event, ...]:
    return (RoundStarted(number, FIRST, tree, 1), *events, RoundFinished(number, tree, (), "", 1.0))


def part(text: str, title: str) -> str:
    """What stands under a heading."""
    return re.split(r"^#+ ", text.partition(f"# {title}\n\n")[2], maxsplit=1, flags=re.MULTILINE)[0].strip()


def shape(text: str) -> list[str]:
    """Headings and tables as a reader of Markdown sees them; nothing else may be more than text or code."""
    tokens = MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(text)
    inner = [child for token in tokens for child in token.children or ()]
    assert not [each.content for each in tokens if each.type == "html_block" and "gatekeeper:" not in each.content]
    assert not [child for child in inner if child.type in {"html_inline", "link_open", "image", "s_open"}]
    return [token.type for token in tokens if token.type.startswith(("t", "heading"))]


@settings(max_examples=25, deadline=None)
@given(HOSTILE)
def test_no_text_from_outside_is_more_than_text(text: str) -> None:
    """Whatever stands in every field at once: the document has the headings and the tables that we wrote, no other."""
    plain, hostile = (whole_document(fold(RUN, stories.hostile(each).entries)).decode() for each in ("plain", text))
    assert shape(hostile) == shape(plain)
    assert len(re.findall(r"^<!-- gatekeeper:", hostile, re.MULTILINE)) == hostile.count("<!-- gatekeeper:")


def test_commands_that_worked_can_be_copied() -> None:
    """In their folder, a command that would end or move the reader's shell in one of its own; none that is masked."""
    commands = ("make test", "cd sub && ./x", "[ -x y ] || exit 3", "curl -H 'X: •••'", "a\nb", "p\x1bq")
    events: list[Event] = []
    for number, command in enumerate(commands):
        folder = "/home/dev/a b" if number else "/home/dev"
        events += [
            StepStarted("g", str(number), 1, 1, 1.0, command=command, cwd=folder),
            passed("g", str(number), 1, 1, 1.0, command=command),
        ]
    text = log_of(started(), *round_of(1, *events, passed("g", "bad", 1, 1, 1.0, verdict="failed")))
    found = re.search(r"```bash\n(.*?)\n```\n\n(.*?)\n", text, re.DOTALL)
    assert found is not None
    inside = ("(", "cd sub && ./x", ")", "(", "[ -x y ] || exit 3", ")", "(", "a", "b", ")")
    assert found[1].split("\n") == ["cd /home/dev", "make test", "cd '/home/dev/a b'", *inside]
    assert found[2] == "*2 more commands that passed: see the evidence of the steps.*"


def test_guidelines_are_the_nuggets_once_by_domain() -> None:
    notes = (
        NoteAdded("p1", "", "", "Compare in UTC", "Time"),
        NoteAdded("p2", "", "", "compare  in utc", "Time"),
        NoteAdded("p3", "", "", "Ask `twice`"),
        NoteAdded("p4", "a cause", "", "", "Time"),
    )
    text = log_of(started(), *round_of(1), *notes, finished("green", 0, 1, 1.0, ALL_PASSED))
    assert part(text, "Guidelines for What Comes Next").splitlines() == [
        *("- **Time:**", "  1. Compare in UTC", "- **Anywhere:**", "  1. Ask `twice`"),
    ]


def test_a_step_that_broke_is_named_a_setback() -> None:
    text = log_of(
        started(),
        *round_of(1, passed("g", "a", 1, 1, 1.0), passed("g", "b", 1, 1, 1.0, verdict="failed")),
        TreeChanged("unknown", ("backend: x",), (), OTHER_TREE),
        RoundStarted(2, CHANGED, OTHER_TREE, 1),
        passed("g", "a", 2, 2, 1.0, verdict="failed", tree=OTHER_TREE),
        passed("g", "b", 2, 2, 1.0, tree=OTHER_TREE),
        RoundFinished(2, OTHER_TREE, ("g/a",), "", 1.0),
    )
    assert "- **Breakthroughs, red to green:** `g/b`" in text
    assert "- **Setbacks and regressions, green to red:** `g/a`" in text
    assert "- **Remaining issues:** `g/a` (failed); 4 steps not yet judged" in text
    assert "100% of the steps that failed first resolved (1 of 1)" in text


def test_what_is_expected_and_answered_by_nothing_is_said() -> None:
    asked = ("Exact failures", "A video of the demo", "Final commit pushed (or no-change statement)", "`x` | a song")
    text = log_of(started(deliverables=asked), *round_of(1), finished("green", 0, 1, 1.0, ALL_PASSED))
    assert (
        "Expected, and nothing that was measured or noted answers it: `A video of the demo`, `` `x` | a song ``."
        in text
    )


def test_a_green_says_what_it_does_not_show() -> None:
    text = log_of(
        started(unproven=("suite/npm-test",)),
        *round_of(1, passed("suite", "npm-test", 1, 1, 1.0), passed("g", "x", 1, 0, 0.0, verdict="skipped")),
        finished("green", 0, 1, 1.0, ALL_PASSED),
    )
    said = part(text, "Readiness")
    assert said.startswith("✅ **Ready, as far as this cycle looks:** 1 of 4 steps passed on tree")
    assert "that 1 required step can fail at all (unproven); 1 step that was skipped; 3 steps that never ran" in said
    assert "what is not committed (in plan)" in said
