"""Owns wiring the fixer of a run: where it works, what it may change, and who looks at what it does."""

from __future__ import annotations

import os

from gatekeeper.adapters.fixer.desk import FixerDesk
from gatekeeper.adapters.journal.reading import load
from gatekeeper.adapters.repos.reading import BoundRepo
from gatekeeper.adapters.repos.workplace import GitWorkplace
from gatekeeper.cli.opening import fixer_name, repo_of
from gatekeeper.cli.wiring import OpenedRun
from gatekeeper.engine.fixing import Fixing, FixingOrder
from gatekeeper.engine.ports import StepExecutor
from gatekeeper.engine.stop import Stop
from gatekeeper.engine.stream import EventStream
from gatekeeper.model.containment import Containment
from gatekeeper.policy.fixer_order import fixer_step
from gatekeeper.policy.fixer_rules import Allowed
from gatekeeper.policy.fold import RunRecord


def fixing_of(opened: OpenedRun, executor: StepExecutor, stream: EventStream, stop: Stop) -> Fixing | None:
    """Who calls the cycle's fixer; None where it has none."""
    spec = opened.plan.until_green.fixer
    if spec is None:
        return None
    root = opened.request.root
    repos = tuple(BoundRepo(repo.name, os.path.realpath(repo.path)) for repo in opened.bound.repos)
    home = repo_of(fixer_step(spec), opened.bound, root)
    allowed = Allowed(
        home, spec.scope, spec.protected, gates=os.path.join(os.path.realpath(root), "gates"), paths=repos
    )

    async def record() -> RunRecord:
        from anyio import to_thread

        return await to_thread.run_sync(load, opened.folder)

    return Fixing(
        FixingOrder(
            opened.run,
            fixer_name(spec, opened.bound.context),
            spec,
            opened.bound.context,
            Containment(opened.guard.layers(), opened.request.required),
            allowed,
            dict(repos)[home],
            opened.masker,
        ),
        executor=executor,
        stream=stream,
        stop=stop,
        trees=opened.trees,
        workplace=GitWorkplace(repos, leave_out=opened.bound.leave_out, definition=opened.request.path),
        desk=FixerDesk(opened.folder, opened.masker),
        record=record,
    )
