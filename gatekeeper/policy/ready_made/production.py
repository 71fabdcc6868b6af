"""Owns whether a value looks like it leads to production. Never says the value: only what gave it away, masked.

Refused is what names production, and every host that is not this machine or its network of containers, unless the host
or the database says that it is for tests. What can't be read is refused, too: nobody knows where it leads.
"""

from __future__ import annotations

import re

from gatekeeper.policy.ready_made.connection import Target, target

_PRODUCTION = frozenset({"prod", "prods", "prd", "production", "productive", "live", "primary"})
_DENIED = re.compile(r"(?<![a-z])(?:no|non|not|pre)[^a-z]*prod(?:uction)?(?![a-z])")
_FOR_TESTS = frozenset(
    {"ci", "dev", "develop", "development", "e2e", "ephemeral", "integration", "local", "preview", "qa", "sandbox"}
    | {"scratch", "stage", "staging", "stg", "test", "testdb", "testing", "tests", "tst", "uat", "preprod", "nonprod"}
)
_MANAGED = (
    "aivencloud.com",
    "amazonaws.com",
    "amazonaws.com.cn",
    "azure.com",
    "cockroachlabs.cloud",
    "firebaseio.com",
    "mongodb.net",
    "neon.tech",
    "ondigitalocean.com",
    "planetscale.com",
    "psdb.cloud",
    "railway.app",
    "render.com",
    "rlwy.net",
    "snowflakecomputing.com",
    "supabase.co",
    "supabase.com",
    "tidbcloud.com",
    "turso.io",
    "upstash.io",
    "windows.net",
)
_LOCAL = frozenset({"localhost", "ip6-localhost", "::1", "host.docker.internal", "host.containers.internal"})
_LOCAL_ENDS = (".localhost", ".test", ".example", ".invalid")
_ADDRESS = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}")


def leads_to_production(value: str) -> str:
    """Why `value` must not be used by tests, without saying it; empty where nothing speaks against it."""
    found = target(value)
    if not found.hosts and not found.names:
        return "its value can't be read as a URL or a connection string, so nobody knows where it leads"
    return names_production(value) or _leads_away(found)


def names_production(value: str) -> str:
    """Why `value` looks like production by what it says itself: its words, or the host of a provider."""
    found = target(value)
    for host in found.hosts:
        if word := _production_word(_own_part(host)):
            return f"its host {masked(host)} holds the word {word!r}"
    for name in found.names:
        if word := _production_word(name):
            return f"the name of its database holds the word {word!r}"
    for host in found.hosts:
        provider = next((end for end in _MANAGED if host.endswith(f".{end}")), None)
        if provider is not None and not _is_for_tests(host, found):
            return f"its host {masked(host)} is a managed one, and neither it nor the database is named for tests"
    return ""


def _leads_away(found: Target) -> str:
    for host in found.hosts:
        if not _is_local(host) and not _is_for_tests(host, found):
            return f"its host {masked(host)} is not on this machine, and neither it nor the database is named for tests"
    return ""


def masked(host: str) -> str:
    """`host` as far as it may be told: the first character of each label, and the domain of a provider in full."""
    if host.startswith(("/", "@", "(")):
        return "(a socket)"
    if _ADDRESS.fullmatch(host):
        return "(an address)"
    kept = next((end for end in _MANAGED if host.endswith(f".{end}")), "")
    own = host.removesuffix(f".{kept}") if kept else host
    labels = [f"{label[:1]}***" if len(label) > 3 else "***" for label in re.split(r"[.:]", own) if label]
    return ".".join([*labels, *([kept] if kept else [])])


def _is_local(host: str) -> bool:
    if host.startswith(("/", "@", "(")) or host in _LOCAL or host.endswith(_LOCAL_ENDS):
        return True
    if _ADDRESS.fullmatch(host):
        return host.startswith("127.")
    # One label is how services of a compose file or a pod are called.
    return "." not in host and ":" not in host


def _is_for_tests(host: str, found: Target) -> bool:
    own = () if _ADDRESS.fullmatch(host) else _words(_own_part(host))
    return not _FOR_TESTS.isdisjoint((*own, *(word for name in found.names for word in _words(name))))


def _own_part(host: str) -> str:
    """The labels that its owner chose: without the provider's domain, or the last label, which may be ``dev``."""
    kept = next((end for end in _MANAGED if host.endswith(f".{end}")), None)
    if kept is not None:
        return host.removesuffix(f".{kept}")
    return host.rpartition(".")[0] if "." in host else host


def _words(text: str) -> tuple[str, ...]:
    parted = re.sub(r"([a-z0-9])([A-Z])", r"\1 \2", text)
    return tuple(word for word in re.split(r"[^a-z]+", _DENIED.sub("nonprod", parted.lower())) if word)


def _production_word(text: str) -> str:
    """The word of ours that says production, or an empty text; ``non-prod`` does not say it."""
    for word in _words(text):
        if word in _PRODUCTION:
            return word
        if "production" in word:
            return "production"
        if re.search("(?<!non)(?<!pre)prod(?:db)?$", word):
            return "prod"
    return ""
