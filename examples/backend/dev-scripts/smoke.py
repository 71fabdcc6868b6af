"""The way of a new user through the running service, step by step; the first wrong answer ends it."""

from __future__ import annotations

import http.client
import json
import os
import secrets
import sys
import time
from typing import Any

PORT = os.environ.get("PORT") or "3000"
URL = f"http://127.0.0.1:{PORT}"
TIMEOUT_SECONDS = 10


class SmokeError(Exception):
    """Raised at the first answer that is not as it must be."""


def call(method: str, path: str, body: object = None, *, token: str = "", expect: int) -> dict[str, Any]:
    """Send one request and return its JSON, or raise SmokeError."""
    began = time.perf_counter()
    headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
    connection = http.client.HTTPConnection("127.0.0.1", int(PORT), timeout=TIMEOUT_SECONDS)
    try:
        connection.request(method, path, None if body is None else json.dumps(body), headers)
        response = connection.getresponse()
        text = response.read().decode("utf-8", "replace")
    except (OSError, http.client.HTTPException) as error:
        raise SmokeError(f"{method} {path}: no answer: {error!r}") from error
    finally:
        connection.close()
    if response.status != expect:
        raise SmokeError(f"{method} {path} answered {response.status}, expected {expect}: {text.strip()[:300]}")
    try:
        answer = json.loads(text)
    except ValueError as error:
        raise SmokeError(f"{method} {path} answered no JSON: {text.strip()[:300]}") from error
    print(f"ok {response.status} {method} {path} ({(time.perf_counter() - began) * 1000:.0f} ms)", flush=True)
    if not isinstance(answer, dict):
        raise SmokeError(f"{method} {path} answered JSON that is no object: {text.strip()[:300]}")
    return answer


def same(what: str, found: object, expected: object) -> None:
    """Raise SmokeError unless the two are equal."""
    if found != expected:
        raise SmokeError(f"{what} is {found!r}, expected {expected!r}")


def smoke() -> None:
    """Sign up, log in, and go through onboarding."""
    email = f"smoke-{time.time_ns():x}-{secrets.token_hex(4)}@example.test"
    credentials = {"email": email, "password": secrets.token_urlsafe(12)}
    profile = {"name": "Smoke Test", "goal": "maintain", "daily_calories": 2100}

    same("health", call("GET", "/health", expect=200).get("status"), "ok")
    user = call("POST", "/auth/signup", credentials, expect=201).get("user", {})
    same("the new user's email", user.get("email"), email)
    token = call("POST", "/auth/login", credentials, expect=200).get("token", "")
    call("GET", "/onboarding", expect=401)
    same("onboarding before", call("GET", "/onboarding", token=token, expect=200).get("profile"), None)
    call("PUT", "/onboarding", profile, token=token, expect=200)
    same("the stored profile", call("GET", "/onboarding", token=token, expect=200).get("profile"), profile)


def main() -> int:
    """Run the smoke test; 0 if everything was right."""
    if not PORT.isdigit():
        print(f"smoke: PORT must be a number, not {PORT!r}", file=sys.stderr)
        return 2
    try:
        smoke()
    except SmokeError as error:
        print(f"smoke against {URL} failed: {error}", file=sys.stderr)
        return 1
    print(f"smoke against {URL} passed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
