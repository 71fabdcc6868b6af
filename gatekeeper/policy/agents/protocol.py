"""Owns the words of each agent's hook protocol: what it asks on standard input, and how an answer is said. Pure.

claude (Claude Code) and codex (Codex CLI) are told in JSON on standard output: ``decision`` ``block`` with a ``reason``
keeps the agent going, ``systemMessage`` is shown to the person. cursor cannot be kept from stopping: a
``followup_message`` is sent to the agent as the next message, and nothing can be shown to the person but standard
error, in its panel of hooks. generic is exit code 2 with the reason on standard error.
"""

from __future__ import annotations

import json
from typing import Literal, TypeAlias

from gatekeeper.model.record import NamedTuple
from gatekeeper.policy.terminal_text import settled

Protocol: TypeAlias = Literal["claude", "codex", "cursor", "generic"]
PROTOCOLS: tuple[Protocol, ...] = ("claude", "codex", "cursor", "generic")

LARGEST = 8 << 20
"""Of so many bytes a hook's input may be: it can hold all of the agent's last message."""

_LONGEST = 4096


class Asked(NamedTuple):
    """What an agent's tool says. `folders` are where it may be working, the surest first.

    With `continued` it goes on because a stop hook blocked; with `broken_off` nobody wants it to go on: a person
    stopped it, or it failed.
    """

    session: str = ""
    folders: tuple[str, ...] = ()
    continued: bool = False
    broken_off: bool = False


class Allow(NamedTuple):
    """The agent may stop. `told` is for the person; empty says nothing."""

    told: str = ""


class Block(NamedTuple):
    """The agent is to go on, for `reason`."""

    reason: str


Answer: TypeAlias = Allow | Block


class Said(NamedTuple):
    """An answer as it leaves the process."""

    out: str = ""
    err: str = ""
    code: int = 0


def understood(protocol: Protocol, raw: bytes) -> Asked | str:
    """What the tool asks, or why that cannot be told. Missing fields and those of another type are as not there."""
    if len(raw) > LARGEST:
        return f"its input has more than {LARGEST >> 20} MiB"
    try:
        found = json.loads(raw.decode("utf-8-sig", "replace"))
    except (ValueError, RecursionError):
        return "its input is not JSON" if raw.strip() else "its input is empty"
    if not isinstance(found, dict):
        return "its input is not a JSON object"
    session = _text(found, "session_id") or (_text(found, "conversation_id") if protocol == "cursor" else "")
    roots = found.get("workspace_roots")
    listed = [root for root in roots if isinstance(root, str)] if isinstance(roots, list) else []
    folders = tuple(folder for folder in (*listed, _text(found, "cwd")) if folder and "\0" not in folder)
    status = _text(found, "status")
    return Asked(
        session,
        folders,
        continued=found.get("stop_hook_active") is True or _count(found.get("loop_count")) > 0,
        broken_off=protocol == "cursor" and status in {"aborted", "error"},
    )


def said(protocol: Protocol, answer: Answer) -> Said:
    """The answer to a stop, in the tool's own form."""
    match protocol, answer:
        case "generic", Block(reason):
            return Said(err=f"{_bounded(reason)}\n", code=2)
        case "cursor", Block(reason):
            return Said(_json({"followup_message": _bounded(reason)}))
        case _, Block(reason):
            return Said(_json({"decision": "block", "reason": _bounded(reason)}))
        case "claude" | "codex", Allow(told):
            return Said(_json({"systemMessage": _bounded(told)}) if told else "", f"{_bounded(told)}\n" if told else "")
        case _, Allow(told):
            return Said("{}\n" if protocol == "cursor" else "", f"{_bounded(told)}\n" if told else "")


def greeted(protocol: Protocol, told: str) -> Said:
    """`told` to the agent at the start of its session, as far as the tool passes that on."""
    match protocol:
        case "claude" | "codex":
            context = {"hookEventName": "SessionStart", "additionalContext": _bounded(told)}
            return Said(_json({"hookSpecificOutput": context}))
        case "cursor":
            return Said(_json({"additional_context": _bounded(told)}))
        case "generic":
            return Said(f"{_bounded(told)}\n")


def _json(answer: dict[str, object]) -> str:
    # In ASCII: no encoding of a pipe can be wrong then.
    return json.dumps(answer) + "\n"


def _bounded(text: str) -> str:
    # What a step printed is in it, and must not be obeyed by the terminal that shows it.
    shown = settled(text, "\N{REPLACEMENT CHARACTER}")
    return shown if len(shown) <= _LONGEST else f"{shown[: _LONGEST - 1]}…"


def _text(found: dict[str, object], name: str) -> str:
    value = found.get(name)
    return value if isinstance(value, str) else ""


def _count(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else 0
