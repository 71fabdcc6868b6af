"""Owns finding which modules a text has pytest load as plugins. Knows no hook, and opens no module."""

from __future__ import annotations

import re

from gatekeeper.policy.integrity.change import Note

# Files of tests are watched themselves, and what is installed is the lock file's business.
_HARMLESS = re.compile(
    r"(?:.*\.)?(?:tests?|testing|specs?)(?:\..*)?|pytest_\w+|pytest|pytester|xdist|anyio|hypothesis\S*"
)
_ON_A_LINE = re.compile(r"(?<![\w-])-p(?:\s+|=)?[\"']?(?!no:)([A-Za-z_][\w.]*)")
_OF_PYTEST = re.compile(r"\bpytest\b|addopts|PYTEST_ADDOPTS|^\s+-")
_LISTED = re.compile(r"\bpytest_plugins\b\s*(?::[^=\n]*)?\+?=\s*([\[(][^\])]*[\])]|[^\n]*)")


def compare_plugins(before: str, after: str) -> list[Note]:
    """What two texts of configuration or of a script have the runner load besides."""
    come = sorted(_plugins(after) - _plugins(before))
    return [Note("runner-hook", f"the plugin `{plugin}` came in") for plugin in come]


def _plugins(text: str) -> set[str]:
    lines = [line for line in text.split("\n") if _OF_PYTEST.search(line)]
    named = {name for line in lines for name in _ON_A_LINE.findall(line)}
    for listed in _LISTED.findall(text):
        named |= set(re.findall(r"[\"']([A-Za-z_][\w.]*)[\"']", listed))
    return {name for name in named if not _HARMLESS.fullmatch(name)}
