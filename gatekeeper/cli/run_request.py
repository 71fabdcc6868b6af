"""Owns what the command line asks for when it asks for a run. Knows no plan."""

from __future__ import annotations

from gatekeeper.model.record import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:  # this comes before the guard's helpers start
    from collections.abc import Awaitable, Callable, Mapping

    from gatekeeper.cli.wiring import OpenedRun
    from gatekeeper.engine.ports import StepExecutor
    from gatekeeper.model.containment import Level
    from gatekeeper.model.plan import Plan


class Placement(NamedTuple):
    """Scratch worktrees for a run: `root` is the project root there, `home` the real one, `placed` puts a plan there.

    `branches` are those that the repos are on, by their names, for steps that depend on that: a worktree is on none.
    `commit` is the one that is judged; empty where the worktrees hold something else.
    """

    root: str
    home: str
    placed: Callable[[Plan], Plan]
    branches: Mapping[str, str] | None = None
    commit: str = ""


class Trial(NamedTuple):
    """A run in scratch worktrees, to prove something: `about` says what.

    `change` is what happens before the first step, with what executes steps; it raises where that cannot be. `keep` is
    the folder whose ``runs/`` the run's own folder goes to. Its lock is held by whoever asks for it, nobody is notified
    of it, and nothing of it is shown. With `within` it is a part of that run, which goes on meanwhile: it has its
    ports, and judges by the same.
    """

    about: str
    keep: str
    change: Callable[[OpenedRun, StepExecutor], Awaitable[None]] | None = None
    within: OpenedRun | None = None


class Resumption(NamedTuple):
    """A run that goes on: its id, its folder, when it began (UTC, ISO 8601), and the definition that it judges by.

    `judge_by` is where that is from (``REF@commit``), empty for the working tree.
    """

    run: str
    folder: str
    began: str
    definition: bytes
    judge_by: str


class RunRequest(NamedTuple):
    """One cycle to be run, as the command line asks for it. `required` is the least containment that will do.

    `only` names gates and steps (``gate``, ``gate/step``); without one it is about the whole cycle.
    `judge_by` is the ref that definition, baselines and quarantine are read at; empty is the working tree.
    `least_free` are the bytes that must be free on the disk before it begins.
    `placement` is where it takes place if not in the working tree; with a `trial` it proves something there. With
    `watch` it waits for a person where nothing else is left to try. With a `resumption` it is one that goes on.
    With `isolate` it takes place in worktrees of what its repos hold, which are `snapshots` (by the tops of their
    repositories) where those were taken before; with `keep_worktrees` scratch worktrees are left for somebody to look.
    """

    root: str
    path: str
    only: tuple[str, ...]
    jobs: int
    rounds: int | None
    overrides: tuple[tuple[str, str], ...]
    format: str
    verbose: bool
    required: Level | None = None
    placement: Placement | None = None
    trial: Trial | None = None
    judge_by: str = ""
    watch: bool = False
    least_free: int = 0
    resumption: Resumption | None = None
    isolate: bool = False
    snapshots: tuple[tuple[str, str], ...] = ()
    keep_worktrees: bool = False

    @property
    def selection(self) -> str:
        """`only` in words, for people and the journal; empty for the whole cycle."""
        return ", ".join(self.only)
