"""A plan whose steps look for Python code in some folders first."""

from __future__ import annotations

from gatekeeper.cli.own_imports import importing
from gatekeeper.model.plan import Gate, Plan, Shell, Step

OWN = Step("a", "own", Shell("true"), 1.0, env=(("PYTHONPATH", "src:${vars.more}"), ("X", "1")))
BARE = Step("a", "bare", Shell("true"), 1.0)
PLAN = Plan("tiny", "gates/tiny.yaml", "sha256:0", (Gate("a", (OWN, BARE)),))


def environments(plan: Plan) -> list[dict[str, str]]:
    return [dict(step.env) for gate in plan.gates for step in gate.steps]


def test_they_stand_before_what_a_step_says_itself_or_inherits() -> None:
    own, bare = environments(importing(PLAN, ("/w/src", "/w/lib"), "/usr/more"))
    assert own == {"PYTHONPATH": "/w/src:/w/lib:src:${vars.more}", "X": "1"}
    assert bare == {"PYTHONPATH": "/w/src:/w/lib:/usr/more"}


def test_a_folder_is_meant_as_it_is_written() -> None:
    _, bare = environments(importing(PLAN, ("/w/${x}",)))
    assert bare == {"PYTHONPATH": "/w/$${x}"}


def test_without_such_folders_nothing_changes() -> None:
    """Neither is an empty entry made, which would be the folder that the step runs in."""
    assert importing(PLAN, (), "/usr/more") == PLAN
