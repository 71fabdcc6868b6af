"""Steps of the teardown have names that people recognise in the log."""

from __future__ import annotations

import pytest

from gatekeeper.model.errors import DefinitionError
from tests.adapters.definition.definitions import GATES, HEAD, plan_of

TEARDOWN = """
teardown:
  - {run: ./dev-scripts/stop-stack.sh --all}
  - {run: ["/usr/bin/rm", "-f", "x"]}
  - {run: "[ -x a ] || b"}
  - {run: stop-stack}
  - {run: "exit 0", name: last}
"""


def test_a_step_is_called_as_it_says_or_after_its_program_or_by_its_number() -> None:
    plan = plan_of(HEAD + GATES + TEARDOWN)
    assert [step.name for step in plan.teardown] == ["stop-stack", "rm", "3", "4", "last"]


def test_two_steps_of_one_name_are_refused() -> None:
    with pytest.raises(DefinitionError, match=r"teardown\[1\]\.name"):
        plan_of(HEAD + GATES + 'teardown: [{run: "true", name: x}, {run: "true", name: x}]\n')
