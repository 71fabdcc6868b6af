"""Owns the console of several cycles for GitHub Actions: a group for each, written when it ends. Starts no process."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Mapping, Sequence

from gatekeeper.adapters.console.github import GitHubConsole
from gatekeeper.adapters.console.several import PlainSeveral
from gatekeeper.adapters.console.spans import Line, clean
from gatekeeper.adapters.console.voice import Voice
from gatekeeper.model.events import Entry


class GitHubSeveral(PlainSeveral):
    """Keeps what is said of each cycle until it ends: lines of runs side by side would fall into each other's groups.

    What a cycle failed at is told as annotations, and in its part of the job's summary.
    """

    def __init__(
        self,
        names: Sequence[str],
        voice: Voice,
        errors: Voice,
        folder_of: Callable[[str], str],
        *,
        environ: Mapping[str, str],
        secret: Iterable[str],
    ) -> None:
        super().__init__(names, voice, errors, folder_of, colour=False)
        self._environ = environ
        self._secret = tuple(secret)
        self._kept: dict[int, io.StringIO] = {}
        self._consoles: dict[int, GitHubConsole] = {}

    def receive(self, cycle: int, entry: Entry) -> None:
        """Keep what is said of one event."""
        self._glances[cycle].receive(entry)
        if (console := self._consoles.get(cycle)) is None:
            kept = self._kept[cycle] = io.StringIO()
            folder, secret = self._folder_of(entry.run), self._secret
            console = GitHubConsole(
                Voice(kept), environ=self._environ, run_folder=folder, secret=secret, grouping=False
            )
            self._consoles[cycle] = console
        console.receive(entry)

    def end(self, cycle: int, code: int, why: str) -> None:
        """Write its group."""
        glance = self._glances[cycle]
        super().end(cycle, code, why)
        if (kept := self._kept.pop(cycle, None)) is not None:
            said = f"{glance.name}: {clean(glance.verdict)}".replace("%", "%25")
            self._voice.say(f"::group::{said}\n{kept.getvalue()}::endgroup::\n")
        elif why:
            self._voice.say(f"{glance.name}: not run, exit code {code}\n")
        # Its group has said it.
        self._blocks.pop(cycle, None)

    def say(self, cycle: int, said: Line) -> None:
        """Nothing: its group will."""
