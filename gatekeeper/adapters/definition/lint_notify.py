"""Owns the rules of `gatekeeper check` on who is told how a run ended: tokens in the open, words that never come."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from gatekeeper.adapters.definition.lint_found import Found
from gatekeeper.adapters.definition.place import Place
from gatekeeper.model.cycle_parts import Notification
from gatekeeper.policy.announcing import TROUBLE
from gatekeeper.policy.recipients import TELEGRAM, is_web, scheme_of

_LOCAL = re.compile(r"localhost|127(\.[0-9]+){3}|::1|.*\.localhost")
_UNKNOWN = "VALUE"
"""What stands for a reference whose value is not known."""


def of_notification(told: Notification, known: str, place: Place) -> Iterator[Found]:
    """What is dangerous in an item of `notify:`; `known` is its address, as far as it can be filled in now."""
    if told.command is None:
        yield from _of_address(known.strip(), (*place, "to"))
    wanted = set(told.on)
    if "recovered" in wanted and wanted.isdisjoint((*TROUBLE, "always")):
        message = "`recovered` is told of trouble that was told before, and none is told here: it never comes"
        yield Found("recovery-never-told", (*place, "on"), 0, message, "write `on: [red, recovered]`")


def _of_address(known: str, place: Place) -> Iterator[Found]:
    literal = bool(known) and _UNKNOWN not in known
    host = _host(known) if is_web(known) else ""
    if literal and not scheme_of(known):
        message = "this is no URL, so nobody is told"
        yield Found("notify-nobody", place, 0, message, "write https://… for a webhook, or an apprise URL")
    elif literal and scheme_of(known) != TELEGRAM and not _LOCAL.fullmatch(host):
        message = "an address is as good as a token, and everybody who reads the definition has this one"
        yield Found("token-in-definition", place, 0, message, "write `to: ${env:NOTIFY_URL:-}`, and set the variable")
    if scheme_of(known) == "http" and host and not _LOCAL.fullmatch(host) and _UNKNOWN.lower() not in host:
        message = f"what is told, and its token, go to {host} in the open"
        yield Found("notify-in-the-open", place, 0, message, "write https://")


def _host(address: str) -> str:
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""
