"""What an attempt leaves as evidence, taken in after it with real commands."""

from __future__ import annotations

from pathlib import Path

import pytest

from gatekeeper.model.demands import CoverageSpec, MetricSpec
from gatekeeper.model.report import Coverage, MetricValue, ReportProblem, Share
from tests.adapters.local.place import Place

pytestmark = pytest.mark.anyio
COVERAGE = CoverageSpec(("cov/*.info",))
TRACE = r"SF:a.c\nDA:1,1\nDA:2,0\nend_of_record\n"


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


async def test_coverage_and_numbers_of_an_attempt_are_taken_in(tmp_path: Path) -> None:
    """From files of the step's folder and from what it printed, with copies in the run's folder."""
    place = Place(tmp_path)
    metrics = (MetricSpec("kb", file="size.txt", pattern=r"(.*)"), MetricSpec("lints", pattern=r"(\d+) warnings"))
    script = f"mkdir -p cov; printf '{TRACE}' > cov/a.info; echo 12 > size.txt; echo 3 warnings"
    attempt = await place.run(script, coverage=COVERAGE, metrics=metrics)
    assert isinstance(attempt.coverage, Coverage)
    assert attempt.coverage.lines == Share(1, 2)
    assert [(each.name, each.value) for each in attempt.metrics] == [("kb", 12.0), ("lints", 3.0)]
    assert len(list((place.run_folder / "reports").iterdir())) == 2
    assert (place.run_folder / attempt.coverage.files[0]).is_file()


async def test_an_attempt_that_writes_nothing_has_none_of_the_one_before(tmp_path: Path) -> None:
    """Neither its coverage nor its number."""
    place = Place(tmp_path)
    metric = MetricSpec("kb", file="size.txt", pattern=r"(\d+)")
    await place.run(
        f"mkdir -p cov; printf '{TRACE}' > cov/a.info; echo 12 > size.txt", coverage=COVERAGE, metrics=(metric,)
    )
    second = await place.run("true", coverage=COVERAGE, metrics=(metric,))
    assert isinstance(second.coverage, ReportProblem)
    assert second.coverage.kind == "missing"
    assert second.metrics == (MetricValue("kb", None, "size.txt is older than the attempt: the step did not write it"),)


async def test_what_a_failing_command_measured_is_taken_in_too(tmp_path: Path) -> None:
    """It may say why."""
    attempt = await Place(tmp_path).run("echo 7 warnings; exit 1", metrics=(MetricSpec("n", pattern=r"(\d+) warn"),))
    assert attempt.metrics == (MetricValue("n", 7.0),)


async def test_secrets_are_hidden_in_what_is_said_of_numbers(tmp_path: Path) -> None:
    """A pattern that is too wide may find one."""
    place = Place(tmp_path, secrets=("hunter2hunter2",))
    attempt = await place.run("echo key hunter2hunter2", metrics=(MetricSpec("n", pattern=r"key (.*)"),))
    assert "hunter2" not in repr(attempt.metrics)
    assert attempt.metrics[0].value is None
