"""`check` tells of notifications that give a token away, or that never come."""

from __future__ import annotations

from pathlib import Path

import pytest

from gatekeeper.model.cycle_parts import Notification
from gatekeeper.model.plan import Argv, Shell
from gatekeeper.policy.announcing import USUAL
from tests.adapters.definition.definitions import GATES, HEAD, plan_of, problems_of
from tests.adapters.definition.linting import findings

TOKEN = ("token-in-definition", "notify[0].to")
OPEN = ("notify-in-the-open", "notify[0].to")


@pytest.mark.parametrize(
    ("item", "found"),
    [
        ('to: "${env:URL:-}"', []),
        ('to: "https://h.example/${env:TOKEN}"', []),
        ('to: ""', []),
        ("to: http://127.0.0.1:8080/hook", []),
        ("to: http://localhost/hook", []),
        ("to: telegram:0000000000", []),
        ("exec: ./tell.sh", []),
        ("to: tgram://123456:token/42", [TOKEN]),
        ("to: https://hooks.example.com/services/T/B/x", [TOKEN]),
        ('to: "${env:URL:-https://hooks.example.com/services/x}"', [TOKEN]),
        ('to: "${vars.hook}"', [TOKEN]),
        ('to: "http://h.example/${env:TOKEN}"', [OPEN]),
        ('to: "http://${env:HOST}/hook"', []),
        ("to: http://h.example/x", [OPEN, TOKEN]),
        ("to: team@example.org", [("notify-nobody", "notify[0].to")]),
        ("exec: ./tell.sh, on: recovered", [("recovery-never-told", "notify[0].on")]),
        ("exec: ./tell.sh, on: [green, recovered]", [("recovery-never-told", "notify[0].on")]),
        ("exec: ./tell.sh, on: [aborted, recovered]", []),
        ("exec: ./tell.sh, on: [always, recovered]", []),
        ("to: https://ntfy.example/topic, allow: {token-in-definition: a public topic}", []),
        (
            "exec: ./tell.sh, allow: {token-in-definition: none}",
            [("idle-allow", "notify[0].allow.token-in-definition")],
        ),
    ],
)
def test_notifications_that_are_dangerous(tmp_path: Path, item: str, found: list[tuple[str, str]]) -> None:
    """Each is told at the key that it is about, and is meant where that is said with a reason."""
    text = f"{HEAD}vars: {{hook: 'https://h.example/x'}}\nnotify: [{{{item}}}]\n{GATES}"
    assert [(finding.rule, finding.key) for finding in findings(tmp_path, text)] == found


def test_no_finding_shows_a_token(tmp_path: Path) -> None:
    """What `check` says lands in the logs of CI."""
    text = f"{HEAD}notify: [{{to: 'https://user:S3CRET@h.example/S3CRET'}}, {{to: S3CRET}}]\n{GATES}"
    found = findings(tmp_path, text)
    assert len(found) == 2
    assert "S3CRET" not in str(found)


def test_whom_a_definition_tells() -> None:
    """A URL, or a command as a step has one; the usual endings where none are written."""
    told = plan_of(
        f"{HEAD}notify: [{{to: '${{env:X:-}}'}}, {{exec: tell | cat}}, {{exec: [a, b], on: always}}]\n{GATES}"
    ).notify
    assert told == (
        Notification("${env:X:-}", USUAL),
        Notification("", USUAL, Shell("tell | cat")),
        Notification("", ("always",), Argv(("a", "b"))),
    )


@pytest.mark.parametrize(
    ("item", "problem"),
    [
        ("on: red", "`to` or `exec` is wanted here, and neither is there"),
        ("to: x, exec: y", "`to` or `exec` is wanted here, and both are there"),
        ("exec: []", "the list has no command to begin with"),
        ("exec: 'tell ${capture.x}'", "${capture.x} can't stand here"),
    ],
)
def test_what_is_no_notification(item: str, problem: str) -> None:
    (found,) = problems_of(f"{HEAD}notify: [{{{item}}}]\n{GATES}")
    assert problem in str(found)
    assert "notify[0]" in str(found)
