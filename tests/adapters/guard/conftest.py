"""Situations for the guard: a run folder, guards with and without a cgroup, and a witness that knows neither."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gatekeeper.adapters.guard.guard import Guard
from gatekeeper.adapters.guard.pool import GuardianPool
from gatekeeper.model.containment import GuardOrder
from tests.adapters.guard.guard_situations import Guarded, Witness
from tests.support.leaks import nothing_left_behind


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(autouse=True)
def _nothing_left_behind() -> Iterator[None]:
    with nothing_left_behind():
        yield


@pytest.fixture
def run_folder(tmp_path: Path) -> Path:
    folder = tmp_path / "run"
    folder.mkdir()
    return folder


@pytest.fixture
def order(run_folder: Path) -> Guarded:
    count = 0

    def make(*argv: str, **fields: Any) -> GuardOrder:
        nonlocal count
        count += 1
        given = {
            "label": f"gate.step.{count}",
            "cwd": str(run_folder),
            "environ": tuple(os.environ.items()),
            "output": str(run_folder / "output" / f"gate.step.{count}.log"),
            "timeout_s": 30.0,
            "grace_s": 0.3,
            **fields,
        }
        return GuardOrder(argv=argv, **given)

    return make


@pytest.fixture
async def guard(run_folder: Path) -> Any:
    """A guard with every layer that this machine offers."""
    made = Guard(run="test", folder=str(run_folder), ledger=str(run_folder / "ledger.jsonl"))
    made.start()
    yield made
    await made.close()


@pytest.fixture(params=["every layer", "no cgroup"])
async def any_guard(request: pytest.FixtureRequest, run_folder: Path) -> Any:
    """A guard with every layer, and one as an ordinary user without delegation has it."""
    helpers = GuardianPool(with_leaves=request.param == "every layer")
    made = Guard(run="test", folder=str(run_folder), ledger=str(run_folder / "ledger.jsonl"), helpers=helpers)
    if helpers.with_leaves and "cgroup2" not in made.layers():
        pytest.skip("no writable cgroup v2 here")
    made.start()
    yield made
    await made.close()


@pytest.fixture
def witness(tmp_path: Path) -> Witness:
    return Witness(tmp_path / "announced")
