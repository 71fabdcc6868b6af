"""Owns telling an address how an unattended run goes: bounded in time, and never changing anything.

The addresses are those of services that raise an alarm when nothing comes: ADDRESS when all is well, ADDRESS/start
and ADDRESS/fail else. An address is a secret: whoever knows it can say that all is well.
"""

from __future__ import annotations

import threading
from typing import Literal, TypeAlias
from urllib.parse import urlsplit, urlunsplit

Word: TypeAlias = Literal["start", "success", "fail"]
WITHIN_S = 5.0
_PATHS: dict[Word, str] = {"start": "/start", "success": "", "fail": "/fail"}


def ping(address: str, word: Word, about: str, within_s: float = WITHIN_S) -> str:
    """Say `word`; returns what went wrong, without the address, or nothing. Returns in time, whatever is answered."""
    problem: list[str] = []

    def say() -> None:
        try:
            problem.append(_post(_place(address, word), about, within_s))
        except Exception as fault:  # noqa: BLE001 - whatever it is, the run goes on
            problem.append(f"{type(fault).__name__}")

    # A name that is not resolved waits for as long as it likes: the thread is left to itself.
    saying = threading.Thread(target=say, daemon=True)
    saying.start()
    saying.join(within_s)
    return problem[0] if problem else f"no answer within {within_s:g} s"


def _place(address: str, word: Word) -> str:
    parts = urlsplit(address)
    return urlunsplit(parts._replace(path=parts.path.rstrip("/") + _PATHS[word], fragment=""))


def _post(address: str, about: str, within_s: float) -> str:
    import http.client

    parts = urlsplit(address)
    kinds = {"http": http.client.HTTPConnection, "https": http.client.HTTPSConnection}
    kind = kinds.get(parts.scheme)
    if kind is None or not parts.hostname:
        return "it is no http or https address"
    connection = kind(parts.hostname, parts.port, timeout=within_s)
    try:
        place = urlunsplit(("", "", parts.path or "/", parts.query, ""))
        connection.request("POST", place, about.encode(), {"User-Agent": "gatekeeper"})
        status = connection.getresponse().status
    except OSError as fault:
        return fault.strerror or type(fault).__name__
    finally:
        connection.close()
    return "" if 200 <= status < 300 else f"it was answered with status {status}"
