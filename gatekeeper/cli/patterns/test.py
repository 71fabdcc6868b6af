"""Owns `gatekeeper patterns test`: which pattern knows an output that somebody has at hand."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from gatekeeper.adapters.patterns.recognising import Failure, recognised
from gatekeeper.adapters.patterns.sifting import LARGEST, read_output
from gatekeeper.cli.exit_codes import OK
from gatekeeper.cli.ink import Ink, printable
from gatekeeper.model.errors import EnvironmentFault, UsageError
from gatekeeper.model.helping import Recognised
from gatekeeper.model.known import KnownFailure
from gatekeeper.model.pattern import Pattern
from gatekeeper.model.verdict import StepVerdict
from gatekeeper.policy.patterns.fitting import Facts
from gatekeeper.policy.patterns.known import FACTS

NOT_MATCHED = 1


def test(patterns: Sequence[Pattern], file: str, exit_code: int, *, as_json: bool) -> int:
    """Tell what is known of a step that wrote `file` (or standard input, for ``-``) and ended with `exit_code`.

    Raises:
        UsageError: there is no such file.
        EnvironmentFault: it cannot be read.
    """
    facts = Facts(exit=exit_code, verdict=StepVerdict.FAILED, findings=frozenset({"exit-code"}))
    values = dict.fromkeys(FACTS, "?") | {"cwd": ".", "exit_code": str(exit_code)}
    # Who held a port when this was written is not to be seen any more.
    found = recognised(tuple(patterns), Failure(facts, _content(file), tuple(values.items())), lambda _: "")
    if as_json:
        _print_json(found)
    else:
        _print(found)
    return OK if found.known is not None else NOT_MATCHED


def _content(file: str) -> bytes:
    try:
        if file == "-":
            return sys.stdin.buffer.read(LARGEST)
        return read_output(file)
    except FileNotFoundError:
        raise UsageError(f"{file}: there is no such file; - reads standard input") from None
    except (OSError, ValueError) as fault:
        raise EnvironmentFault(f"{file}: it cannot be read: {getattr(fault, 'strerror', None) or fault}") from None


def _print_json(found: Recognised) -> None:
    import json

    known = found.known
    said: dict[str, object] | None = None
    if known is not None:
        said = {name.rstrip("_"): value for name, value in known._asdict().items()}
        said["captures"] = dict(known.captures)
    print(json.dumps({"known": said, "skipped": list(found.skipped)}, indent=2, ensure_ascii=False))


def _print(found: Recognised) -> None:
    ink = Ink()
    for skipped in found.skipped:
        ink.say(f"{ink.paint('left out', 'yellow')}  {printable(skipped)}")
    if found.known is None:
        ink.say("no pattern knows this output; runbooks/patterns.md tells how to write one")
    else:
        for label, text in _lines(found.known):
            if text:
                ink.say(f"{ink.paint(f'{label:<11}', 'dim')} {printable(text)}")
    ink.done()


def _lines(known: KnownFailure) -> tuple[tuple[str, str], ...]:
    return (
        ("pattern", f"{known.pattern} ({known.class_})"),
        ("line", known.line),
        ("root cause", known.root_cause),
        ("suggestion", known.suggestion),
        ("mitigation", known.mitigation),
        ("dependency", known.dependency),
        ("runbook", known.runbook),
    )
