"""One target is tried until it has it, refuses it for good, or its time is over; whatever it does, there is an end."""

from __future__ import annotations

import logging
import sys
import time

import pytest

from gatekeeper.adapters.notifications.sender import deliver
from gatekeeper.adapters.notifications.summary import trial_message
from tests.support.endpoints import CLOSE, HANG, HANG_AFTER_HEADERS, PATIENCE_S, TOKEN, Endpoint, nobody_listens

MESSAGE = dict(trial_message("backend-cycle", "ci-1"))
LONG_S = PATIENCE_S
APPRISE = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of what it imports


def told(target: str, *, within_s: float = LONG_S, try_s: float = LONG_S) -> tuple[int, str]:
    """How often it was tried, and what the problem was."""
    tries, tried = deliver(target, MESSAGE, within_s=within_s, try_s=try_s, pauses_s=[0.01, 0.02])
    return tries, tried.problem


def test_a_webhook_gets_one_json_object(endpoint: Endpoint) -> None:
    """With a version, a headline, and a text for people; as one POST."""
    assert told(endpoint.url) == (1, "")
    [asked] = endpoint.asked
    assert asked.path == f"/services/{TOKEN}"
    assert (asked.headers["content-type"], asked.headers["user-agent"]) == ("application/json", "gatekeeper")
    assert asked.body == MESSAGE


@pytest.mark.slow
@pytest.mark.parametrize("trouble", [500, 503, 429, 408, CLOSE])
def test_trouble_that_passes_is_tried_again(endpoint: Endpoint, trouble: int) -> None:
    """The second try arrives, and nothing is said of the first."""
    endpoint.answers = [trouble, 204]
    assert told(endpoint.url) == (2, "")
    assert len(endpoint.asked) == 2


def test_trouble_that_lasts_is_told_after_three_tries(endpoint: Endpoint) -> None:
    """A server that answers 500 is asked three times, not for ever."""
    endpoint.answers = [500]
    assert told(endpoint.url) == (3, "it was answered with status 500")
    assert len(endpoint.asked) == 3


@pytest.mark.parametrize("status", [302, 307, 400, 401, 404, 410])
def test_a_refusal_is_not_tried_again(endpoint: Endpoint, status: int) -> None:
    """It would be refused again; and a redirect would carry the message where nobody sent it."""
    endpoint.answers = [status]
    endpoint.more = {"Location": f"{endpoint.url}/elsewhere"}
    assert told(endpoint.url) == (1, f"it was answered with status {status}")
    assert [one.path for one in endpoint.asked] == [f"/services/{TOKEN}"]


@pytest.mark.slow
def test_who_asks_for_a_pause_gets_it(endpoint: Endpoint) -> None:
    """`Retry-After` is waited for where that is within bounds."""
    endpoint.answers, endpoint.more = [429, 204], {"Retry-After": "1"}
    began = time.monotonic()
    assert told(endpoint.url) == (2, "")
    assert time.monotonic() - began >= 1


def test_who_asks_for_too_long_a_pause_is_left_alone(endpoint: Endpoint) -> None:
    """The next run tries it again; this one does not wait."""
    endpoint.answers, endpoint.more = [429], {"Retry-After": "120"}
    problem = "it was answered with status 429, and asks to be left alone for 120 s"
    assert told(endpoint.url) == (1, problem)


def test_a_server_that_never_answers(endpoint: Endpoint) -> None:
    """Each try is bounded, and so are all of them."""
    endpoint.answers = [HANG]
    assert told(endpoint.url, try_s=0.05) == (3, "there was no answer within 0.05 s")
    tries, problem = told(endpoint.url, within_s=0.05)
    assert (tries, problem.partition(" within")[0]) == (1, "there was no answer")


def test_an_answer_whose_end_never_comes_is_one(endpoint: Endpoint) -> None:
    """The status says it all, so that no body can be too long."""
    endpoint.answers = [HANG_AFTER_HEADERS]
    assert told(endpoint.url) == (1, "")


def test_nobody_listens() -> None:
    """A dead server is tried again too: it may be starting."""
    with nobody_listens() as address:
        tries, problem = told(f"http://{address}/{TOKEN}")
    assert tries == 3
    assert problem.startswith("it could not be delivered: ConnectError")


@pytest.mark.parametrize("target", ["nonsense", "http://", "http://[::1/x", "://x", "http://h:0x/"])
def test_what_is_no_address(target: str) -> None:
    """A wrong target is a problem in words, never an exception."""
    tries, problem = told(target)
    assert tries <= 1
    assert problem


def test_chat_systems_without_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    """The problem says what to install."""
    monkeypatch.setitem(sys.modules, "apprise", None)
    problem = "this kind of target needs apprise: pip install 'gatekeeper-run[notify]'"
    assert told("tgram://123456:TOKEN/42") == (1, problem)


@pytest.mark.slow
@APPRISE
def test_chat_systems_with_the_extra(endpoint: Endpoint) -> None:
    """Every scheme that is not ours goes to apprise, with a title and the text; asked twice, it has it once."""
    assert told(f"json://{endpoint.address}/{TOKEN}") == (1, "")
    [asked] = endpoint.asked
    assert asked.path == f"/{TOKEN}"
    assert (asked.body["title"], asked.body["message"]) == (MESSAGE["headline"], MESSAGE["text"])
    assert asked.body["type"] == "success"


@APPRISE
def test_what_apprise_cannot_deliver(endpoint: Endpoint) -> None:
    """It says no more than no; why stands in its log, and is told. Its log handlers are as they were."""
    endpoint.answers = [500]
    tries, problem = told(f"json://{endpoint.address}/x")
    assert tries == 3
    assert problem.startswith("apprise could not deliver it: ")
    assert "500" in problem
    assert not any(type(each).__name__ == "_Heard" for each in logging.getLogger("apprise").handlers)


@APPRISE
@pytest.mark.parametrize("target", ["unknown://SECRETTOKEN", "slack://x"])
def test_what_apprise_does_not_know(target: str) -> None:
    """A scheme of nobody's, and one with half of it missing."""
    assert told(target) == (1, "apprise does not know this kind of target, or a part of it is missing")
