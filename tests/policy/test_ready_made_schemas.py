"""What is sent may not be narrowed, what is received may not be widened; the other way round it is fine."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.policy.ready_made.openapi.contract import Unfit
from tests.policy.contracts import api, changed, received, sent

TEXT = {"type": "string"}
USER = {"type": "object", "required": ["id"], "properties": {"id": TEXT, "name": TEXT}}


def enum(*values: object) -> dict[str, object]:
    return {"type": "string", "enum": list(values)}


def with_property(name: str, schema: Any, **more: Any) -> dict[str, Any]:
    return {**USER, "properties": {**USER["properties"], name: schema}, **more}  # type: ignore[dict-item]


@pytest.mark.parametrize(
    ("before", "after", "fault"),
    [
        (TEXT, {"type": "integer"}, "request body: the type is integer and was string"),
        ({}, TEXT, "request body: the type is string and was any"),
        ({"type": "number"}, {"type": "integer"}, "request body: the type is integer and was number"),
        ({**TEXT, "nullable": True}, TEXT, "request body: null is not allowed any more"),
        (enum("a", "b"), enum("a"), "request body: b is not taken any more"),
        (TEXT, enum("a"), "request body: only a is taken now, and before any value"),
        (TEXT, {**TEXT, "maxLength": 5}, "request body: `maxLength` is 5 and was none"),
        ({**TEXT, "maxLength": 9}, {**TEXT, "maxLength": 5}, "request body: `maxLength` is 5 and was 9"),
        (
            {"type": "integer", "minimum": 1},
            {"type": "integer", "minimum": 2},
            "request body: `minimum` is 2 and was 1",
        ),
        (TEXT, {**TEXT, "pattern": "^a"}, "request body: must match '^a' now"),
        (TEXT, {**TEXT, "format": "uuid"}, "request body: the format is uuid and was none"),
        ({"type": "integer", "format": "int64"}, {"type": "integer", "format": "int32"}, "the format is int32"),
        (USER, {**USER, "required": ["id", "name"]}, "request body.name: the property is required now"),
        (
            USER,
            with_property("age", TEXT, required=["id", "age"]),
            "request body.age: the property is new and required",
        ),
        (USER, {**USER, "additionalProperties": False}, "request body: other properties are refused now"),
        (
            {**USER, "additionalProperties": False},
            {"type": "object", "properties": {"id": TEXT}, "required": ["id"], "additionalProperties": False},
            "request body.name: the property is gone, and who sends it is refused",
        ),
        ({"type": "array", "items": {}}, {"type": "array", "items": TEXT}, "request body[]: the type is string"),
        (
            {"type": "array", "items": TEXT},
            {"type": "array", "items": TEXT, "uniqueItems": True},
            "the items must differ",
        ),
        ({"oneOf": [TEXT, USER]}, {"oneOf": [USER, {"type": "integer"}]}, "alternative 1 is not taken any more"),
        ({"oneOf": [enum("a"), enum("b")]}, {"oneOf": [enum("a"), enum("c")]}, "alternative 2 is not taken any more"),
    ],
)
def test_what_is_sent_may_not_be_narrowed(before: Any, after: Any, fault: str) -> None:
    """Who sent it before is refused now; in the other direction it takes more, and breaks nobody."""
    faults, _ = sent(before, after)
    assert len(faults) == 1
    assert fault in faults[0]
    assert sent(after, before)[0] == [] or "type" in fault or "alternative" in fault


@pytest.mark.parametrize(
    ("before", "after", "fault"),
    [
        (TEXT, {"type": "integer"}, "response 200: the type is integer and was string"),
        (TEXT, {}, "response 200: the type is any and was string"),
        (TEXT, {**TEXT, "nullable": True}, "response 200: it may be null now"),
        (
            USER,
            {"type": "object", "properties": {"id": TEXT}, "required": ["id"]},
            "response 200.name: the property is gone",
        ),
        (USER, {**USER, "required": []}, "response 200.id: the property may be missing now"),
        ({**TEXT, "format": "date"}, {**TEXT, "format": "date-time"}, "the format is date-time and was date"),
        (
            {"type": "array", "items": USER},
            {"type": "array", "items": {"type": "object"}},
            "200[].id: the property is gone",
        ),
    ],
)
def test_what_is_received_may_not_be_widened(before: Any, after: Any, fault: str) -> None:
    """Who relied on it gets something else."""
    faults, _ = received(before, after)
    assert fault in faults[0]


@pytest.mark.parametrize(
    ("before", "after", "warning"),
    [
        (enum("a"), enum("a", "b"), "response 200: b may come now, and did not before"),
        (enum("a"), TEXT, "response 200: any value may come now, and before only a"),
        ({**TEXT, "format": "date"}, TEXT, "response 200: the format is none and was date"),
        ({"oneOf": [enum("a"), enum("b")]}, {"oneOf": [enum("a"), enum("b"), enum("c")]}, "alternative 3 may come now"),
        ({**TEXT, "not": enum("a")}, TEXT, "`not` changed, and our own check does not compare it"),
    ],
)
def test_what_may_surprise_is_a_warning(before: Any, after: Any, warning: str) -> None:
    """A careful client is ready for it."""
    faults, warnings = received(before, after)
    assert faults == []
    assert warning in warnings[0]


def test_a_property_that_is_ignored_now_is_a_warning() -> None:
    """It is still taken, and has no effect any more."""
    less = {"type": "object", "required": ["id"], "properties": {"id": TEXT}}
    assert sent(USER, less) == ([], ["request body.name: the property is gone, and what is sent in it is ignored"])


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (USER, with_property("age", TEXT)),
        (USER, {"allOf": [USER]}),
        (USER, {"allOf": [{"type": "object", "required": ["id"]}, {"properties": {"id": TEXT, "name": TEXT}}]}),
        (TEXT, {**TEXT, "description": "new words", "example": "x"}),
        ({"oneOf": [enum("a"), enum("b")]}, {"oneOf": [enum("b"), enum("a")]}),
        ({"properties": {"a": TEXT}}, {"type": "object", "properties": {"a": TEXT}}),
    ],
)
def test_what_is_the_same_or_more_breaks_nobody(before: Any, after: Any) -> None:
    """On neither side: another way of writing it, one more property."""
    assert sent(before, after) == ([], [])
    assert received(before, after) == ([], [])


def test_what_is_read_only_is_not_sent_and_what_is_write_only_not_received() -> None:
    """So neither is asked of the other side."""
    assert sent(USER, with_property("at", {**TEXT, "readOnly": True}, required=["id", "at"])) == ([], [])
    secret = with_property("password", {**TEXT, "writeOnly": True})
    assert received(secret, USER) == ([], [])


def test_both_versions_say_null_and_bounds_in_their_own_words() -> None:
    """`nullable` and ``type: null``, two forms of exclusive bounds, `const` and `enum`."""
    for null in (
        {"type": ["string", "null"]},
        {"anyOf": [TEXT, {"type": "null"}]},
        {"oneOf": [{"type": "null"}, TEXT]},
    ):
        assert received(TEXT, null, "3.1.0")[0] == ["response 200: it may be null now"]
        assert received(null, TEXT, "3.1.0") == ([], [])
        assert sent(null, TEXT, "3.1.0")[0] == ["request body: null is not allowed any more"]
    old, new = {"type": "integer", "minimum": 1, "exclusiveMinimum": True}, {"type": "integer", "exclusiveMinimum": 1}
    assert changed(api(body=old), api(body=new, version="3.1.0")) == ([], [])
    assert sent({**TEXT, "const": "a"}, enum("a"), "3.1.0") == ([], [])


def tree(leaf: Any) -> dict[str, Any]:
    reference = {"$ref": "#/components/schemas/Tree"}
    schema = {
        "type": "object",
        "properties": {"value": leaf, "left": reference, "all": {"type": "array", "items": reference}},
    }
    return {**api(answer=reference, body=reference), "components": {"schemas": {"Tree": schema}}}


def test_a_schema_that_holds_itself_is_compared_once() -> None:
    """The change is found, and the comparison ends."""
    assert changed(tree(TEXT), tree(TEXT)) == ([], [])
    faults, _ = changed(tree(TEXT), tree({"type": "integer"}))
    assert faults == [
        "request body.value: the type is integer and was string",
        "response 200.value: the type is integer and was string",
    ]


def test_alternatives_that_hold_themselves_hide_no_change() -> None:
    """While they are tried, what is around them is not known yet."""

    def node(leaf: Any) -> dict[str, Any]:
        reference = {"$ref": "#/components/schemas/Node"}
        inner = {"type": "object", "required": ["next"], "properties": {"next": reference, "kind": enum("a")}}
        other = {"type": "object", "required": ["value"], "properties": {"value": leaf}}
        return {**api(body=reference), "components": {"schemas": {"Node": {"oneOf": [inner, other]}}}}

    assert changed(node(TEXT), node(TEXT)) == ([], [])
    assert changed(node(TEXT), node({"type": "integer"}))[0] == ["request body: alternative 2 is not taken any more"]


def test_a_circle_of_allof_is_told_and_not_followed_for_ever() -> None:
    """Such a schema has no meaning."""
    ring = {"A": {"allOf": [{"$ref": "#/components/schemas/B"}]}, "B": {"allOf": [{"$ref": "#/components/schemas/A"}]}}
    document = {**api(answer={"$ref": "#/components/schemas/A"}), "components": {"schemas": ring}}
    with pytest.raises(Unfit, match="without end"):
        changed(document, document)


LEAVES: list[Any] = [{}, TEXT, {"type": "integer"}, enum("a"), {"type": ["string", "null"]}, {"$ref": "#/x"}, 5, []]
SCHEMAS: st.SearchStrategy[Any] = st.recursive(
    st.sampled_from([*LEAVES, None, []]),
    lambda inner: st.one_of(
        st.fixed_dictionaries({"type": st.just("array"), "items": inner}),
        st.fixed_dictionaries({"properties": st.dictionaries(st.sampled_from("abc"), inner, max_size=3)}),
        st.fixed_dictionaries({"oneOf": st.lists(inner, max_size=3)}),
        st.fixed_dictionaries({"allOf": st.lists(inner, max_size=3), "required": inner}),
        st.fixed_dictionaries({"enum": inner, "additionalProperties": inner, "type": inner}),
    ),
    max_leaves=8,
)


@given(SCHEMAS, SCHEMAS)
def test_no_schema_breaks_the_comparison(before: Any, after: Any) -> None:
    """Right or wrong, it is compared or refused; and what did not change has no faults."""
    for one, other in ((before, after), (before, before)):
        try:
            faults = sent(one, other)[0] + received(one, other)[0]
        except Unfit:
            continue
        assert one is not other or faults == []
