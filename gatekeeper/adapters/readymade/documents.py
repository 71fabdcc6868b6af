"""Owns checking documents: reading them, and one check for each file and rule."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from gatekeeper.adapters.readymade.globbing import matching
from gatekeeper.policy.ready_made.checked import Checked, Spot
from gatekeeper.policy.ready_made.markdown import Where
from gatekeeper.policy.ready_made.wording import Rule, forbidden, required

_LARGEST = 20 << 20


def check_docs(
    files: Sequence[str], forbid: Sequence[Mapping[str, str]], require: Sequence[Mapping[str, str]]
) -> tuple[Checked, ...]:
    """Check every one of `files` against what is forbidden, and the files of each requirement against it.

    Raises:
        re.error: a pattern is no regular expression.
    """
    texts = _Texts()
    names, checks = matching(files)
    found = list(checks)
    for written in forbid:
        rule = _rule(written)
        found += [Checked(name, f"without {rule.said}", texts.judged(forbidden, rule, name)) for name in names]
    for written in require:
        rule = _rule(written)
        own, empty = matching([written["file"]])
        found += empty
        found += [Checked(name, f"with {rule.said}", texts.judged(required, rule, name)) for name in own]
    return tuple(dict.fromkeys(found))


class _Texts:
    """The documents, each read once."""

    def __init__(self) -> None:
        self._read: dict[str, str | Spot] = {}

    def judged(self, judge: Callable[[Rule, str, str], tuple[Spot, ...]], rule: Rule, name: str) -> tuple[Spot, ...]:
        """What `judge` says of the document by `rule`, or that it can't be read."""
        if name not in self._read:
            self._read[name] = _text(name)
        match self._read[name]:
            case str(text):
                return judge(rule, text, name)
            case unreadable:
                return (unreadable,)


def _rule(written: Mapping[str, str]) -> Rule:
    kinds: dict[str, Where] = {"prose": "prose", "code": "code", "everywhere": "everywhere"}
    return Rule(written["text"], written["pattern"], written["reason"], kinds[written["where"]])


def _text(name: str) -> str | Spot:
    path = Path(name)
    try:
        if path.stat().st_size > _LARGEST:
            return Spot(f"the file is larger than {_LARGEST >> 20} MiB, and was not looked at", name)
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as fault:
        return Spot(f"the file is not UTF-8 (at byte {fault.start}), and was not looked at", name)
    except OSError as fault:
        return Spot(f"the file can't be read: {fault.strerror or fault}", name)
