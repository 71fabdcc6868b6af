"""A report counts only if this attempt wrote it: everything that an older one can look like."""

from __future__ import annotations

import os
import shutil
import time
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from gatekeeper.adapters.testreports.reader import ReportReader
from gatekeeper.model.demands import ReportFormat, ReportSpec
from gatekeeper.model.report import Report, ReportProblem
from gatekeeper.policy.masking import Masker
from tests.adapters.testreports.reading import passes
from tests.adapters.testreports.steps import Step

TIMELESS = '<testsuite tests="1" failures="0"><testcase name="a"/></testsuite>'
# Collected long before it runs, in a long session; times ahead are not judged.
NOW = datetime.now(UTC) + timedelta(hours=1)


def junit(stamp: str) -> str:
    return f'<testsuite tests="1" failures="0" timestamp="{stamp}"><testcase name="a" time="0.01"/></testsuite>'


TIMED = junit(NOW.isoformat())


@pytest.fixture
def guarded(tmp_path: Path) -> Step:
    """A step whose reports are all under version control."""
    return Step(tmp_path, ReportReader(str(tmp_path / "run"), Masker(()), lambda _folder, names: frozenset(names)))


def ago(path: Path, seconds: float) -> None:
    os.utime(path, (time.time() - seconds,) * 2)


def test_a_report_of_yesterday_is_gone_when_the_attempt_begins(step: Step) -> None:
    step.file.write_text(TIMED)
    step.begin()
    found = step.end()
    assert isinstance(found, ReportProblem)
    assert found.kind == "missing"


def test_what_is_under_version_control_is_not_removed(guarded: Step) -> None:
    """A sample in the tests is nobody's old report; unchanged, it is no new one either."""
    guarded.file.write_text(TIMED)
    guarded.begin()
    assert guarded.file.exists()
    assert guarded.stale().startswith("reports/a.xml was there before the attempt and has not changed since")


def test_a_file_that_stayed_and_is_written_again_counts(guarded: Step) -> None:
    guarded.file.write_text(junit((NOW - timedelta(days=1)).isoformat()))
    guarded.begin()
    guarded.file.write_text(TIMED)
    assert passes(guarded.end())


def test_a_touched_report_is_not_a_new_one(guarded: Step) -> None:
    """Its time is new, its content is not."""
    guarded.file.write_text(TIMED)
    guarded.begin()
    ago(guarded.file, -1)
    assert "has the same content, times and all, as a report that was there before" in guarded.stale()


def test_a_copy_with_its_old_time_is_stale(step: Step) -> None:
    """`cp -p old.xml reports/`, and a link to it."""
    old = step.folder / "old.xml"
    old.write_text(TIMED)
    ago(old, 3600)
    step.begin()
    shutil.copy2(old, step.file)
    assert step.stale().startswith("reports/a.xml is older than the attempt: the step did not write it")
    step.file.unlink()
    step.file.symlink_to(old)
    assert step.stale().startswith("reports/a.xml is older than the attempt")
    step.file.unlink()
    os.link(old, step.file)
    assert step.stale().startswith("reports/a.xml is older than the attempt")


def test_a_copy_with_a_new_time_is_known_by_its_content(step: Step, tmp_path: Path) -> None:
    """What stood there before the attempt was looked at before it went."""
    step.file.write_text(TIMED)
    shutil.copyfile(step.file, tmp_path / "good.xml")
    step.begin()
    shutil.copyfile(tmp_path / "good.xml", step.file)
    assert "has the same content" in step.stale()


def test_the_report_of_a_former_attempt_is_known_by_its_content(step: Step, tmp_path: Path) -> None:
    """Even when the step hid it until now, and whatever it is called by then."""
    step.begin()
    step.file.write_text(TIMED)
    assert passes(step.end())
    step.file.rename(tmp_path / "hidden.xml")
    step.begin()
    shutil.copyfile(tmp_path / "hidden.xml", step.folder / "reports/b.xml")
    assert "has the same content" in step.stale()


def test_secrets_do_not_make_two_reports_differ(tmp_path: Path) -> None:
    """Contents are compared as they were written, not as they are kept."""
    step = Step(tmp_path, ReportReader(str(tmp_path / "run"), Masker(["hunter22"])))
    step.begin()
    step.file.write_text(TIMED.replace('"a"', '"hunter22"'))
    step.end()
    step.begin()
    step.file.write_text(TIMED.replace('"a"', '"hunter22"'))
    assert "has the same content" in step.stale()


def test_a_report_that_tells_no_time_may_come_out_the_same(step: Step) -> None:
    """An honest tool that is deterministic is not accused; that nothing could be told is noted."""
    for _ in range(2):
        step.begin()
        step.file.write_text(TIMELESS)
        report = step.end()
        assert passes(report)
    assert isinstance(report, Report)
    assert report.notes == ("reports/a.xml: the same content as before, and it tells no times that could differ",)


def test_two_files_of_one_attempt_may_be_the_same(step: Step) -> None:
    step.begin()
    step.file.write_text(TIMED)
    shutil.copyfile(step.file, step.folder / "reports/latest.xml")
    assert passes(step.end())


def test_many_durations_do_not_come_out_the_same_by_chance(step: Step) -> None:
    """Surefire writes no time of day."""
    cases = "".join(f'<testcase name="t{number}" time="0.0{number}7"/>' for number in range(1, 10))
    for attempt in range(2):
        step.begin()
        step.file.write_text(f'<testsuite tests="9" failures="0" time="1.234">{cases}</testsuite>')
        if not attempt:
            assert passes(step.end())
    assert "has the same content" in step.stale()


def test_a_file_from_the_future_tells_nothing(step: Step) -> None:
    """Its time was set by hand, or a clock is wrong; a little ahead is a file server."""
    step.begin()
    step.file.write_text(TIMED)
    ago(step.file, -86_400)
    assert "s in the future, so that nothing can be told by it" in step.stale()
    ago(step.file, -60)
    assert passes(step.end())


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ("junit", junit("2025-11-26T10:00:00+01:00")),
        ("junit", junit("2025-11-26T10:00:00Z")),
        ("junit", junit("2025-11-26T10:00:00.123456789")),
        ("ctrf", '{"results": {"tool": {}, "summary": {"start": 1764147600000, "stop": 1764147601000}, "tests": []}}'),
        ("pytest_json", '{"created": 1764147600.5, "exitcode": 0, "root": "", "summary": {}, "tests": []}'),
        ("reportlog", '{"$report_type": "TestReport", "start": 1764147600.5, "stop": 1764147600.6}\n'),
        ("go_test", '{"Time":"2025-11-26T10:00:00.123456789Z","Action":"pass","Package":"p"}\n'),
    ],
)
def test_a_report_that_says_itself_that_it_is_old(step: Step, form: ReportFormat, text: str) -> None:
    """Whatever the file's own time is: a copy, or what a build cache put back."""
    step.begin(ReportSpec(form, ("r",)))
    (step.folder / "r").write_text(text)
    message = step.stale(ReportSpec(form, ("r",)))
    assert message.startswith("r says of itself that it ended at 2025-11-26 ")
    assert message.endswith("before the attempt began: a copy, or from a build cache")


@pytest.mark.parametrize(
    "moment",
    [
        NOW.astimezone(timezone(timedelta(hours=14))).replace(tzinfo=None),
        NOW.astimezone(timezone(timedelta(hours=-12))).replace(tzinfo=None),
        None,
        NOW.astimezone(timezone(timedelta(hours=-9))),
        datetime(1970, 1, 1),  # noqa: DTZ001
        datetime(1, 1, 1),  # noqa: DTZ001
    ],
)
def test_honest_times_are_believed(step: Step, moment: datetime | None) -> None:
    """In any zone, told or not; with a clock that is a little off; and with a constant where a tool has none."""
    step.begin()
    moment = moment or datetime.now(UTC) - timedelta(seconds=30)
    step.file.write_text(junit(moment.isoformat()))
    assert passes(step.end())


def test_times_that_nobody_can_read_are_no_times(step: Step) -> None:
    step.begin()
    step.file.write_text(junit("Wed Nov 26 2025") + "<!-- timestamp='2025-11-26T10:00:00Z' -->")
    assert passes(step.end())
