"""Who is told is shown without its token, and its token is known wherever it turns up."""

from __future__ import annotations

import pytest

from gatekeeper.model.cycle_parts import Notification
from gatekeeper.model.plan import Argv, Shell
from gatekeeper.policy.binding import Context
from gatekeeper.policy.recipients import recipients, secrets_of, shown, without

SLACK = "https://hooks.slack.com/services/T0001/B0002/abcdefghijklmnopqrstuvwx"


@pytest.mark.parametrize(
    ("target", "seen"),
    [
        ("https://user:pw@hooks.example.com/services/T/B/x?y", "https://hooks.example.com/•••"),
        ("http://127.0.0.1:8080/x", "http://127.0.0.1:8080/•••"),
        ("tgram://123456:TOKEN/42", "tgram://•••"),
        ("telegram:0000000000", "telegram:•••"),
        ("http://[::1/T0KEN", "http://•••"),
        ("https://h:port/T0KEN", "https://•••"),
        ("whatever", "•••"),
        ("T0 KEN:x", "•••"),
        ("", "•••"),
    ],
)
def test_what_is_shown_of_a_target(target: str, seen: str) -> None:
    """A web address shows its host; elsewhere even that may be the token."""
    assert shown(target) == seen


def test_what_of_a_target_is_a_token() -> None:
    """The whole, and what looks like one: neither words that every step may print, nor hosts."""
    assert secrets_of(SLACK) == (SLACK, "abcdefghijklmnopqrstuvwx")
    assert secrets_of("tgram://123456789:AAbbCCddEEffGGhhIIjj/42") == (
        "tgram://123456789:AAbbCCddEEffGGhhIIjj/42",
        "123456789:AAbbCCddEEffGGhhIIjj",
        "AAbbCCddEEffGGhhIIjj",
        "123456789",
    )
    assert "p@ssw0rd-of-mail" in secrets_of("mailto://me:p%40ssw0rd-of-mail@example.org")
    assert secrets_of("json://127.0.0.1:8080/hook") == ("json://127.0.0.1:8080/hook",)


def test_a_problem_is_told_without_any_part_of_the_target() -> None:
    """Libraries put addresses into their exceptions, whole and in parts; a reader needs one line."""
    problem = f"cannot POST {SLACK}\n(path /T0001/B0002/abcdefghijklmnopqrstuvwx)"
    told = without(SLACK, problem)
    assert "abcdefgh" not in told
    assert "\n" not in told
    assert without(SLACK, "x" * 1000) == "x" * 300


def test_whom_a_plan_names() -> None:
    """An empty address is nobody; a command is quoted where it is one for a shell, and shown as it was written."""
    context = Context({"URL": " https://h.example/x ", "NAME": "a b"})
    told = recipients(
        (
            Notification("${env:URL}", ("red",)),
            Notification("${env:NOBODY:-}", ("red",)),
            Notification("", ("red",), Argv(("./tell.sh", "${env:NAME}"))),
            Notification("", ("red",), Shell("tell ${env:NAME} | cat")),
        ),
        context,
    )
    assert [each.to for each in told] == ["https://h.example/x", "", ""]
    assert told[1].command == Argv(("./tell.sh", "a b"))
    assert told[2].command == Shell("tell 'a b' | cat")
    assert [each.shown for each in told[1:]] == ["exec: ./tell.sh '${env:NAME}'", "exec: tell ${env:NAME} | cat"]
    assert len({each.key for each in told}) == 3


def test_a_chat_of_telegram_takes_its_token_from_the_environment() -> None:
    """As agents and chat programs write it: `telegram:CHAT`; without a token it stays as it is, to be told why."""
    chat = (Notification("telegram:0000000000", ("red",)),)
    (with_token,) = recipients(chat, Context({"TELEGRAM_BOT_TOKEN": "123456789:AAbbCC"}))
    assert with_token.to == "tgram://123456789:AAbbCC/0000000000/"
    (without_token,) = recipients(chat, Context({}))
    assert without_token.to == "telegram:0000000000"
