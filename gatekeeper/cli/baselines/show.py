"""Owns `gatekeeper baseline show`: what is recorded of each step, what the newest run said beside it, who graduates."""

from __future__ import annotations

import argparse
import json
from collections import Counter
from typing import Any

from gatekeeper.adapters.baselines.naming import baseline_file
from gatekeeper.adapters.repos.at_ref import AtRef, CannotRead, FileSource, WorkingTree
from gatekeeper.cli.baselines.steps import Asked, asked_for
from gatekeeper.cli.baselines.words import change_line, from_where, value_words
from gatekeeper.cli.ink import count, printable
from gatekeeper.cli.look_back import PastRun
from gatekeeper.cli.past_results import PastResults, finished_runs, results_in
from gatekeeper.cli.standards import how_to_record, read_quarantine_from, read_recorded
from gatekeeper.model.baseline import BaselineProblem, RecordedBaseline
from gatekeeper.model.demands import QuarantineEntry
from gatekeeper.model.plan import Step
from gatekeeper.model.record import NamedTuple
from gatekeeper.policy.acceptance import Change, take
from gatekeeper.policy.graduation import RUNS, graduates
from gatekeeper.policy.judging.needs import is_measured

_LISTED = 20


class _Shown(NamedTuple):
    """One step. `recorded` is None where nothing is; `changes` are what the newest run would change, by effect.

    `why` says why there is nothing to put beside it.
    """

    step: Step
    file: str
    recorded: RecordedBaseline | BaselineProblem | None
    changes: tuple[Change, ...]
    why: str
    graduates: tuple[str, ...]
    renamed: tuple[tuple[str, str], ...] = ()


def show(arguments: argparse.Namespace) -> int:
    """Print; 0. Raises the errors of `gatekeeper.model.errors`."""
    asked = asked_for(arguments.cycle, arguments.step, to_record=False)
    runs = finished_runs(asked.root, asked.plan.cycle)
    newest = next(runs, None)
    past = ([newest, *(run for run, _ in zip(runs, range(RUNS - 1), strict=False))]) if newest is not None else []
    shown = [_look(asked, step, past) for step in asked.steps]
    quarantine, problem = read_quarantine_from(WorkingTree(asked.root))
    if arguments.format == "json":
        facts = {
            "cycle": asked.plan.cycle,
            "run": newest.folder.run if newest is not None else None,
            "steps": [_as_json(each) for each in shown],
            "quarantine": {"problem": problem or None, "entries": [entry._asdict() for entry in quarantine]},
        }
        print(json.dumps(facts, indent=2, ensure_ascii=True))
    else:
        lines = [from_where(newest, asked.plan)] if newest is not None else ["no run of it has come to its end yet"]
        for each in shown:
            lines += _lines(each, asked.plan.cycle, everything=arguments.all)
        print("\n".join([*lines, *_quarantine_lines(quarantine, problem)]))
    return 0


def _look(asked: Asked, step: Step, past: list[PastRun]) -> _Shown:
    file = baseline_file(asked.plan.cycle, step.id)
    recorded = None if is_measured(step) else _recorded(asked, step)
    listed = [event.comparison for run in past if (event := run.record.latest.get(step.id)) is not None]
    proposed = graduates([comparison.graduates if comparison is not None else () for comparison in listed])
    if not past:
        return _Shown(step, file, recorded, (), "", proposed)
    match results_in(past[0], step):
        case PastResults(results, "") if not isinstance(recorded, BaselineProblem) and not is_measured(step):
            baseline = recorded.baseline if recorded is not None else None
            taken = take(baseline, results, step, everything=True)
            return _Shown(step, file, recorded, taken.taken, "", proposed, taken.renamed)
        case PastResults(problem=problem):
            return _Shown(step, file, recorded, (), problem, proposed)


def _recorded(asked: Asked, step: Step) -> RecordedBaseline | BaselineProblem | None:
    ref = step.baseline.ref if step.baseline is not None else ""
    try:
        source: FileSource = AtRef(asked.root, ref) if ref else WorkingTree(asked.root)
    except CannotRead as fault:
        return BaselineProblem(str(fault))
    return read_recorded(asked.plan.cycle, step.id, source)


def _lines(shown: _Shown, cycle: str, *, everything: bool) -> list[str]:
    step, ref = shown.step, shown.step.baseline.ref if shown.step.baseline is not None else ""
    lines = ["", str(step.id)]
    if is_measured(step):
        lines.append(f"  measured on {ref} by each run, and not recorded")
    else:
        lines.append(f"  {shown.file}{f' at {ref}' if ref else ''}")
    match shown.recorded:
        case BaselineProblem(message):
            lines.append(f"  cannot be read: {message}")
        case RecordedBaseline() as recorded:
            lines += _recorded_lines(recorded, everything=everything)
        case None if not is_measured(step):
            lines.append(f"  nothing is recorded yet: {how_to_record(cycle, step.id)}")
        case None:
            pass
    if shown.why:
        lines.append(f"  the newest run: {printable(shown.why)}")
    if shown.changes or shown.renamed:
        lines.append("  beside it, the newest run:")
        lines += [f"    renamed   {printable(old)} → {printable(new)}" for old, new in shown.renamed[:_LISTED]]
        weaker = [change for change in shown.changes if change.effect == "weaker"]
        others = [change for change in shown.changes if change.effect != "weaker"]
        some = (weaker + others) if everything else (weaker + others)[:_LISTED]
        lines += [f"    {change_line(change)}" for change in some]
        if len(shown.changes) > len(some):
            lines.append(f"    and {len(shown.changes) - len(some)} more (--all)")
    for test in shown.graduates:
        words = f"passed in each of the last {RUNS} runs: take it out of quarantine, or its xfail mark away"
        lines.append(f"  {printable(test)}: {words}")
    return lines


def _recorded_lines(recorded: RecordedBaseline, *, everything: bool) -> list[str]:
    baseline = recorded.baseline
    counts = Counter(baseline.tests.values())
    outcomes = ", ".join(f"{number:,} {outcome}" for outcome, number in sorted(counts.items()))
    lines = [f"  {count(len(baseline.tests), 'test')}{f': {outcomes}' if outcomes else ''}"]
    named = {name: outcome for name, outcome in sorted(baseline.tests.items()) if everything or outcome != "passed"}
    some = list(named.items()) if everything else list(named.items())[:_LISTED]
    lines += [f"    {outcome:<8}  {printable(name)}" for name, outcome in some]
    if len(named) > len(some):
        lines.append(f"    and {len(named) - len(some)} more (--all)")
    files = [name for name in baseline.coverage if name.startswith("file:")]
    shares = {name: share for name, share in baseline.coverage.items() if everything or name not in files}
    lines += [f"  coverage.{name}  {value_words(share)} %" for name, share in sorted(shares.items())]
    if files and not everything:
        lines.append(f"  coverage of {count(len(files), 'single file')} (--all)")
    lines += [f"  metric:{name}  {value_words(value)}" for name, value in sorted(baseline.metrics.items())]
    lines += [f"  count:{name}  {value_words(value)}" for name, value in sorted(baseline.counts.items())]
    for each in recorded.accepted if everything else recorded.accepted[-3:]:
        weaker = f"; weaker: {', '.join(each.weaker[:5])}{' …' if len(each.weaker) > 5 else ''}" if each.weaker else ""
        lines.append(f"  {each.at[:10]}  {printable(f'{each.by}: {each.reason}{weaker}')}")
    return lines


def _quarantine_lines(entries: tuple[QuarantineEntry, ...], problem: str) -> list[str]:
    if problem:
        return ["", problem]
    if not entries:
        return []
    told = [f"  {entry.expires}  {printable(f'{entry.test}: {entry.reason}')}" for entry in sorted(entries, key=_until)]
    return ["", f"in quarantine: {count(len(entries), 'test')} (gates/quarantine.yaml)", *told]


def _until(entry: QuarantineEntry) -> tuple[str, str]:
    return entry.expires, entry.test


def _as_json(shown: _Shown) -> dict[str, Any]:
    recorded = shown.recorded
    facts: dict[str, Any] = {
        "step": str(shown.step.id),
        "file": None if is_measured(shown.step) else shown.file,
        "measured_on": shown.step.baseline.ref if is_measured(shown.step) and shown.step.baseline else None,
        "problem": recorded.message if isinstance(recorded, BaselineProblem) else None,
        "recorded": None,
        "newest": {
            "problem": shown.why or None,
            "changes": [change._asdict() for change in shown.changes],
            "renamed": [list(pair) for pair in shown.renamed],
        },
        "graduates": list(shown.graduates),
    }
    if isinstance(recorded, RecordedBaseline):
        baseline = recorded.baseline
        facts["recorded"] = {
            "digest": baseline.digest,
            "tests": dict(sorted(baseline.tests.items())),
            "coverage": dict(sorted(baseline.coverage.items())),
            "metrics": dict(sorted(baseline.metrics.items())),
            "counts": dict(sorted(baseline.counts.items())),
            "accepted": [{**each._asdict(), "weaker": list(each.weaker)} for each in recorded.accepted],
        }
    return facts
