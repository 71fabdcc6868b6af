"""Owns how steps and probes are put into one line of words. Knows no run."""

from __future__ import annotations

import shlex

from gatekeeper.model.plan import Argv, FileProbe, HttpProbe, Probe, Shell, TcpProbe, Work


def command_line(work: Work) -> str | None:
    """The command as one would type it, or None for a probe."""
    match work:
        case Shell(script):
            return script.strip()
        case Argv(argv):
            return shlex.join(argv)
        case HttpProbe() | TcpProbe() | FileProbe():
            return None


def probe_line(work: Work) -> str | None:
    """What a probe asks, or None for a command."""
    match work:
        case Shell() | Argv():
            return None
        case HttpProbe() | TcpProbe() | FileProbe():
            return _probe(work)


def work_line(work: Work) -> str:
    """Command or probe in one line."""
    return command_line(work) or probe_line(work) or ""


def _probe(probe: Probe) -> str:
    match probe:
        case HttpProbe(method, url):
            return f"{method} {url}"
        case TcpProbe(address, is_open):
            return f"tcp {address} {'accepts' if is_open else 'refuses'} connections"
        case FileProbe(path, exists, contains):
            if not exists:
                return f"file {path} is absent"
            return f"file {path} holds {contains!r}" if contains else f"file {path} exists"
