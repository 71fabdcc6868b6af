"""Owns how steps and probes are put into one line of words. Knows no run."""

from __future__ import annotations

import json
import shlex

from gatekeeper.model.plan import Argv, FileProbe, HttpProbe, Probe, ReadyMade, ReadyMadeKind, Shell, TcpProbe, Work

_SHOWN = 3


def command_line(work: Work) -> str | None:
    """The command as one would type it, or None for what gatekeeper does itself."""
    match work:
        case Shell(script):
            return script.strip()
        case Argv(argv):
            return shlex.join(argv)
        case ReadyMade() | HttpProbe() | TcpProbe() | FileProbe():
            return None


def probe_line(work: Work) -> str | None:
    """What a probe asks or a ready-made step checks, or None for a command."""
    match work:
        case Shell() | Argv():
            return None
        case ReadyMade(kind, options):
            return _ready_made(kind, options)
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


def _ready_made(kind: ReadyMadeKind, options: str) -> str:
    try:
        found = json.loads(options)
    except ValueError:  # before it is bound, a default inside a reference may hold what JSON does not
        return kind
    match kind:
        case "python":
            parts = [f"{_few(found['files'])} compile"] if found["files"] else []
            parts += [f"{_few(found['imports'])} import"] if found["imports"] else []
        case "docs":
            parts = [f"{_few(found['files'])} without {_rules(found['forbidden'])}"] if found["forbidden"] else []
            parts += (
                [f"{_few(_files(found['required']))} with {_rules(found['required'])}"] if found["required"] else []
            )
        case "openapi":
            parts = [f"{found['head']} keeps what {found['base']} promises"]
        case "environment":
            parts = [f"{_few(found['required'])} set"] if found["required"] else []
            refused = found["refuse_production"]
            parts += [f"{_few(refused)} not production"] if refused else []
    return f"{kind}: {'; '.join(parts)}"


def _few(names: list[str]) -> str:
    shown = ", ".join(names[:_SHOWN])
    return f"{shown} and {len(names) - _SHOWN} more" if len(names) > _SHOWN else shown


def _files(rules: list[dict[str, str]]) -> list[str]:
    return list(dict.fromkeys(rule["file"] for rule in rules))


def _rules(rules: list[dict[str, str]]) -> str:
    return _few([f"/{rule['pattern']}/" if rule["pattern"] else repr(rule["text"]) for rule in rules])
