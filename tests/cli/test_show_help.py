"""`gatekeeper show` of runs that were helped, from their journals."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion

from gatekeeper.adapters.journal.writer import JournalWriter
from gatekeeper.cli.main import run
from gatekeeper.model.help_events import ChangeAwaited, FixerStarted, MitigationStarted
from tests.adapters.executionlog import help_stories as stories
from tests.adapters.executionlog.help_telling import PROVIDER
from tests.cli.past_runs import PastRun


@pytest.fixture(autouse=True)
def _back_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("name", stories.HELPED)
def test_help_is_told_in_a_line_each(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], snapshot: SnapshotAssertion
) -> None:
    PastRun(tmp_path, stories.HELPED[name]())
    assert run(["show"]) == 0
    assert capsys.readouterr().out.replace(str(tmp_path), "PROJECT") == snapshot


def test_programs_get_all_of_it_under_the_journals_names(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Calls in their order with their event's name; proofs, repos, resumptions and retries by themselves."""
    PastRun(tmp_path, stories.fixed())
    run(["show", "--json"])
    found = json.loads(capsys.readouterr().out)
    assert (found["fixer"], found["calls"]) == (PROVIDER, 3)
    assert [each["event"] for each in found["help"]] == ["fixer.started", "fixer.finished"]
    usage = {"input_tokens": 120412, "output_tokens": 3391, "total_tokens": 123803, "cost": 0.4821}
    assert found["help"][1]["usage"] == {**usage, "source": PROVIDER}
    assert [(each["step"], each["outcome"]) for each in found["proofs"]] == [("npm-test", "failed")]
    assert [(each["repo"], each["how"]) for each in found["settled"]] == [("backend", "kept"), ("plan", "unsettled")]
    assert found["attempts"][-1]["reused"] is True


def test_what_is_not_stated_is_null(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    PastRun(tmp_path, stories.given_up())
    run(["show", "--json"])
    first, second = [each for each in json.loads(capsys.readouterr().out)["help"] if "usage" in each][:2]
    assert first["usage"]["input_tokens"] == 9000
    assert (first["usage"]["total_tokens"], second["usage"]["cost"]) == (None, None)


def test_a_resumed_run_has_its_retries_and_resumptions(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    PastRun(tmp_path, stories.resumed())
    run(["show", "--json"])
    found = json.loads(capsys.readouterr().out)
    assert [(each["from_seq"], each["interrupted"]) for each in found["resumptions"]] == [(5, ["suite/npm-test"])]
    assert [(each["class"], each["delay_s"]) for each in found["retries"]] == [("infra", 30.0)]
    assert (found["verdict"], found["switches"]) == ("green", ["no-fixer", "no-notify"])


@pytest.mark.parametrize(
    ("name", "moment", "said"),
    [
        ("mitigated", MitigationStarted, "the mitigation of port_in_use"),
        ("fixed", FixerStarted, "the fixer, call 1"),
        ("watched", ChangeAwaited, "nothing, it waits for a change of the tree"),
    ],
)
def test_what_helps_at_this_moment(
    name: str, moment: type, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A run that seems to stand still says why."""
    story = stories.HELPED[name]()
    while not isinstance(story.entries[-1].event, moment):
        story.entries.pop()
    past = PastRun(tmp_path, story)
    with JournalWriter.reopen(str(past.folder), lambda: "2026-02-18T02:01:00.000Z"):
        run(["show"])
    assert f"🟡 not ended; running: {said}" in capsys.readouterr().out
