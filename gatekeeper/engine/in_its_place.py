"""Owns another command in the place of a step: in its surroundings, and for no result of the step's."""

from __future__ import annotations

from gatekeeper.model.plan import Command, Step


def in_its_place(step: Step, work: Command) -> Step:
    """The step with `work` instead of its own, and without all that would be asked of that."""
    return step._replace(
        work=work,
        report=None,
        rerun="",
        keep=None,
        ready=None,
        after_each=(),
        coverage=None,
        metrics=(),
        artifacts=(),
    )
