"""Owns tying what watches a run's judges to the run: its repos, its definition, its scripts, its evidence."""

from __future__ import annotations

import os
from collections.abc import Callable

from gatekeeper.adapters.journal.evidence_watch import EvidenceWatch
from gatekeeper.adapters.repos.guarding import Guarding, Watched
from gatekeeper.adapters.repos.reading import BoundRepo
from gatekeeper.model.demands import IntegritySpec
from gatekeeper.model.errors import GatekeeperError
from gatekeeper.model.event_parts import FileDiff
from gatekeeper.model.evidence_events import IntegrityCompared
from gatekeeper.model.integrity import IntegrityChange
from gatekeeper.model.plan import Plan
from gatekeeper.model.tree import Tree
from gatekeeper.policy.binding import Context, UnboundReference, fill

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gatekeeper.cli.wiring import OpenedRun


class RunGuarding:
    """What a run is judged by: its trees, what lies beside them, and its own evidence (port `Integrity`)."""

    def __init__(self, files: Guarding, evidence: EvidenceWatch) -> None:
        self._files = files
        self._evidence = evidence

    @property
    def spec(self) -> IntegritySpec:
        """What a weakening change means."""
        return self._files.spec

    def begin(self, tree: Tree) -> None:
        """Keep what the tree at the start holds."""
        self._files.begin(tree)

    async def changes(self, before: Tree, after: Tree) -> tuple[IntegrityChange, ...]:
        """What changed of what judges between two readings."""
        return await self._files.changes(before, after)

    async def essence(self, before: Tree, after: Tree) -> tuple[FileDiff, ...]:
        """The telling lines of all that changed between two readings."""
        return await self._files.essence(before, after)

    async def outside(self) -> tuple[IntegrityChange, ...]:
        """What changed since the start outside of the trees: git's hooks, `gates/`, the evidence."""
        from anyio import to_thread

        altered = await to_thread.run_sync(self._evidence.altered, abandon_on_cancel=True)
        return (*await self._files.outside(), *altered)

    async def beside_base(self, first: Tree) -> IntegrityCompared | None:
        """What judges at the start, beside the base."""
        return await self._files.beside_base(first)


def guarding(opened: OpenedRun, evidence: EvidenceWatch) -> RunGuarding:
    """What watches this run. Reads nothing yet."""
    plan, root = opened.plan, opened.request.root
    watched = Watched(
        root=root,
        definition=plan.source,
        spec=plan.integrity,
        scripts=_scripts(plan, opened.bound.context, root),
        compiled=lambda content, path: _compiled(content, path, root),
        base=opened.base,
        helped=bool(plan.until_green.fixer or plan.until_green.mitigate or opened.request.watch),
    )
    return RunGuarding(Guarding(tuple(BoundRepo(*repo) for repo in opened.bound.repos), watched), evidence)


def _scripts(plan: Plan, context: Context, root: str) -> Callable[[], frozenset[str]]:
    known: list[frozenset[str]] = []

    def scripts() -> frozenset[str]:
        if not known:
            from gatekeeper.adapters.repos.called import called_by
            from gatekeeper.policy.integrity.scripts import command_of

            steps = (*(step for gate in plan.gates for step in gate.steps), *plan.teardown)
            known.append(
                called_by(
                    tuple(
                        (os.path.realpath(os.path.join(root, _filled(step.cwd, context))), _filled(text, context))
                        for step in steps
                        if (text := command_of(step))
                    )
                )
            )
        return known[0]

    return scripts


def _compiled(content: bytes, path: str, root: str) -> Plan | None:
    from gatekeeper.adapters.definition.loading import compile_bytes

    try:
        return compile_bytes(content, path, root=root)
    except GatekeeperError:
        return None


def _filled(text: str, context: Context) -> str:
    try:
        return fill(text, context)
    except UnboundReference:
        return text
