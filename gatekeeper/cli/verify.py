"""Owns the command `gatekeeper verify`: which run is meant, and telling what came of looking at it again."""

from __future__ import annotations

import argparse
import json
import os

from gatekeeper.cli.ink import Ink, count, printable
from gatekeeper.cli.verifying import JOURNAL, Verified, verify
from gatekeeper.model.errors import JournalError, UsageError
from gatekeeper.model.verification import SPEAKS_AGAINST, Checked, Proof

_ALTERED = 1
_COLOURS = {
    Proof.OK: "green",
    Proof.ALTERED: "red",
    Proof.CONTRADICTORY: "red",
    Proof.OPEN: "red",
    Proof.UNPROVEN: "yellow",
    Proof.NOTE: "dim",
}
_EPILOG = """\
Looks at the journal's chain, at every file that it names, at the kept definition, at the counts of every report,
and decides every round and the verdict once more. Nothing is written and nothing is run. A chain that was written
anew from its first line holds; what tells of that is the last digest, which stands in the execution log.

exit codes:
  0  whole
  1  altered, cut short, still going on, or contradictory
  2  no such run

examples:
  gatekeeper verify latest
  gatekeeper verify 7f3a --format json
  gatekeeper verify downloads/backend-cycle-7f3a/journal.jsonl
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.description = "Look at a run again: is all of its evidence what was written, and does its verdict follow?"
    parser.epilog = _EPILOG
    parser.add_argument(
        "run",
        metavar="RUN|FILE",
        help="a run's id or an end of it, a cycle, `latest`, or the path of a run's folder or journal",
    )
    parser.add_argument("--format", choices=("human", "json"), default="human", help="how to report (default human)")


def main(arguments: argparse.Namespace) -> int:
    """Verify and tell; 0 whole, 1 not. Raises `UsageError`."""
    folder, run = _place(arguments.run)
    try:
        verified = verify(folder, run=run)
    except JournalError as fault:
        # It was there to be asked for: that it cannot be read says enough.
        verified = Verified(run or os.path.basename(folder), folder, (Checked(Proof.ALTERED, JOURNAL, str(fault)),))
    if arguments.format == "json":
        print(json.dumps(_as_json(verified), indent=2, ensure_ascii=True))
    else:
        _print(verified)
    return 0 if verified.whole else _ALTERED


def _place(text: str) -> tuple[str, str]:
    """The folder that is meant, and the run's id where its name says it."""
    from gatekeeper.adapters.journal.runs import is_run_id, resolve_run
    from gatekeeper.cli.project import find_root, require_root, state_folder

    here = os.getcwd()
    looks_like_path = os.sep in text or text.endswith(".jsonl") or text in {".", ".."}
    if looks_like_path or (os.path.exists(text) and find_root(here) is None):
        folder = os.path.abspath(text)
        if os.path.isfile(folder):
            if os.path.basename(folder) != JOURNAL:
                raise UsageError(f"{text} is no journal: that is called {JOURNAL}, in the run's folder")
            folder = os.path.dirname(folder)
        if not os.path.isdir(folder):
            raise UsageError(f"{text}: there is no such folder and no such journal")
        name = os.path.basename(folder)
        return folder, name if is_run_id(name) else ""
    found = resolve_run(state_folder(require_root(here)), text)
    return found.path, found.run


def _print(verified: Verified) -> None:
    ink = Ink()
    ink.say(ink.paint(printable(verified.run), "bold"))
    width = max(len(proof.value) for proof in (check.proof for check in verified.checks))
    for check in verified.checks:
        mark = ink.paint(f"{check.proof.value:<{width}}", _COLOURS[check.proof])
        line = f", line {check.line} of the journal" if check.line and check.place != JOURNAL else ""
        where = f"{check.place}:{check.line}" if check.line and check.place == JOURNAL else check.place
        ink.say(f"{mark}  {printable(where)}: {printable(check.message)}{ink.paint(line, 'dim')}")
        if check.expected != check.found and check.proof in SPEAKS_AGAINST:
            indent = " " * (width + 2)
            ink.say(f"{indent}expected {printable(check.expected) or 'nothing'}")
            ink.say(f"{indent}found    {printable(check.found) or 'nothing'}")
    against = [check for check in verified.checks if check.proof in SPEAKS_AGAINST]
    if not against:
        ink.say(ink.paint(f"whole: {count(len(verified.checks), 'thing')} looked at", "green"))
    else:
        only_open = all(check.proof is Proof.OPEN for check in against)
        said = (
            "cut short, or still going on" if only_open else f"not whole: {count(len(against), 'thing')} not as it was"
        )
        ink.say(ink.paint(said, "red"))
    ink.done()


def _as_json(verified: Verified) -> dict[str, object]:
    return {
        "run": verified.run,
        "folder": verified.folder,
        "whole": verified.whole,
        "checks": [
            {
                "proof": check.proof.value,
                "place": check.place,
                "line": check.line or None,
                "message": check.message,
                "expected": check.expected or None,
                "found": check.found or None,
            }
            for check in verified.checks
        ],
    }
