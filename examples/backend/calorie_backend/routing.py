"""Which endpoint answers a method and a path."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from http import HTTPStatus

from .messages import HttpError, Request, Response

Endpoint = Callable[[Request], Response]
Routes = Mapping[str, Mapping[str, Endpoint]]


def resolve(routes: Routes, method: str, path: str) -> Endpoint:
    """Find the endpoint, or raise the 404 or 405 that is due."""
    methods = routes.get(path)
    if methods is None:
        raise HttpError(HTTPStatus.NOT_FOUND, "unknown_path", f"there is nothing at {path}")
    # HEAD is GET without its body, which the server leaves out.
    endpoint = methods.get("GET" if method == "HEAD" else method)
    if endpoint is None:
        allowed = ", ".join(sorted(methods))
        raise HttpError(
            HTTPStatus.METHOD_NOT_ALLOWED,
            "wrong_method",
            f"{path} answers to {allowed}, not to {method}",
            headers={"Allow": allowed},
        )
    return endpoint
