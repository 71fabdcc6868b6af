"""Owns the command `gatekeeper doctor`: what this machine can contain, what is missing, and how to get it."""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile

from gatekeeper.cli.doctor.checks import further_rows
from gatekeeper.cli.exit_codes import OK
from gatekeeper.cli.project import STATE, find_root
from gatekeeper.cli.tops import top_of
from gatekeeper.model.machine import GuardTrial, Hooks, Linux, Machine, Nightly, Unanswered
from gatekeeper.policy.diagnosis import Diagnosis, diagnose

SOMETHING_IS_MISSING = 1
_QUICK_S = 5.0
_SLOW_S = 10.0

_EPILOG = """\
examples:
  gatekeeper doctor
  gatekeeper doctor --json | jq -r .containment

Every layer is tried, not guessed; what is made for that is taken away again. Works outside of a project too.
`gatekeeper run --require-containment LEVEL` refuses to begin with less than LEVEL.

exit codes:
  0  a run finds what it needs here
  1  something that a run needs is missing
  2  wrong usage
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.description = "Tell what this machine can contain, what is missing, and how to get it."
    parser.epilog = _EPILOG
    parser.add_argument("--json", action="store_true", help="one JSON object, for programs")


def main(arguments: argparse.Namespace) -> int:
    """Look, and tell; 0 where a run finds what it needs, 1 where something is missing."""
    machine = examine()
    diagnosis = diagnose(machine)
    further = further_rows(find_root(os.getcwd()))
    diagnosis = diagnosis._replace(surroundings=(*diagnosis.surroundings, *further))
    if arguments.json:
        print(json.dumps(as_json(machine, diagnosis), indent=2, ensure_ascii=False))
    else:
        from gatekeeper.cli.doctor.text import print_diagnosis

        print_diagnosis(machine, diagnosis)
    return OK if diagnosis.healthy else SOMETHING_IS_MISSING


def examine() -> Machine:
    """Ask this machine everything, one question after the other, each for some seconds at most."""
    from gatekeeper.adapters.machine import kernel, tools
    from gatekeeper.adapters.machine.asking import ask

    here = os.getcwd()
    root = find_root(here)
    state = os.path.join(root or here, STATE)
    temporary = _temporary()
    host = kernel.find_host()
    return Machine(
        host=host,
        trial=_try_guard(with_leaves=True),
        linux=_examine_linux(root=host.root) if sys.platform == "linux" else None,
        state=ask(lambda: tools.try_state(state, project=root is not None), _QUICK_S),
        rooms=(
            ask(lambda: tools.find_room("runs", state), _QUICK_S),
            ask(lambda: tools.find_room("TMPDIR", temporary), _QUICK_S),
        ),
        clock=ask(kernel.read_clock, _QUICK_S),
        git=ask(lambda: tools.try_git(root or here), _SLOW_S),
        shells=ask(tools.try_shells, _QUICK_S),
        python=tools.find_python(),
        dumps=ask(tools.find_stack_dumps, _QUICK_S),
        nightly=ask(lambda: _examine_nightly(root, state), _SLOW_S) if root else None,
        hooks=ask(lambda: _examine_hooks(root), _SLOW_S) if root and top_of(os.path.realpath(root)) else None,
    )


def _temporary() -> str:
    try:
        return tempfile.gettempdir()
    except OSError:
        # None of the usual places can be written to, which is what is to be told.
        return os.environ.get("TMPDIR", "/tmp")  # noqa: S108 - named, not used


def _examine_linux(*, root: bool) -> Linux:
    from gatekeeper.adapters.guard.trial import guards, leaves
    from gatekeeper.adapters.machine import kernel, systemd
    from gatekeeper.adapters.machine.asking import ask

    return Linux(
        leaf=ask(leaves.try_leaf, _SLOW_S),
        delegation=ask(lambda: systemd.try_delegation(root=root), _SLOW_S),
        bare=_try_guard(with_leaves=False),
        cookie=ask(guards.try_cookie, _SLOW_S),
        namespaces=ask(kernel.try_namespaces, _QUICK_S),
        controllers=ask(leaves.find_controllers, _QUICK_S),
        kernel=ask(kernel.try_kernel, _QUICK_S),
    )


def _examine_hooks(root: str) -> Hooks:
    from gatekeeper.adapters.hooks.installing import is_installed, problem_of
    from gatekeeper.adapters.repos.hooks_folder import NoRepository, hooks_folder
    from gatekeeper.cli.hooks.hook import HOOKS

    try:
        folder = hooks_folder(root).path
    except NoRepository as fault:
        return Hooks((), (str(fault),))
    installed = tuple(name for name in HOOKS if is_installed(folder, name))
    return Hooks(installed, tuple(problem for name in HOOKS if (problem := problem_of(folder, name))))


def _examine_nightly(root: str, state: str) -> Nightly:
    from gatekeeper.adapters.nightly.daemon import cron_daemon
    from gatekeeper.adapters.nightly.user_units import lingers
    from gatekeeper.cli.nightly.installed import installed
    from gatekeeper.cli.nightly.missing import missing_runs

    there = installed(root)
    calls = [f"{' '.join(block.cycles)} from the crontab" for block in there.blocks]
    calls += [f"{' '.join(timer.cycles)} from {timer.stem}.timer" for timer in there.timers]
    return Nightly(
        tuple(calls),
        bool(there.blocks),
        cron_daemon(),
        lingers() if there.timers else None,
        missing_runs(state),
        there.problem,
    )


def _try_guard(*, with_leaves: bool) -> GuardTrial | Unanswered:
    # In this thread, and bounded in itself: it starts processes and waits for them.
    import anyio

    from gatekeeper.adapters.guard.choice import start_helpers
    from gatekeeper.adapters.guard.trial import guards

    try:
        return anyio.run(guards.try_guard, start_helpers(with_leaves=with_leaves))
    except OSError as refused:
        return Unanswered(f"the machine refuses: {refused.strerror}")


def as_json(machine: Machine, diagnosis: Diagnosis) -> dict[str, object]:
    """Grades and advice under their names, and beside them everything as it was found."""
    return {
        "healthy": diagnosis.healthy,
        "containment": diagnosis.strength,
        "summary": diagnosis.summary,
        "layers": [row._asdict() for row in diagnosis.layers],
        "surroundings": [row._asdict() for row in diagnosis.surroundings],
        "limits": list(diagnosis.limits),
        "found": _plain(machine),
    }


def _plain(value: object) -> object:
    if isinstance(value, tuple):
        fields = getattr(value, "_asdict", None)
        return {name: _plain(each) for name, each in fields().items()} if fields else [_plain(each) for each in value]
    return value
