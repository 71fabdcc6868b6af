"""Owns writing to a stream that may go away: from then on it is silent, and nothing else happens.

A console that cannot be written to must change no verdict: ``gatekeeper run x | head -1`` runs to its end.
"""

from __future__ import annotations

import os
from contextlib import suppress
from io import UnsupportedOperation
from typing import TextIO

_SPELT = str.maketrans({"…": "...", "→": "->", "•": "*"})


class Voice:
    """A text stream that never raises for what the other end does. Has what rich wants of a file."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self.fault: Exception | None = None
        """What the stream said when it took no more; None while it takes what is written."""

    @property
    def silent(self) -> bool:
        """Whether nothing is written any more."""
        return self.fault is not None

    @property
    def encoding(self) -> str:
        """The stream's encoding."""
        return self._stream.encoding or "utf-8"

    @property
    def speaks_unicode(self) -> bool:
        """Whether signs beyond ASCII arrive."""
        return self.encoding.lower().replace("-", "").startswith("utf")

    def isatty(self) -> bool:
        """Whether a terminal is at the other end."""
        try:
            return self._stream.isatty()
        except ValueError:
            return False

    def fileno(self) -> int:
        """The stream's descriptor."""
        return self._stream.fileno()

    def write(self, text: str) -> int:
        """Write `text`; characters that the encoding lacks are spelt out, or become question marks."""
        if not self.silent:
            try:
                self._let_it_block()
                try:
                    self._stream.write(text)
                except UnicodeEncodeError:
                    spelt = text.translate(_SPELT)
                    self._stream.write(spelt.encode(self.encoding, "replace").decode(self.encoding))
            except (OSError, ValueError) as fault:
                self._fall_silent(fault)
        return len(text)

    def flush(self) -> None:
        """Hand everything to the operating system."""
        if self.silent:
            return
        try:
            self._let_it_block()
            self._stream.flush()
        except (OSError, ValueError) as fault:
            self._fall_silent(fault)

    def say(self, text: str) -> None:
        """Write and flush."""
        self.write(text)
        self.flush()

    def _let_it_block(self) -> None:
        # Somebody we share the terminal or pipe with (node, ssh) may make it non-blocking at any time, and what is
        # written to a full one is then lost.
        with suppress(UnsupportedOperation):
            descriptor = self._stream.fileno()
            if not os.get_blocking(descriptor):
                os.set_blocking(descriptor, True)

    def _fall_silent(self, fault: Exception) -> None:
        self.fault = fault
        if isinstance(fault, OSError):
            # What is left in the buffer would fail again, loudly, when the interpreter ends.
            with suppress(OSError, ValueError):
                nowhere = os.open(os.devnull, os.O_WRONLY)
                os.dup2(nowhere, self._stream.fileno())
                os.close(nowhere)
