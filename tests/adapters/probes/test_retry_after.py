"""A server that says for how long it wants to be left alone is heard, within bounds."""

from __future__ import annotations

import itertools
from email.utils import formatdate

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gatekeeper.adapters.probes.ask import ask, ask_until
from gatekeeper.model.plan import Check, HttpExpectation, HttpProbe
from gatekeeper.policy.retry_after import LONGEST_S, retry_after_s
from tests.adapters.probes.probe_sites import Site, reply

NOW = 1_800_000_000.0


def asked(*headers: tuple[str, str]) -> float | None:
    return retry_after_s(headers, lambda: NOW)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("0", 0), ("7", 7), (" 120 ", 120), ("301", LONGEST_S), ("9" * 400, LONGEST_S), ("-5", None), ("1.5", None)],
)
def test_seconds(text: str, seconds: float | None) -> None:
    assert asked(("retry-AFTER", text)) == seconds


def test_a_moment_in_time() -> None:
    """One that is past asks for nothing; one far away for the longest time there is."""
    assert asked(("Retry-After", formatdate(NOW + 90, usegmt=True))) == 90
    assert asked(("Retry-After", formatdate(NOW - 90, usegmt=True))) == 0
    assert asked(("Retry-After", formatdate(NOW + 1e6, usegmt=True))) == LONGEST_S


def test_a_server_whose_clock_is_wrong_is_taken_by_its_own() -> None:
    """It says when it answered, and when to come again, by one and the same clock."""
    headers = ("Date", formatdate(NOW - 3600, usegmt=True)), ("Retry-After", formatdate(NOW - 3600 + 20, usegmt=True))
    assert asked(*headers) == 20


@pytest.mark.parametrize("text", ["", "soon", "²", "Mon, 99 Foo 2026", "Fri, 31 Dec 99999999 23:59:59 GMT", "\x00"])
def test_what_cannot_be_read_asks_for_nothing(text: str) -> None:
    assert asked(("Retry-After", text)) in {None, LONGEST_S}
    assert asked() is None


@settings(max_examples=50, deadline=None)
@given(st.text(), st.text())
def test_whatever_it_says_it_is_none_or_within_bounds(text: str, date: str) -> None:
    seconds = asked(("Retry-After", text), ("Date", date))
    assert seconds is None or 0 <= seconds <= LONGEST_S


@pytest.mark.anyio
async def test_a_probe_tells_what_it_was_asked_for(site: Site) -> None:
    site.answer = lambda request: reply(request, 503, b"", Retry_After="12")
    result = await ask(HttpProbe("GET", site.url, expect=HttpExpectation(status=(200,))), timeout_s=10, cwd="/")
    assert (result.received.status, result.received.retry_after_s) == (503, 12.0)
    site.answer = lambda request: reply(request, 503, b"")
    result = await ask(HttpProbe("GET", site.url), timeout_s=10, cwd="/")
    assert result.received.retry_after_s is None


class Pauses:
    """Time that passes only in pauses, and the pauses."""

    def __init__(self) -> None:
        self.now = 0.0
        self.taken: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.taken.append(seconds)
        self.now += seconds


def ready(site: Site, within_s: float) -> Check:
    return Check("ready", HttpProbe("GET", site.url, expect=HttpExpectation(status=(200,))), within_s)


@pytest.mark.anyio
async def test_who_waits_does_not_ask_before_it_may(site: Site) -> None:
    """Three seconds, as was asked for; then as always, because nothing is asked for any more."""
    answers = itertools.chain([("3", 503)], [("", 503)], itertools.repeat(("", 200)))

    def answer(request: object) -> None:
        wait, status = next(answers)
        reply(request, status, b"", **({"Retry_After": wait} if wait else {}))  # type: ignore[arg-type]

    site.answer = answer
    pauses = Pauses()
    result = await ask_until(ready(site, 60), cwd="/", monotonic=lambda: pauses.now, sleep=pauses.sleep)
    assert result.met
    assert pauses.taken[0] == 3.0
    assert pauses.taken[1] < 0.1


@pytest.mark.anyio
async def test_who_asks_for_more_time_than_there_is_is_asked_once_more_at_the_end(site: Site) -> None:
    """A server that says an hour out of habit, and is up in ten seconds, is not missed."""
    statuses = itertools.chain([503], itertools.repeat(200))
    site.answer = lambda request: reply(request, next(statuses), b"", Retry_After="3600")
    pauses = Pauses()
    result = await ask_until(ready(site, 30), cwd="/", monotonic=lambda: pauses.now, sleep=pauses.sleep)
    assert result.met
    assert pauses.taken == [29.5]
    assert len(site.seen) == 2


@pytest.mark.anyio
async def test_nobody_waits_beyond_the_bound(site: Site) -> None:
    site.answer = lambda request: reply(request, 503, b"", Retry_After="3600")
    pauses = Pauses()
    result = await ask_until(ready(site, 30), cwd="/", monotonic=lambda: pauses.now, sleep=pauses.sleep)
    assert not result.met
    assert pauses.now == pytest.approx(30)
    assert len(site.seen) == 2
