"""What agents' tools say and understand: each in its own words, and nothing that they send can break us."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.policy.agents.protocol import LARGEST, PROTOCOLS, Allow, Asked, Block, Protocol, Said, said, understood

# As the documentation of each tool shows them, shortened.
CLAUDE = {
    "session_id": "abc123",
    "transcript_path": "/home/u/.claude/projects/x.jsonl",
    "cwd": "/home/u/shop",
    "permission_mode": "default",
    "hook_event_name": "Stop",
    "stop_hook_active": True,
}
CODEX = {**CLAUDE, "turn_id": "t1", "model": "m", "transcript_path": None, "stop_hook_active": False}
CURSOR = {
    "conversation_id": "c-1",
    "generation_id": "g-1",
    "hook_event_name": "stop",
    "workspace_roots": ["/home/u/shop"],
    "status": "completed",
    "loop_count": 2,
}


@pytest.mark.parametrize(
    ("protocol", "data", "asked"),
    [
        ("claude", CLAUDE, Asked("abc123", ("/home/u/shop",), continued=True)),
        ("codex", CODEX, Asked("abc123", ("/home/u/shop",))),
        ("cursor", CURSOR, Asked("c-1", ("/home/u/shop",), continued=True)),
        ("cursor", {**CURSOR, "status": "aborted", "loop_count": 0}, Asked("c-1", ("/home/u/shop",), broken_off=True)),
        ("claude", {"session_id": 7, "cwd": ["x"], "stop_hook_active": "yes"}, Asked()),
        ("claude", {"cwd": "/a\0b", "status": "aborted"}, Asked()),
        ("generic", {}, Asked()),
    ],
)
def test_what_is_asked(protocol: Protocol, data: dict[str, Any], asked: Asked) -> None:
    assert understood(protocol, json.dumps(data).encode()) == asked
    assert understood(protocol, b"\xef\xbb\xbf" + json.dumps(data).encode()) == asked


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (b"", "its input is empty"),
        (b"hello", "its input is not JSON"),
        (b"[" * 100_000, "its input is not JSON"),
        (b"\xff\xfe{", "its input is not JSON"),
        (b"[1]", "its input is not a JSON object"),
        (b" " * (LARGEST + 1), "its input has more than 8 MiB"),
    ],
    ids=range(6),
)
def test_what_is_no_input(raw: bytes, why: str) -> None:
    assert understood("claude", raw) == why


@given(st.binary(max_size=60), st.sampled_from(PROTOCOLS))
def test_whatever_comes_is_understood_or_told(raw: bytes, protocol: Protocol) -> None:
    assert isinstance(understood(protocol, raw), Asked | str)


BLOCKED = Block("because\x1b[31m of é")


@pytest.mark.parametrize(
    ("protocol", "answer", "as_said"),
    [
        ("claude", BLOCKED, Said('{"decision": "block", "reason": "because of \\u00e9"}\n')),
        ("codex", BLOCKED, Said('{"decision": "block", "reason": "because of \\u00e9"}\n')),
        ("cursor", BLOCKED, Said('{"followup_message": "because of \\u00e9"}\n')),
        ("generic", BLOCKED, Said(err="because of é\n", code=2)),
        ("claude", Allow(), Said()),
        ("codex", Allow(), Said()),
        ("cursor", Allow(), Said("{}\n")),
        ("generic", Allow(), Said()),
        ("claude", Allow("told"), Said('{"systemMessage": "told"}\n', "told\n")),
        ("codex", Allow("told"), Said('{"systemMessage": "told"}\n', "told\n")),
        ("cursor", Allow("told"), Said("{}\n", "told\n")),
        ("generic", Allow("told"), Said(err="told\n")),
    ],
)
def test_an_answer_in_the_words_of_each(protocol: Protocol, answer: Allow | Block, as_said: Said) -> None:
    assert said(protocol, answer) == as_said


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_long_answer_is_cut(protocol: Protocol) -> None:
    spoken = said(protocol, Block("x" * 100_000))
    assert len(spoken.out + spoken.err) < 4200
