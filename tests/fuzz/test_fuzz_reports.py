"""The fuzzing of reports itself: it holds for a moment here, it has teeth, and it says what it found."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

import pytest

from gatekeeper.model.report import Report, Totals
from tests.fuzz import fuzz_reports


@pytest.mark.slow
@pytest.mark.parametrize("name", fuzz_reports.TARGETS)
def test_every_rule_holds_for_a_moment(name: str) -> None:
    """Always the same inputs; the long run is a command of its own."""
    tried, data, rule = fuzz_reports.fuzz(name, 0.2, seed=7)
    assert (data, rule) == (None, "")
    assert tried > 10


@pytest.mark.parametrize("name", fuzz_reports.TARGETS)
def test_every_target_has_samples(name: str) -> None:
    """Without a start, nothing is fuzzed."""
    assert list(fuzz_reports.SAMPLES.glob(fuzz_reports.TARGETS[name].samples))


def test_a_reader_that_calls_anything_green_is_found_out(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The bytes are kept, the seed is told, and the exit code is 1."""

    def green(file: BinaryIO, name: str) -> Report:
        return Report(Totals(1, 1, 0, 0, 0), (), (), passed=("a",))

    target = fuzz_reports.TARGETS["junit"]._replace(read=green)
    monkeypatch.setitem(fuzz_reports.TARGETS, "junit", target)
    monkeypatch.chdir(tmp_path)
    assert fuzz_reports.main(["junit", "--seconds", "5", "--seed", "3"]) == 1
    assert "seed 3: a pass that is not deserved" in capsys.readouterr().out
    assert (tmp_path / "fuzz-junit-3.bin").exists()


def test_without_atheris_it_says_so() -> None:
    """It is nobody's dependency."""
    with pytest.raises(SystemExit, match="atheris is not installed; leave out --atheris"):
        fuzz_reports.main(["junit", "--atheris"])
