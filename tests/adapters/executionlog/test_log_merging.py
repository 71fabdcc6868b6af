"""Merging into documents that people own: outside the markers not one byte changes, and twice is the same as once."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from gatekeeper.adapters.executionlog.merge import SECTIONS, Conflict, Merged, merge, new_document

SMALL = {
    "summary": "## Summary\n\nAll went well.",
    "state-before": "## Pre-Execution State\n\n### Backend Repo\n\n- clean",
    "configuration": "## Configuration\n\n```text\n# not a heading\n```",
    "execution": "## Execution Log\n\n### Round 1\n\n- done\n\n#### Detail",
    "status": "**Status:** ✅ Green  \n**Next:** Nothing to do",
}
LATER = {name: text + "\n\nmore" for name, text in SMALL.items()}
BLOCK = re.compile(rb"<!-- gatekeeper:begin (\S+) -->.*?<!-- gatekeeper:end \1 -->", re.DOTALL)


def merged(document: bytes, sections: dict[str, str] = SMALL) -> bytes:
    result = merge(document, sections)
    assert isinstance(result, Merged), result
    return result.document


def outside(document: bytes) -> list[bytes]:
    return BLOCK.split(document)[::2]


@pytest.fixture
def reference() -> bytes:
    """The plan of cycle 17, as a person wrote it."""
    return (Path(__file__).parent / "reference-log.md").read_bytes()


def test_the_reference_log_is_filled_in_place(reference: bytes) -> None:
    """The account goes under "Execution Log", the status where the status lines stood; all else is as it was."""
    result = merged(reference)
    heading, foot = b"## Execution Log\n\n*Backend worker will populate this section after execution.*\n", b"\n---\n\n"
    before, after = reference.split(heading)
    assert after.startswith(foot)
    assert result.startswith(before + heading + b"\n<!-- gatekeeper:begin summary -->\n")
    assert b"<!-- gatekeeper:end execution -->\n" + foot + b"<!-- gatekeeper:begin status -->\n**Status:**" in result
    assert result.endswith(b"<!-- gatekeeper:end status -->" + (b"\n" if reference.endswith(b"\n") else b""))
    assert b"Pending backend worker" not in result
    kept = [line for line in reference.splitlines() if not line.startswith((b"**Status:**", b"**Next:**"))]
    rest = b"".join(outside(result)).splitlines()
    assert [line for line in rest if line.strip()] == [line for line in kept if line.strip()]


def test_under_the_documents_own_heading_ours_go_one_level_deeper(reference: bytes) -> None:
    """The document stays one document: our headings become parts of its "Execution Log", which is not repeated."""
    text = merged(reference).decode()
    assert text.count("## Execution Log") == 1
    assert "\n### Summary\n" in text
    assert "\n#### Backend Repo\n" in text
    assert "\n### Round 1\n" in text
    assert "\n#### Detail\n" in text
    assert "\n# not a heading\n" in text


def test_a_document_of_our_own_has_a_title_and_every_section() -> None:
    text = new_document("Execution Log - x", SMALL).decode()
    assert text.startswith("# Execution Log - x\n\n<!-- gatekeeper:begin summary -->\n## Summary\n")
    assert "\n## Execution Log\n\n### Round 1\n" in text
    assert re.findall(r"gatekeeper:begin (\S+) -->", text) == list(SECTIONS)
    assert merged(text.encode()) == text.encode()


def test_a_document_without_known_headings_gets_the_sections_at_its_end() -> None:
    result = merged(b"# Notes\n\nmine\n")
    assert result.startswith(b"# Notes\n\nmine\n\n<!-- gatekeeper:begin summary -->\n## Summary\n")
    assert [name.decode() for name in BLOCK.findall(result)] == list(SECTIONS)


def test_a_later_text_replaces_only_what_is_between_the_markers(reference: bytes) -> None:
    once = merged(reference)
    later = merged(once, LATER)
    assert outside(later) == outside(once)
    assert later != once
    assert merged(later, SMALL) == once


@pytest.mark.parametrize(
    "change",
    [
        lambda document: document.replace(b"\n", b"\r\n"),
        lambda document: b"\xef\xbb\xbf" + document,
        lambda document: document.rstrip(b"\n"),
        lambda document: document.rstrip(b"\n") + b"\n",
        lambda document: document.replace(b"## Execution Log\n", b"## Execution Log"),
    ],
    ids=["CRLF", "BOM", "no final newline", "final newline", "heading glued to the next line"],
)
def test_the_habits_of_a_document_are_kept(reference: bytes, change: Callable[[bytes], bytes]) -> None:
    """Line endings, byte order mark and the end of the file stay what they were."""
    document = change(reference)
    once = merged(document)
    assert merged(once) == once
    assert once.startswith(document[:200])
    assert once.endswith(b"\n") == document.endswith(b"\n")
    if b"\r\n" in document:
        assert once.count(b"\n") == once.count(b"\r\n")


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ("<!-- gatekeeper:begin status -->\n", "line 1 begins status, which never ends"),
        ("x\n<!-- gatekeeper:end status -->\n", "line 2 ends status, which does not begin"),
        (
            "<!-- gatekeeper:begin status -->\n<!-- gatekeeper:end status -->\n" * 2,
            "line 3 begins status for a second time",
        ),
        (
            (
                "<!-- gatekeeper:begin status -->\n<!-- gatekeeper:begin summary -->\n<!-- gatekeeper:end summary -->\n"
                "<!-- gatekeeper:end status -->\n"
            ),
            "line 2 begins summary inside status",
        ),
        ("<!-- gatekeeper:begin weather -->\n<!-- gatekeeper:end weather -->\n", "section 'weather'"),
        ("text <!-- gatekeeper:begin status --> text\n", "looks like a marker"),
        ("<!--gatekeeper:begin status-->\n", "looks like a marker"),
        ("<!-- gatekeeper:digest sha256:00 -->\n", "looks like a marker"),
        (
            "<!-- gatekeeper:begin status -->\nmy own words\n<!-- gatekeeper:end status -->\n",
            "holds text that gatekeeper did not write",
        ),
    ],
)
def test_markers_that_are_not_in_order_leave_the_document_alone(document: str, said: str) -> None:
    """Whatever is not understood for certain is refused with its line."""
    result = merge(document.encode(), SMALL)
    assert isinstance(result, Conflict)
    assert said in result.reason


@pytest.mark.parametrize("name", SECTIONS)
def test_an_edit_inside_a_section_is_never_overwritten(reference: bytes, name: str) -> None:
    document = merged(reference)
    begin = f"<!-- gatekeeper:begin {name} -->\n".encode()
    result = merge(document.replace(begin, begin + b"I was here.\n"), LATER)
    assert isinstance(result, Conflict)
    assert f"somebody edited the section {name}" in result.reason


def test_what_editors_and_git_change_by_themselves_is_no_edit(reference: bytes) -> None:
    """Trailing spaces that were trimmed and line endings that were converted are not somebody's words."""
    document = b"\r\n".join(line.rstrip() for line in merged(reference).split(b"\n"))
    assert isinstance(merge(document, LATER), Merged)


def test_an_edit_that_was_taken_back_is_forgotten(reference: bytes) -> None:
    """As the refusal advises: empty the section, and it is written again."""
    document = merged(reference)
    emptied = re.sub(rb"(begin status -->\n).*?(<!-- gatekeeper:end status)", rb"\1\2", document, flags=re.DOTALL)
    assert merged(emptied) == document


def test_a_section_whose_markers_were_taken_out_finds_its_place_again(reference: bytes) -> None:
    """Between the sections about it, not at the end of the file."""
    document = merged(reference)
    without = re.sub(
        rb"<!-- gatekeeper:begin summary -->.*?<!-- gatekeeper:end summary -->\n\n", b"", document, flags=re.DOTALL
    )
    assert merged(without) == document


def test_several_status_lines_are_all_left_alone() -> None:
    """Which of them is the status nobody can tell, so none is replaced."""
    document = b"**Status:** one\n\ntext\n\n**Status:** two\n**Next:** rest\n"
    result = merged(document)
    assert result.startswith(document + b"\n<!-- gatekeeper:begin summary -->")


def test_headings_and_status_lines_in_code_are_not_taken() -> None:
    document = b"```\n## Execution Log\n**Status:** example\n```\n"
    assert merged(document).startswith(document + b"\n<!-- gatekeeper:begin")


@pytest.mark.parametrize("document", [b"caf\xe9\n", b"\xff\xfe#\x00\n\x00", b"a\x00b\n"])
def test_what_is_no_utf8_text_is_left_alone(document: bytes) -> None:
    assert isinstance(merge(document, SMALL), Conflict)


PIECES = st.sampled_from(
    [
        "# Title",
        "## Execution Log",
        "## Execution Log ##",
        "### execution log:",
        "*a placeholder*",
        "**Status:** 🟡 waiting",
        "**Next:** wait",
        "- **Status:** Clean",
        "```",
        "~~~",
        "text | with *marks*",
        "    code",
        "",
        " ",
        "\t",
        "---",
        "<!-- a comment -->",
    ]
)
DOCUMENTS = st.builds(
    lambda bom, pieces, newline, end: (bom + newline.join(pieces) + end).encode(),
    st.sampled_from(["", "\ufeff"]),
    st.lists(
        PIECES | st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=6), min_size=1, max_size=12
    ),
    st.sampled_from(["\n", "\r\n"]),
    st.sampled_from(["", "\n", "\n\n"]),
)


@pytest.mark.slow
@settings(max_examples=400, deadline=None)
@given(DOCUMENTS)
def test_no_byte_of_a_person_is_ever_lost(document: bytes) -> None:
    """Any document: its words stay in their order, later merges change nothing outside, and twice is as once."""
    assume(document)
    once = merged(document)
    assert merged(once) == once
    later = merged(once, LATER)
    assert outside(later) == outside(once)
    assert merged(later, SMALL) == once
    assert [name.decode() for name in BLOCK.findall(once)] in _orders()
    assert once.endswith(b"\n") == document.endswith(b"\n")
    if b"**Status:**" not in document:
        rest = outside(once)
        assert document.startswith(rest[0].rstrip(b"\r\n"))
        assert b"".join(rest).split() == document.split()


def _orders() -> list[list[str]]:
    # The status lines may stand before the heading "Execution Log".
    return [list(SECTIONS), [SECTIONS[-1], *SECTIONS[:-1]]]
