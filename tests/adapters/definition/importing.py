"""What the tests of imports share: plans of several teams, and a definition out of one."""

from __future__ import annotations

from pathlib import Path

from gatekeeper.adapters.definition.importing.plan_file import Imported, Refused, import_plan
from gatekeeper.model.plan import Plan, Shell, Step
from gatekeeper.policy.binding import Context, fill_script
from tests.adapters.definition.definitions import plan_of

PLANS = Path(__file__).with_name("plans")
REFERENCE = Path(__file__).parents[1] / "executionlog" / "reference-log.md"
GATE = "# Plan\n\n## Mandatory gate\n\n"


def imported(plan: str | bytes) -> Imported:
    """What comes of a plan."""
    found = import_plan(plan if isinstance(plan, bytes) else plan.encode(), "plan.md")
    assert isinstance(found, Imported), found
    return found


def refused(plan: str | bytes) -> Refused:
    """Why nothing comes of it."""
    found = import_plan(plan if isinstance(plan, bytes) else plan.encode(), "plan.md")
    assert isinstance(found, Refused), found.text
    return found


def plan_out_of(plan: str) -> Plan:
    """The plan that the definition describes which comes of one for people."""
    return plan_of(imported(plan).text)


def steps_out_of(plan: str) -> dict[str, Step]:
    """Its steps by name."""
    return {step.name: step for gate in plan_out_of(plan).gates for step in gate.steps}


def scripts_out_of(plan: str) -> list[str]:
    """The commands of all its steps, as bash gets them."""
    works = [step.work for step in steps_out_of(plan).values()]
    return [fill_script(work.script, Context({})) for work in works if isinstance(work, Shell)]
