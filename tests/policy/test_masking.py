"""Secrets are hidden by their values, in every form in which they come by."""

from __future__ import annotations

import base64
import json
import os
import shlex
from collections.abc import Callable
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.policy.binding import Context, fill_script
from gatekeeper.policy.masking import MASK, Masker, unmasked

TRICKY = "pa'ss \"w$rd`\\"
FORMS: dict[str, Callable[[str], str]] = {
    "plain": str,
    "base64": lambda secret: base64.b64encode(secret.encode()).decode(),
    "base64 for URLs": lambda secret: base64.urlsafe_b64encode(secret.encode()).decode(),
    "URL": lambda secret: quote(secret, safe=""),
    "JSON": json.dumps,
    "shlex": shlex.quote,
    "a command": lambda secret: fill_script("login ${env:X}", Context({"X": secret})),
    "a command, between double quotes": lambda secret: fill_script('login "${env:X}"', Context({"X": secret})),
    "a command, between single quotes": lambda secret: fill_script("login 'x${env:X}'", Context({"X": secret})),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("secret", ["hunter22", TRICKY, "sch\u00f6n \u2603 geheim", "???>>>~~~"])
def test_a_secret_is_hidden_in_every_form(form: str, secret: str) -> None:
    written = FORMS[form](secret)
    masked = Masker([secret]).mask(f"before {written} after")
    assert MASK in masked
    assert written.strip("'\"") not in masked
    assert masked.startswith("before ")
    assert masked.endswith(" after")
    left = masked.removeprefix("before ").removesuffix(" after").replace(MASK, "")
    assert len(left) <= len("login 'x'") + 3, left


@given(secrets=st.lists(st.text(min_size=4), max_size=4), around=st.text())
def test_no_secret_survives(secrets: list[str], around: str) -> None:
    """Whatever they are made of, and also where one holds another; the mask itself is no secret."""
    secrets = [secret for secret in secrets if MASK not in secret and not set(secret) & set(MASK)]
    masked = Masker(secrets).mask(around + "|".join(secrets))
    assert not any(secret in masked for secret in secrets)


def test_short_values_are_left() -> None:
    """Masking every 1 would make a log unreadable, and hide nothing."""
    assert Masker(["1", "yes", ""]).mask("1 yes no") == "1 yes no"
    assert not Masker(["1"])
    assert Masker(["hunter22"])


def test_what_nothing_is_hidden_for_is_told_with_the_reason() -> None:
    """A name that is misspelt has no value, and would otherwise be passed over in silence."""
    environ = {"TOKEN": "hunter2", "EMPTY": "", "PIN": "123", "FOUR": "1234"}
    assert unmasked(["TOKEN", "TOKN", "EMPTY", "PIN", "FOUR"], environ) == (
        ("TOKN", "not set here"),
        ("EMPTY", "empty here"),
        ("PIN", "shorter than 4 characters"),
    )
    assert Masker(environ.values()).mask("hunter2 123 1234") == f"{MASK} 123 {MASK}", "that is what is hidden"


def test_a_secret_inside_another_leaves_no_rest_of_the_longer_one() -> None:
    assert Masker(["abcd", "abcdefgh"]).mask("abcdefgh abcd") == f"{MASK} {MASK}"


def test_a_variable_that_is_not_utf_8_is_hidden_too() -> None:
    secret = os.fsdecode(b"caf\xe9-token")
    assert Masker([secret]).mask(f"x {secret} y caf%E9-token") == f"x {MASK} y {MASK}"


def test_each_line_of_a_secret_of_several_lines_is_hidden() -> None:
    """Output is shown line by line, and a key is as secret in parts; its shortest lines are left."""
    masker = Masker(["-----BEGIN KEY-----\nc2VjcmV0IGxpbmU\nab==\n-----END KEY-----\n"])
    assert masker.mask("│ c2VjcmV0IGxpbmU") == f"│ {MASK}"
    assert masker.mask("│ ab==") == "│ ab=="
