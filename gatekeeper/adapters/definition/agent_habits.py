"""Owns what is known of coding agents' command lines: when they wait for a person. Data, and how to look it up."""

from __future__ import annotations

import re

from gatekeeper.adapters.definition.habits import Words, has

_AGENTS: tuple[tuple[str, str, tuple[str, ...], str], ...] = (
    ("claude(?:-code)?", "mcp|config|update|doctor|install", ("-p", "--print"), "write `claude -p …`"),
    ("codex", "exec|e|review|apply|login|logout|mcp|cloud|completion", (), "write `codex exec …`"),
    ("gemini", "mcp|extensions", ("-p", "--prompt"), "write `gemini -p …`"),
    ("cursor-agent", "mcp|login|logout|status|update", ("-p", "--print"), "write `cursor-agent -p …`"),
    ("copilot", "help|version", ("-p", "--prompt"), "write `copilot -p …`"),
    ("opencode", "run|auth|models|serve|upgrade", (), "write `opencode run …`"),
    ("aider", "", ("-m", "--message", "--msg", "-f", "--message-file"), "write `aider --yes-always --message-file …`"),
)
"""A program, its subcommands and its options with which it does not wait for a person, and what to write otherwise."""


def waits_for_a_person(words: Words) -> str | None:
    """What to write instead of an agent's command line that opens a conversation; None where it is none."""
    for program, subcommands, flags, instead in _AGENTS:
        if re.fullmatch(program, words[0]):
            bare = next((word for word in words[1:] if not word.startswith("-")), "")
            silent = has(words, "--help", "--version", *flags) or (subcommands and re.fullmatch(subcommands, bare))
            return None if silent else instead
    return None
