"""Owns grading the git hooks of a project: whether they are there, and whether they do their work."""

from __future__ import annotations

from gatekeeper.model.machine import Hooks, Unanswered
from gatekeeper.policy.diagnosis_rows import Grade, Row, unanswered

_NAME = "git hooks"


def hook_rows(hooks: Hooks | Unanswered | None) -> tuple[Row, ...]:
    """A line for them, where there could be any."""
    match hooks:
        case None:
            return ()
        case Unanswered() as answer:
            return (unanswered(_NAME, answer, Grade.NOTE),)
        case Hooks(_, problems) if problems:
            return (
                Row(
                    Grade.LOOK,
                    _NAME,
                    "; ".join(problems),
                    "gatekeeper hook install writes it anew; see runbooks/hooks.md",
                ),
            )
        case Hooks(()):
            return (Row(Grade.NOTE, _NAME, "no hook of ours judges what is pushed", "gatekeeper hook install"),)
        case Hooks(installed):
            return (Row(Grade.OK, _NAME, ", ".join(installed)),)
