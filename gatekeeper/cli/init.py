"""Owns the command `gatekeeper init`: a definition proposed from what the files here say. Runs nothing unless asked."""

from __future__ import annotations

import argparse
import os
import sys

from gatekeeper.cli.exit_codes import OK

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from gatekeeper.policy.drafting.draft import Draft
    from gatekeeper.policy.surveying.proposing import NothingToRun, Proposed
    from gatekeeper.policy.surveying.survey import Survey

REFUSED = 1

_EPILOG = """\
Looked at are manifests, lock files, task files, scripts, CI workflows and hooks, without running any. Each key says
which line of which file it came from, and how surely. What nothing here makes sure is a comment with the reason.
At a terminal the proposal is shown, and written once you say yes; without one it goes to standard output.

exit codes:
  0   written, or shown
  1   refused (nothing here to run, the file is there already, or you said no)
  2   wrong usage
  75  another run holds the tree while it measures

examples:
  gatekeeper init                  look, show, ask, write gates/FOLDER.yaml
  gatekeeper init --measure        run each step once, for its timeouts
  gatekeeper init --yes --name ci  for scripts: write gates/ci.yaml unasked
  gatekeeper init services/api > api.yaml
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.description = "Propose a definition from what the files of a project say."
    parser.epilog = _EPILOG
    parser.add_argument("folder", nargs="?", default=".", metavar="FOLDER", help="the project (default: this folder)")
    parser.add_argument("--name", metavar="CYCLE", help="what the cycle is called (default: as the folder)")
    parser.add_argument("--measure", action="store_true", help="run what is proposed once, for its timeouts")
    parser.add_argument("--yes", action="store_true", help="write it without asking")
    parser.add_argument("--force", action="store_true", help="replace a definition of this name that is there already")


def main(arguments: argparse.Namespace) -> int:
    """Propose, show, ask and write; 0, or 1 where nothing was written that was to be."""
    from gatekeeper.cli.drafted_file import why_not
    from gatekeeper.model.errors import UsageError
    from gatekeeper.policy.drafting.names import slug
    from gatekeeper.policy.surveying.proposing import NothingToRun, propose

    root = os.path.realpath(arguments.folder)
    if not os.path.isdir(root):
        raise UsageError(f"{arguments.folder}: there is no such folder")
    cycle = arguments.name or slug(os.path.basename(root), "project")
    if arguments.name and slug(cycle, "") != cycle:
        raise UsageError(f"--name {cycle}: write it in small letters, digits and dashes, like {slug(cycle, 'project')}")
    path = os.path.join(root, "gates", f"{cycle}.yaml")
    writes = arguments.yes or _at_a_terminal()
    if writes and (why := why_not(path, force=arguments.force)):
        return _refuse(f"{os.path.relpath(path)}: {why}")
    seen = _survey(root)
    proposed = propose(seen)
    if isinstance(proposed, NothingToRun):
        return _refuse(*_nothing(root, proposed))
    text = _text(cycle, seen, proposed, root, measure=arguments.measure)
    if isinstance(text, int):
        return text
    if not writes:
        sys.stdout.write(text)
        sys.stdout.flush()
        print("not written: there is no terminal to ask at; --yes writes it", file=sys.stderr)
        return OK
    written = _ask_and_write(path, text, cycle, ask=not arguments.yes, force=arguments.force)
    if written == OK:
        for line in _told(seen, text, root):
            print(line, file=sys.stderr)
    return written


def _at_a_terminal() -> bool:
    return os.isatty(0) and os.isatty(1)


def _refuse(*lines: str) -> int:
    print("gatekeeper: " + "\n  ".join(lines), file=sys.stderr)
    return REFUSED


def _survey(root: str) -> Survey:
    """What the tree says: what git keeps of it where it keeps anything, else what a bounded walk finds."""
    from gatekeeper.adapters.surveying.manifests import survey
    from gatekeeper.adapters.surveying.walking import MOST_FILES, walked

    kept = _kept_by_git(root)
    if kept:
        return survey(root, os.path.basename(root), kept[:MOST_FILES], whole=len(kept) <= MOST_FILES)
    listed = walked(root)
    return survey(root, os.path.basename(root), listed.names, whole=listed.whole)


def _told(seen: Survey, text: str, root: str) -> Iterator[str]:
    """What is left to do beside the definition."""
    ignoring = seen.manifest(".gitignore")
    if "reports/" in text and not (ignoring and ignoring.says(r"^/?reports/?\s*$")):
        yield "the steps write into reports/: add it to .gitignore"
    if not _kept_by_git(root):
        yield "no git keeps this folder, so whatever steps write in it counts as a change of the tree"


def _kept_by_git(root: str) -> tuple[str, ...] | None:
    from gatekeeper.adapters.repos.tracked import visible

    return visible(root)


def _nothing(root: str, found: NothingToRun) -> list[str]:
    lines = [f"{root}: nothing here says how it is tested, checked or built, so there is nothing to propose"]
    lines += (f"seen and in doubt: {each.run} ({each.at.file}): {each.doubt}" for each in found.shown)
    return [*lines, *(f"looked for: {each}" for each in found.looked_for)]


def _text(cycle: str, seen: Survey, proposed: Proposed, root: str, *, measure: bool) -> str | int:
    """The definition; an exit code where measuring came to nothing."""
    from gatekeeper.policy.surveying.definition import draft

    text = _written(draft(cycle, seen, proposed, {}))
    if not measure:
        return text
    from gatekeeper.cli.init_measuring import measured

    took = measured(text, cycle, root)
    return took if isinstance(took, int) else _written(draft(cycle, seen, proposed, took))


def _written(draft: Draft) -> str:
    from gatekeeper.adapters.definition.drafting.checked import refusal
    from gatekeeper.adapters.definition.drafting.writing import write_draft
    from gatekeeper.model.errors import EnvironmentFault
    from gatekeeper.policy.surveying.definition import ABOUT

    text = write_draft(draft, ".", ABOUT)
    if why := refusal(text):
        raise EnvironmentFault(f"what the files here say: {why}")
    return text


def _ask_and_write(path: str, text: str, cycle: str, *, ask: bool, force: bool) -> int:
    from gatekeeper.cli.drafted_file import write

    shown = os.path.relpath(path)
    if ask:
        print(text)
        try:
            answer = input(f"Write this to {shown}? [y/N] ")
        except EOFError:
            answer = ""
        if answer.strip().lower() not in {"y", "yes"}:
            return _refuse("nothing was written")
    if why := write(path, text.encode(), force=force):
        return _refuse(f"{shown}: {why}")
    print(f"wrote {shown}")
    print(f"then: gatekeeper check {cycle}, gatekeeper plan {cycle}, gatekeeper run {cycle}", file=sys.stderr)
    return OK
