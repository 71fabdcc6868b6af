"""Owns the environment that a step's command sees. Pure: takes mappings, gives pairs; knows no process.

The order of precedence, weakest first: what gatekeeper inherited, as far as the step does, less `FORGOTTEN`; then
`UNATTENDED`; then what the run adds (held ports); then who is running (``GATEKEEPER_*``), and what a terminal is called
where there is one; then the private folder (`PRIVATE`), whose name only the guard knows; then the step's own ``env:``.
"""

from __future__ import annotations

from collections.abc import Mapping

from gatekeeper.model.outcome import StepOrder
from gatekeeper.model.plan import Pairs, Step
from gatekeeper.policy.inheritance import UNATTENDED, inherits

FORGOTTEN: frozenset[str] = frozenset(
    {
        # A surrounding git hook names its repository here, and git in another folder would believe it. This is
        # `git rev-parse --local-env-vars` without GIT_CONFIG_*, which carry settings such as safe.directory.
        "GIT_ALTERNATE_OBJECT_DIRECTORIES",
        "GIT_COMMON_DIR",
        "GIT_DIR",
        "GIT_GRAFT_FILE",
        "GIT_IMPLICIT_WORK_TREE",
        "GIT_INDEX_FILE",
        "GIT_NAMESPACE",
        "GIT_NO_REPLACE_OBJECTS",
        "GIT_OBJECT_DIRECTORY",
        "GIT_PREFIX",
        "GIT_QUARANTINE_PATH",
        "GIT_REPLACE_REF_BASE",
        "GIT_SHALLOW_FILE",
        "GIT_WORK_TREE",
        # A surrounding `make run` lends its job server and its flags to its own children only.
        "MAKEFLAGS",
        "MAKELEVEL",
        "MAKEOVERRIDES",
        "MFLAGS",
        "MAKE_TERMERR",
        "MAKE_TERMOUT",
        # Captured output is read by people and programs later: no colour unless the step asks for it.
        "CLICOLOR_FORCE",
        "FORCE_COLOR",
        # Servers that ran before the step: what is handed to them is out of anybody's sight.
        "DBUS_SESSION_BUS_ADDRESS",
        "TMUX",
        "TMUX_PANE",
        # Set again below for the step's own folder.
        "OLDPWD",
        "PWD",
    }
)
"""What is not handed on, because it is true of gatekeeper's own surroundings only."""

_TERMINAL = "xterm-256color"


PRIVATE: tuple[str, ...] = ("TMPDIR", "XDG_RUNTIME_DIR", "TMUX_TMPDIR")
"""What names the folder that a step has to itself, removed after it.

tmux, ssh-agent, D-Bus and others have their sockets there, so that no step finds the server of another one, or one that
ran before. A step's own ``env:`` may say otherwise: whoever hands sockets or files from step to step through one of
these names a folder of the cycle.
"""


def private_names(step: Step) -> tuple[str, ...]:
    """Those of `PRIVATE` that the step does not set itself."""
    return tuple(name for name in PRIVATE if name not in dict(step.env))


def step_environment(order: StepOrder, cwd: str, inherited: Mapping[str, str], added: Mapping[str, str]) -> Pairs:
    """The whole environment for a command of `order` that runs in `cwd`."""
    step = order.step
    environ = {
        name: value for name, value in inherited.items() if name not in FORGOTTEN and inherits(name, step.inherit)
    }
    if step.inherit is not None:
        environ["TERM"] = "dumb"
    environ.update(UNATTENDED)
    environ.update(added)
    environ.update(
        PWD=cwd,
        GATEKEEPER_RUN=order.run,
        GATEKEEPER_GATE=step.gate,
        GATEKEEPER_STEP=step.name,
        GATEKEEPER_ATTEMPT=str(order.attempt),
    )
    if step.tty and environ.get("TERM", "dumb") in ("", "dumb", "unknown"):
        environ["TERM"] = _TERMINAL
    environ.update(step.env)
    return tuple(environ.items())
