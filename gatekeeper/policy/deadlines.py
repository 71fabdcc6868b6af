"""Owns which deadline binds an attempt: of step, gate, round and run the one that is over first. Knows no clock."""

from typing import Literal, TypeAlias

from gatekeeper.model.record import NamedTuple

Level: TypeAlias = Literal["step", "gate", "round", "run"]


class Deadline(NamedTuple):
    """How long an attempt may take, in seconds, and who says so."""

    seconds: float
    limit: Level


def binding_deadline(
    step_s: float, *, gate_left_s: float | None, round_left_s: float | None, run_left_s: float | None
) -> Deadline:
    """The smallest of the deadlines; None is a level without one. At most zero means: its time is over."""
    deadline = Deadline(step_s, "step")
    levels: tuple[tuple[float | None, Level], ...] = (
        (gate_left_s, "gate"),
        (round_left_s, "round"),
        (run_left_s, "run"),
    )
    for left, level in levels:
        if left is not None and left < deadline.seconds:
            deadline = Deadline(left, level)
    return deadline
