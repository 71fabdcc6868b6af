"""Owns the command `gatekeeper import`: a definition out of a plan that was written for people. Runs nothing of it."""

from __future__ import annotations

import argparse
import os
import sys

from gatekeeper.cli.exit_codes import OK

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gatekeeper.adapters.definition.importing.plan_file import Imported

REFUSED = 1

_EPILOG = """\
Read are: commands under "Mandatory gate" and the like, statuses under "Negative paths" (`duplicate signup => 409`),
ranges under "Anti-Hang" or "Timeouts", "Required reading", repos, deliverables. Each key says from which line it came
and how surely. What the plan does not say is not written: a URL that is nowhere becomes a variable to fill in.
What found no place is listed on standard error, and at the end of the definition.

exit codes:
  0  written
  1  refused (no plan, or the file is there already)
  2  wrong usage

examples:
  gatekeeper import 65_EXECUTION_LOG.md
  gatekeeper import 65_EXECUTION_LOG.md -o gates/cycle-17-backend.yaml
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.description = "Read a plan that was written for people into a definition."
    parser.epilog = _EPILOG
    parser.add_argument("plan", metavar="LOG.md", help="the plan, in Markdown")
    parser.add_argument("-o", "--output", metavar="FILE", help="where to write it (default: standard output)")
    parser.add_argument("--force", action="store_true", help="replace FILE where it is there already")


def main(arguments: argparse.Namespace) -> int:
    """Write the definition; 0, or 1 where that is refused."""
    from gatekeeper.adapters.definition.importing.plan_file import Refused, import_plan
    from gatekeeper.adapters.definition.source import read_bytes
    from gatekeeper.cli.drafted_file import write

    plan: str = arguments.plan
    if arguments.output and (why := _why_not(arguments.output, plan, force=arguments.force)):
        return _refuse(f"{arguments.output}: {why}")
    imported = import_plan(read_bytes(plan, what="plan"), os.path.basename(plan))
    if isinstance(imported, Refused):
        return _refuse(f"{plan}: {imported.why}", *(f"looked for: {each}" for each in imported.looked_for))
    if not arguments.output:
        sys.stdout.write(imported.text)
        sys.stdout.flush()
    elif why := write(arguments.output, imported.text.encode(), force=arguments.force):
        return _refuse(f"{arguments.output}: {why}")
    _tell(imported, plan, arguments.output)
    return OK


def _refuse(*lines: str) -> int:
    print("gatekeeper: " + "\n  ".join(lines), file=sys.stderr)
    return REFUSED


def _why_not(path: str, plan: str, *, force: bool) -> str:
    """Why nothing may be written there; empty where it may."""
    from gatekeeper.cli.drafted_file import why_not

    if os.path.isfile(path) and os.path.exists(plan) and os.path.samefile(path, plan):
        return "this is the plan itself"
    return why_not(path, force=force)


def _tell(imported: Imported, plan: str, output: str | None) -> None:
    """What is left to do, for people."""
    from gatekeeper.adapters.definition.drafting.writing import unplaced_lines

    if output:
        print(f"wrote {output}")
    told = list(unplaced_lines(imported.unplaced, os.path.basename(plan)))
    if told:
        print("found no place:", *told, sep="\n  ", file=sys.stderr)
    if imported.to_fill:
        print(f"fill in before a run: {', '.join(imported.to_fill)}", file=sys.stderr)
    folder, name = os.path.split(os.path.abspath(output or ""))
    if output and os.path.basename(folder) == "gates" and name != f"{imported.cycle}.yaml":
        print(f"the cycle is called {imported.cycle}: call the file so, or change `cycle:`", file=sys.stderr)
    print(f"then: gatekeeper check --file {output or 'FILE'}", file=sys.stderr)
