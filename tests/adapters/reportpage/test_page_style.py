"""The report page's colours: every text can be read on what is behind it, light and dark."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import gatekeeper.adapters.reportpage as package

STYLE = (Path(package.__file__).parent / "style.css").read_text("utf-8")
TERMINAL = ("black", "red", "green", "yellow", "blue", "magenta", "cyan", "white", "orange", "note")
GROUNDS = ("ground", "raised", "out")
BADGES = ("good", "bad", "warn", "idle", "note")
PAIRS = [
    *((word, ground) for word in ("text", "quiet", "link", "bad") for ground in GROUNDS),
    *((badge, f"{badge}-soft") for badge in BADGES),
    *((colour, "out") for colour in TERMINAL),
    *(("text", f"{badge}-soft") for badge in BADGES),
    ("ground", "link"),
    ("ground", "text"),
]


def palettes() -> tuple[dict[str, str], dict[str, str]]:
    light, dark = (
        dict(re.findall(r"--([\w-]+): (#\w{6});", block)) for block in re.findall(r":root \{([^}]*)\}", STYLE)
    )
    return light, dark


def brightness(colour: str) -> float:
    shares = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (share / 12.92 if share <= 0.03928 else ((share + 0.055) / 1.055) ** 2.4 for share in shares)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_every_text_can_be_read(scheme: int) -> None:
    """With a contrast of at least 4.5, as WCAG AA wants it."""
    palette = palettes()[scheme]
    poor = []
    for front, behind in PAIRS:
        low, high = sorted((brightness(palette[front]), brightness(palette[behind])))
        if (ratio := (high + 0.05) / (low + 0.05)) < 4.5:
            poor.append(f"{front} on {behind}: {ratio:.2f}")
    assert poor == []


def test_both_schemes_name_the_same_colours() -> None:
    light, dark = palettes()
    assert light.keys() == dark.keys()


def test_every_colour_that_is_used_is_one() -> None:
    assert set(re.findall(r"var\(--([\w-]+)\)", STYLE)) <= palettes()[0].keys()
