"""A run that is to end: what is still being read of its repos gets a short time, and git leaves no lock behind."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from gatekeeper.adapters.repos.bounds import REINS, Bounds, OutOfTime, Reins
from gatekeeper.adapters.repos.git import Question
from tests.adapters.repos.conftest import Repo
from tests.support.projects import until


@pytest.fixture(autouse=True)
def _loosened() -> Iterator[None]:
    yield
    REINS.loosen()


def test_nobody_asked_for_an_end() -> None:
    """Each reading has its own time, and all of it."""
    assert Reins().until(time.monotonic()) == float("inf")


def test_a_reading_has_the_grace_from_then_on_or_from_its_beginning() -> None:
    reins, now = Reins(), time.monotonic()
    reins.draw(60)
    assert now + 60 <= reins.until(now - 1000) <= time.monotonic() + 60
    assert reins.until(now + 1000) == now + 1060


def test_after_one_that_did_not_end_in_its_grace_nothing_has_time() -> None:
    """Who asks five times for what hangs does not wait five times."""
    reins, now = Reins(), time.monotonic()
    reins.draw(0)
    assert reins.until(now) <= time.monotonic()
    assert reins.until(now + 1000) == now + 1000


def test_the_end_of_the_run_s_time_is_that_of_the_run_alone() -> None:
    """The next cycle of one command has its own; being told to stop holds for all."""
    reins, now = Reins(), time.monotonic()
    reins.run_ends(10, 5)
    assert now + 15 <= reins.until(now) <= time.monotonic() + 15
    reins.run_ends(1000, 5)
    assert reins.until(now) >= now + 1005
    reins.draw(60)
    reins.run_ends(1000, 5)
    assert reins.until(now) <= time.monotonic() + 60
    reins.loosen()
    assert reins.until(now) == float("inf")


def test_asked_again_what_is_under_way_ends_at_once(repo: Repo, tmp_path: Path) -> None:
    """The clean filter hangs while git holds the lock of the index: git is told, and takes its lock with it."""
    question = _adding(repo, tmp_path, "exec cat")
    try:
        assert (repo.path / ".git/index.lock").exists()
        REINS.draw(0)
        with pytest.raises(OutOfTime, match="the run was to end"):
            question.answer()
    finally:
        question.end()
    assert not (repo.path / ".git/index.lock").exists()


def test_halted_from_elsewhere_git_takes_its_lock_away_too(repo: Repo, tmp_path: Path) -> None:
    bounds = Bounds(60)
    question = _adding(repo, tmp_path, "exec cat", bounds)
    try:
        bounds.halt()
        with pytest.raises(OutOfTime, match="stopped"):
            question.answer()
    finally:
        question.end()
    assert not (repo.path / ".git/index.lock").exists()


def test_a_helper_of_git_s_that_does_not_listen_is_killed(repo: Repo, tmp_path: Path) -> None:
    question = _adding(repo, tmp_path, "trap '' TERM; while :; do cat; done")
    try:
        REINS.draw(0)
        with pytest.raises(OutOfTime):
            question.answer()
    finally:
        question.end()


def _adding(repo: Repo, tmp_path: Path, hangs: str, bounds: Bounds | None = None) -> Question:
    """Git, as it adds a file whose filter says that it is there, and hangs."""
    os.mkfifo(tmp_path / "pipe")
    filter_ = tmp_path / "filter"
    filter_.write_text(f"#!/bin/sh\n: >'{tmp_path}/there'\nexec <>'{tmp_path}/pipe'\n{hangs}\n", "utf-8")
    filter_.chmod(0o755)
    (repo.path / ".git/info").mkdir(exist_ok=True)
    (repo.path / ".git/info/attributes").write_text("* filter=hangs\n", "utf-8")
    (repo.path / "new.txt").write_text("new", "utf-8")
    clean = f"filter.hangs.clean='{filter_}'"
    question = Question(os.fsencode(repo.path), ("-c", clean, "add", "new.txt"), bounds or Bounds(60))
    until((tmp_path / "there").exists, "the filter is there")
    return question
