"""`GitTrees`, as the engine and the command line use it: reading ahead, reading again, being cancelled."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import anyio
import pytest

from gatekeeper.adapters.repos.reading import BoundRepo
from gatekeeper.adapters.repos.trees import GitTrees
from tests.adapters.repos.conftest import Repo, wait_until_gone

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def _trees(repo: Repo) -> GitTrees:
    return GitTrees((BoundRepo("app", str(repo.path)),), leave_out=(str(repo.path / "log.md"),))


async def test_reading_ahead_serves_the_first_read_only(repo: Repo) -> None:
    """The first read gives what was there when the run began, the next one what is there then."""
    trees = _trees(repo)
    trees.prefetch()
    for thread in threading.enumerate():
        if thread.name == "gatekeeper-trees":
            thread.join()
    repo.write("kept.txt", "changed\n")
    first = await trees.read()
    assert first.repos[0].clean
    assert (await trees.read()).repos[0].drift == (" M kept.txt",)


async def test_reading_without_having_read_ahead(repo: Repo) -> None:
    """Reading ahead is a matter of speed alone, and what is to be left out is."""
    repo.write("log.md")
    tree = await _trees(repo).read()
    assert (tree.repos[0].drift, tree.files) == (("?? log.md",), ())


@pytest.mark.parametrize("end", ["cancel", "close"])
async def test_a_reading_that_nobody_waits_for_leaves_nothing_behind(
    repo: Repo, end: str, hanging_filter: Callable[[Repo], int]
) -> None:
    """Ctrl-C while git hangs: the wait ends at once, and git with its helpers is gone."""
    ready = hanging_filter(repo)
    trees = _trees(repo)
    if end == "close":
        trees.prefetch()
        helper = int((await anyio.to_thread.run_sync(os.read, ready, 100)).split()[0])
        trees.close()
    else:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(trees.read)
            helper = int((await anyio.to_thread.run_sync(os.read, ready, 100)).split()[0])
            tasks.cancel_scope.cancel()
    for thread in threading.enumerate():
        if thread.name.startswith("gatekeeper-trees"):
            thread.join(40)
            assert not thread.is_alive()
    wait_until_gone(helper)


def test_reading_ahead_imports_nothing_that_a_start_does_not_need(repo: Repo) -> None:
    """Start-up: the module that the command line imports brings no anyio, and what it starts needs no asyncio."""
    script = (
        "import sys; from gatekeeper.adapters.repos.trees import GitTrees; "
        "from gatekeeper.adapters.repos.reading import BoundRepo; "
        "assert 'subprocess' not in sys.modules; "
        f"trees = GitTrees((BoundRepo('app', {str(repo.path)!r}),), leave_out=()); trees.prefetch(); "
        "assert trees._ahead.result().repos[0].clean; "
        "heavy = {'asyncio', 'anyio', 'pathlib', 'tempfile', 'shutil', 'logging', 'psutil'} & set(sys.modules); "
        "assert not heavy, heavy"
    )
    subprocess.run((sys.executable, "-S", "-c", script), check=True, cwd=Path(__file__).parents[3])
