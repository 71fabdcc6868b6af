"""Owns what every console is: a reader of the event stream that can be closed."""

from __future__ import annotations

from typing import Protocol

from gatekeeper.model.events import Entry


class Console(Protocol):
    """A reader of the event stream that shows it, and that leaves the terminal as it was when closed."""

    def receive(self, entry: Entry) -> None:
        """Take one entry."""
        ...

    def close(self) -> None:
        """Stop showing; called once, whatever happened, also without a last event."""
        ...
