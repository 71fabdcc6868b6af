"""What an HTTP probe says of answers of every kind."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler

import pytest

from gatekeeper.adapters.probes.ask import ask
from gatekeeper.adapters.probes.words import seconds
from gatekeeper.model.outcome import ProbeResult
from gatekeeper.model.plan import HttpExpectation, HttpProbe, JsonExpectation
from gatekeeper.policy.masking import MASK, Masker
from tests.adapters.probes.probe_sites import RawSite, Site, reply

pytestmark = pytest.mark.anyio


async def asked(url: str, expect: HttpExpectation, *, timeout_s: float = 40.0, method: str = "GET") -> ProbeResult:
    return await ask(HttpProbe(method, url, expect=expect), timeout_s=timeout_s, cwd="/")


async def test_an_expected_answer_is_met_and_told_in_words(site: Site) -> None:
    """A probe whose status is the wanted one is met, with request, expectation, time and body to show."""
    site.answer = lambda request: reply(request, 409, b'{"error": "taken"}')
    result = await asked(f"{site.url}/auth/signup", HttpExpectation(status=(409,), within_s=40), method="POST")
    assert result.met
    assert result.problem == ""
    assert result.request == f"POST {site.url}/auth/signup"
    assert result.expected == "status 409 within 40 s"
    assert result.received.status == 409
    assert 0 < result.received.ms < 40_000
    assert result.received.excerpt == '{"error": "taken"}'


async def test_another_status_is_the_problem(site: Site) -> None:
    """The problem names what was expected, what came and how long it took."""
    site.answer = lambda request: reply(request, 500, b"boom")
    result = await asked(site.url, HttpExpectation(status=(200, 204)))
    assert not result.met
    assert result.problem.startswith("expected 200 or 204, received 500 after ")


async def test_the_request_is_what_the_definition_says(site: Site) -> None:
    """JSON goes out as application/json, with our defaults beside the given headers and no word of proxies."""
    probe = HttpProbe("POST", f"{site.url}/x?y=1", headers=(("X-Trace", "7"), ("accept", "text/html")), json='{"a":1}')
    await ask(probe, timeout_s=40, cwd="/")
    [(method, path, headers, body)] = site.seen
    assert (method, path, body) == ("POST", "/x?y=1", b'{"a":1}')
    assert headers["content-type"] == "application/json"
    assert headers["x-trace"] == "7"
    assert headers["accept"] == "text/html"
    assert headers["user-agent"] == "gatekeeper"


async def test_proxies_of_the_environment_are_not_asked(
    site: Site, nobody: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A probe asks the address in the definition, whatever HTTP_PROXY says."""
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://{nobody}")
    assert (await asked(site.url, HttpExpectation(status=(200,)))).met


async def test_a_redirect_is_an_answer_like_any_other(site: Site) -> None:
    """A 302 is not followed: it is what the service answered."""
    site.answer = lambda request: reply(request, 302, b"", Location=f"{site.url}/elsewhere")
    result = await asked(site.url, HttpExpectation(status=(302,), headers=(("location", "/ELSEWHERE"),)))
    assert result.met
    assert len(site.seen) == 1


@pytest.mark.parametrize(
    ("place", "problem"),
    [
        (JsonExpectation("$.user.id", "7"), ""),
        (JsonExpectation("$.user.tags[1]", '"b"'), ""),
        (JsonExpectation("$.user.tags[-1]", '"b"'), ""),
        (JsonExpectation("$['odd key']", "null"), ""),
        (JsonExpectation("$.user", '{"tags": ["a", "b"], "id": 7.0}'), ""),
        (JsonExpectation("$.user.id", "8"), "expected $.user.id to be 8, received 7"),
        (JsonExpectation("$.ok", "1"), "expected $.ok to be 1, received true"),
        (JsonExpectation("$.user.name"), "$.user.name is missing: $.user has the members id, tags"),
        (JsonExpectation("$.user.tags[2]"), "$.user.tags[2] is missing: $.user.tags is a list of 2"),
        (JsonExpectation("$.user.id.x"), "$.user.id.x is missing: $.user.id is a number"),
        (
            JsonExpectation("user..id"),
            "user..id is not a path that gatekeeper reads; write it like $.user.id or $.items[0].name",
        ),
    ],
)
async def test_places_in_a_json_answer(site: Site, place: JsonExpectation, problem: str) -> None:
    """A place is met by presence or by JSON's own equality, and a miss says how far the path went."""
    document = {"user": {"id": 7, "tags": ["a", "b"]}, "ok": True, "odd key": None}
    site.answer = lambda request: reply(request, 200, json.dumps(document).encode())
    result = await asked(site.url, HttpExpectation(status=(200,), json=(place,)))
    assert result.problem == problem
    assert result.met is (problem == "")


async def test_values_are_captured_as_text(site: Site) -> None:
    """Texts are captured as they are, everything else as JSON."""
    site.answer = lambda request: reply(request, 200, '{"id": "ü", "n": 7, "all": [true]}'.encode())
    wanted = tuple(JsonExpectation(f"$.{name}", capture=name) for name in ("id", "n", "all"))
    result = await asked(site.url, HttpExpectation(json=wanted))
    assert result.captures == (("id", "ü"), ("n", "7"), ("all", "[true]"))


async def test_nothing_is_captured_from_an_unexpected_answer(site: Site) -> None:
    """Values of an answer that was not the expected one would lead later steps astray."""
    site.answer = lambda request: reply(request, 500, b'{"id": 1}')
    result = await asked(site.url, HttpExpectation((200,), (JsonExpectation("$.id", capture="id"),)))
    assert result.captures == ()


async def test_every_shortcoming_of_one_answer_is_told_at_once(site: Site) -> None:
    """Status, header, body and JSON are all weighed, so that one round shows all there is to mend."""
    site.answer = lambda request: reply(request, 500, b"<html>", Content_Type="text/html")
    expect = HttpExpectation((200,), (JsonExpectation("$.a"),), (("content-type", "json"), ("etag", "x")), "welcome")
    problem = (await asked(site.url, expect)).problem
    for part in (
        "expected 200, received 500",
        "expected content-type: json, received text/html",
        "the header etag is missing",
        "the body does not hold 'welcome'",
        "the body is not JSON (text/html)",
    ):
        assert part in problem


async def test_nobody_listens(nobody: str) -> None:
    """A refused connection is told as such, without a status."""
    result = await asked(f"http://{nobody}/health", HttpExpectation(status=(200,)))
    assert not result.met
    assert result.problem == f"connection refused: nothing listens on {nobody}"
    assert result.received.status is None


async def test_a_connection_that_is_reset(raw_site: Callable[[bytes | None], RawSite]) -> None:
    """A service that crashes on the request is told from one that is not there."""
    site = raw_site(None)
    result = await asked(site.url, HttpExpectation(status=(200,)))
    assert result.problem == f"the connection was reset by {site.address} before the answer was complete"


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        (b"", "did not answer in HTTP: Server disconnected without sending a response."),
        (b"\x00\xff garbage \x1b[31m\r\n\r\n", "did not answer in HTTP: "),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf", "did not answer in HTTP: peer closed connection"),
    ],
)
async def test_answers_that_are_no_http(
    raw_site: Callable[[bytes | None], RawSite], answer: bytes, problem: str
) -> None:
    """Silence, garbage and half an answer are each a problem in words, never a crash of ours."""
    result = await asked(raw_site(answer).url, HttpExpectation(status=(200,)))
    assert not result.met
    assert problem in result.problem
    assert "\x1b" not in result.problem


async def test_a_server_that_never_answers_is_left_at_the_deadline(site: Site) -> None:
    """The hard timeout covers the whole of asking."""
    site.answer = site.silence
    # Who waited longer would do so until the test's own time is over: the site is silent to its end.
    result = await asked(site.url, HttpExpectation(status=(200,)), timeout_s=0.2)
    assert result.problem == f"no whole answer from {site.address} within 200 ms"


async def test_a_server_that_drips_cannot_hold_the_probe(site: Site) -> None:
    """A byte now and then would satisfy a timeout per read; the deadline is for all of it."""

    def slowly(request: BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.send_header("Content-Length", "1000000")
        request.end_headers()
        while not site.leave.wait(0.01):
            request.wfile.write(b".")
            request.wfile.flush()

    site.answer = slowly
    result = await asked(site.url, HttpExpectation(status=(200,)), timeout_s=0.3)
    assert not result.met
    assert "no whole answer" in result.problem


async def test_an_answer_that_comes_too_late_says_how_late(site: Site) -> None:
    """Past `within`, an answer is given as long again, so that the log can tell slow from dead."""

    # On a busy machine the answer may be so late that it is dead: then it is given longer.
    for within_s in (0.25, 1.0, 10.0):

        def late(request: BaseHTTPRequestHandler, after_s: float = within_s * 1.2) -> None:
            site.leave.wait(after_s)
            reply(request, 200, b"ok")

        site.answer = late
        result = await asked(site.url, HttpExpectation(status=(200,), within_s=within_s), timeout_s=40)
        assert not result.met
        if result.received is not None:
            break
    assert result.problem.startswith(f"expected within {seconds(within_s)}, took ")
    assert result.received.status == 200


async def test_an_endless_answer_is_read_to_a_bound(site: Site) -> None:
    """One MiB is read; what lies beyond is said and never looked at."""
    site.answer = lambda request: reply(request, 200, b"x" * (3 << 20) + b"needle")
    result = await asked(site.url, HttpExpectation((200,), contains="needle", json=(JsonExpectation("$"),)))
    assert "the body does not hold 'needle' in its first MiB" in result.problem
    assert "larger than 1 MiB" in result.problem
    assert len(result.received.excerpt) == 300


async def test_a_compressed_bomb_is_unpacked_to_the_same_bound(site: Site) -> None:
    """A server that compresses unasked is understood, and cannot fill our memory."""
    bomb = gzip.compress(b"welcome" + b"\0" * (64 << 20))
    site.answer = lambda request: reply(request, 200, bomb, Content_Encoding="gzip")
    result = await asked(site.url, HttpExpectation((200,), contains="welcome"))
    assert result.met


@pytest.mark.parametrize(
    "url", ["", "nope", "ftp://127.0.0.1/", "http://", "http://[::1", "http://127.0.0.1:99999/", "http://a b/"]
)
async def test_urls_that_cannot_be_asked(url: str) -> None:
    """A wrong URL is told as a problem of the probe."""
    result = await asked(url, HttpExpectation(status=(200,)))
    assert not result.met
    assert result.problem


async def test_a_header_that_cannot_be_sent(site: Site) -> None:
    """A line break in a header value is refused before it becomes a second header."""
    result = await ask(HttpProbe("GET", site.url, headers=(("X-A", "1\r\nX-B: 2"),)), timeout_s=40, cwd="/")
    assert "the request cannot be sent" in result.problem
    assert site.seen == []


async def test_secrets_do_not_show(site: Site) -> None:
    """Whatever is said of a probe is masked before it is cut; what was captured stays usable."""
    secret = "s3cr3t-" + "x" * 400
    site.answer = lambda request: reply(request, 200, json.dumps({"token": secret}).encode())
    expect = HttpExpectation((201,), (JsonExpectation("$.token", '"no"'),))
    probe = HttpProbe("GET", f"http://user:pw@{site.address}/?t={secret}", expect=expect)
    result = await ask(probe, timeout_s=40, cwd="/", mask=Masker([secret]).mask)
    assert "s3cr3t" not in str(result)
    assert "user:pw" not in str(result)
    assert MASK in result.received.excerpt
    expect = HttpExpectation((200,), (JsonExpectation("$.token", capture="token"),))
    result = await ask(probe._replace(expect=expect), timeout_s=40, cwd="/", mask=Masker([secret]).mask)
    assert result.captures == (("token", secret),)
