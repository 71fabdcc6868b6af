"""Owns who is told: an address or a command, what may be shown of it (never its token), and what of it is secret."""

from __future__ import annotations

import hashlib
from urllib.parse import unquote, urlsplit

from gatekeeper.model.plan import Argv, ReadyMade, Shell
from gatekeeper.model.record import NamedTuple
from gatekeeper.policy.binding import fill, fill_script
from gatekeeper.policy.describe import command_line
from gatekeeper.policy.masking import MASK

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from gatekeeper.model.cycle_parts import Notification
    from gatekeeper.policy.binding import Context

TELEGRAM_TOKEN = "TELEGRAM_BOT_TOKEN"  # noqa: S105 - the name of a variable
"""The variable that holds the bot's token where a target is ``telegram:CHAT``."""

_WEB = frozenset({"http", "https"})
_SHORTEST_SECRET = 8


class Recipient(NamedTuple):
    """Somebody who is told, on which endings: an address with all its tokens, or a `command` that is given a message."""

    on: tuple[str, ...]
    to: str = ""
    command: Shell | Argv | None = None

    @property
    def shown(self) -> str:
        """Who it is, in words that hold no token."""
        return shown(self.to) if self.command is None else f"exec: {command_line(self.command)}"

    @property
    def key(self) -> str:
        """A name for what is remembered of it; nobody can tell the address from it."""
        text = self.to if self.command is None else repr(self.command)
        return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()[:24]


def recipients(notifications: Iterable[Notification], context: Context) -> tuple[Recipient, ...]:
    """Those whom a plan names, with every reference filled in; an empty address is nobody.

    Raises:
        UnboundReference: a reference has no value.
    """
    found = []
    for each in notifications:
        match each.command:
            case Shell(script):
                found.append(Recipient(each.on, command=Shell(fill_script(script, context))))
            case Argv(argv):
                found.append(Recipient(each.on, command=Argv(tuple(fill(word, context) for word in argv))))
            case ReadyMade() | None:
                if address := fill(each.to, context).strip():
                    found.append(Recipient(each.on, address))
    return tuple(found)


def scheme_of(target: str) -> str:
    """The scheme in lower case, or nothing where there is none."""
    scheme, colon, _ = target.partition(":")
    return scheme.lower() if colon else ""


def is_web(target: str) -> bool:
    """Whether it is asked with one POST, and not through apprise."""
    return scheme_of(target) in _WEB


def shown(target: str) -> str:
    """`target` with all but its scheme hidden; a web address also shows its host.

    In most schemes of chat systems, what looks like the host is the token.
    """
    scheme = scheme_of(target)
    if not scheme.replace("+", "").isalnum():
        return MASK
    if scheme not in _WEB:
        return f"{scheme}:{'//' * ('://' in target)}{MASK}"
    try:
        parts = urlsplit(target)
        port = f":{parts.port}" if parts.port else ""
        return f"{scheme}://{parts.hostname or ''}{port}/{MASK}"
    except ValueError:
        return f"{scheme}://{MASK}"


def secrets_of(target: str) -> tuple[str, ...]:
    """The target and those parts of it that may be a token, longest first; none where it has no value that is one."""
    whole = target.strip()
    rest = whole.partition(":")[2]
    try:
        host = urlsplit(whole).netloc.rpartition("@")[2] if is_web(whole) else ""
    except ValueError:
        host = ""
    for mark in "?&=@:#,":
        rest = rest.replace(mark, "/")
    parts = {*rest.split("/"), *map(unquote, rest.split("/"))} - {host, host.partition(":")[0]}
    long = {part for part in (whole, *parts) if len(part) >= _SHORTEST_SECRET}
    return tuple(sorted(long, key=lambda part: (-len(part), part)))


def without(target: str, text: str) -> str:
    """`text` as one line of bounded length in which no part of the target is left that could be its token."""
    for part in secrets_of(target):
        text = text.replace(part, MASK)
    return " ".join(text.split())[:300]
