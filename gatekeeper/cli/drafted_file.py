"""Owns putting a drafted definition where it was asked for: never over a file unless that was said, and whole."""

from __future__ import annotations

import os


def why_not(path: str, *, force: bool) -> str:
    """Why nothing may be written at `path`; empty where it may."""
    if not os.path.lexists(path):
        return ""
    if not os.path.isfile(path):
        return "this is no file that could be replaced"
    return "" if force else "this is there already; --force replaces it"


def write(path: str, content: bytes, *, force: bool) -> str:
    """Write the file whole; returns why that was not possible, or nothing."""
    from gatekeeper.adapters.executionlog.atomic import read_bytes, replace_bytes

    try:
        if replace_bytes(path, content, read_bytes(path) if force else None):
            return ""
    except OSError as fault:
        return fault.strerror or str(fault)
    return "somebody wrote it meanwhile, and it was left alone"
