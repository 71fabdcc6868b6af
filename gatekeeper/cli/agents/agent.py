"""Owns the command `gatekeeper agent`: hooks of ours in the settings of coding agents' tools, put in and taken out."""

from __future__ import annotations

import argparse
import os
import shlex
import shutil
import sys

from gatekeeper.adapters.agents.settings import NotOurs, read_settings, split_mark, write_settings
from gatekeeper.cli.agents.input import cycle_of
from gatekeeper.cli.exit_codes import OK
from gatekeeper.cli.project import definition_path, require_root
from gatekeeper.model.errors import UsageError
from gatekeeper.policy.agents.editing import FORMS, Edited
from gatekeeper.policy.agents.json_places import NotEditable
from gatekeeper.policy.agents.tools import SPARE_S, TOOLS, Commands, contract

_REFUSED = 1
_OF_THE_SECTION = (
    "No hook is called: this asks the agent, and holds nobody.",
    "A tool that can call a command when its agent stops: gatekeeper agent-hook stop --protocol generic, with",
    '{"session_id": "…", "cwd": "…"} on standard input; exit code 2 says: go on, for the reason on standard error.',
)
_EPILOG = """\
What is there stays as it is, byte for byte; comments in JSON are refused, with what to put in by hand. To install twice
changes nothing, and `uninstall` gives back what was there before.

  claude   .claude/settings.json: Stop, SessionStart
  codex    .codex/hooks.json, or a block in .codex/config.toml
  cursor   .cursor/hooks.json: stop, sessionStart
  generic  a section of AGENTS.md, for tools that have no hook

exit codes:
  0  done, or nothing to do
  1  refused, and it is said what; settings are as they were
  2  wrong usage

examples:
  gatekeeper agent install claude --cycle backend-cycle
  gatekeeper agent install codex --dry-run
  gatekeeper agent uninstall claude
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.description = "Have a coding agent judged when it wants to stop: hooks in its tool's own settings."
    parser.epilog = _EPILOG
    parser.add_argument("action", choices=("install", "uninstall"), help="what to do")
    parser.add_argument("tool", choices=(*TOOLS, "generic"), help="whose settings")
    parser.add_argument("--cycle", metavar="CYCLE", help="the cycle that judges (default: the only one)")
    parser.add_argument("--within", default="9m30s", metavar="TIME", help="how long a run may take (default 9m30s)")
    parser.add_argument("--no-push", action="store_true", help="put in no pre-push hook, and only tell how")
    parser.add_argument("--dry-run", action="store_true", help="show what would be written, and write nothing")


def main(arguments: argparse.Namespace) -> int:
    """Put the hooks in, or take them out; returns the exit code. Raises `UsageError`."""
    root = require_root(os.getcwd())
    installs = arguments.action == "install"
    cycle = cycle_of(root, arguments.cycle) if installs else ""
    try:
        if installs:
            definition_path(root, cycle)
            commands = _commands(arguments.tool, cycle, _seconds(arguments.within))
            name, before, edited = _installed(root, arguments.tool, cycle, commands)
        else:
            name, before, edited = _uninstalled(root, arguments.tool)
        changed = edited.text != before
        if changed and not arguments.dry_run:
            write_settings(root, name, edited.text)
    except NotOurs as refused:
        print(f"gatekeeper: {refused}", file=sys.stderr)
        return _REFUSED
    _tell(name, edited, changed=changed, arguments=arguments)
    if installs:
        return _tell_more(arguments, cycle)
    if changed:
        print("  A pre-push hook stays where it is: gatekeeper hook uninstall")
    return OK


def _installed(root: str, tool: str, cycle: str, commands: Commands) -> tuple[str, str | None, Edited]:
    forms = FORMS[tool]
    texts = {form.file: read_settings(root, form.file) for form in forms}
    form = next((form for form in forms if form.is_chosen(texts)), forms[-1])
    mark, text = split_mark(texts[form.file])
    try:
        edited = form.installed(text, commands, contract(cycle, _program()))
    except NotEditable as why:
        raise NotOurs(
            f"{os.path.join(root, form.file)} is left as it is: {why}. Put this in by hand:\n{form.by_hand(commands)}"
        ) from None
    return form.file, texts[form.file], edited._replace(text=mark + (edited.text or ""))


def _uninstalled(root: str, tool: str) -> tuple[str, str | None, Edited]:
    found: tuple[str, str | None, Edited] = (FORMS[tool][0].file, None, Edited(None, ""))
    for form in FORMS[tool]:
        before = read_settings(root, form.file)
        mark, text = split_mark(before)
        if text is None or not form.is_there(text):
            continue
        try:
            edited = form.uninstalled(text)
        except NotEditable as why:
            raise NotOurs(f"{os.path.join(root, form.file)} is left as it is: {why}") from None
        whole = None if edited.text is None else mark + edited.text
        found = (form.file, before, edited._replace(text=whole))
    return found


def _commands(tool: str, cycle: str, within_s: float) -> Commands:
    words = f"--protocol {tool} --cycle {shlex.quote(cycle)}"
    hook = f"{_program()} agent-hook"
    within = f"{round(within_s)}s"
    return Commands(
        f"{hook} stop {words} --within {within}", f"{hook} session-start {words}", round(within_s) + SPARE_S
    )


def _program() -> str:
    """What calls gatekeeper from anywhere: its name where that means this one, else the way to it."""
    here = os.path.abspath(sys.argv[0])
    found = shutil.which("gatekeeper")
    if found is not None and os.path.exists(here) and os.path.samefile(found, here):
        return "gatekeeper"
    beside = os.path.join(os.path.dirname(sys.executable), "gatekeeper")
    return shlex.quote(beside) if os.path.exists(beside) else f"{shlex.quote(sys.executable)} -m gatekeeper"


def _seconds(text: str) -> float:
    from gatekeeper.adapters.definition.units import instead_of_duration, parse_duration

    found = parse_duration(text)
    if not found or found < 1:
        raise UsageError(f"--within {text}: {instead_of_duration(text)}, at least 1s")
    return found


def _tell(name: str, edited: Edited, *, changed: bool, arguments: argparse.Namespace) -> None:
    install = arguments.action == "install"
    if not changed:
        print(f"{name}: " + ("it is there already" if install else "nothing of ours is in it"))
    elif arguments.dry_run:
        print(f"{name} would be removed" if edited.text is None else f"{name} would hold:\n{edited.text.rstrip()}")
    elif edited.text is None:
        print(f"{name}: removed; it held nothing but what we had put in")
    else:
        print(f"{name}: {edited.what}")


def _tell_more(arguments: argparse.Namespace, cycle: str) -> int:
    """What has to be known of the tool; and the hook of the push, whose exit code it returns."""
    tool = arguments.tool
    for line in TOOLS[tool].limits if tool in TOOLS else _OF_THE_SECTION:
        print(f"  {line}")
    from gatekeeper.cli.main import COMMANDS, run

    print("  An agent can edit these settings, and push with --no-verify: the wall is CI (see runbooks/agents.md).")
    words = ("hook", "install", "pre-push", "--cycle", cycle)
    if "hook" not in COMMANDS or arguments.dry_run or arguments.no_push:
        print(f"  For the push: gatekeeper {shlex.join(words)}")
        return OK
    sys.stdout.flush()
    return run(words)
