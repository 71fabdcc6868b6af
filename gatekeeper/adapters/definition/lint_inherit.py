"""Owns the rule of `gatekeeper check` on variables that a command uses and its step does not see."""

from __future__ import annotations

import re
from collections.abc import Iterator

from gatekeeper.adapters.definition.lint_found import Found
from gatekeeper.adapters.definition.place import Place
from gatekeeper.model.plan import Step
from gatekeeper.policy.inheritance import UNATTENDED, inherits

# What a shell sets by itself, or has from us: ports, the run, the folders that are the step's own.
_THERE = re.compile(
    r"PWD|OLDPWD|TERM|TMPDIR|XDG_RUNTIME_DIR|TMUX_TMPDIR|PORT|PORT_.*|GATEKEEPER_.*|BASH|BASH_.*|RANDOM|SRANDOM|SECONDS"
    r"|LINENO|U?ID|EUID|GROUPS|PPID|HOSTNAME|HOSTTYPE|OSTYPE|MACHTYPE|IFS|OPTARG|OPTIND|REPLY|FUNCNAME|PIPESTATUS|SHLVL"
    r"|SHELLOPTS|COLUMNS|LINES|EPOCHSECONDS|EPOCHREALTIME|DIRSTACK|MAPFILE|COPROC"
)
# Capitals, as names from outside have them. One with a default (`${NAME:-x}`) is prepared for its absence.
_USE = re.compile(r"(?<![\\$])\$(?:([A-Z_][A-Z0-9_]*)\b|\{([A-Z_][A-Z0-9_]*)(?![A-Z0-9_]*:?[-+=]))")
_QUOTED = re.compile(r"\"(?:\\.|[^\"\\])*\"|'[^']*'|\\.", re.DOTALL)


def of_inherited(step: Step, script: str, place: Place) -> Iterator[Found]:
    """Variables that `script` uses, and that the step of it, which does not inherit all, does not see."""
    if step.inherit is None:
        return
    given = {name for name, _ in (*UNATTENDED, *step.env)}
    # Between single quotes nothing is filled in; within double quotes they are characters.
    plain = _QUOTED.sub(lambda part: re.sub(r"[^\n]", " ", part[0]) if part[0][0] == "'" else part[0], script)
    told: set[str] = set()
    for use in _USE.finditer(plain):
        name = use[1] or use[2]
        known = name in given or _THERE.fullmatch(name) or inherits(name, step.inherit)
        if known or name in told or _is_set(name, script):
            continue
        told.add(name)
        message = f"the command uses ${name}, which the step does not see"
        hint = f'write `inherit: [{name}]`, or `env: {{{name}: "${{env:{name}}}"}}`'
        yield Found("not-inherited", place, plain.count("\n", 0, use.start()), message, hint)


def _is_set(name: str, script: str) -> bool:
    sets = rf"\b{name}\+?=|\b(?:for|read|getopts|mapfile|readarray|local|declare|typeset)\b[^;\n|&]*\b{name}\b"
    return re.search(sets, script) is not None or f"${{{name}:?" in script
