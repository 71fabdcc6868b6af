"""Owns `gatekeeper patterns mine`: failures of past runs that no pattern knew, and first drafts of patterns."""

from __future__ import annotations

import argparse
import os
import re
from collections.abc import Sequence
from datetime import datetime, timedelta

from gatekeeper.adapters.definition.units import parse_duration
from gatekeeper.adapters.journal.uncaught import PastFailures
from gatekeeper.adapters.patterns.recognising import Failure, recognised
from gatekeeper.adapters.patterns.registry import FOLDER, Registry
from gatekeeper.cli.exit_codes import OK
from gatekeeper.cli.ink import Ink, count, printable
from gatekeeper.cli.project import require_root, state_folder
from gatekeeper.engine.clock import SystemClock
from gatekeeper.model.errors import EnvironmentFault, UsageError
from gatekeeper.model.record import NamedTuple
from gatekeeper.model.verdict import StepVerdict
from gatekeeper.policy.masking import Masker
from gatekeeper.policy.patterns.fitting import Facts
from gatekeeper.policy.patterns.known import FACTS
from gatekeeper.policy.patterns.likeness import likeness
from gatekeeper.policy.patterns.mining import Mined, Uncaught, mine
from gatekeeper.policy.patterns.scaffold import name_for, pattern_text

REFUSED = 1
_MOST = 30
_SAMPLE_LINES = 8
_COLOURS = {"high": "green", "medium": "yellow", "low": "dim"}


EPILOG = """\
Failures are grouped by what stays the same in the line that tells them: numbers, ids, times and folders are left out.
Confidence is high from 5 runs on, medium from 3. What a pattern knows by now is left out, too.

--write drafts DIR/NAME.yaml for each, with its output in DIR/NAME.sample.txt. Nothing is written
over. What a person has to say is marked TODO.

exit codes:
  0  told
  1  no draft could be made of any of it
  2  wrong usage, or there are no runs

examples:
  gatekeeper patterns mine --since 30d
  gatekeeper patterns mine --cycle backend-cycle --min 3 --write gates/patterns
"""


class Draft(NamedTuple):
    """A pattern's first draft, and where its file and its sample were written."""

    name: str
    file: str
    sample: str


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare what `mine` takes beside ``--format``."""
    parser.add_argument("--cycle", metavar="CYCLE", help="only runs of this cycle")
    parser.add_argument("--since", metavar="AGO", help="only runs of the last 30d, 12h, …")
    parser.add_argument("--min", type=int, default=1, metavar="N", help="only what N runs or more saw (default 1)")
    parser.add_argument("--write", metavar="DIR", help=f"draft a pattern for each in DIR; {FOLDER} is where runs look")


def main(arguments: argparse.Namespace, registry: Registry) -> int:
    """Tell what failed and was known by no pattern, and draft patterns where that is asked for.

    Raises:
        UsageError: there are no such runs, or `--since` is no time.
        EnvironmentFault: a file cannot be written.
    """
    state = state_folder(require_root(os.getcwd()))
    since = _oldest(arguments.since, SystemClock().now()) if arguments.since else ""
    past = PastFailures(state, arguments.cycle, since=since)
    if not past.runs:
        of = f" of {arguments.cycle}" if arguments.cycle else ""
        raise UsageError(f"there are no runs{of}{' since then' if since else ''}; `gatekeeper run CYCLE` makes one")
    found = mine(past, arguments.min)
    masker = Masker(value for name in past.secrets if (value := os.environ.get(name)))
    new = [_masked(each, masker) for each in found[:_MOST] if not _known_by_now(registry, each.example)]
    drafts = _drafted(new, arguments.write, {each.id for each in registry.patterns}) if arguments.write else {}
    if arguments.format == "json":
        _print_json(past.runs, new, drafts)
    else:
        _print(past.runs, new, drafts, wanted=bool(arguments.write))
    return REFUSED if arguments.write and new and not drafts else OK


def _oldest(ago: str, now: str) -> str:
    """The time so long before `now`, as names of runs begin. Raises `UsageError`."""
    days = re.fullmatch(r"(\d{1,6})d", ago)
    seconds = int(days[1]) * 86400.0 if days else parse_duration(ago)
    if not seconds:
        raise UsageError(f"--since {ago}: write how long ago, as in 30d, 12h or 90m")
    try:
        then = datetime.fromisoformat(now) - timedelta(seconds=seconds)
    except OverflowError:
        return ""
    return then.strftime("%Y-%m-%dT%H-%M-%SZ")


def _known_by_now(registry: Registry, failure: Uncaught) -> bool:
    """Whether a pattern that came later knows it."""
    facts = Facts(failure.exit_code, failure.signal, StepVerdict(failure.verdict))
    facts = facts._replace(findings=frozenset(kind for kind, _ in failure.said))
    content = "\n".join((*failure.output, *(message for _, message in failure.said))).encode("utf-8", "replace")
    values = dict.fromkeys(FACTS, "?")
    return recognised(registry.patterns, Failure(facts, content, tuple(values.items())), lambda _: "").known is not None


def _masked(mined: Mined, masker: Masker) -> Mined:
    return mined._replace(
        like=likeness(masker.mask(mined.line)),
        line=masker.mask(mined.line),
        lines=tuple(map(masker.mask, mined.lines)),
        excerpt=tuple(map(masker.mask, mined.excerpt)),
    )


def _drafted(mined: Sequence[Mined], folder: str, taken: set[str]) -> dict[str, Draft]:
    """Write what can be drafted; by likeness, what was written. Nothing that is there is written over."""
    drafts: dict[str, Draft] = {}
    try:
        os.makedirs(folder, exist_ok=True)
        taken |= {name.partition(".")[0] for name in os.listdir(folder)}
        for each in mined:
            name = name_for(each, taken)
            draft = Draft(name, os.path.join(folder, f"{name}.yaml"), os.path.join(folder, f"{name}.sample.txt"))
            text = pattern_text(each, name, draft.sample)
            if text is None:
                continue
            taken.add(name)
            _write_new(draft.sample, "\n".join(each.excerpt) + "\n")
            _write_new(draft.file, text)
            drafts[each.like] = draft
    except OSError as fault:
        raise EnvironmentFault(f"{fault.filename or folder}: a pattern cannot be written: {fault.strerror}") from fault
    return drafts


def _write_new(path: str, text: str) -> None:
    with open(path, "x", encoding="utf-8", errors="replace") as file:
        file.write(text)


def _print(runs: int, mined: Sequence[Mined], drafts: dict[str, Draft], *, wanted: bool) -> None:
    ink = Ink()
    if not mined:
        ink.say(f"{count(runs, 'run')} looked at: no failure that no pattern knows")
    for each in mined:
        seen = f"{count(len(each.runs), 'run')}  {each.verdict}  {', '.join(map(printable, each.steps))}"
        ink.say(f"{ink.paint(f'{each.confidence:<6}', _COLOURS[each.confidence])}  {seen}")
        ink.say(f"  {ink.paint('like', 'dim')}    {printable(each.like)}")
        label = "sample"
        for line in _around(each):
            ink.say(f"  {ink.paint(f'{label:<6}', 'dim')}  {printable(line)}")
            label = ""
        ink.say(f"  {ink.paint('newest', 'dim')}  {each.runs[0]}")
        if wanted:
            ink.say(f"  {ink.paint('draft', 'dim')}   {_told(drafts.get(each.like))}")
        ink.say()
    if drafts:
        first = next(iter(drafts.values()))
        ink.say("runs recognise a draft from now on; what they say of it is TODO until you replace that. To try one:")
        ink.say(f"  gatekeeper patterns test {printable(first.sample)} --only {first.name}")
        ink.say("  gatekeeper check")
    elif mined and not wanted:
        ink.say(
            f"to draft a pattern for each:  gatekeeper patterns mine --write {FOLDER}   (--min N: only what N runs saw)"
        )
    ink.done()


def _around(mined: Mined) -> Sequence[str]:
    """The end of the excerpt's beginning and the line itself: as much as fits."""
    at = next((i for i in reversed(range(len(mined.excerpt))) if mined.excerpt[i].strip() == mined.line), 0)
    return mined.excerpt[max(0, at + 1 - _SAMPLE_LINES) : at + 1]


def _told(draft: Draft | None) -> str:
    return printable(draft.file) if draft else "none: too little of its line stays the same for a regex to find it by"


def _print_json(runs: int, mined: Sequence[Mined], drafts: dict[str, Draft]) -> None:
    import json

    told = [
        {
            "like": each.like,
            "verdict": each.verdict,
            "confidence": each.confidence,
            "runs": list(each.runs),
            "steps": list(each.steps),
            "line": each.line,
            "sample": list(each.excerpt),
            **({"pattern": draft.name, "file": draft.file} if (draft := drafts.get(each.like)) else {}),
        }
        for each in mined
    ]
    print(json.dumps({"runs": runs, "unknown": told}, indent=2, ensure_ascii=False))
