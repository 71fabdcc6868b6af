"""Owns the assertions of one Python function: how strict each is, and whether the function gets to it. Pure."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

from gatekeeper.policy.integrity.facts import EXACT, LOOSE, Assertion
from gatekeeper.policy.integrity.python_names import dotted, length_of
from gatekeeper.policy.integrity.python_strictness import rank_of_call, rank_of_test, tolerance_of

_FORGIVING = {"Exception", "BaseException", "AssertionError"}
_RAISES = {"raises", "assertRaises", "assertRaisesRegex", "warns", "assertWarns", "assertLogs", "deprecated_call"}
_HELPERS = ("assert", "check", "verify", "expect", "ensure")
_ENDS = {"skip", "exit", "fail", "skipTest", "xfail"}


Helpers = Mapping[str, tuple[Assertion, ...]]
"""What functions of a file assert that are no tests, by their names."""


class Body:
    """The assertions of `function` in order, and what keeps them from judging (`escapes`: rule and text).

    A call of one of `helpers` asserts what that asserts; `used` are the names of those that were called.
    """

    def __init__(
        self, function: ast.FunctionDef | ast.AsyncFunctionDef, helpers: Helpers = MappingProxyType({})
    ) -> None:
        self._helpers = helpers
        self.used: set[str] = set()
        self.assertions: list[Assertion] = []
        self.escapes: list[tuple[str, str]] = []
        self._calls = [dotted(node.func) for node in ast.walk(function) if isinstance(node, ast.Call)]
        self._origins = _origins(function)
        self._block(function.body, 1, counts=True)

    def _block(self, statements: Sequence[ast.stmt], weight: int, *, counts: bool) -> None:
        reached = True
        for at, statement in enumerate(statements):
            if reached:
                self._statement(statement, weight, counts=counts)
            if reached and _leaves(statement):
                reached = False
                lost = _count(statements[at + 1 :])
                if lost:
                    self.escapes.append(("unreachable-assertions", f"{lost} after `{_short(statement)}`"))
            elif reached and _may_return(statement) and _count(statements[at + 1 :]):
                self.escapes.append(("early-return", f"`{_short(statement)}`"))

    def _statement(self, statement: ast.stmt, weight: int, *, counts: bool) -> None:
        match statement:
            case ast.Assert(test=test):
                self._assert(test, weight, counts=counts)
            case ast.Expr(value=ast.Call() as call) | ast.Expr(value=ast.Await(value=ast.Call() as call)):
                self._call(call, weight, counts=counts)
            case ast.Assign(value=ast.Call() as call) | ast.Return(value=ast.Call() as call):
                self._help(call, weight, counts=counts)
            case ast.With(items=items, body=body) | ast.AsyncWith(items=items, body=body):
                self._with(items, body, weight, counts=counts)
            case ast.For(iter=values, body=body, orelse=orelse) | ast.AsyncFor(iter=values, body=body, orelse=orelse):
                times = length_of(values, {})
                self._block(body, weight * (1 if times is None else times), counts=counts)
                self._block(orelse, weight, counts=counts)
            case ast.While(body=body) | ast.If(test=ast.Constant(value=True), body=body):
                self._block(body, weight, counts=counts)
            case ast.If(test=ast.Constant(), orelse=orelse):
                self._block(orelse, weight, counts=counts)
            case ast.If(body=body, orelse=orelse):
                self._block(body, weight, counts=counts)
                self._block(orelse, weight, counts=counts)
            case ast.Try(body=body, handlers=handlers, orelse=orelse, finalbody=finalbody):
                swallowed = any(map(_swallows, handlers)) and _count(body) > 0
                if swallowed and counts:
                    self.escapes.append(("swallowed-assertions", f"{_count(body)} in a `try` that forgets them"))
                self._block(body, weight, counts=counts and not swallowed)
                for handler in handlers:
                    self._block(handler.body, weight, counts=counts)
                self._block([*orelse, *finalbody], weight, counts=counts)
            case ast.FunctionDef(name=name, body=body) | ast.AsyncFunctionDef(name=name, body=body):
                self._block(body, weight * self._calls.count(name), counts=counts)
            case _:
                pass

    def _assert(self, test: ast.expr, weight: int, *, counts: bool) -> None:
        parts = test.values if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And) else [test]
        for part in parts:
            self._add(part, rank_of_test(part), weight, counts=counts)

    def _call(self, call: ast.Call, weight: int, *, counts: bool) -> None:
        name = dotted(call.func)
        last = name.rpartition(".")[2]
        if last in _RAISES:
            self._add(call, _rank_of_raises(call), weight, counts=counts)
        elif self._help(call, weight, counts=counts):
            pass
        elif last.lower().lstrip("_").startswith(_HELPERS) or name.endswith(".fail"):
            self._add(call, rank_of_call(call, last), weight, counts=counts)

    def _help(self, call: ast.Call, weight: int, *, counts: bool) -> bool:
        name = dotted(call.func).rpartition(".")[2]
        found = self._helpers.get(name, ())
        if found and counts and weight:
            self.used.add(name)
            self.assertions += [one._replace(weight=one.weight * weight) for one in found]
        return bool(found)

    def _with(self, items: list[ast.withitem], body: list[ast.stmt], weight: int, *, counts: bool) -> None:
        for item in items:
            call = item.context_expr
            if not isinstance(call, ast.Call):
                continue
            last = dotted(call.func).rpartition(".")[2]
            if last in _RAISES:
                self._add(call, _rank_of_raises(call), weight, counts=counts)
            elif last == "suppress" and any(dotted(each) in _FORGIVING for each in call.args) and _count(body):
                if counts:
                    self.escapes.append(("swallowed-assertions", f"{_count(body)} in `{ast.unparse(call)}`"))
                counts = False
        self._block(body, weight, counts=counts)

    def _add(self, node: ast.expr, rank: int, weight: int, *, counts: bool) -> None:
        if not counts or not weight:
            return
        names = {dotted(each.func) for each in ast.walk(node) if isinstance(each, ast.Call)}
        read = {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}
        subjects = names | {name for variable in read for name in self._origins.get(variable, ())}
        lasts = frozenset(name.rpartition(".")[2] for name in subjects if name)
        self.assertions.append(Assertion(ast.unparse(node), rank, weight, lasts, tolerance_of(node)))


def _origins(function: ast.AST) -> dict[str, set[str]]:
    """What was called to make each variable."""
    origins: dict[str, set[str]] = {}
    for node in ast.walk(function):
        if isinstance(node, ast.Assign):
            called = {dotted(each.func) for each in ast.walk(node.value) if isinstance(each, ast.Call)}
            for target in node.targets:
                for each in ast.walk(target):
                    if isinstance(each, ast.Name):
                        origins.setdefault(each.id, set()).update(called)
    return origins


def _leaves(statement: ast.stmt) -> bool:
    match statement:
        case ast.Return() | ast.Raise() | ast.Continue() | ast.Break():
            return True
        case ast.Expr(value=ast.Call(func=func)):
            name = dotted(func)
            return name.rpartition(".")[2] in _ENDS and name.partition(".")[0] in {"pytest", "sys", "os", "self"}
        case _:
            return False


def _may_return(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.If) and any(
        isinstance(inner, ast.Return) for branch in (statement.body, statement.orelse) for inner in branch
    )


def _count(statements: Iterable[ast.stmt]) -> int:
    found = 0
    for statement in statements:
        for node in ast.walk(statement):
            if isinstance(node, ast.Assert):
                found += 1
            elif isinstance(node, ast.Call):
                last = dotted(node.func).rpartition(".")[2]
                found += last in _RAISES or last.lower().startswith("assert")
    return found


def _swallows(handler: ast.ExceptHandler) -> bool:
    caught = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    if not any(each is None or dotted(each) in _FORGIVING for each in caught):
        return False
    inner = [node for statement in handler.body for node in ast.walk(statement)]
    raises = any(isinstance(node, ast.Raise | ast.Assert) for node in inner)
    fails = any(isinstance(node, ast.Call) and dotted(node.func).endswith("fail") for node in inner)
    return not raises and not fails


def _rank_of_raises(call: ast.Call) -> int:
    if any(keyword.arg == "match" for keyword in call.keywords) or not call.args:
        return EXACT
    return LOOSE if dotted(call.args[0]) in {"Exception", "BaseException"} else EXACT


def _short(statement: ast.stmt) -> str:
    return ast.unparse(statement).splitlines()[0][:80]
