"""What reading a large repository costs."""

from __future__ import annotations

import os

import pytest

from tests.adapters.repos.conftest import Repo


@pytest.mark.slow
def test_fifty_thousand_files_are_read_in_well_under_a_second(repo: Repo) -> None:
    """Speed: with a warm cache the whole tree costs about what `git status` costs.

    In processor time, git's included: however busy the machine is, that is what reading takes of it.
    """
    repo.git("config", "gc.auto", "0")  # so many loose files, and git would go on tidying in the background
    for folder in range(500):
        where = repo.path / f"d{folder % 20}" / f"e{folder}"
        where.mkdir(parents=True)
        for number in range(100):
            (where / f"f{number}.txt").write_bytes(b"%d %d\n" % (folder, number))
    repo.commit()
    before = repo.digest()
    repo.write("d3/e3/f7.txt", "changed\n")
    took: list[float] = []
    for _ in range(3):
        before_s = sum(os.times()[:4])
        tree = repo.read()
        took.append(sum(os.times()[:4]) - before_s)
    assert tree.digest != before
    assert [path for _, path, _ in tree.files] == ["d3/e3/f7.txt"]
    assert min(took) < 1.0
