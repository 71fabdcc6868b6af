"""Owns which console shows a run: what was asked for, and what the stream can do. Knows no event."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from gatekeeper.adapters.console.surroundings import wants_colour, wants_live_view
from gatekeeper.adapters.console.voice import Voice

TYPE_CHECKING = False
if TYPE_CHECKING:  # before the first spawn, annotations must not cost a Protocol
    from typing import TextIO

    from gatekeeper.adapters.console.moment import Former
    from gatekeeper.adapters.console.port import Console
    from gatekeeper.model.events import Entry
    from gatekeeper.policy.fold import RunRecord


def console(
    format: str,  # noqa: A002 - the name of the option
    *,
    stream: TextIO,
    environ: Mapping[str, str],
    run_folder: str,
    encode: Callable[[Entry], str],
    mask: Callable[[str], str] = str,
    secret: Iterable[str] = (),
    record: RunRecord | None = None,
    former: Former = dict,
    asked: Callable[[], int] = int,
) -> Console:
    """The console for ``--format`` `format`, ``human``, ``json`` or ``github``, or for ``--quiet``: ``quiet``.

    `encode` gives the journal's line of an entry; `mask` hides secrets in output that is shown while it grows,
    `secret` are their values, for a runner that can hide them too.
    `record` is what came before, of a run that goes on; `former` tells how long steps took before, where that is shown.
    `asked` is how often somebody has asked for an end: who does so waits for no reader.
    """
    voice = Voice(stream)
    match format:
        case "json":
            from gatekeeper.adapters.console.jsonlines import JsonLinesConsole

            return JsonLinesConsole(voice, encode)
        case "github":
            from gatekeeper.adapters.console.github import GitHubConsole

            return GitHubConsole(voice, environ=environ, run_folder=run_folder, record=record, secret=secret)
        case "quiet":
            from gatekeeper.adapters.console.quiet import QuietConsole

            return QuietConsole(voice, run_folder=run_folder, record=record)
        case _:
            terminal = voice.isatty()
            colour = wants_colour(environ, terminal=terminal)
            if wants_live_view(environ, terminal=terminal):
                from gatekeeper.adapters.console.live import LiveConsole

                return LiveConsole(
                    voice, colour=colour, run_folder=run_folder, record=record, mask=mask, former=former, asked=asked
                )
            from gatekeeper.adapters.console.plain import PlainConsole

            return PlainConsole(voice, colour=colour, run_folder=run_folder, record=record)
