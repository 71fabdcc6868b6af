"""Owns the console for GitHub Actions: groups, annotations and the job's summary, within GitHub's bounds.

Whatever a step printed is shown between ``::stop-commands::`` and its token, so that no output can give orders.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from pathlib import Path

from gatekeeper.adapters.console.closing import closing_block
from gatekeeper.adapters.console.lines import facts_of, line_of, repeats
from gatekeeper.adapters.console.spans import clean, paint, paragraph, shortened
from gatekeeper.adapters.console.voice import Voice
from gatekeeper.adapters.console.words import UNICODE
from gatekeeper.model.events import Entry, RunFinished, StepFinished
from gatekeeper.model.verdict import Finding
from gatekeeper.policy.fold import RunRecord
from gatekeeper.policy.help_words import known_words
from gatekeeper.policy.summary import blocking, telling_first

ANNOTATIONS = 10
"""How many annotations of one kind GitHub keeps of one step of a job."""

SUMMARY = 1 << 20
"""How large GitHub lets the summary grow, in bytes; a larger one is not shown at all."""

_MESSAGE = 4000
_FAILING = {"failed", "timed-out", "error", "infra"}


class GitHubConsole:
    """Says each event in a line, errors as annotations, and leaves a summary for the job's page."""

    def __init__(
        self,
        voice: Voice,
        *,
        environ: Mapping[str, str],
        run_folder: str,
        record: RunRecord | None = None,
        token: Callable[[], str] = lambda: secrets.token_hex(16),
    ) -> None:
        self._voice = voice
        self._summary = environ.get("GITHUB_STEP_SUMMARY", "")
        self._run_folder = run_folder
        self._token = token
        self._record = record
        self._said = {"error": 0, "warning": 0, "notice": 0}

    def receive(self, entry: Entry) -> None:
        """Say one event; after the last, the closing block and the summary."""
        if self._record is None:
            self._record = RunRecord(entry.run)
        self._record.apply(entry)
        event = entry.event
        said = paint(line_of(event, self._record), colour=False).rstrip()
        if isinstance(event, StepFinished) and event.verdict in _FAILING:
            self._tell_failure(event, said)
        elif not repeats(event, self._record.newest):
            self._guarded(said)
        if isinstance(event, RunFinished):
            block = paragraph(closing_block(self._record, self._run_folder, UNICODE), colour=False)
            self._guarded(block.rstrip("\n"))
            self._summarise(event, block)
        self._voice.flush()

    def close(self) -> None:
        """Nothing is left to do."""

    def _tell_failure(self, event: StepFinished, said: str) -> None:
        name = f"{event.gate}/{event.step}"
        self._voice.write(f"::group::{_escaped(shortened(said, 200))}\n")
        texts = [f"{finding.message} {finding.place}".strip() for finding in event.findings]
        known = [f"known: {known_words(event.known)}"] if event.known is not None else []
        texts += known
        self._guarded("\n".join(map(clean, [*texts, *event.last_lines])))
        self._voice.write("::endgroup::\n")
        kind = "error" if event.tier == "required" else "warning"
        against = telling_first(blocking(event)) or [Finding(event.verdict, " ".join(facts_of(event)) or event.verdict)]
        for finding in against:
            self._annotate(kind, name, finding)
        for words in known:
            self._annotate("notice", name, Finding("known", words))

    def _annotate(self, kind: str, name: str, finding: Finding) -> None:
        if self._said[kind] >= ANNOTATIONS:
            return
        self._said[kind] += 1
        file, _, number = finding.place.rpartition(":")
        place = f"file={_property(file)},line={number}," if file and number.isdigit() else ""
        self._voice.write(
            f"::{kind} {place}title={_property(name)}::{_escaped(shortened(finding.message, _MESSAGE))}\n"
        )

    def _guarded(self, text: str) -> None:
        if "::" not in text and "##[" not in text:
            self._voice.write(text + "\n")
            return
        token = self._token()
        self._voice.write(f"::stop-commands::{token}\n{text}\n::{token}::\n")

    def _summarise(self, event: RunFinished, block: str) -> None:
        if not self._summary:
            return
        rows = "".join(
            f"| {_cell(f'{s.gate}/{s.step}')} | {s.tier} | {s.verdict} | {s.attempts} |\n" for s in event.steps
        )
        table = f"| step | tier | verdict | attempts |\n|---|---|---|---|\n{rows}"
        cycle = self._record.started.cycle if self._record and self._record.started else ""
        head = f"### {_cell(cycle)}: {event.verdict}\n\n"
        fence = "`" * 8
        closing = f"\n{fence}text\n{block.replace(fence, '')}{fence}\n"
        try:
            path = Path(self._summary)
            left = SUMMARY - (path.stat().st_size if path.exists() else 0)
            # Whole parts only: half a table or an open fence would swallow what other steps of the job wrote.
            for text in (head + table + closing, head + closing, head):
                if len(text.encode()) <= left:
                    with path.open("a", encoding="utf-8") as summary:
                        summary.write(text)
                    return
        except OSError as fault:
            self._voice.write(
                f"::warning title=gatekeeper::the job summary cannot be written: {_escaped(str(fault))}\n"
            )


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _escaped(clean(text)).replace(":", "%3A").replace(",", "%2C")


def _cell(text: str) -> str:
    return clean(text).replace("|", "\\|").replace("<", "&lt;")
