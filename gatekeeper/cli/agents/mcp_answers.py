"""Owns what the MCP server's tools answer: a run, a project and a brief in few bounded facts. Knows no protocol."""

from __future__ import annotations

import json
import os
import shlex

from gatekeeper.adapters.journal.reading import load
from gatekeeper.adapters.journal.runs import RunFolder, last_verdict, resolve_run
from gatekeeper.cli.agents.brief import brief_of
from gatekeeper.cli.agents.judging import folder_of
from gatekeeper.cli.child_call import Called
from gatekeeper.cli.project import cycles, state_folder
from gatekeeper.model.errors import GatekeeperError, UsageError
from gatekeeper.model.events import StepFinished
from gatekeeper.policy.causes import failures_of
from gatekeeper.policy.fold import RunRecord
from gatekeeper.policy.summary import telling_first

_FAILURES = 10
_LONGEST = 600
_ERR = 2000


class Following:
    """What is seen of a run while its lines come. `told` counts what was worth telling."""

    def __init__(self) -> None:
        self.run = ""
        self.told = 0

    def hear(self, line: bytes) -> str:
        """Take one line; returns what is worth telling meanwhile, in a few words, or nothing."""
        try:
            entry = json.loads(line)
            self.run = str(entry["run"])
            words = _words_of(str(entry["event"]), entry["data"])
        except (ValueError, LookupError, TypeError, AttributeError):
            return ""  # none of a journal
        self.told += bool(words)
        return words


def _words_of(event: str, data: dict[str, object]) -> str:
    match event:
        case "round.started":
            return f"round {data['round']}: {data['reason']}"
        case "step.started":
            return f"{data['gate']}/{data['step']} runs, for {data['timeout_s']:g} s at most"
        case "step.finished":
            return f"{data['gate']}/{data['step']} {data['verdict']}"
        case "run.finished":
            return f"{data['verdict']}: {data.get('reason', '')}"
        case _:
            return ""


def of_run(root: str, run: str, called: Called) -> dict[str, object]:
    """What came of a run that was called for."""
    record = _record(root, run)
    finished = record.finished if record is not None else None
    if record is None or finished is None:
        return {
            "verdict": None,
            "exit_code": called.code,
            "run": run or None,
            "problem": called.err.removeprefix("gatekeeper: ").strip()[-_ERR:] or "the run did not come to its end",
        }
    causes = failures_of(record).causes
    return {
        "verdict": finished.verdict,
        "exit_code": finished.exit_code,
        "run": run,
        "reason": finished.reason,
        "selection": finished.selection,
        "steps": {verdict: _count(record, verdict) for verdict in sorted({e.verdict for e in record.latest.values()})},
        "failures": [_failure(record, cause.event) for cause in causes[:_FAILURES]],
        "more_failures": max(0, len(causes) - _FAILURES),
        "evidence": folder_of(root, run),
    }


def status_of(root: str) -> dict[str, object]:
    """The cycles of the project with how they last ended."""
    state = state_folder(root)
    found: list[dict[str, object]] = []
    for name in cycles(root):
        end = last_verdict(state, name)
        known = {"last_run": end.run, "verdict": end.verdict or None, "ended": end.time or None} if end else {}
        found.append({"cycle": name, **known, **({"selection": end.selection} if end and end.selection else {})})
    return {"project": root, "cycles": found}


def brief_text(root: str, text: str) -> str:
    """The brief of a run that `text` means, as Markdown. Raises `UsageError` and `JournalError`."""
    folder: RunFolder = resolve_run(state_folder(root), text)
    record = load(folder.path)
    if record.finished is None:
        raise UsageError(
            f"the run {folder.run} has not ended yet, or nobody has closed it: gatekeeper show {folder.run}"
        )
    if not failures_of(record).causes:
        return f"Nothing failed in {folder.run}: it was {record.finished.verdict} ({record.finished.reason}).\n"
    return brief_of(record, folder.path).markdown


def _record(root: str, run: str) -> RunRecord | None:
    try:
        return load(folder_of(root, run)) if run and os.sep not in run else None
    except GatekeeperError:
        return None


def _count(record: RunRecord, verdict: str) -> int:
    return sum(event.verdict == verdict for event in record.latest.values())


def _failure(record: RunRecord, event: StepFinished) -> dict[str, object]:
    findings = sorted(telling_first(event.findings), key=lambda finding: not finding.blocks)
    name = f"{event.gate}/{event.step}"
    cycle = record.started.cycle if record.started is not None else ""
    return {
        "step": name,
        "verdict": event.verdict,
        "tier": event.tier,
        "why": [finding.message[:_LONGEST] for finding in findings[:3]],
        "place": next((finding.place for finding in findings if finding.place), ""),
        "known": event.known.root_cause[:_LONGEST] if event.known is not None else "",
        "last_lines": [line[:_LONGEST] for line in event.last_lines[-5:]],
        "repeat": f"gatekeeper run {shlex.quote(cycle)} --only {shlex.quote(name)}",
    }
