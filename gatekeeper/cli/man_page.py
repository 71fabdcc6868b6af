"""Owns the manual page `man/gatekeeper.1`, made from what the commands declare. `make man` writes it anew."""

from __future__ import annotations

import re
from collections.abc import Iterator

from gatekeeper.cli.declared import Argument, Declared, declared, every

_HEAD = r"""
.\" Made by `make man` from what the commands declare; what is to be different is changed there.
.TH GATEKEEPER 1 "" "gatekeeper" "User commands"
.ad l
.nh
.SH NAME
gatekeeper \- the referee of a working tree: quality gates under hard timeouts
.SH SYNOPSIS
.B gatekeeper
.RI [ COMMAND ]
.RI [ options ]
.SH DESCRIPTION
Runs the gates of a cycle under hard timeouts, leaves no process behind, re-runs until green, and writes down what
happened.
A cycle is one YAML file in
.IR gates/ ;
its schema is
.IR schema/cycle.schema.json .
.PP
Without a command, the cycles here are listed with their last verdict.
Every command has
.BR \-\-help .
.SH COMMANDS
""".lstrip()

_TAIL = r"""
.SH FILES
.TP
.I gates/NAME.yaml
the definition of the cycle NAME
.TP
.I gates/patterns/NAME.yaml
a failure that this project knows
.TP
.I gates/quarantine.yaml
tests that are excused for a while
.TP
.I .gatekeeper/runs/RUN/
a run: its journal, the output of its steps, its reports. Private (0700).
.TP
.I .gatekeeper/verdicts/, .gatekeeper/cache/, .gatekeeper/locks/
what is remembered between runs; all of it can be thrown away
.SH SEE ALSO
.BR timeout (1),
.BR git-worktree (1),
.BR cgroups (7)
"""


def page(commands: tuple[Declared, ...]) -> str:
    """The whole page, as roff."""
    return _HEAD + "".join(f"{line}\n" for each in every(commands) for line in _command(each)) + _TAIL.lstrip()


def _command(command: Declared) -> Iterator[str]:
    yield f'.SS "gatekeeper {_plain(" ".join(command.words))}"'
    yield from _prose(command.description)
    yield ".PP"
    yield " ".join(_usage(command))
    for argument in (*command.places, *command.options):
        if argument.names[:1] != ("-h",):
            yield from _argument(argument)
    yield from _epilog(command.epilog)


def _usage(command: Declared) -> Iterator[str]:
    yield rf"\fBgatekeeper {_plain(' '.join(command.words))}\fR"
    if command.inner:
        yield rf"\fI{'|'.join(_plain(each.words[-1]) for each in command.inner)}\fR"
    else:
        yield "[options]"
    for place in command.places:
        shown = _plain(place.value) + (" ..." if place.many else "")
        yield rf"[\fI{shown}\fR]" if place.optional else rf"\fI{shown}\fR"


def _argument(argument: Argument) -> Iterator[str]:
    yield ".TP"
    value = rf"\fI{_plain(argument.value)}\fR" if argument.value else ""
    if not argument.names:
        yield value
    else:
        names = ", ".join(rf"\fB{_plain(name)}\fR" for name in argument.names)
        yield names + (f" [{value}]" if value and argument.optional else f" {value}" if value else "")
    yield from _prose(argument.help)


def _epilog(text: str) -> Iterator[str]:
    """Prose flows; what is indented stands as it was written, its heading in bold."""
    for paragraph in re.split(r"\n\n+", text.strip("\n")):
        if not paragraph:
            continue
        yield ".PP"
        still = False
        for line in paragraph.splitlines():
            if line.startswith(" ") != still:
                still = not still
                yield from (".RS 2", ".nf") if still else (".fi", ".RE")
            yield rf"\fB{_plain(line)}\fR" if re.fullmatch(r"[a-z :]+:", line) else _at_start(_plain(line))
        if still:
            yield from (".fi", ".RE")


def _prose(text: str) -> Iterator[str]:
    # roff makes the end of a line that ends a sentence the wider space behind it.
    yield from (_at_start(_plain(each)) for each in re.split(r"(?<=[.?!]) (?=[A-Z`])", " ".join(text.split())) if each)


def _plain(text: str) -> str:
    """Text in which nothing is an order to roff, and a hyphen can be copied into a shell."""
    return (
        text.replace("\\", "\\e").replace("-", "\\-").replace('"', "\\(dq").replace("`", "\\(ga").replace("'", "\\(aq")
    )


def _at_start(line: str) -> str:
    return f"\\&{line}" if line.startswith((".", "'")) else line


if __name__ == "__main__":
    import sys

    sys.stdout.buffer.write(page(declared()).encode())
