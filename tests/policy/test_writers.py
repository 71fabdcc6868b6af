"""Who else can write a file is told by its mode, its owner and its group, as people set these on purpose."""

from __future__ import annotations

import pytest

from gatekeeper.policy.writers import Ownership, who_else

FILE, FOLDER = 0o100000, 0o040000


@pytest.mark.parametrize(
    ("mode", "owner", "alone", "said"),
    [
        (FILE | 0o644, 1000, False, ""),
        (FILE | 0o664, 1000, True, ""),
        (FILE | 0o664, 1000, False, "the group staff can write it"),
        (FILE | 0o646, 1000, True, "everybody can write it"),
        (FILE | 0o644, 0, False, ""),
        (FILE | 0o600, 1001, True, "it belongs to eve"),
        (FOLDER | 0o1777, 0, False, ""),
        (FOLDER | 0o777, 1000, False, "everybody can write it"),
        (FILE | 0o1777, 1000, False, "everybody can write it"),
    ],
)
def test_who_else_can_write(mode: int, owner: int, alone: bool, said: str) -> None:
    assert who_else(Ownership(mode, owner, "eve", "staff", alone), {0, 1000}) == said
