"""Owns what a terminal would have left of a text that was written to one. Knows not who shows it, nor where."""

from __future__ import annotations

import re

# Patterns are compiled when they are first needed (`re` keeps them): most texts are plain.
_SEQUENCE = r"\x1b(?:\[[0-?]*[ -/]*[@-~]|[\]PX^_][^\x07\x1b\n]*(?:\x07|\x1b\\)?|[ -/]*[0-~])|\x9b[0-?]*[ -/]*[@-~]"
# C0 and C1 controls, what turns the direction of writing around or is not seen at all, and halves of characters.
_UNSEEN = "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]"


def last_state(line: str) -> str:
    """What is seen in the end of a line that was written again and again, as progress is."""
    return line.rstrip("\r").rpartition("\r")[2]


def settled(text: str, instead: str) -> str:
    """`text` with nothing in it that a terminal obeys, each line as it was last written, `instead` of what is not seen.

    Tabs and the ends of lines stay.
    """
    if text.isprintable():  # what is printable holds none of this, and most texts are
        return text
    text = re.sub(_SEQUENCE, "", text)
    if "\r" in text:
        text = "\n".join(map(last_state, text.split("\n")))
    return re.sub(_UNSEEN, instead, text)
