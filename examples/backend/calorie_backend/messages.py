"""What goes in and out: requests, responses, and the one shape that every error has."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import NoReturn


@dataclass(frozen=True, slots=True)
class Response:
    """A status and the JSON object that goes with it."""

    status: int
    body: Mapping[str, object]
    headers: Mapping[str, str] = field(default_factory=dict)


class HttpError(Exception):
    """Raised anywhere below the server to answer with an error."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        fields: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        details = {"fields": dict(fields)} if fields else {}
        self.response = Response(status, {"error": {"code": code, "message": message, **details}}, headers or {})


@dataclass(frozen=True, slots=True)
class Request:
    """What a client sent, its body not yet understood."""

    method: str
    path: str
    body: bytes
    authorization: str = ""

    def json_object(self) -> dict[str, object]:
        """The body as a JSON object, or the 400 that says why it is none."""
        try:
            value = json.loads(self.body.decode("utf-8"), parse_constant=_refuse_constant)
        except (ValueError, RecursionError) as error:  # bad UTF-8, bad JSON, a number too long, nesting too deep
            raise HttpError(HTTPStatus.BAD_REQUEST, "malformed_json", f"the body is not JSON: {error}") from error
        if not isinstance(value, dict):
            raise HttpError(HTTPStatus.BAD_REQUEST, "malformed_json", "the body must be a JSON object")
        return value

    def bearer_token(self) -> str:
        """The token of the Authorization header, empty if there is none."""
        scheme, _, token = self.authorization.partition(" ")
        return token.strip() if scheme.lower() == "bearer" else ""


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")  # Python would read NaN and Infinity, which no other reader accepts
