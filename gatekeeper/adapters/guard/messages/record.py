"""Owns what travels over a guardian's line as one thing: plain slotted records, cheap in a bare interpreter.

Knows no message. The warden's interpreter must not pay for `typing`, nor the line for anything that `marshal` lacks.
"""

from __future__ import annotations


class Record:
    """A record with `__slots__`, the fields in the order in which its constructor takes them."""

    __slots__: tuple[str, ...] = ()

    def pack(self) -> tuple[object, ...]:
        """The field values in order, made of nothing but plain tuples, texts and numbers."""
        return tuple(
            tuple(part.pack() if isinstance(part, Record) else part for part in value)
            if isinstance(value, tuple)
            else value
            for value in (getattr(self, name) for name in self.__slots__)
        )
