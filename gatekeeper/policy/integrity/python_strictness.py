"""Owns how much one Python assertion rules out, read off its shape alone. Knows no test around it."""

from __future__ import annotations

import ast

from gatekeeper.policy.integrity.facts import BOUNDED, EMPTY, EXACT, LOOSE
from gatekeeper.policy.integrity.python_names import last_name

_LOOSE_CALLS = {
    *("assertTrue", "assertFalse", "assertIsNotNone", "assertIsInstance", "assertNotEqual", "assertIsNot", "assert_"),
    *("assertNotIn", "assert_called", "assertNotIsInstance"),
}
_BOUNDED_CALLS = {
    *("assertIn", "assertGreater", "assertGreaterEqual", "assertLess", "assertLessEqual", "assertRegex"),
    *("assert_any_call", "assert_has_calls"),
}
_SAME_TWICE = {"assertEqual", "assertIs", "assertIn", "assertListEqual", "assertDictEqual", "assertEquals"}


def rank_of_test(test: ast.expr) -> int:
    """How strict ``assert test`` is."""
    match test:
        case ast.Constant(value=value):
            return EMPTY if value else EXACT
        case ast.Tuple(elts=items) | ast.List(elts=items) | ast.Set(elts=items):
            return EMPTY if items else EXACT
        case ast.Lambda() | ast.JoinedStr() | ast.GeneratorExp():
            return EMPTY
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return EMPTY if isinstance(operand, ast.Constant) and not operand.value else BOUNDED
        case ast.BoolOp(op=ast.Or(), values=values):
            ranks = [rank_of_test(value) for value in values]
            return EMPTY if EMPTY in ranks else LOOSE
        case ast.BoolOp(values=values):
            return max(rank_of_test(value) for value in values)
        case ast.Compare():
            return _rank_of_comparison(test)
        case ast.Call(func=ast.Name(id="any" | "all")):
            return BOUNDED
        case ast.Call(func=ast.Attribute(attr="startswith" | "endswith" | "issubset" | "issuperset" | "match")):
            return BOUNDED
        case _:
            return LOOSE


def rank_of_call(call: ast.Call, name: str) -> int:
    """How strict a call of an asserting method or helper is."""
    if name in {"assertTrue", "assert_"} and call.args:
        return min(rank_of_test(call.args[0]), LOOSE)
    if name in _SAME_TWICE and len(call.args) >= 2 and ast.dump(call.args[0]) == ast.dump(call.args[1]):
        return EMPTY
    if name in _LOOSE_CALLS:
        return LOOSE
    return BOUNDED if name in _BOUNDED_CALLS else EXACT


def tolerance_of(node: ast.expr) -> float | None:
    """How far off a number may be, where the assertion says so as a number."""
    for found in ast.walk(node):
        if isinstance(found, ast.Call):
            for keyword in found.keywords:
                match keyword:
                    case ast.keyword(
                        arg="rel" | "abs" | "rel_tol" | "abs_tol" | "delta" | "rtol" | "atol",
                        value=ast.Constant(value=int() | float() as number),
                    ):
                        return float(number)
                    case ast.keyword(arg="places", value=ast.Constant(value=int() as places)):
                        return float(10.0 ** -min(abs(places), 300))
                    case _:
                        pass
    return None


def _rank_of_comparison(test: ast.Compare) -> int:
    left, right, operator = test.left, test.comparators[0], test.ops[0]
    if len(test.ops) > 1:
        return BOUNDED
    if isinstance(operator, ast.Eq | ast.Is | ast.LtE | ast.GtE) and ast.dump(left) == ast.dump(right):
        return EMPTY
    if isinstance(left, ast.Constant) and isinstance(right, ast.Constant):
        return EMPTY
    match operator:
        case ast.Eq() | ast.Is():
            return LOOSE if "ANY" in {last_name(left), last_name(right)} else EXACT
        case ast.NotEq() | ast.IsNot() | ast.NotIn():
            return LOOSE
        case ast.GtE() if isinstance(right, ast.Constant) and right.value == 0:
            return LOOSE
        case _:
            return BOUNDED
