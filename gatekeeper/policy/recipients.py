"""Owns who is told: an address or a command, what may be shown of it (never its token), and what of it is secret."""

from __future__ import annotations

import hashlib
import re

from gatekeeper.model.plan import Argv, ReadyMade, Shell
from gatekeeper.model.record import NamedTuple
from gatekeeper.policy.binding import fill, fill_script
from gatekeeper.policy.describe import command_line
from gatekeeper.policy.masking import MASK

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from gatekeeper.model.cycle_parts import Notification
    from gatekeeper.model.plan import Command
    from gatekeeper.policy.binding import Context

TELEGRAM_TOKEN = "TELEGRAM_BOT_TOKEN"  # noqa: S105 - the name of a variable
"""The variable that holds the bot's token where a target is ``telegram:CHAT``."""

TELEGRAM = "telegram"
_WEB = frozenset({"http", "https"})
_SHORT, _LONG = 8, 16
_HOST = r"localhost|[0-9]+(\.[0-9]+){3}(:[0-9]+)?|[a-z0-9-]+(\.[a-z0-9-]+)*\.[a-z]{2,}(:[0-9]+)?"


class Recipient(NamedTuple):
    """Somebody who is told, on which endings: an address with all its tokens, or a `command` that is given a message.

    `written` is the command as the definition has it, before anything was filled in.
    """

    on: tuple[str, ...]
    to: str = ""
    command: Shell | Argv | None = None
    written: str = ""

    @property
    def shown(self) -> str:
        """Who it is, in words that hold no token."""
        return shown(self.to) if self.command is None else f"exec: {self.written}"

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
        written = _line(each.command)
        match each.command:
            case Shell(script):
                found.append(Recipient(each.on, command=Shell(fill_script(script, context)), written=written))
            case Argv(argv):
                command = Argv(tuple(fill(word, context) for word in argv))
                found.append(Recipient(each.on, command=command, written=written))
            case ReadyMade() | None:
                if address := fill(each.to, context).strip():
                    found.append(Recipient(each.on, _with_token(address, context.environ)))
    return tuple(found)


def _line(command: Command | None) -> str:
    line = " ".join((command_line(command) or "").split()) if command is not None else ""
    return f"{line[:59]}…" if len(line) > 60 else line


def _with_token(address: str, environ: Mapping[str, str]) -> str:
    """``telegram:CHAT`` as apprise has it, where the environment has the bot's token."""
    scheme, _, chat = address.partition(":")
    token = environ.get(TELEGRAM_TOKEN, "").strip()
    if scheme.lower() != TELEGRAM or chat.startswith("//") or not token:
        return address
    from urllib.parse import quote

    return f"tgram://{token}/{quote(chat, safe='@-')}/"


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
    from urllib.parse import urlsplit

    try:
        parts = urlsplit(target)
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return f"{scheme}://{MASK}"
    return f"{scheme}://{parts.hostname or ''}{port}/{MASK}"


def secrets_of(target: str) -> tuple[str, ...]:
    """The target and those parts of it that look like a token, longest first: what is hidden wherever it turns up.

    Words such as ``services`` are none, nor is the name of a host.
    """
    parts = {part for part in _parts(target) if len(part) >= _LONG or (len(part) >= _SHORT and _has_digit(part))}
    return _longest_first({target.strip(), *parts})


def without(target: str, text: str) -> str:
    """`text` as one line of bounded length in which no part of the target is left that could be its token."""
    for part in _longest_first({target.strip(), *(part for part in _parts(target) if len(part) >= _SHORT - 2)}):
        text = text.replace(part, MASK)
    return " ".join(text.split())[:300]


def _parts(target: str) -> set[str]:
    from urllib.parse import unquote

    rest = target.strip().partition(":")[2]
    split = {*re.split(r"[/?&=@:#,]+", rest), *re.split(r"[/?&=@#,]+", rest)}
    return {part for part in {*split, *map(unquote, split)} if not re.fullmatch(_HOST, part)}


def _has_digit(text: str) -> bool:
    return any(map(str.isdigit, text))


def _longest_first(parts: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(filter(None, parts), key=lambda part: (-len(part), part)))
