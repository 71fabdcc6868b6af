"""Owns recognising the failures of a run: nothing of that is imported before something failed."""

from __future__ import annotations

from gatekeeper.model.helping import Recognised
from gatekeeper.model.plan import Step
from gatekeeper.model.verdict import StepResult

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gatekeeper.adapters.patterns.recognising import PatternRecogniser
    from gatekeeper.cli.wiring import OpenedRun


class Knowing:
    """Who recognises failures (port `Recogniser`), brought up by the first one."""

    def __init__(self, opened: OpenedRun) -> None:
        """Take everything from the run; its patterns are read where what it judges by is."""
        self._opened = opened
        self._recogniser: PatternRecogniser | None = None

    async def recognise(self, step: Step, result: StepResult) -> Recognised:
        """What is known of a bound step that did not pass."""
        if self._recogniser is None:
            self._recogniser = _recogniser_of(self._opened)
        return await self._recogniser.recognise(step, result)


def _recogniser_of(opened: OpenedRun) -> PatternRecogniser:
    from gatekeeper.adapters.patterns.recognising import PatternRecogniser
    from gatekeeper.adapters.patterns.registry import Registry
    from gatekeeper.adapters.ports.holders import holder_of
    from gatekeeper.adapters.repos.at_ref import WorkingTree

    source = opened.judged.source or WorkingTree(opened.request.root)

    def read() -> Registry:
        from gatekeeper.cli.patterns_here import patterns_in

        return patterns_in(source)

    return PatternRecogniser(opened.folder, read, holder_of)
