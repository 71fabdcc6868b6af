"""Owns a guard under measurement, called from plain code: its orders, and an event loop as long as it lasts."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

from benchmarks.measure import memory
from gatekeeper.adapters.guard.guard import Guard
from gatekeeper.adapters.guard.pool import GuardianPool
from gatekeeper.adapters.guard.system import cgroup
from gatekeeper.model.containment import GuardEnd, GuardOrder

GRACE_S = 0.1
_T = TypeVar("_T")


class Guarded:
    """A guard whose output and ledger go to a folder of its own."""

    def __init__(self, folder: Path, *, with_leaves: bool) -> None:
        self.folder = folder
        self._environ = tuple(os.environ.items())
        self._runner = asyncio.Runner()
        self._count = 0
        helpers = GuardianPool(with_leaves=with_leaves)
        self.guard = Guard(run="bench", folder=str(folder), ledger=str(folder / "ledger.jsonl"), helpers=helpers)
        self.guard.start()

    async def run(self, *argv: str, timeout_s: float = 60.0) -> GuardEnd:
        """Run one command to its end."""
        self._count += 1
        order = GuardOrder(
            label=f"bench.{self._count}",
            argv=argv,
            cwd=str(self.folder),
            environ=self._environ,
            output=str(self.folder / "output" / f"{self._count}.log"),
            timeout_s=timeout_s,
            grace_s=GRACE_S,
        )
        return await self.guard.run(order)

    def go(self, task: Coroutine[Any, Any, _T]) -> _T:
        """What becomes of a task in the guard's event loop."""
        return self._runner.run(task)

    def close(self) -> None:
        """Let it go."""
        self._runner.run(self.guard.close())
        self._runner.close()


@contextmanager
def guards(*, only: int = 2) -> Iterator[dict[str, Guarded]]:
    """A guard with every layer, where this machine offers a cgroup, and one without cgroups, by their names.

    `only` as many of them, the strongest first.
    """
    layers = {"every layer": True, "no cgroup": False} if cgroup.usable_parent() else {"no cgroup": False}
    layers = dict(list(layers.items())[:only])
    with TemporaryDirectory(prefix="gatekeeper-bench-", dir=memory()) as folder:
        made: dict[str, Guarded] = {}
        try:
            for name, with_leaves in layers.items():
                place = Path(folder) / name.replace(" ", "-")
                place.mkdir()
                made[name] = Guarded(place, with_leaves=with_leaves)
            yield made
        finally:
            for one in made.values():
                one.close()
