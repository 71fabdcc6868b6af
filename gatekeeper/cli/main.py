"""Owns finding the command that is asked for, and turning whatever goes wrong into one message and one exit code."""

from __future__ import annotations

import os
import sys

from gatekeeper.model.record import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser
    from collections.abc import Callable, Sequence
    from types import ModuleType


class Command(NamedTuple):
    """A command: the module that is imported once it is asked for, and what it does in one line.

    Its module has `configure(parser)` and `main(arguments)`; or, where it `reads_words` itself, only `main(words)`,
    which is called before anything else is imported or looked at.
    """

    module: str
    line: str
    reads_words: bool = False


COMMANDS = {
    "init": Command("init", "propose a definition from what the files here say"),
    "run": Command("run", "run a cycle until green"),
    "check": Command("check", "validate and lint definitions, running nothing"),
    "plan": Command("plan", "show what would run, with effective timeouts"),
    "import": Command("importing", "read a plan that was written for people"),
    "log": Command("log", "render a cycle's execution log again"),
    "note": Command("note", "add to a run what was wrong, why, and what was done"),
    "status": Command("status", "list the execution logs of a folder, and write its index"),
    "verdict": Command("verdict", "tell whether a tree is green already; runs nothing"),
    "hook": Command("hooks.hook", "git hooks: judge exactly what is pushed, or committed"),
    "audit": Command("audit", "list commits that went out without a valid verdict"),
    "show": Command("show", "look at a run"),
    "export": Command("export", "write a run for other tools: JUnit, CTRF, SARIF, TAP"),
    "report": Command("report", "write a run as one HTML page"),
    "verify": Command("verify", "tell whether a run's evidence is whole"),
    "prove": Command("prove", "show that steps notice the bad changes they declare"),
    "baseline": Command("baselines.baseline", "what runs are compared with: show it, take results in"),
    "patterns": Command("patterns.patterns", "known failures: list, show, try them, mine new ones"),
    "notify": Command("notifications.notify", "try whether notifications arrive, and see what was announced"),
    "doctor": Command("doctor.doctor", "what this machine can contain, and what is missing"),
    "reap": Command("reap", "finish what a killed gatekeeper left behind"),
    "cron": Command("nightly.cron", "let cycles run by themselves: from cron, or a systemd timer"),
    "prune": Command("pruning.prune", "remove old runs, and what is kept beside them"),
    "agent": Command("agents.agent", "have a coding agent judged when it stops"),
    "agent-hook": Command("agents.hook", "answer a coding agent that begins, or wants to stop", reads_words=True),
    "mcp": Command("agents.mcp", "offer run, status, verdict, brief and note to agents"),
    "completion": Command("completion.completion", "print what makes bash, zsh or fish complete", reads_words=True),
    "guard": Command("guard", "run one command as timeout(1) does, and leave nothing of it", reads_words=True),
}

_LINKS = {"timeout": "guard"}
"""A link of this name to gatekeeper is that command, so that it can stand in for the program of the name."""

_HELP = """\
usage: gatekeeper [COMMAND] [options]

The referee of a working tree: runs the gates of a cycle under hard timeouts,
leaves no process behind, re-runs until green, and writes down what happened.

commands:
{commands}

Without a command: lists the cycles here with their last verdict.
`gatekeeper COMMAND --help` tells more about each.

options:
  -h, --help  show this text
  --version   show the version

example:
  gatekeeper run backend-cycle
"""


def run(argv: Sequence[str]) -> int:
    """Run one command line; returns the process's exit code and never raises."""
    return settled(lambda: _dispatch(argv))


def settled(work: Callable[[], int]) -> int:
    """What `work` comes to, with every error made a message and a code; never raises."""
    try:
        try:
            code = work()
        except SystemExit as leaving:  # argparse leaves this way, with its own message written
            code = _code(leaving.code)
        # Not left to the interpreter's end, where nobody can say any more what went wrong.
        sys.stdout.flush()
    except BaseException as fault:  # noqa: BLE001 - the one place where every error becomes a message and a code
        return _explain(fault)
    return code


def _dispatch(argv: Sequence[str]) -> int:
    if linked := _LINKS.get(os.path.basename(sys.argv[0])):
        argv = (linked, *argv)
    name, rest = (argv[0], argv[1:]) if argv else ("", ())
    command = COMMANDS.get(name)
    if command is not None and command.reads_words:
        return _code(_module_of(command).main(rest))
    from gatekeeper.cli.exit_codes import OK

    _require_current_folder()
    if not argv:
        from gatekeeper.cli.overview import main

        return main()
    if name in {"-h", "--help", "help"}:
        print(_HELP.format(commands=_command_list()), end="")
        return OK
    if name == "--version":
        from gatekeeper import __version__

        print(f"gatekeeper {__version__}")
        return OK
    if command is None:
        from gatekeeper.cli.suggest import unknown_command

        raise unknown_command(name, COMMANDS)
    parser = parser_of(name)
    return _code(_module_of(command).main(parser.parse_args(rest)))


def parser_of(name: str) -> ArgumentParser:
    """What reads the command line of a command that has `configure`, with its help."""
    from argparse import ArgumentParser

    from gatekeeper.cli.help_format import HelpFormatter

    parser = ArgumentParser(prog=f"gatekeeper {name}", formatter_class=HelpFormatter, allow_abbrev=False)
    _module_of(COMMANDS[name]).configure(parser)
    return parser


def _module_of(command: Command) -> ModuleType:
    return __import__(f"gatekeeper.cli.{command.module}", fromlist=("main",))


def _code(left_with: object) -> int:
    return left_with if isinstance(left_with, int) else 0


def _require_current_folder() -> None:
    try:
        os.getcwd()
    except OSError as fault:
        from gatekeeper.model.errors import EnvironmentFault

        raise EnvironmentFault(
            f"the current folder cannot be told ({fault.strerror}); cd to one that is there"
        ) from None


def _command_list() -> str:
    width = max(map(len, COMMANDS))
    return "\n".join(f"  {name:<{width}}  {command.line}" for name, command in COMMANDS.items())


def _silence_output() -> None:
    # Python would try to write what is left once more while shutting down, and complain.
    try:
        sys.stdout.flush()
    except OSError:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)


def _explain(fault: BaseException) -> int:
    from gatekeeper.cli.exit_codes import INTERNAL, INTERRUPTED, NOBODY_READS, code_of
    from gatekeeper.model.errors import GatekeeperError

    while isinstance(fault, BaseExceptionGroup):
        fault = fault.exceptions[0]
    if isinstance(fault, KeyboardInterrupt):
        return INTERRUPTED
    if isinstance(fault, BrokenPipeError):
        # What was found may not have been told, so it must not look like a success.
        _silence_output()
        return NOBODY_READS
    if isinstance(fault, OSError):
        # It may be standard output that takes no more.
        _silence_output()
    from gatekeeper.engine.faults import of_the_machine

    fault = of_the_machine(fault)
    if isinstance(fault, GatekeeperError):
        # An event loop that could not be made cannot be taken apart either; Python would tell of that at length.
        sys.unraisablehook = lambda _: None
        print(f"gatekeeper: {fault}", file=sys.stderr)
        return code_of(fault)
    from gatekeeper.cli.diagnostics import record_bug

    print(f"gatekeeper: this is a bug of gatekeeper's own: {fault!r}", file=sys.stderr)
    print(f"  {record_bug(fault)}", file=sys.stderr)
    return INTERNAL
