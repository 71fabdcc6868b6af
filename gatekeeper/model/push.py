"""Owns what is written down of one ref that was pushed. Knows neither git nor files."""

from __future__ import annotations

from gatekeeper.model.record import NamedTuple

SKIPPED = "skipped"
"""Somebody let it through, and said why."""
NOT_JUDGED = "none"
"""The definition says that nothing is judged for this ref, or there is no definition."""
NO_COMMIT = "no-commit"
"""It was a ref that went away, or one that means no commit."""


class Push(NamedTuple):
    """One ref of a push: at `time` (UTC, ISO 8601) `ref` of `remote` was to go from `old` to `new`.

    `commit` is what `new` means, empty for none. `verdict` is that of a run, or `SKIPPED`, `NOT_JUDGED`, `NO_COMMIT`;
    `run` the one that said so, `reused` whether there was no need for one. `reason` says why it was let through
    without. Of a new ref `beyond` are commits that the remote had already, below those that went out: an
    id of zeros where it had nothing of them, none where that is not known.
    """

    time: str
    remote: str
    ref: str
    old: str
    new: str
    commit: str = ""
    cycle: str = ""
    verdict: str = NO_COMMIT
    run: str = ""
    reused: bool = False
    reason: str = ""
    beyond: tuple[str, ...] = ()
