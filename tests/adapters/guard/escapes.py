"""Owns the ways in which a step's processes try to get away, and which of them are tried by slow tests only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest

GONE_WITHIN_S = 15.0
"""What no cell may exceed, on a machine that does other things too; what it takes is in the table."""

STORM_GONE_WITHIN_S = 40.0
"""The same for a hundred comets and more: a guardian without rights gets no more of the processors than each comet."""


@dataclass(frozen=True)
class Escape:
    """One way to get away. `announce` is how many say who they are; comets do not, they beat."""

    name: str
    program: tuple[str, ...]
    announce: int = 0
    comets: int = 0
    kills: bool = False

    @property
    def within_s(self) -> float:
        """How long it may take until nothing is left."""
        return STORM_GONE_WITHIN_S if self.comets > 20 else GONE_WITHIN_S


def written(kind: str, announce: int, name: str = "", *, kills: bool = False) -> Escape:
    return Escape(name or kind.replace("_", " "), ("escape.py", kind), announce, kills=kills)


ESCAPES = (
    written("plain_child", 2),
    written("grandchild", 3),
    written("orphan", 2),
    written("setsid", 2),
    written("double_fork", 2),
    written("double_fork_empty_environment", 2, "double fork, env -i"),
    written("term_ignored", 2, "TERM ignored"),
    written("stopped", 2, "SIGSTOP"),
    written("subreaper_daemon", 3, "subreaper"),
    Escape("first thread ends", ("storm", "headless", "1"), announce=2),
    Escape("500", ("storm", "bomb", "500"), announce=501),
    *(Escape(f"{count} comets", ("storm", "comets", str(count)), comets=count) for count in (20, 100, 200)),
    written("leaves_for_the_parent_cgroup", 2, "to parent cgroup"),
    written("leaves_for_the_root_cgroup", 2, "to root cgroup"),
    written("kills_its_guardian", 2, "kills guardian", kills=True),
    written("kills_its_guardian_empty_environment", 2, "kills it, env -i", kills=True),
)
WITHOUT_COMPILER = {"500": ("escape.py", "five_hundred"), "20 comets": ("escape.py", "comets")}
UNLIKE_EACH_OTHER = {"double fork, env -i", "TERM ignored", "500", "20 comets", "to root cgroup", "kills guardian"}
"""What nothing else here is like. The others are tried at every end, too, by the slow tests."""


def escapes(slow: Callable[[Escape], bool]) -> pytest.MarkDecorator:
    """Every escape, and which of them are slow tests."""
    named = ((one, one.name.replace(" ", "-")) for one in ESCAPES)
    return pytest.mark.parametrize(
        "escape", [pytest.param(one, id=name, marks=[pytest.mark.slow] if slow(one) else []) for one, name in named]
    )
