"""Notes in documents that people write: what belongs to a field, and where it ends."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.model.events import NoteAdded
from gatekeeper.policy.written_notes import notes_in

TEMPLATE = """\
# 71 Execution Log

### 1. Authentication

#### **Problem: duplicate signup answers 500**

  * **Root Cause:** nobody catches the unique index

  * **Solution:** catch it

    ```python
    # Problem: this is code
    return 409
    ```

  * **💡 Gold Nugget:** constraints are answers

### 2. Deployment Readiness

Nothing of this belongs to the note.
"""


def test_the_form_of_the_execution_log_template_is_read() -> None:
    """A heading that is no deeper than the problem's ends the note; code belongs to what it illustrates."""
    [note] = notes_in(TEMPLATE)
    assert note.problem == "duplicate signup answers 500"
    assert note.root_cause == "nobody catches the unique index"
    assert note.solution == "catch it ```python # Problem: this is code return 409 ```"
    assert note.nugget == "constraints are answers"


def test_a_deeper_heading_stays_in_its_field_and_one_as_high_ends_it() -> None:
    text = "## Problem\na\n### Detail\nb\n## History\nc\n## Solution\nd\n# Else\ne\n"
    assert tuple(notes_in(text)) == (NoteAdded("a ### Detail b", "", "d", ""),)


def test_a_new_domain_takes_the_place_of_the_one_before() -> None:
    text = "\ufeffDomain: A\nProblem: p\nFix: s\n\nProblem: q\nDomain: B\nCause: c\n"
    assert tuple(notes_in(text)) == (NoteAdded("p", "", "s", "", "A"), NoteAdded("q", "c", "", "", "B"))


@given(st.text(alphabet=st.sampled_from("#*`~: \nProblemSolution"), max_size=200))
def test_whatever_is_written_a_note_has_a_problem_and_what_goes_with_it(text: str) -> None:
    for note in notes_in(text):
        assert note.problem
        assert note.root_cause or note.solution
