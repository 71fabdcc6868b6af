"""Which of our variables steps see: never what only gatekeeper is to know, and no more than the cycle says."""

from __future__ import annotations

import pytest

from gatekeeper.model.cycle_parts import Notification
from gatekeeper.model.plan import Gate, Pairs, Plan
from gatekeeper.policy.inheritance import in_words, inherits, withheld


def plan(*targets: str, variables: Pairs = ()) -> Plan:
    notify = tuple(Notification(target, ("red",)) for target in targets)
    return Plan("c", "c.yaml", "sha256:x", gates=(Gate("g", ()),), vars=variables, notify=notify)


OURS = {
    "GATEKEEPER_PING_URL": "https://ping.example/secret",
    "OTEL_EXPORTER_OTLP_HEADERS": "authorization=x",
    "OTEL_EXPORTER_OTLP_TRACES_HEADERS": "authorization=x",
}
THEIRS = {"PATH": "/bin", "OTEL_SERVICE_NAME": "x", "OTEL_EXPORTER_OTLP_ENDPOINT": "x", "GATEKEEPER_NO_FIX": "1"}


def test_what_lets_gatekeeper_in_somewhere_is_kept() -> None:
    assert withheld(plan(), {**OURS, **THEIRS}) == tuple(sorted(OURS))


def test_whom_to_tell_is_kept_wherever_the_definition_takes_it_from() -> None:
    through = plan("${env:NOTIFY_URL:-}", "tgram://${vars.bot}/1", variables=(("bot", "${env:BOT}${vars.bot}"),))
    there = {"NOTIFY_URL": "u", "BOT": "b", "OTHER": "o"}
    assert withheld(through, there) == ("BOT", "NOTIFY_URL")
    assert withheld(through, {"OTHER": "o"}) == ()


def test_what_every_step_sees_is_no_secret_of_ours() -> None:
    """A script below somebody's home is told: HOME stays for all."""
    assert withheld(plan("${env:HOME}/${env:TEAM}"), {"HOME": "/h", "PATH": "/bin", "TEAM": "t"}) == ("TEAM",)


@pytest.mark.parametrize(
    ("inherited", "seen"),
    [
        (None, ["PATH", "LC_ALL", "NODE_ENV", "AWS_REGION", "X"]),
        ((), ["PATH", "LC_ALL"]),
        (("NODE_ENV",), ["PATH", "LC_ALL", "NODE_ENV"]),
        (("AWS_*",), ["PATH", "LC_ALL", "AWS_REGION"]),
    ],
)
def test_what_a_step_sees(inherited: tuple[str, ...] | None, seen: list[str]) -> None:
    assert [name for name in ("PATH", "LC_ALL", "NODE_ENV", "AWS_REGION", "X") if inherits(name, inherited)] == seen


def test_it_can_be_said_in_words() -> None:
    assert in_words(None) == ""
    assert in_words(()) == "the basic variables only"
    assert in_words(("A", "B_*")) == "the basic variables, A, B_*"
