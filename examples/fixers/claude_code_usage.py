"""Turns what `claude -p --output-format json` printed into the usage that gatekeeper reads; says nothing it can't know.

Tokens are those of `modelUsage`, which counts subagents too (`usage` does not). Input is what was sent, whether it
was read from a cache, written to one, or neither. `total_cost_usd` is an estimate, so no cost is stated.
"""

from __future__ import annotations

import json
import sys
from typing import Any

INPUT = ("inputTokens", "cacheReadInputTokens", "cacheCreationInputTokens")
OUTPUT = ("outputTokens",)


def total(models: dict[str, dict[str, Any]], names: tuple[str, ...]) -> int | None:
    """The sum over all models; None where one of the numbers is missing, or nothing was counted at all."""
    counts: list[Any] = [model.get(name) for model in models.values() for name in names]
    return sum(counts) if counts and all(isinstance(count, int) for count in counts) else None


def main() -> None:
    """Read the file that is named, and print the usage."""
    try:
        with open(sys.argv[1], encoding="utf-8") as file:
            printed = json.load(file)
        results = printed if isinstance(printed, list) else [printed]
        models = next(one for one in reversed(results) if one.get("type") == "result")["modelUsage"]
        used: dict[str, int | None] = {"input_tokens": total(models, INPUT), "output_tokens": total(models, OUTPUT)}
    except (OSError, ValueError, LookupError, AttributeError, StopIteration):
        used = {}
    # The result of a session that crashed may hold zeros instead of what it used.
    known = any(used.values())
    json.dump({**used, "source": "claude modelUsage"} if known else {}, sys.stdout)


if __name__ == "__main__":
    main()
