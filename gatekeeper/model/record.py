"""Owns what a record is: `typing.NamedTuple` in every respect but the price of defining one.

`typing.NamedTuple` compiles source text for every class, and a run defines some ninety before its first step. This
makes the same classes (tuples with named, typed, defaulted fields) out of ready parts in a sixth of the time. To a type
checker it *is* `typing.NamedTuple`; a test holds the two against one another.
"""

from __future__ import annotations

__all__ = ["NamedTuple"]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NamedTuple
else:
    from operator import itemgetter

    class _Meta(type):
        def __new__(meta, name, bases, namespace, *, root=False):
            if root:
                return super().__new__(meta, name, bases, namespace)
            fields = tuple(namespace.get("__annotations__", ()))
            defaults = {field: namespace[field] for field in fields if field in namespace}
            for index, field in enumerate(fields):
                if field not in defaults and index and fields[index - 1] in defaults:
                    raise TypeError(f"{name}: the field {field!r} has no default, but the one before it has")
                namespace[field] = property(itemgetter(index))
            namespace |= {
                "__slots__": (),
                "__match_args__": fields,
                "_fields": fields,
                "_field_defaults": defaults,
                "_width": len(fields),
                "_tail": tuple(defaults.values()),
            }
            return super().__new__(meta, name, bases, namespace)

    class NamedTuple(tuple, metaclass=_Meta, root=True):
        """Base of all records."""

        __slots__ = ()

        def __new__(cls, *args, **kwargs):
            missing = cls._width - len(args)
            if kwargs:
                args += cls._named(args, kwargs)
            elif missing:
                if not 0 < missing <= len(cls._tail):
                    cls._refuse(args, kwargs)
                args += cls._tail[-missing:]
            return tuple.__new__(cls, args)

        @classmethod
        def _named(cls, args, kwargs):
            rest = cls._fields[len(args) :]
            try:
                if len(kwargs) == len(rest):
                    return tuple([kwargs[field] for field in rest])
                if len(args) <= cls._width and kwargs.keys() <= set(rest):
                    given = {**cls._field_defaults, **kwargs}
                    return tuple([given[field] for field in rest])
            except KeyError:
                pass
            return cls._refuse(args, kwargs)

        @classmethod
        def _refuse(cls, args, kwargs):
            takes = ", ".join(f"{f}=…" if f in cls._field_defaults else f for f in cls._fields)
            given = ", ".join([*("…" for _ in args), *(f"{name}=…" for name in kwargs)])
            raise TypeError(f"{cls.__name__}({takes}) was called as {cls.__name__}({given})")

        @classmethod
        def _make(cls, values):
            made = tuple.__new__(cls, values)
            if len(made) != cls._width:
                raise TypeError(f"{cls.__name__} has {cls._width} fields, and {len(made)} values came")
            return made

        def _replace(self, /, **changes):
            made = self._make(map(changes.pop, self._fields, self))
            if changes:
                raise ValueError(f"{type(self).__name__} has no field {' and no field '.join(changes)}")
            return made

        def _asdict(self):
            return dict(zip(self._fields, self, strict=True))

        def __repr__(self):
            inside = ", ".join(f"{field}={value!r}" for field, value in zip(self._fields, self, strict=True))
            return f"{type(self).__name__}({inside})"

        def __getnewargs__(self):
            return tuple(self)
