"""What the tests of comparing APIs share: small documents, and what was found between two of them."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from gatekeeper.policy.ready_made.openapi.contract import Contract, plain
from gatekeeper.policy.ready_made.openapi.operations import compare

Document = dict[str, Any]


def contract(document: Document, file: str = "api.yaml", **others: Document) -> Contract:
    """A document as a contract; `others` are further files by name without their ending."""
    files = {file: plain(document, file)}
    return Contract(file, files | {f"{name}.yaml": plain(other, f"{name}.yaml") for name, other in others.items()})


def api(*, body: Any = None, answer: Any = None, version: str = "3.0.3", **operation: Any) -> Document:
    """An API of one operation, ``POST /things``, that takes `body` and gives `answer` (schemas)."""
    post: Document = {"responses": {"200": {"description": "ok"}}, **operation}
    if body is not None:
        post["requestBody"] = {"required": True, "content": {"application/json": {"schema": body}}}
    if answer is not None:
        post["responses"]["200"]["content"] = {"application/json": {"schema": answer}}
    return {"openapi": version, "paths": {"/things": {"post": post}}}


def changed(before: Document, after: Document) -> tuple[list[str], list[str]]:
    """What breaks somebody from `before` to `after`, and what may; without the operation's name."""
    (check,) = compare(contract(deepcopy(before)), contract(deepcopy(after)), {})
    prefix = f"{check.name}: "
    return (
        [spot.message.removeprefix(prefix) for spot in check.faults],
        [spot.message.removeprefix(prefix) for spot in check.warnings],
    )


def sent(before: Any, after: Any, version: str = "3.0.3") -> tuple[list[str], list[str]]:
    """What a changed schema means for who sends it."""
    return changed(api(body=before, version=version), api(body=after, version=version))


def received(before: Any, after: Any, version: str = "3.0.3") -> tuple[list[str], list[str]]:
    """What a changed schema means for who receives it."""
    return changed(api(answer=before, version=version), api(answer=after, version=version))
