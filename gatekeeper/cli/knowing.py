"""Owns recognising the failures of a run: a project's patterns are taken before it runs, and read when it failed.

So no step can write a pattern that excuses it, and a run without failures imports nothing of all this.
"""

from __future__ import annotations

import os

from gatekeeper.model.helping import Recognised
from gatekeeper.model.plan import Step
from gatekeeper.model.verdict import StepResult

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gatekeeper.adapters.patterns.recognising import PatternRecogniser
    from gatekeeper.adapters.patterns.registry import Registry
    from gatekeeper.cli.patterns.own import OwnPatterns
    from gatekeeper.cli.wiring import OpenedRun


class Knowing:
    """Who recognises failures (port `Recogniser`), brought up by the first one."""

    def __init__(self, opened: OpenedRun) -> None:
        """Take the patterns of the project, where what the run judges by is."""
        self._run_folder = opened.folder
        self._own = _own_of(opened)
        self._recogniser: PatternRecogniser | None = None

    async def recognise(self, step: Step, result: StepResult) -> Recognised:
        """What is known of a bound step that did not pass."""
        if self._recogniser is None:
            from gatekeeper.adapters.patterns.recognising import PatternRecogniser
            from gatekeeper.adapters.ports.holders import holder_of, is_listened_on

            self._recogniser = PatternRecogniser(self._run_folder, self._read, holder_of, is_listened_on)
        return await self._recogniser.recognise(step, result)

    def _read(self) -> Registry:
        from gatekeeper.cli.patterns.here import patterns_with
        from gatekeeper.cli.patterns.own import OwnPatterns

        return patterns_with(self._own or OwnPatterns())


def _own_of(opened: OpenedRun) -> OwnPatterns | None:
    """The project's own pattern files; None where it has none, which is told without importing anything."""
    root, source = opened.request.root, opened.judged.source
    if source is None and not os.path.isdir(os.path.join(root, "gates", "patterns")):
        return None
    from gatekeeper.adapters.repos.at_ref import WorkingTree
    from gatekeeper.cli.patterns.own import own_patterns

    return own_patterns(source or WorkingTree(root))
