"""Output that was too much is told of in the log, where it is looked for."""

from __future__ import annotations

from gatekeeper.adapters.executionlog.deliverables import _commands
from gatekeeper.adapters.executionlog.failures import failure
from gatekeeper.model.events import RoundStarted
from gatekeeper.policy.fold import fold
from tests.adapters.executionlog import log_telling as telling


def test_what_was_dropped_stands_beside_the_output() -> None:
    """Of a step that passed in the table of commands, of one that did not with its failure."""
    for dropped in (0, 3 << 20):
        event = telling.passed("suite", "npm-test", 1, 1, 2.0)._replace(
            output="output/suite.npm-test.1.log",
            output_size=1 << 30,
            output_digest="sha256:" + "1" * 64,
            output_dropped=dropped,
        )
        story = telling.Story().tell(telling.started(), RoundStarted(1, telling.FIRST, telling.TREE), event)
        record = fold(telling.RUN, story.entries)
        in_table = any(line.endswith(", 3.0 MiB dropped |") for line in _commands(record))
        in_detail = any(line.endswith("; 3.0 MiB of its middle were dropped") for line in failure(record, event))
        assert (in_table, in_detail) == (bool(dropped), bool(dropped))
