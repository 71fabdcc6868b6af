"""Turns the events that `codex exec --json` printed into the usage that gatekeeper reads; says nothing it can't know.

`turn.completed` holds the totals of the whole thread, so the last one counts. `input_tokens` are all that were sent,
cached ones included. It states no cost.
"""

from __future__ import annotations

import json
import sys
from typing import Any


def last_usage(lines: list[str]) -> dict[str, Any]:
    """What the newest `turn.completed` states; nothing where there is none."""
    for line in reversed(lines):
        try:
            event = json.loads(line)
            if event["type"] == "turn.completed":
                return dict(event["usage"])
        except (ValueError, LookupError, TypeError):
            continue
    return {}


def main() -> None:
    """Read the file that is named, and print the usage."""
    with open(sys.argv[1], encoding="utf-8", errors="replace") as file:
        usage = last_usage(file.readlines())
    used = {name: usage.get(name) for name in ("input_tokens", "output_tokens")}
    # codex prints zeros where it has counted nothing.
    known = any(used.values())
    json.dump({**used, "source": "codex turn.completed"} if known else {}, sys.stdout)


if __name__ == "__main__":
    main()
