"""Owns reading names and lengths off Python expressions. Knows no test."""

from __future__ import annotations

import ast
from collections.abc import Mapping


def dotted(node: ast.expr | None) -> str:
    """``a.b.c`` of a name, an attribute or what is called; empty for anything else."""
    match node:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=value, attr=attr):
            return f"{before}.{attr}" if (before := dotted(value)) else attr
        case ast.Call(func=func):
            return dotted(func)
        case _:
            return ""


def last_name(node: ast.expr | None) -> str:
    """The last part of `dotted`."""
    return dotted(node).rpartition(".")[2]


def length_of(value: ast.expr, constants: Mapping[str, ast.expr]) -> int | None:
    """How many items a literal has, also by the name of a constant; None where it is none."""
    match value:
        case ast.List(elts=items) | ast.Tuple(elts=items) | ast.Set(elts=items):
            return None if any(isinstance(item, ast.Starred) for item in items) else len(items)
        case ast.Dict(keys=keys):
            return len(keys)
        case ast.Call(func=ast.Name(id="range"), args=[ast.Constant(value=int() as stop)]):
            return stop
        case ast.Call(func=ast.Name(id="list" | "tuple" | "sorted" | "enumerate"), args=[inner]):
            return length_of(inner, constants)
        case ast.Call(func=ast.Attribute(value=inner, attr="items" | "keys" | "values"), args=[]):
            return length_of(inner, constants)
        case ast.Name(id=name) if name in constants and not isinstance(constants[name], ast.Name):
            return length_of(constants[name], {})
        case _:
            return None
