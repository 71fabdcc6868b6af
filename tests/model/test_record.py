"""A record is a NamedTuple in everything that anybody relies on; held against the real one, case by case."""

from __future__ import annotations

import copy
import pickle
import typing
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.model import record


class Ours(record.NamedTuple):
    """Three fields, the last two with defaults."""

    a: str
    b: int = 2
    c: tuple[str, ...] = ()

    @property
    def doubled(self) -> int:
        """Something computed."""
        return self.b * 2


class Theirs(typing.NamedTuple):
    """The same, by the standard library."""

    a: str
    b: int = 2
    c: tuple[str, ...] = ()

    @property
    def doubled(self) -> int:
        """Something computed."""
        return self.b * 2


def said(make: typing.Callable[[], Any]) -> object:
    """What comes of a call, as something that can be compared: the fields, or the kind of error."""
    try:
        made = make()
    except (TypeError, ValueError, AttributeError) as fault:
        return type(fault)
    return tuple(made) if isinstance(made, tuple) else made


NAMES = st.sampled_from(["a", "b", "c", "d"])


@given(st.lists(st.integers(), max_size=5), st.dictionaries(NAMES, st.integers(), max_size=4))
def test_any_call_makes_the_same_or_is_refused_alike(args: list[int], kwargs: dict[str, int]) -> None:
    ours: Any = Ours
    theirs: Any = Theirs
    assert said(lambda: ours(*args, **kwargs)) == said(lambda: theirs(*args, **kwargs))


@given(st.lists(st.integers(), max_size=5))
def test_making_from_values(values: list[int]) -> None:
    assert said(lambda: Ours._make(values)) == said(lambda: Theirs._make(values))


@given(st.dictionaries(NAMES, st.integers(), max_size=4))
def test_replacing(changes: dict[str, int]) -> None:
    ours: Any = Ours("x")
    theirs: Any = Theirs("x")
    assert said(lambda: ours._replace(**changes)) == said(lambda: theirs._replace(**changes))


@pytest.mark.parametrize("kind", [Ours, Theirs])
def test_what_can_be_done_with_one(kind: Any) -> None:
    one: Any = kind("x", c=("y",))
    assert (one.a, one.b, one.c, one.doubled) == ("x", 2, ("y",), 4)
    assert kind._fields == kind.__match_args__ == ("a", "b", "c")
    assert kind._field_defaults == {"b": 2, "c": ()}
    assert typing.get_type_hints(kind) == {"a": str, "b": int, "c": tuple[str, ...]}
    assert one._asdict() == {"a": "x", "b": 2, "c": ("y",)}
    assert repr(one) == f"{kind.__name__}(a='x', b=2, c=('y',))"
    assert isinstance(one, tuple)
    assert one == ("x", 2, ("y",))
    assert hash(one) == hash(("x", 2, ("y",)))
    assert copy.deepcopy(one) == pickle.loads(pickle.dumps(one)) == one
    assert type(copy.copy(one)) is kind


@pytest.mark.parametrize("kind", [Ours, Theirs])
def test_nothing_can_be_changed_or_added(kind: Any) -> None:
    one = kind("x")
    for name in ("a", "doubled", "other"):
        with pytest.raises(AttributeError):
            setattr(one, name, 1)
    assert not hasattr(one, "__dict__")


def test_a_field_without_a_default_after_one_with_a_default_is_refused() -> None:
    base: Any = record.NamedTuple
    meta: Any = type(base)
    fields = {"__annotations__": {"first": int, "second": int}, "first": 1}
    with pytest.raises(TypeError, match="'second' has no default"):
        meta("Wrong", (base,), fields)


def test_it_is_matched_by_its_fields() -> None:
    one: object = Ours("x", c=("y",))
    match one:
        case Ours("x", b=2, c=(last,)):
            assert last == "y"
        case _:
            pytest.fail("it does not match")
