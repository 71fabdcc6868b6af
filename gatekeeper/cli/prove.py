"""Owns the command `gatekeeper prove`: which steps are to be proven, and telling what came of it."""

from __future__ import annotations

import argparse
import json
import os
from contextlib import ExitStack

from gatekeeper.cli.ink import Ink, count, printable
from gatekeeper.cli.project import named_definition, state_folder
from gatekeeper.model.errors import UsageError
from gatekeeper.model.plan import Plan, Step
from gatekeeper.policy.proofs import declaring
from gatekeeper.policy.proving import NotProven, NotTried, Phase, ProofOutcome, Proven

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gatekeeper.cli.proving import Project, ProvedStep
    from gatekeeper.cli.scratch_place import ScratchPlace
    from gatekeeper.cli.signals import Signals

_NOT_PROVEN, _NOT_TRIED = 1, 3
_EPILOG = """\
A step proves itself by its `known_bad:`, a patch or a command. Three times the step is run with all that it needs, in a
scratch worktree that holds the tree as it is, uncommitted changes included: as it is, with the bad change, and with the
change taken back. It must pass, then fail with a finding that holds `expect`, then pass again. Your own files and your
index are not touched. What git ignores is not there.

exit codes:
  0   every declared step is proven
  1   one is not
  2   wrong usage, or nothing declares a bad change
  3   one could not be tried
  75  a run holds the tree
  78  the definition is wrong

examples:
  gatekeeper prove backend-cycle
  gatekeeper prove backend-cycle --only suite/test-suite --format json
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.description = "Show that the steps of a cycle notice the bad changes that they declare."
    parser.epilog = _EPILOG
    parser.add_argument("cycle", nargs="?", metavar="CYCLE", help="name of a definition in gates/")
    parser.add_argument("--file", metavar="PATH", help="a definition that lies elsewhere")
    parser.add_argument("--only", action="append", default=[], metavar="GATE[/STEP]", help="just this; repeatable")
    parser.add_argument("--format", choices=("human", "json"), default="human", help="how to report (default human)")


def main(arguments: argparse.Namespace) -> int:
    """Prove and tell. Raises the errors of `gatekeeper.model.errors`."""
    from gatekeeper.adapters.definition.cache import load_cached
    from gatekeeper.cli.proofs import require_patches
    from gatekeeper.cli.proving import Project, Stopped
    from gatekeeper.cli.signals import Signals

    project, path = named_definition(arguments.cycle, arguments.file)
    root, path = project or os.getcwd(), os.path.abspath(path)
    state = state_folder(root)
    plan = load_cached(path, root=root, cache=os.path.join(state, "cache"))
    steps = _steps(plan, arguments.only)
    require_patches(plan, steps, root)
    told = _Telling(plan, json_wanted=arguments.format == "json")
    try:
        with ExitStack() as closing:
            # Before anything is made that has to be taken away again.
            signals = Signals()
            signals.install()
            place = _open(plan, root, state, closing)
            found = _prove(Project(root, path, state, plan.cycle), steps, place, signals, told)
    except Stopped as stopped:
        return stopped.code
    told.end(found)
    if any(isinstance(each.outcome, NotProven) for each in found):
        return _NOT_PROVEN
    return _NOT_TRIED if any(isinstance(each.outcome, NotTried) for each in found) else 0


def _steps(plan: Plan, only: list[str]) -> tuple[Step, ...]:
    from gatekeeper.policy.selection import named

    declared = declaring(plan)
    wanted = {step for name in only for step in named(plan, name)}
    steps = tuple(step for step in declared if not only or step.id in wanted)
    if not steps:
        of = f"no step of {plan.cycle}" if not only else f"nothing in {', '.join(only)}"
        how = "known_bad: {patch: gates/known-bad/NAME.patch, expect: TEXT}"
        raise UsageError(f"{of} declares a bad change, so there is nothing to prove; write in the step:\n  {how}")
    return steps


def _open(plan: Plan, root: str, state: str, closing: ExitStack) -> ScratchPlace:
    from gatekeeper.adapters.locks.treelock import TreeLock
    from gatekeeper.cli.leftovers import WORKTREES, tidy
    from gatekeeper.cli.opening import bind_plan, require_environment
    from gatekeeper.cli.scratch_place import open_place
    from gatekeeper.engine.clock import SystemClock

    require_environment(plan, os.environ)
    clock = SystemClock()
    now = clock.now()
    # Only its paths are asked for, and no path needs to know a port.
    ports = {name: "0" for name, _ in plan.ports}
    bound = bind_plan(plan, root=root, environ=os.environ, overrides={}, ports=ports, run="proof", now=now)
    lock = TreeLock.acquire((root, *(repo.path for repo in bound.repos)), run=f"prove {plan.cycle}", now=now)
    closing.callback(lock.release)
    tidy(state, clock.now)
    return open_place(bound, root, os.path.join(state, WORKTREES), closing)


def _prove(
    project: Project, steps: tuple[Step, ...], place: ScratchPlace, signals: Signals, told: _Telling
) -> list[ProvedStep]:
    from gatekeeper.adapters.evidence.proofs import forget_proof, write_proof
    from gatekeeper.cli.proofs import new_proof
    from gatekeeper.cli.proving import prove_step
    from gatekeeper.engine.clock import SystemClock

    found = []
    for step in steps:
        proof = new_proof(step, project.root, SystemClock().now(), ())
        proved = prove_step(project, step, place, signals, lambda phase, step=step: told.phase(step, phase))  # type: ignore[misc]  # a bound value
        match proved.outcome:
            case Proven():
                write_proof(project.state, project.cycle, str(step.id), proof._replace(runs=proved.runs))
            case NotProven():
                forget_proof(project.state, project.cycle, str(step.id))
            case NotTried():
                pass
        told.step(proved)
        found.append(proved)
    return found


class _Telling:
    """Says how it goes, for people as it goes, for programs at the end."""

    def __init__(self, plan: Plan, *, json_wanted: bool) -> None:
        self._plan = plan
        self._json = json_wanted
        self._ink = Ink()

    def phase(self, step: Step, phase: Phase) -> None:
        """A run begins."""
        if not self._json:
            self._ink.say(self._ink.paint(f"run         {printable(str(step.id))}, {phase}", "dim"))

    def step(self, proved: ProvedStep) -> None:
        """A step is done with."""
        if not self._json:
            word, colour, message = _words(proved.outcome)
            self._ink.say(f"{self._ink.paint(f'{word:<10}', colour)}  {proved.step.id}: {printable(message)}")

    def end(self, found: list[ProvedStep]) -> None:
        """All are done with."""
        if self._json:
            print(json.dumps({"cycle": self._plan.cycle, "steps": [_as_json(each) for each in found]}, indent=2))
            return
        proven = sum(isinstance(each.outcome, Proven) for each in found)
        self._ink.say(f"{proven} of {count(len(found), 'declared step')} proven")
        self._ink.done()


def _words(outcome: ProofOutcome) -> tuple[str, str, str]:
    match outcome:
        case Proven(noticed):
            return "proven", "green", f"the bad change is noticed: {noticed}"
        case NotProven(seen):
            return "not proven", "red", seen
        case NotTried(why):
            return "not tried", "yellow", why


def _as_json(proved: ProvedStep) -> dict[str, object]:
    word, _, message = _words(proved.outcome)
    phases = (phase.name.lower() for phase in Phase)
    return {
        "gate": proved.step.gate,
        "step": proved.step.name,
        "outcome": word.replace(" ", "-"),
        "message": message,
        "runs": dict(zip(phases, proved.runs, strict=False)),
    }
