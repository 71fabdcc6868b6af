"""Owns a ready-made step as a program: options in, findings on standard output, a report for gatekeeper, an exit code.

Exit codes: 0 all is fine, 1 there are findings, 2 the options are wrong.
"""

from __future__ import annotations

import json
import os
import re
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

from gatekeeper import __version__
from gatekeeper.model.plan import ReadyMadeKind
from gatekeeper.policy.ready_made.checked import Checked, anything, ctrf, lines

FINE, FINDINGS, WRONG_OPTIONS = 0, 1, 2
REPORT = "GATEKEEPER_REPORT"

Options: TypeAlias = Mapping[str, Any]
Kind: TypeAlias = Callable[[Options], Sequence[Checked]]


def _python(options: Options) -> Sequence[Checked]:
    from gatekeeper.adapters.readymade.python_sources import check_python

    return check_python(tuple(options["files"]), tuple(options["imports"]), options["interpreter"])


def _docs(options: Options) -> Sequence[Checked]:
    from gatekeeper.adapters.readymade.documents import check_docs

    return check_docs(tuple(options["files"]), options["forbidden"], options["required"])


def _openapi(options: Options) -> Sequence[Checked]:
    from gatekeeper.adapters.readymade.openapi import check_openapi

    return check_openapi(options["base"], options["head"], options["tool"])


def _environment(options: Options) -> Sequence[Checked]:
    from gatekeeper.adapters.readymade.environment import check_environment

    return check_environment(options["required"], options["refuse_production"], os.environ)


KINDS: dict[ReadyMadeKind, Kind] = {"python": _python, "docs": _docs, "openapi": _openapi, "environment": _environment}
"""Every kind, by its name in definitions."""


class WrongOptions(Exception):
    """What the step was given can't be used; the text says why."""


def main(argv: Sequence[str]) -> int:
    """Check what `argv` asks for (a kind, and its options as JSON), and say what was found."""
    start = time.time_ns() // 1_000_000
    report = os.environ.pop(REPORT, "")  # nothing that is started from here needs to know the place
    try:
        kind, options = _read(argv)
        checks = anything(KINDS[kind](options), kind)
    except (WrongOptions, re.error) as fault:
        print(f"gatekeeper: wrong options: {fault}", file=sys.stderr)
        return WRONG_OPTIONS
    for line in lines(checks, kind):
        print(line.encode("utf-8", "backslashreplace").decode())
    if report:
        document = ctrf(checks, version=__version__, start_ms=start, stop_ms=time.time_ns() // 1_000_000)
        _write(Path(report), json.dumps(document))
    return FINDINGS if any(check.faults for check in checks) else FINE


def _read(argv: Sequence[str]) -> tuple[ReadyMadeKind, Options]:
    known = next((kind for kind in KINDS if [kind] == list(argv[:1])), None)
    match argv:
        case [_, written] if known is not None:
            try:
                options = json.loads(written)
            except ValueError as fault:
                raise WrongOptions(f"they are no JSON: {fault}") from None
            if not isinstance(options, dict):
                raise WrongOptions("they are no JSON object")
            return known, options
        case [kind, _]:
            raise WrongOptions(f"there is no kind {kind!r}; there are {', '.join(KINDS)}")
        case _:
            raise WrongOptions("a kind and its options are wanted")


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    part.touch(mode=0o600)
    part.write_text(text, encoding="utf-8")
    part.replace(path)
