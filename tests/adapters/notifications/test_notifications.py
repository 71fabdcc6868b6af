"""Who is told what, and that telling harms nothing."""

from __future__ import annotations

import json
import socket
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from gatekeeper.adapters.notifications.notify import notify
from gatekeeper.adapters.notifications.occasions import OCCASIONS, is_wanted
from gatekeeper.adapters.notifications.target import shown
from gatekeeper.model.cycle_parts import Notification
from gatekeeper.model.event_parts import StepSummary
from gatekeeper.model.events import Entry, Event, RoundStarted, RunFinished, RunStarted, StepFinished
from gatekeeper.model.verdict import Finding
from gatekeeper.policy.fold import RunRecord, fold

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def run(verdict: str = "red") -> RunRecord:
    events: tuple[Event, ...] = (
        RunStarted("backend-cycle", "sha256:d", "sha256:t", (), (), title="Backend", host="ci-1"),
        RoundStarted(1, "first round: everything", "sha256:t", 2),
        StepFinished("suite", "unit", 1, 1, "failed", findings=(Finding("exit-code", "exit code 1"),)),
        RunFinished(
            verdict,
            1,
            3,
            "sha256:t",
            12.5,
            log="logs/x.md",
            steps=(
                StepSummary("suite", "unit", "required", "failed", 3),
                StepSummary("a", "b", "required", "passed", 1),
            ),
            incidents=(("stray", 2),),
            reason="a required step still fails",
        ),
    )
    return fold("r1", [Entry(number, "2026-02-18T02:00:00Z", "r1", event) for number, event in enumerate(events)])


class Hook:
    """A web address that answers with a status, or never."""

    def __init__(self) -> None:
        self.status: int | None = 204
        self.seen: list[tuple[str, dict[str, str], bytes]] = []
        self.leave = threading.Event()
        hook = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                hook.seen.append((self.path, {key.lower(): value for key, value in self.headers.items()}, body))
                if hook.status is None:
                    hook.leave.wait()
                    return
                self.send_response(hook.status)
                self.send_header("Location", f"{hook.url}/elsewhere")
                self.end_headers()

            def log_message(self, *args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}/services/T0KEN123"


@pytest.fixture
def hook() -> Iterator[Hook]:
    hook = Hook()
    thread = threading.Thread(target=hook.server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield hook
    hook.leave.set()
    hook.server.shutdown()
    hook.server.server_close()
    thread.join()


@pytest.mark.parametrize(
    ("verdict", "previous", "occasions"),
    [
        ("green", None, {"green", "always"}),
        ("green", "green-after-fix", {"green", "always"}),
        ("green", "red", {"green", "recovered", "always"}),
        ("green-after-fix", "aborted", {"green", "recovered", "always"}),
        ("red", "green", {"red", "always"}),
        ("flaky", "red", {"flaky", "always"}),
        ("inconclusive", None, {"inconclusive", "always"}),
        ("aborted", None, {"aborted", "always"}),
    ],
)
def test_which_endings_are_told(verdict: str, previous: str | None, occasions: set[str]) -> None:
    """Each word of `on:` names its endings; recovered needs something to recover from."""
    assert {word for word in OCCASIONS if is_wanted((word,), verdict, previous)} == occasions


async def test_a_webhook_is_told_with_one_json_object(hook: Hook) -> None:
    """What failed and why, where the log is, and a text for chat systems."""
    problems = await notify((Notification(hook.url, ("red",)),), run(), previous="green")
    assert problems == ()
    [(path, headers, body)] = hook.seen
    assert path == "/services/T0KEN123"
    assert headers["content-type"] == "application/json"
    told = json.loads(body)
    assert (told["v"], told["cycle"], told["verdict"], told["previous"]) == (1, "backend-cycle", "red", "green")
    failed = {"step": "suite/unit", "tier": "required", "verdict": "failed", "attempts": 3, "message": "exit code 1"}
    assert told["failed"] == [{**failed, "known": ""}]
    assert told["incidents"] == {"stray": 2}
    assert told["text"] == (
        "backend-cycle is red (was green): a required step still fails.\nNot passed: suite/unit failed.\nLog: logs/x.md"
    )


async def test_nobody_is_told_who_did_not_ask(hook: Hook) -> None:
    """An empty target means nobody, another occasion means not now, and a run without an end has nothing to tell."""
    unwanted = (Notification(hook.url, ("green", "recovered")), Notification("", ("red",)), Notification(" ", ("red",)))
    assert await notify(unwanted, run(), previous=None) == ()
    assert await notify((Notification(hook.url, ("always",)),), RunRecord("r2"), previous=None) == ()
    assert hook.seen == []


@pytest.mark.parametrize("status", [302, 404, 500])
async def test_an_answer_that_is_no_success(hook: Hook, status: int) -> None:
    """A redirect is not followed; every other status than 2xx is a problem, told without the token."""
    hook.status = status
    problems = await notify((Notification(hook.url, ("red",)),), run(), previous=None)
    assert problems == (f"the notification to http://127.0.0.1/••• failed: it was answered with status {status}",)
    assert len(hook.seen) == 1


async def test_a_webhook_that_never_answers_does_not_hold_the_run(hook: Hook) -> None:
    """The bound is for all notifications together, and the others are told meanwhile."""
    hook.status = None
    started = time.monotonic()
    targets = tuple(Notification(f"{hook.url}/{number}", ("red",)) for number in range(3))
    problems = await notify(targets, run(), previous=None, within_s=0.3)
    assert time.monotonic() - started < 30
    assert problems == ("the notification to http://127.0.0.1/••• failed: it was not delivered within 0.3 s",) * 3


async def test_nobody_listens() -> None:
    """A dead webhook is a problem in words."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        target = f"http://127.0.0.1:{held.getsockname()[1]}/T0KEN123"
        [problem] = await notify((Notification(target, ("red",)),), run(), previous=None)
    assert "could not be delivered: ConnectError" in problem
    assert "T0KEN123" not in problem


@pytest.mark.parametrize("target", ["nonsense", "http://", "http://[::1/T0KEN123", "https://a b/T0KEN123", "://x"])
async def test_targets_that_are_none(target: str) -> None:
    """A wrong target is one problem, never an exception."""
    [problem] = await notify((Notification(target, ("red",)),), run(), previous=None)
    assert problem.startswith("the notification to ")
    assert "T0KEN123" not in problem


async def test_chat_systems_without_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    """The problem says what to install, and shows no token."""
    monkeypatch.setitem(sys.modules, "apprise", None)
    [problem] = await notify((Notification("tgram://123456:TOKEN/42", ("red",)),), run(), previous=None)
    assert problem == (
        "the notification to tgram://••• failed: "
        "this kind of target needs apprise: pip install 'gatekeeper-run[notify]'"
    )


APPRISE = """
from pathlib import Path

class Apprise:
    def add(self, url):
        self.url = url
        return not url.startswith("unknown")

    def notify(self, title, body):
        if "raise" in self.url:
            raise RuntimeError(f"cannot send to {self.url}")
        Path(__file__).with_name("sent").write_text(f"{self.url}|{title}|{body.splitlines()[0]}")
        return "fail" not in self.url
"""


@pytest.fixture
def extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A module with the three calls of apprise that are used, where the real one would be."""
    (tmp_path / "apprise.py").write_text(APPRISE)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "apprise", raising=False)
    return tmp_path


async def test_chat_systems_with_the_extra(extra: Path) -> None:
    """Every scheme that is not ours goes to apprise, with a title and the text."""
    assert await notify((Notification("tgram://token/42", ("red",)),), run(), previous=None) == ()
    assert (extra / "sent").read_text() == (
        "tgram://token/42|backend-cycle: red|backend-cycle is red: a required step still fails."
    )


@pytest.mark.parametrize(
    ("target", "problem"),
    [
        ("unknown://SECRETTOKEN", "apprise does not know this kind of target, or a part of it is missing"),
        ("slack://fail/SECRETTOKEN", "apprise could not deliver it"),
        ("slack://raise/SECRETTOKEN", "RuntimeError: cannot send to •••"),
    ],
)
async def test_what_the_extra_cannot_deliver(extra: Path, target: str, problem: str) -> None:
    """Refusals and exceptions of a plugin are problems in words, without the token."""
    [told] = await notify((Notification(target, ("red",)),), run(), previous=None)
    assert told == f"the notification to {target.partition(':')[0]}://••• failed: {problem}"


def test_what_is_shown_of_a_target() -> None:
    """A web address shows its host; elsewhere even that may be the token."""
    assert shown("https://user:pw@hooks.example.com/services/T/B/x?y") == "https://hooks.example.com/•••"
    assert shown("tgram://123456:TOKEN/42") == "tgram://•••"
    assert shown("whatever") == "•••"
