"""Owns the console for GitHub Actions: groups, annotations and the job's summary, within GitHub's bounds.

Whatever a step printed is shown between ``::stop-commands::`` and its token, so that no output can give orders.
"""

from __future__ import annotations

import os
import secrets
import stat
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

from gatekeeper.adapters.console.closing import closing_block
from gatekeeper.adapters.console.github_places import place_of
from gatekeeper.adapters.console.layout import Room
from gatekeeper.adapters.console.lines import facts_of, line_of, repeats, told_of
from gatekeeper.adapters.console.spans import clean, paint, paragraph, shortened
from gatekeeper.adapters.console.voice import Voice
from gatekeeper.adapters.console.words import UNICODE, sign_of
from gatekeeper.model.events import Entry, RunFinished, StepFinished
from gatekeeper.model.plan import StepId
from gatekeeper.model.verdict import Finding
from gatekeeper.policy.fold import RunRecord
from gatekeeper.policy.help_words import known_words
from gatekeeper.policy.number_words import plural
from gatekeeper.policy.summary import blocking, telling_first

ANNOTATIONS = 10
"""How many annotations of one kind GitHub keeps of one step of a job."""

SUMMARY = 1 << 20
"""How large GitHub lets the summary grow, in bytes; a larger one is not shown at all."""

ROOM = Room(height=200)
"""How long the closing block may get: the page is no screen, and the machine is gone where one could ask for more."""

_MESSAGE = 4000
_SHORTEST_MASK = 4
_SHORTEST_LINE = 8
_TITLE = 200
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
        secret: Iterable[str] = (),
        token: Callable[[], str] = lambda: secrets.token_hex(16),
        grouping: bool = True,
    ) -> None:
        """Without `grouping` the whole is to stand in a group already; GitHub knows no group inside of another."""
        self._voice = voice
        self._summary = environ.get("GITHUB_STEP_SUMMARY", "")
        self._workspace = environ.get("GITHUB_WORKSPACE", "")
        self._runner = environ.get("GITHUB_ACTIONS") == "true"
        self._secret = tuple(secret)
        self._run_folder = run_folder
        self._token = token
        self._grouping = grouping
        self._record = record
        self._said = {"error": 0, "warning": 0, "notice": 0}
        self._left_out = 0

    def receive(self, entry: Entry) -> None:
        """Say one event; after the last, the closing block and the summary."""
        if self._record is None:
            self._record = RunRecord(entry.run)
        self._hide()
        self._record.apply(entry)
        event = entry.event
        said = paint(line_of(event, self._record), colour=False).rstrip()
        if isinstance(event, StepFinished) and event.verdict in _FAILING:
            self._tell_failure(event, said)
        elif not repeats(event, self._record.newest):
            self._guarded(said)
        if isinstance(event, RunFinished):
            block = paragraph(closing_block(self._record, self._run_folder, UNICODE, ROOM), colour=False)
            self._guarded("\n" + block.rstrip("\n"))
            if self._left_out:
                left_out = plural(self._left_out, "more annotation")
                self._voice.write(f"{left_out} left out: GitHub shows {ANNOTATIONS} of a kind for each step of a job\n")
            self._summarise(event, block)
        self._voice.flush()

    def close(self) -> None:
        """Nothing is left to do."""

    def _hide(self) -> None:
        """Have the runner hide the secrets in whatever comes later in the job; its commands are never shown."""
        values, self._secret = self._secret, ()
        if self._runner and not _is_file(self._voice):
            for value in _maskable(values):
                self._voice.write(f"::add-mask::{_escaped(value)}\n")

    def _tell_failure(self, event: StepFinished, said: str) -> None:
        name = f"{event.gate}/{event.step}"
        if self._grouping:
            self._voice.write(f"::group::{_escaped(shortened(said, 200))}\n")
        else:
            self._guarded(said)
        texts = [f"{finding.message} {finding.place}".strip() for finding in telling_first(event.findings)]
        known = [f"known: {known_words(event.known)}"] if event.known is not None else []
        texts += known
        self._guarded("\n".join(map(clean, [*texts, *event.last_lines])))
        if self._grouping:
            self._voice.write("::endgroup::\n")
        kind = "error" if event.tier == "required" else "warning"
        against = blocking(event) or [Finding(event.verdict, " ".join(facts_of(event)) or event.verdict)]
        # Ten are soon spent: how it ended says nothing beside which test failed.
        for finding in [one for one in against if one.kind != "exit-code"] or against:
            message = told_of(event, finding)
            if event.known is not None and finding.kind == "exit-code":
                message = f"{message}: {event.known.root_cause}"
            self._annotate(kind, name, finding._replace(message=message), event)
        for words in known:
            self._annotate("notice", name, Finding("known", words), event)

    def _annotate(self, kind: str, name: str, finding: Finding, event: StepFinished) -> None:
        if self._said[kind] >= ANNOTATIONS:
            self._left_out += 1
            return
        self._said[kind] += 1
        place, message = self._placed(finding, event)
        self._voice.write(
            f"::{kind} {place}title={_property(shortened(name, _TITLE))}::{_escaped(shortened(message, _MESSAGE))}\n"
        )

    def _placed(self, finding: Finding, event: StepFinished) -> tuple[str, str]:
        """The properties that say where, and the message, which says it where GitHub has no such file."""
        started = self._record.started if self._record is not None else None
        root = started.root if started is not None else ""
        begun = self._record.begun.get(StepId(event.gate, event.step)) if self._record is not None else None
        folders = (os.path.join(root, begun.cwd if begun is not None else ""), root, self._workspace)
        if started is not None and started.at and self._workspace:
            # GitHub has the file where it was checked out, and not in the worktree.
            home = os.path.dirname(os.path.dirname(os.path.dirname(self._run_folder)))
            found = place_of(finding.place, workspace=root, folders=folders[:2])
            if found is not None:
                found = found._replace(file=os.path.relpath(os.path.join(home, found.file), self._workspace))
        else:
            found = place_of(finding.place, workspace=self._workspace, folders=folders)
        if found is None:
            return "", f"{finding.message} ({finding.place})" if finding.place else finding.message
        column = f"col={found.column}," if found.column else ""
        return f"file={_property(found.file)},line={found.line},{column}", finding.message

    def _guarded(self, text: str) -> None:
        if "::" not in text and "##[" not in text:
            self._voice.write(text + "\n")
            return
        token = self._token()
        self._voice.write(f"::stop-commands::{token}\n{text}\n::{token}::\n")

    def _summarise(self, event: RunFinished, block: str) -> None:
        if not self._summary:
            return
        table = "".join(_steps(event))
        cycle = self._record.started.cycle if self._record and self._record.started else ""
        head = f"### {sign_of(event.verdict, UNICODE)} {_cell(cycle)}: {_cell(event.verdict)}\n\n"
        fence = "`" * 8
        closing = f"{fence}text\n{block.replace(fence, '')}{fence}\n\n"
        try:
            path = Path(self._summary)
            left = SUMMARY - (path.stat().st_size if path.exists() else 0)
            # Whole parts only: half a table or an open fence would swallow what other steps of the job wrote.
            for text in (head + closing + table, head + closing, head):
                if len(text.encode()) <= left:
                    with path.open("a", encoding="utf-8") as summary:
                        summary.write(text)
                    return
        except (OSError, ValueError) as fault:
            self._voice.write(
                f"::warning title=gatekeeper::the job summary cannot be written: {_escaped(str(fault))}\n"
            )


def _is_file(voice: Voice) -> bool:
    """Whether what is written is kept in a file, which no runner reads and where no secret may stand."""
    try:
        return stat.S_ISREG(os.fstat(voice.fileno()).st_mode)
    except (OSError, ValueError):
        return False


def _maskable(values: Iterable[str]) -> Iterator[str]:
    """What the runner is to hide. A value of several lines goes line by line: it would hide a line of ``{``, too."""
    for value in values:
        lines = value.splitlines()
        if len(lines) == 1 and len(value) >= _SHORTEST_MASK:
            yield value
        elif len(lines) > 1:
            yield from (line.strip() for line in lines if len(line.strip()) >= _SHORTEST_LINE)


def _steps(event: RunFinished) -> Iterator[str]:
    """All steps as a table that is folded in."""
    yield f"<details><summary>{plural(len(event.steps), 'step')}</summary>\n\n"
    yield "| step | tier | verdict | attempts |\n|---|---|---|---|\n"
    for step in event.steps:
        yield f"| {_cell(f'{step.gate}/{step.step}')} | {step.tier} | {_cell(step.verdict)} | {step.attempts} |\n"
    yield "\n</details>\n\n"


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _escaped(clean(text)).replace(":", "%3A").replace(",", "%2C")


def _cell(text: str) -> str:
    return clean(text).replace("|", "\\|").replace("<", "&lt;")
