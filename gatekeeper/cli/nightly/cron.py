"""Owns the command `gatekeeper cron`: its options, for letting cycles run by themselves."""

from __future__ import annotations

import argparse

from gatekeeper.cli.subcommands import subcommands

_INSTALL_EPILOG = """\
WHEN is a time (02:00), days of the week with one (mon-fri 02:00; sat,sun 04:30), or cron's five fields (0 2 * * 1-5),
in this machine's zone. All that is called is written with its whole path; PATH is the one of now. What is written is
shown first. The same cycles again replace what was there; other cycles get a block, or a timer, of their own.

When a clock is set forward over the time, cron runs it as the clock is set, and systemd not at all; a time that comes
twice is the first one. --utc has neither. A machine that was off catches up: systemd's timer is persistent, and the
crontab has a line for when cron comes up. A crontab cannot be told a zone everywhere, so with --utc it asks once an
hour whether it is time.

exit codes:
  0   done
  1   refused, and nothing was changed
  2   wrong usage
  3   crontab or the files refused
  78  definition

examples:
  gatekeeper cron install --at 02:00 backend-cycle
  gatekeeper cron install --at "mon-fri 02:00" --dry-run backend-cycle smoke
  gatekeeper cron install --at "*/30 6-20 * * *" --utc --systemd smoke
"""
_SHOW_EPILOG = """\
examples:
  gatekeeper cron show
"""
_UNINSTALL_EPILOG = """\
Takes out what `cron install` wrote, whole; every other line of the crontab stays as it is.

exit codes:
  0  done, or nothing was there
  1  refused, and nothing was changed
  3  crontab or the files refused

examples:
  gatekeeper cron uninstall                  all of this project
  gatekeeper cron uninstall backend-cycle    whatever this cycle is in
"""
_RUN_EPILOG = """\
What cron calls; it can be tried by hand. Says nothing of a run that is green, so there is a mail only when there is
something to say: how a run ended, that runs are missing, that the last one died. A second one that comes while the
first is at it ends with 75, and says so once. Leaves .gatekeeper/heartbeat/CYCLE.json behind.

GATEKEEPER_PING_URL (addresses with spaces between them) or --ping is told /start, /fail, or, when all is well, nothing
but the address. Whatever becomes of that, the verdict stays.

exit codes: as `gatekeeper run`; of several cycles the first that is not 0. 3 is also: too little room on the disk

examples:
  gatekeeper cron run backend-cycle
  gatekeeper cron run --in /srv/backend --at "0 2 * * *" backend-cycle
"""
_EPILOG = """\
examples:
  gatekeeper cron install --at 02:00 --jitter 10m backend-cycle
  gatekeeper cron show
  gatekeeper cron uninstall
  gatekeeper cron run backend-cycle          what cron calls

Each has more to say: gatekeeper cron install --help, gatekeeper cron run --help
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.description = "Let cycles run by themselves, from cron or from a systemd timer."
    parser.epilog = _EPILOG
    add = subcommands(parser, "install", "show", "uninstall", "run")
    install = add("install", "write a block into your crontab, or a systemd user timer", _INSTALL_EPILOG)
    install.add_argument("cycle", nargs="+", metavar="CYCLE", help="name of a definition in gates/")
    install.add_argument("--at", required=True, metavar="WHEN", help="02:00, mon-fri 02:00, or cron's five fields")
    install.add_argument("--utc", action="store_true", help="WHEN is in UTC, which has no summer time")
    install.add_argument("--jitter", default="", metavar="TIME", help="begin up to so much later, by chance (10m)")
    install.add_argument("--systemd", action="store_true", help="a systemd user timer in place of the crontab")
    install.add_argument("--dry-run", action="store_true", help="show it, and write nothing")
    add("show", "show what is installed for this project, and what was heard of it", _SHOW_EPILOG)
    uninstall = add("uninstall", "take out what was installed for this project", _UNINSTALL_EPILOG)
    uninstall.add_argument("cycle", nargs="*", metavar="CYCLE", help="only the blocks that these are in")
    uninstall.add_argument("--dry-run", action="store_true", help="show it, and change nothing")
    run = add("run", "run cycles unattended", _RUN_EPILOG)
    run.add_argument("cycle", nargs="+", metavar="CYCLE", help="name of a definition in gates/")
    run.add_argument("--in", dest="folder", metavar="FOLDER", help="the project (default: the one around here)")
    run.add_argument("--at", metavar="WHEN", help="when this is called, so that a call that is missing is noticed")
    run.add_argument("--utc", action="store_true", help="WHEN is in UTC")
    run.add_argument("--jitter", default="", metavar="TIME", help="wait up to so long first, by chance")
    run.add_argument("--if-due", action="store_true", help="only if it was due since it was last called")
    run.add_argument("--min-free", metavar="SIZE", help="begin only with so much room on the disk (default 1GiB)")
    run.add_argument("--ping", action="append", default=[], metavar="URL", help="an address to be told; repeatable")


def main(arguments: argparse.Namespace) -> int:
    """Do what was asked for. Raises the errors of `gatekeeper.model.errors`."""
    match arguments.doing:
        case "run":
            from gatekeeper.cli.nightly.run import main as run

            return run(arguments)
        case "install":
            from gatekeeper.cli.nightly.install import install

            return install(arguments)
        case "uninstall":
            from gatekeeper.cli.nightly.install import uninstall

            return uninstall(arguments)
        case _:
            from gatekeeper.cli.nightly.show import show

            return show()
