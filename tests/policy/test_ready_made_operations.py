"""Operations of two versions of an API: what is gone, what is asked for in addition, who is not let in any more."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest

from gatekeeper.policy.ready_made.openapi import contract as module
from gatekeeper.policy.ready_made.openapi.contract import Contract, Unfit, plain
from gatekeeper.policy.ready_made.openapi.operations import compare
from tests.policy.contracts import api, changed, contract

TEXT = {"type": "string"}


def parameter(name: str, place: str = "query", schema: Any = None, **more: Any) -> dict[str, Any]:
    return {"name": name, "in": place, "schema": schema or TEXT, **more}


@pytest.mark.parametrize(
    ("before", "after", "fault"),
    [
        (api(), api(parameters=[parameter("a", required=True)]), "query parameter a is new and required"),
        (api(parameters=[parameter("a")]), api(parameters=[parameter("a", required=True)]), "a is required now"),
        (
            api(parameters=[parameter("a")]),
            api(parameters=[parameter("a", schema={"type": "integer"})]),
            "query parameter a: the type is integer and was string",
        ),
        (api(), api(body=TEXT), "a request body is new and required"),
        (api(body=TEXT), api(), "the request body is gone"),
        (api(), api(responses={"201": {"description": "ok"}}), "response 200 is gone"),
        (api(responses={"404": {"description": "x"}}), api(), "response 404 is gone"),
        (api(answer=TEXT), api(), "response 200: application/json is gone"),
        (api(), api(security=[{"key": []}]), "security: nobody's credentials was enough, and is not any more"),
        (api(security=[{"a": []}, {"b": []}]), api(security=[{"a": []}]), "security: b was enough"),
        (api(security=[{"a": ["read"]}]), api(security=[{"a": ["read", "write"]}]), "security: a was enough"),
    ],
)
def test_what_breaks_who_calls_it(before: dict[str, Any], after: dict[str, Any], fault: str) -> None:
    """One finding, in words."""
    faults, _ = changed(before, after)
    assert len(faults) == 1
    assert fault in faults[0]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (api(), api(parameters=[parameter("a")])),
        (api(parameters=[parameter("a", required=True)]), api(parameters=[parameter("a")])),
        (api(parameters=[parameter("X-A", "header")]), api(parameters=[parameter("x-a", "header")])),
        (api(), api(responses={"200": {"description": "x"}, "404": {"description": "y"}})),
        (api(responses={"200": {}, "404": {}}), api(responses={"200": {}, "4XX": {}})),
        (api(responses={"200": {}, "404": {}}), api(responses={"200": {}, "default": {}})),
        (api(security=[{"a": []}]), api(security=[{"a": []}, {"b": []}])),
        (api(security=[{"a": [], "b": []}]), api(security=[{"a": []}])),
        (api(security=[{"a": []}]), api(security=[])),
    ],
)
def test_what_breaks_nobody(before: dict[str, Any], after: dict[str, Any]) -> None:
    """More is offered, or less asked for."""
    assert changed(before, after) == ([], [])


def test_a_parameter_that_is_gone_is_a_warning() -> None:
    """It is ignored now."""
    faults, warnings = changed(api(parameters=[parameter("a")]), api())
    assert (faults, warnings) == ([], ["query parameter a is gone, and what is sent in it is ignored"])


def test_headers_of_answers_are_promises_too() -> None:
    """One that was always there is missed, another one may be."""

    def answer(**headers: Any) -> dict[str, Any]:
        return api(responses={"200": {"headers": headers}})

    assert changed(answer(ETag={"required": True, "schema": TEXT}), answer())[0] == ["response 200 header ETag is gone"]
    assert changed(answer(ETag={"schema": TEXT}), answer()) == ([], ["response 200 header ETag is gone"])
    assert changed(answer(ETag={"schema": TEXT}), answer(etag={"schema": TEXT})) == ([], [])


def test_a_path_is_the_same_by_any_name_of_its_parameters() -> None:
    """Who calls it doesn't see them; their types count all the same."""

    def users(name: str, schema: Any) -> Contract:
        get = {"responses": {"200": {}}, "parameters": [parameter(name, "path", schema, required=True)]}
        return contract({"openapi": "3.0.0", "paths": {f"/users/{{{name}}}": {"get": get}}})

    (check,) = compare(users("id", TEXT), users("user", TEXT), {})
    assert check.faults == ()
    (check,) = compare(users("id", TEXT), users("user", {"type": "integer"}), {})
    assert [spot.message for spot in check.faults] == [
        "GET /users/{id}: path parameter id: the type is integer and was string"
    ]


def test_every_operation_is_a_check_with_its_line() -> None:
    """What is gone is told where its path stands, or at the document."""
    before: dict[str, Any] = {"openapi": "3.0.0", "paths": {"/a": {"get": {}, "put": {}}, "/b": {"get": {}}}}
    after = deepcopy(before)
    del after["paths"]["/a"]["put"]
    del after["paths"]["/b"]
    checks = compare(contract(before), contract(after), {("/a", ""): 3, ("/a", "get"): 4})
    assert [check.name for check in checks] == ["GET /a", "PUT /a", "GET /b"]
    assert [str(spot) for check in checks for spot in check.faults] == [
        "api.yaml:3: PUT /a: the operation is gone",
        "api.yaml: GET /b: the path is gone",
    ]


def test_parts_in_other_files_are_followed() -> None:
    """Relative to the file that names them."""
    head = api(answer={"$ref": "parts.yaml#/Thing"})
    parts = {"Thing": {"type": "object", "properties": {"id": {"$ref": "#/Id"}}}, "Id": TEXT}
    after = {**parts, "Id": {"type": "integer"}}
    (check,) = compare(contract(head, parts=parts), contract(head, parts=after), {})
    assert [spot.message for spot in check.faults] == [
        "POST /things: response 200.id: the type is integer and was string"
    ]


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ({"swagger": "2.0"}, "not a document of OpenAPI 3.0 or 3.1: it has swagger: 2.0"),
        ({"openapi": "4.0.0"}, "it has openapi: 4.0.0"),
        ({}, "it has no `openapi:`"),
        ([], "it has no `openapi:`"),
    ],
)
def test_what_is_no_contract_is_refused(document: Any, message: str) -> None:
    """It can't be compared, and that is said."""
    with pytest.raises(Unfit, match=message):
        contract(document)


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ({"openapi": "3.0.0"}, "has not one operation"),
        ({"openapi": "3.0.0", "paths": {"/a": {"description": "x"}}}, "has not one operation"),
        (api(answer={"$ref": "#/components/schemas/None"}), "leads nowhere"),
        (api(answer={"$ref": "other.yaml#/A"}), "leads to what was not read"),
        (api(answer={"$ref": "#anchor"}), "by anchor"),
        ({"openapi": "3.0.0", "paths": {"$ref": "#/paths"}}, "in a circle"),
    ],
)
def test_nothing_to_compare_is_never_a_pass(document: dict[str, Any], message: str) -> None:
    """No operation, or a part that is not there, on either side."""
    good = api(answer=TEXT)
    for before, after in ((document, document), (document, good), (good, document)):
        with pytest.raises(Unfit, match=message):
            compare(contract(before), contract(after), {})


def test_a_document_without_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Aliases that hold themselves, or that are written out to millions of values."""
    ring: dict[str, Any] = {"openapi": "3.0.0"}
    ring["paths"] = ring
    with pytest.raises(Unfit, match="nested too deeply"):
        plain(ring, "api.yaml")
    bomb: Any = "x"
    for _ in range(100):
        bomb = [bomb] * 2
    monkeypatch.setattr(module, "_MOST_NODES", 10_000)
    with pytest.raises(Unfit, match="more than"):
        plain(bomb, "api.yaml")
