"""What can be read of execution logs, whoever wrote them, and how an index lists them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.adapters.executionlog.folder_index import Logs, index, logs_in, outdated, write_index
from gatekeeper.adapters.executionlog.known_logs import KnownLog, read_log
from gatekeeper.adapters.executionlog.merge import Merged, merge
from gatekeeper.adapters.executionlog.render import render
from gatekeeper.adapters.executionlog.writer import whole_document
from gatekeeper.model.events import RunFinished
from gatekeeper.policy.fold import fold
from tests.adapters.executionlog import log_stories as stories
from tests.adapters.executionlog import log_telling as telling
from tests.adapters.executionlog.log_telling import Story

REFERENCE = (Path(__file__).parent / "reference-log.md").read_text("utf-8")


def listed(story: Story) -> KnownLog:
    found = read_log("x.md", whole_document(fold(telling.RUN, story.entries)).decode())
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("story", "status", "rounds"),
    [
        (stories.green(), "✅ Green", "1"),
        (stories.ALL["red-timeout-stray"](), "❌ Red", "2"),
        (stories.aborted(), "⚠️ Aborted", "1"),
    ],
)
def test_our_own_logs_tell_all(story: Story, status: str, rounds: str) -> None:
    """Whatever the log's words are, they are read back."""
    found = listed(story)
    assert (found.id, found.cycle, found.status, found.rounds) == ("17", "backend-cycle", status, rounds)
    assert found.started == "2026-02-18 02:00:07"
    assert found.completed.startswith("2026-02-18 02:00:")


def test_a_verdict_on_a_part_of_a_cycle_is_listed_as_that() -> None:
    story = stories.green()
    last = story.entries[-1]
    assert isinstance(last.event, RunFinished)
    story.entries[-1] = last._replace(event=last.event._replace(selection="suite/npm-test[node=18], smoke"))
    assert listed(story).status == "✅ Green, only suite/npm-test[node=18], smoke"


def test_a_run_that_goes_on_has_no_verdict_and_no_end() -> None:
    story = stories.green()
    del story.entries[2:]
    found = listed(story)
    assert (found.completed, found.rounds) == ("", "")
    assert found.status.startswith("🟡 ")


def test_the_reference_is_listed_with_its_title_and_status() -> None:
    found = read_log("65_EXECUTION_LOG_cycle-17-backend_2026-02-18.md", REFERENCE)
    assert found is not None
    assert found._replace(name="") == KnownLog(
        "", "17", "Cycle 17 Backend (Pay Mode)", "2026-02-18", "", "🟡 Pending backend worker execution", ""
    )


def test_of_a_plan_that_holds_our_sections_only_these_are_asked() -> None:
    """The plan's own "Date" and status are from before the run."""
    sections = render(fold(telling.RUN, stories.green().entries))
    merged = merge(REFERENCE.replace("2026-02-18", "2026-02-17").encode(), sections)
    assert isinstance(merged, Merged)
    found = read_log("x.md", merged.document.decode())
    assert found is not None
    assert (found.cycle, found.started, found.status) == ("backend-cycle", "2026-02-18 02:00:07", "✅ Green")


def test_other_documents_are_no_logs() -> None:
    for text in ("# Gates\n\n**Status:** ok\n", "", "see Execution Log\n"):
        assert read_log("x.md", text) is None


def test_what_stands_in_a_fence_is_not_the_status() -> None:
    text = "# **72 Execution Log**\n\n## **Implementation Started: 2026-01-02**\n\n```\n**Status:** no\n```\n"
    assert read_log("x.md", text) == KnownLog("x.md", "72", "", "2026-01-02")


def test_newest_come_first_and_names_break_ties(tmp_path: Path) -> None:
    for name, day in (("a", "2026-01-01"), ("b", "2026-03-01"), ("c", "2026-01-01"), ("d", "soon")):
        (tmp_path / f"{name}.md").write_text(f"# Execution Log - {name}\n\n**Date:** {day}\n")
    assert [log.name for log in logs_in(str(tmp_path)).logs] == ["b.md", "c.md", "a.md", "d.md"]


def test_only_documents_are_read_and_only_their_ends(tmp_path: Path) -> None:
    """Pipes, folders, what gatekeeper put aside and the index itself are passed over; of a large log head and foot."""
    os.mkfifo(tmp_path / "pipe_execution_log.md")
    (tmp_path / "folder_execution_log.md").mkdir()
    for name in ("INDEX.md", "x.gatekeeper.md", ".execution-log.md", "execution-log.txt"):
        (tmp_path / name).write_text("# Execution Log\n")
    large = "# Execution Log - large\n\n" + "text\n" * 400_000 + "\n**Status:** ✅ at the foot\n"
    (tmp_path / "large.md").write_text(large)
    [found] = [log for log in logs_in(str(tmp_path)).logs if not log.problem]
    assert (found.name, found.status) == ("large.md", "✅ at the foot")


def test_a_log_that_cannot_be_read_is_listed_as_such(tmp_path: Path) -> None:
    (tmp_path / "65_EXECUTION_LOG.md").symlink_to("nowhere.md")
    [found] = logs_in(str(tmp_path)).logs
    assert "| ⚠️ cannot be read: No such file or directory |" in index(Logs((found,)))


def test_cells_cannot_break_the_table_and_links_hold_any_name(tmp_path: Path) -> None:
    """Bars, brackets, HTML and markers in a title or a name stay text; the link leads to the file all the same."""
    name = "a [b](c) | <i> #1?.md"
    text = "# Execution Log - x | y <script> [l](javascript:a) <!-- gatekeeper:end index -->\n\n**Status:** a | b\n"
    (tmp_path / name).write_text(text)
    logs = logs_in(str(tmp_path))
    assert write_index(str(tmp_path), logs) == ""
    assert outdated(str(tmp_path), logs) == ""
    row = index(logs).split("\n")[-1]
    assert row.replace("\\|", "").count("|") == 8
    assert row.endswith(r"](a%20%5Bb%5D%28c%29%20%7C%20%3Ci%3E%20%231%3F.md) |")
    assert "<script>" not in row.replace("\\<script", "")
    assert "[l](" not in row


@given(st.text(alphabet=st.sampled_from("#*`<!->|[]() \n\rStatus:Execution Log2026"), max_size=300))
def test_whatever_a_document_says_its_row_is_one_line(text: str) -> None:
    found = read_log("EXECUTION_LOG.md", text)
    assert found is not None
    assert len(index(Logs((found,))).split("\n")) == 5
