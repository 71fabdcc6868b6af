"""`gatekeeper export`: where it writes, what it writes over, and what it refuses."""

from __future__ import annotations

import json
import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path
from xml.etree.ElementTree import fromstring

import pytest

from gatekeeper.adapters.exports.putting import put
from gatekeeper.cli.export import FORMATS
from gatekeeper.cli.main import run
from tests.adapters.executionlog import log_stories as stories
from tests.adapters.executionlog import log_telling as telling
from tests.adapters.executionlog.red_stories import red_with_timeout_and_stray
from tests.adapters.exports.collecting import collector
from tests.cli.past_runs import PastRun
from tests.support.project_fixtures import MakeTiny
from tests.support.projects import Project

SECRET = "hunter2-correct-horse"
SUITE = """\
import os
told = f"got {os.environ['API_TOKEN']}"
many = "".join(f'<testcase classname="m" name="t{n}"/>' for n in range(20_000))
with open("r.xml", "w") as report:
    bad = f'<testcase classname="t" name="bad"><failure message="{told}"/></testcase>'
    report.write(f"<testsuite>{bad}{many}</testsuite>")
raise SystemExit(1)
"""
CYCLE = """\
secrets: [API_TOKEN]
until_green: {rounds: 1, retry_unchanged: 0}
gates:
  a:
    steps:
      suite: {run: '"$PYTHON" suite.py', report: {junit: r.xml}}
      asks: {http: "GET http://127.0.0.1:1/", expect: {status: 200}}
      after: {run: "true", needs: [asks]}
  advice:
    tier: advisory
    steps:
      lint: {run: "echo $API_TOKEN; exit 3"}
"""


@pytest.fixture(autouse=True)
def _back_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("form", FORMATS)
def test_a_file_is_what_standard_output_gets(
    form: str, tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    """For its owner alone; and a former export is written over, also of another format."""
    PastRun(tmp_path, red_with_timeout_and_stray())
    target = tmp_path / "out file"
    for before in ("tap", form):
        assert run(["export", "latest", "--to", before, "-o", str(target)]) == 0
    assert run(["export", "7f3a", "--to", form, "-o", "-"]) == 0
    out, err = capfdbinary.readouterr()
    assert (out, err) == (target.read_bytes(), b"")
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir() if path.name.endswith(".tmp")] == []


def test_what_others_wrote_is_written_over_by_force_only(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    PastRun(tmp_path, stories.green())
    target = tmp_path / "main.py"
    target.write_text("print('mine')\n")
    target.chmod(0o644)
    assert run(["export", "latest", "--to", "tap", "-o", "main.py"]) == 1
    assert f"{target} is there and no export of gatekeeper's; --force writes over it" in capsys.readouterr().err
    assert target.read_text() == "print('mine')\n"
    assert run(["export", "latest", "--to", "tap", "-o", "main.py", "--force"]) == 0
    assert target.read_text().startswith("TAP version 13\n")
    assert stat.S_IMODE(target.stat().st_mode) == 0o644, "who may read it was somebody's decision"


def test_a_link_stays_a_link_and_an_empty_file_is_nobodys(tmp_path: Path) -> None:
    PastRun(tmp_path, stories.green())
    (tmp_path / "real.xml").touch()
    (tmp_path / "link.xml").symlink_to("real.xml")
    assert run(["export", "latest", "--to", "junit", "-o", "link.xml"]) == 0
    assert (tmp_path / "link.xml").is_symlink()
    assert fromstring((tmp_path / "real.xml").read_text()).tag == "testsuites"
    assert run(["export", "latest", "--to", "junit", "-o", os.devnull]) == 0


@pytest.mark.parametrize(
    ("target", "why"), [("gates", "is a folder"), ("no/where.xml", "there is no folder"), ("fixed.xml", "is read-only")]
)
def test_a_place_that_cannot_be_written_to_is_refused(
    target: str, why: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    PastRun(tmp_path, stories.green())
    (tmp_path / "fixed.xml").touch(0o444)
    assert run(["export", "latest", "--to", "junit", "-o", target, "--force"]) == 1
    assert why in capsys.readouterr().err


def test_a_file_is_as_it_was_where_writing_breaks_off(tmp_path: Path) -> None:
    """Nobody finds half a document."""
    target = tmp_path / "report.tap"
    target.write_text("# gatekeeper export: the one before\n")

    def breaks_off() -> Iterator[str]:
        yield "half"
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        put(breaks_off(), str(target), force=False)
    assert [path.name for path in tmp_path.iterdir()] == ["report.tap"]
    assert "the one before" in target.read_text()


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["nothing-here", "--to", "tap"], "nothing-here"),
        (["latest", "--to", "html"], "invalid choice: 'html'"),
        (["latest"], "--to"),
        (["latest", "--to", "tap", "-o", ""], "-o names a file"),
        (["latest", "--to", "tap", "--endpoint", "http://127.0.0.1:1"], "it goes with no other format"),
        (["latest", "--to", "otlp", "--endpoint", "127.0.0.1:4318"], "is no address: write http://HOST:4318"),
    ],
)
def test_what_is_not_there_is_a_mistake_in_the_command(
    words: list[str], why: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    PastRun(tmp_path, stories.green())
    assert run(["export", *words]) == 2
    assert why in capsys.readouterr().err


def test_a_trace_is_sent_and_its_id_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Twice the same; and an endpoint that does not take it is a clear failure."""
    PastRun(tmp_path, stories.green())
    with collector() as collected:
        for _ in range(2):
            assert run(["export", "latest", "--to", "otlp", "--endpoint", collected.address]) == 0
    first, second = capsys.readouterr().out.splitlines()
    assert first == second
    assert {span.trace_id.hex() for span in collected.spans} == {first.partition("trace ")[2].partition(",")[0]}
    with collector(400) as refusing:
        assert run(["export", "latest", "--to", "otlp", "--endpoint", refusing.address]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert re.fullmatch(r"gatekeeper: http://\S+ did not take the run: .*code: 400, reason: Bad Request\n", err)


def test_a_journal_that_cannot_be_true_is_no_bug_of_ours(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Somebody wrote into it by hand; nothing is written, and what is there stays."""
    story = telling.Story().tell(telling.started(), telling.finished("splendid", 0, 1, 3.0, ""))
    PastRun(tmp_path, story)
    assert run(["export", "latest", "--to", "summary", "-o", "sum.json"]) == 3
    assert "says what cannot be true: 'splendid'" in capsys.readouterr().err
    assert not (tmp_path / "sum.json").exists()


@pytest.mark.slow
def test_a_run_that_still_goes_on_is_refused(tmp_path: Path, tiny: MakeTiny) -> None:
    """Half a run could look like a green one. The step asks itself, so that nobody has to wait for it."""
    command = " ".join(f"'{word}'" for word in Project(tmp_path, tmp_path / "t").command)
    step = f'{{run: "{command} export latest --to tap || test $? = 1"}}'
    project = tiny(f"gates: {{a: {{steps: {{asks: {step}}}}}}}\n")
    project.gatekeeper("run", "tiny").expect(0)
    assert "still goes on" in project.journal.output("asks")


@pytest.fixture
def suite(tiny: MakeTiny) -> Project:
    """A red run of 20,001 tests, with a probe, a blocked step and advice."""
    project = tiny(CYCLE)
    (project.root / "suite.py").write_text(SUITE)
    project.gatekeeper("run", "tiny", API_TOKEN=SECRET).expect(1)
    return project


@pytest.mark.slow
def test_the_tests_of_a_real_run_are_read_again_without_a_secret(
    suite: Project, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """From what was kept alone: the report itself is gone."""

    monkeypatch.chdir(suite.root)
    monkeypatch.setenv("API_TOKEN", SECRET)

    def export(form: str) -> str:
        assert run(["export", "tiny", "--to", form, "-o", "-"]) == 0
        return capfd.readouterr().out

    (suite.root / "r.xml").unlink()
    documents = {form: export(form) for form in FORMATS}
    assert not any(SECRET in document for document in documents.values())
    by_name = {each.get("name"): each for each in fromstring(documents["junit"])}
    assert {name: (each.get("tests"), each.get("failures"), each.get("skipped")) for name, each in by_name.items()} == {
        "a/suite": ("20001", "1", "0"),
        "a/asks": ("1", "1", "0"),
        "a/after": ("1", "0", "1"),
        "advice/lint": ("1", "0", "1"),
    }
    assert json.loads(documents["summary"])["tests"]["total"] == 20_001
    assert json.loads(documents["ctrf"])["results"]["summary"]["tests"] == 20_004
    # A copy that somebody changed is not believed, and neither is what is not there.
    (kept,) = (suite.journal.folder / "reports").rglob("*.xml")
    kept.write_text("<testsuite/>")
    assert run(["export", "tiny", "--to", "tap"]) == 0
    out, err = capfd.readouterr()
    assert "the tests of a/suite are left out, it is told as one case" in err
    assert "not ok 1 - a/suite\n" in out
