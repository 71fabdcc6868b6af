"""Owns choosing the console for several cycles at once: by what was asked for, and what standard output can do."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Collection, Sequence

from gatekeeper.adapters.console.several import JsonSeveral, LiveSeveral, PlainSeveral, QuietSeveral, SeveralConsole
from gatekeeper.adapters.console.surroundings import wants_colour, wants_live_view
from gatekeeper.adapters.console.voice import Voice


def view_of(
    format: str,  # noqa: A002 - the name of the option
    names: Sequence[str],
    folder_of: Callable[[str], str],
    secret: Collection[str],
) -> SeveralConsole:
    """The console for ``--format`` `format`, or ``quiet``; `folder_of` is where a run's evidence lies, by its id."""
    voice, errors = Voice(sys.stdout), Voice(sys.stderr)
    match format:
        case "json":
            return JsonSeveral(names, voice, errors)
        case "github":
            from gatekeeper.adapters.console.several_groups import GitHubSeveral

            return GitHubSeveral(names, voice, errors, folder_of, environ=os.environ, secret=secret)
        case "quiet":
            return QuietSeveral(names, voice, errors, folder_of, colour=False)
        case _:
            terminal = voice.isatty()
            colour = wants_colour(os.environ, terminal=terminal)
            if wants_live_view(os.environ, terminal=terminal):
                return LiveSeveral(names, voice, folder_of, colour=colour)
            return PlainSeveral(names, voice, errors, folder_of, colour=colour)
