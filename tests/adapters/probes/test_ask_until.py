"""Asking until it is met: patience, bounds, and which answer is told in the end."""

from __future__ import annotations

import itertools
import re
import time
from collections.abc import Iterator
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
    answers: Iterator[int | None] = iter(())

    def answer(request: BaseHTTPRequestHandler) -> None:
        status = next(answers)
        if status is None:
            site.silence(request)
        else:
            reply(request, status, b"")

    site.answer = answer
    # The longest is less than the patience with one request; on a busy machine the first may not be enough for four.
    for within_s in (0.4, 1.5, 4.5):
        answers = itertools.chain([503] * 3, itertools.repeat(None))
        site.seen.clear()
        result = await ask_until(ready(site.url, within_s), cwd="/")
        if len(site.seen) == 4:
            break
    assert not result.met
    assert result.problem.startswith("expected 200, received 503 after ")
    assert "; asked 4 times in " in result.problem


@pytest.mark.slow
async def test_nothing_there_to_the_end(nobody: str) -> None:
    """The whole time is used; that it is no more, and the questions are few, is told below, with injected time."""
    started = time.monotonic()
    result = await ask_until(ready(f"http://{nobody}", 1.0), cwd="/")
    assert 1.0 <= time.monotonic() - started < 30
    said = f"connection refused: nothing listens on {nobody}; asked [0-9]+ times in [0-9.]+ s"
    assert re.fullmatch(said, result.problem)


async def test_the_step_may_have_less_time_left_than_the_check_wants(nobody: str) -> None:
    """`left_s` wins over a longer `within`."""
    started = time.monotonic()
    await ask_until(ready(f"http://{nobody}", 60), cwd="/", left_s=0.1)
    assert 0.1 <= time.monotonic() - started < 30


@pytest.mark.slow
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
