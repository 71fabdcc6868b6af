"""Owns the command `gatekeeper completion`: scripts for shells, and the words they ask for. Writes no file."""

from __future__ import annotations

import os

from gatekeeper.cli.exit_codes import OK

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence
    from typing import NoReturn

_WORDS = "--words"
_PATIENCE_S = 2.0

_EPILOG = """\
Commands and options are part of the script; cycles, steps, runs and patterns
are looked up in the project around the folder that one stands in.

to have it in every new shell:
  bash  eval "$(gatekeeper completion bash)"       in ~/.bashrc
  zsh   eval "$(gatekeeper completion zsh)"        in ~/.zshrc, after compinit
  fish  gatekeeper completion fish | source        in config.fish

examples:
  gatekeeper completion bash > /etc/bash_completion.d/gatekeeper
  gatekeeper completion fish > ~/.config/fish/completions/gatekeeper.fish
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.description = "Print the script that makes a shell complete gatekeeper's command line."
    parser.epilog = _EPILOG
    parser.add_argument("shell", choices=("bash", "zsh", "fish"), metavar="bash|zsh|fish", help="for which shell")


def main(words: Sequence[str]) -> int:
    """Print the script, or, for the script, the words of a kind; returns the exit code."""
    if words[:1] == [_WORDS]:
        return _tell(words[1] if len(words) > 1 else "", words[2:])
    from gatekeeper.cli.main import parser_of

    shell = parser_of("completion").parse_args(words).shell
    from gatekeeper.cli.completion.scripts import script
    from gatekeeper.cli.declared import declared

    print(script(shell, declared()), end="")
    return OK


def _tell(kind: str, line: Sequence[str]) -> int:
    import signal

    from gatekeeper.cli.completion.words import words_of

    # Somebody sits at a prompt that waits: what a slow disk has not told by now is not told at all.
    signal.signal(signal.SIGALRM, _give_up)
    signal.setitimer(signal.ITIMER_REAL, _PATIENCE_S)
    try:
        for word in words_of(kind, line, os.getcwd()):
            print(word)
    except OSError:
        return OK
    return OK


def _give_up(_number: int, _frame: object) -> NoReturn:
    os._exit(OK)
