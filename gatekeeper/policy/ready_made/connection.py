"""Owns reading where a connection string leads: hosts and names of databases. Connects to nothing.

It reads URLs (also ``jdbc:`` and several hosts at once), libpq's ``host=… dbname=…``, ``Server=…;Database=…``, Go's
``user@tcp(host)/name`` and a bare host. What it can't read leads nowhere that it knows.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import parse_qsl, unquote

from gatekeeper.model.record import NamedTuple

_URL = re.compile(
    r"(?:jdbc:)?([A-Za-z][A-Za-z0-9+.-]*):(?:[A-Za-z0-9]+:)*//([^/?#;]*)([^?#;]*)(?:[?]([^#]*))?(.*)", re.DOTALL
)
_GO = re.compile(r"(?:[^@]*@)?(tcp6?|unix)\(([^()]*)\)/([^?]*)(?:[?].*)?", re.DOTALL)
_PAIR = re.compile(r"""\s*([A-Za-z_][A-Za-z0-9_ ]*?)\s*=\s*('(?:[^'\\]|\\.)*'|"[^"]*"|[^;\s][^;]*?|)\s*(?:;|$)""")
_LIBPQ = re.compile(r"""([A-Za-z_]+)\s*=\s*('(?:[^'\\]|\\.)*'|\S*)""")
_HOSTS = frozenset({"host", "hostaddr", "server", "data source", "datasource", "address", "addr", "network address"})
_NAMES = frozenset({"dbname", "database", "databasename", "initial catalog"})
_BARE = re.compile(r"[A-Za-z0-9_.-]+|\[[0-9A-Fa-f:.]+\]|[0-9A-Fa-f]*:[0-9A-Fa-f:.]+")


class Target(NamedTuple):
    """Where a connection string leads. A host may be a socket's path; both are empty where nothing could be read."""

    hosts: tuple[str, ...] = ()
    names: tuple[str, ...] = ()


def target(value: str) -> Target:
    """What `value` leads to."""
    value = value.strip()
    if url := _URL.fullmatch(value):
        return _of_url(url)
    if go := _GO.fullmatch(value):
        return Target((_host(go[2]),), (unquote(go[3]),))
    pairs = list(_pairs(value))
    hosts = tuple(_host(part) for key, found in pairs if key in _HOSTS for part in _parts(found))
    names = tuple(found for key, found in pairs if key in _NAMES and found)
    if hosts or names:
        return Target(hosts or ("localhost",), names)
    bare = re.sub(r"(?<=[A-Za-z0-9\]]):[0-9]{1,5}$", "", value)
    return Target((_host(bare),)) if _BARE.fullmatch(bare) else Target()


def _of_url(url: re.Match[str]) -> Target:
    scheme, authority, path, query, rest = (part or "" for part in url.groups())
    settings = {key.lower(): found for key, found in parse_qsl(query.replace(";", "&"))}
    settings |= {key.lower(): found for key, found in parse_qsl(rest.lstrip(";#").replace(";", "&"))}
    hosts = [_host(part) for part in authority.rpartition("@")[2].split(",") if part]
    hosts += [_host(part) for key, found in settings.items() if key in _HOSTS for part in _parts(found)]
    if scheme.partition("+")[0].lower() in {"sqlite", "sqlite3", "file", "duckdb"}:
        return Target(("localhost",), (unquote(f"{authority}{path}").strip("/"),))
    if "@" in path and not scheme.lower().startswith("http"):
        return Target()  # a password that holds a slash, or a host that looks like a password
    names = [unquote(path).strip("/")] if path.strip("/") else []
    names += [found for key, found in settings.items() if key in _NAMES and found]
    return Target(tuple(hosts) or ("localhost",), tuple(names))


def _pairs(value: str) -> Iterator[tuple[str, str]]:
    form = _PAIR if ";" in value or not re.search(r"\s\w+\s*=", value) else _LIBPQ
    for found in form.finditer(value):
        yield " ".join(found[1].lower().split()), found[2].strip("'\"")


def _parts(hosts: str) -> list[str]:
    """The hosts of a list; in ``host,1433`` the number is a port."""
    return [part for part in hosts.split(",") if part.strip() and not part.strip().isdecimal()]


def _host(written: str) -> str:
    """The host alone, in lower case: no protocol, port or instance."""
    host = unquote(written).strip().lower()
    host = re.sub(r"^(?:tcp|np|lpc|admin):", "", host)
    if host.startswith(("/", "@", "(")):
        return host
    host = host.partition("\\")[0]
    if bracketed := re.match(r"\[([^\]]*)\]", host):
        return bracketed[1]
    return host if host.count(":") > 1 else re.sub(r"[:,].*$", "", host).rstrip(".")
