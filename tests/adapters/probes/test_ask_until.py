"""Asking until it is met: patience, bounds, and which answer is told in the end."""

from __future__ import annotations

import itertools
import time
from http.server import BaseHTTPRequestHandler

import pytest

from gatekeeper.adapters.probes.ask import ask_until
from gatekeeper.model.plan import Check, HttpExpectation, HttpProbe
from tests.adapters.probes.probe_sites import Site, reply

pytestmark = pytest.mark.anyio


def ready(url: str, within_s: float) -> Check:
    return Check("ready", HttpProbe("GET", url, expect=HttpExpectation(status=(200,))), within_s)


async def test_a_service_that_needs_a_moment_is_asked_again(site: Site) -> None:
    """The first 200 ends the wait."""
    statuses = itertools.chain([503, 503, 503], itertools.repeat(200))
    site.answer = lambda request: reply(request, next(statuses), b"")
    result = await ask_until(ready(site.url, 30), cwd="/")
    assert result.met
    assert len(site.seen) == 4


async def test_a_check_without_within_is_asked_once(site: Site) -> None:
    """An `after_each` health check tells the state now, not the state later."""
    site.answer = lambda request: reply(request, 503, b"")
    result = await ask_until(ready(site.url, 0), cwd="/")
    assert not result.met
    assert len(site.seen) == 1


async def test_a_wait_in_vain_tells_the_last_true_answer(site: Site) -> None:
    """The request that our own deadline cut says less than the answers before it."""
    answers = itertools.chain([503] * 3, itertools.repeat(None))

    def answer(request: BaseHTTPRequestHandler) -> None:
        status = next(answers)
        if status is None:
            site.silence(request)
        else:
            reply(request, status, b"")

    site.answer = answer
    result = await ask_until(ready(site.url, 0.4), cwd="/")
    assert not result.met
    assert result.problem.startswith("expected 200, received 503 after ")
    assert "; asked 4 times in " in result.problem


async def test_nothing_there_to_the_end(nobody: str) -> None:
    """The whole time is used, no more, and the pauses keep the number of questions small."""
    started = time.monotonic()
    result = await ask_until(ready(f"http://{nobody}", 0.5), cwd="/")
    assert 0.5 <= time.monotonic() - started < 2
    assert result.problem.startswith(f"connection refused: nothing listens on {nobody}; asked ")
    assert " times in 5" in result.problem


async def test_the_step_may_have_less_time_left_than_the_check_wants(nobody: str) -> None:
    """`left_s` wins over a longer `within`."""
    started = time.monotonic()
    await ask_until(ready(f"http://{nobody}", 60), cwd="/", left_s=0.1)
    assert 0.1 <= time.monotonic() - started < 2


async def test_pauses_grow(nobody: str) -> None:
    """With injected time: ten milliseconds at first, half a second in the end."""
    now, pauses = [0.0], []

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)
        now[0] += seconds

    await ask_until(ready(f"http://{nobody}", 60), cwd="/", monotonic=lambda: now[0], sleep=sleep)
    assert pauses[0] == 0.01
    assert max(pauses) == 0.5
    assert sum(pauses) == pytest.approx(60)
    assert len(pauses) < 150
