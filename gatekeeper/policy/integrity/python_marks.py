"""Owns what Python says about a test from outside: skips, expected failures, retries and its cases. Pure."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping

from gatekeeper.policy.integrity.facts import Mark
from gatekeeper.policy.integrity.python_names import dotted, last_name, length_of

_SKIPS = {
    *("skip", "skipif", "xfail", "skipIf", "skipUnless", "expectedFailure", "skipTest", "importorskip", "SkipTest"),
    *("skip_if", "skip_unless"),
}
_PREPARE = {"setUp", "setUpClass", "setup_method", "setup_class", "asyncSetUp"}
_ASSERTIONS = {
    *("assertEqual", "assertNotEqual", "assertTrue", "assertFalse", "assertIs", "assertIsNone", "assertIn", "fail"),
    *("assertRaises", "assertRaisesRegex", "assertAlmostEqual", "assertGreater", "assertLess", "assertRegex"),
    *("assertDictEqual", "assertListEqual", "assertCountEqual", "assertIsInstance", "failureException"),
}
_ENDS = {"os._exit", "sys.exit", "pytest.exit", "os.abort"}
_RETRIES = {"flaky", "retry", "repeat"}
_Function = ast.FunctionDef | ast.AsyncFunctionDef


def marks_of(test: str, decorators: Iterable[ast.expr], function: _Function) -> Iterator[Mark]:
    """The marks of one test: on it, on its class, in its cases, and in its body."""
    for decorator in decorators:
        for found in _outermost(decorator):
            yield _mark(found, test)
    for statement in function.body:
        for node in ast.walk(statement):
            match node:
                case ast.Call(func=func) if last_name(func) in _SKIPS and "mark" not in dotted(func):
                    yield _mark(node, test)
                case ast.Raise(exc=ast.Name(id="SkipTest") as name):
                    yield _mark(name, test)
                case ast.Call(func=func) if dotted(func) in _ENDS:
                    yield Mark("early-exit", ast.unparse(node), test)
                case _:
                    pass


def marks_of_module(module: ast.Module) -> Iterator[Mark]:
    """The marks of a whole file."""
    for node in module.body:
        match node:
            case ast.Assign(targets=[ast.Name(id="pytestmark")], value=value):
                yield from (_mark(found, "") for found in _outermost(value))
            case ast.Assign(targets=[ast.Name(id="__test__")], value=ast.Constant(value=False)):
                yield Mark("new-skip", "__test__ = False")
            case ast.Assign(targets=[ast.Name(id="collect_ignore" | "collect_ignore_glob" as name)], value=value):
                yield Mark("deselected-tests", f"{name} = {ast.unparse(value)}")
            case ast.FunctionDef(name="load_tests"):
                yield Mark("deselected-tests", "load_tests")
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                pass
            case ast.ClassDef():
                yield from _marks_of_class(node)
            case _:
                calls = (found for found in ast.walk(node) if isinstance(found, ast.Call))
                yield from (_mark(call, "") for call in calls if last_name(call.func) in _SKIPS)


def _marks_of_class(owner: ast.ClassDef) -> Iterator[Mark]:
    """What is done for every test of a class: a skip before it, or an assertion of unittest that is another one."""
    for function in owner.body:
        match function:
            case ast.FunctionDef(name=name) if name in _PREPARE:
                for node in ast.walk(function):
                    if isinstance(node, ast.Call) and last_name(node.func) in _SKIPS:
                        yield _mark(node, "")
            case ast.FunctionDef(name=name) if name in _ASSERTIONS:
                yield Mark("empty-assertion", f"{owner.name}.{name} is not unittest's")
            case _:
                pass


def cases_of(decorators: Iterable[ast.expr], constants: Mapping[str, ast.expr]) -> int | None:
    """How many cases the parametrising decorators make; None where that cannot be read off."""
    cases = 1
    for decorator in decorators:
        match decorator:
            case ast.Call(func=func, args=args, keywords=keywords) if last_name(func) in {"parametrize", "expand"}:
                values = args[-1:] if last_name(func) == "expand" else args[1:2]
                values += [keyword.value for keyword in keywords if keyword.arg == "argvalues"]
                count = length_of(values[0], constants) if values else None
                if count is None:
                    return None
                cases *= count
            case _:
                pass
    return cases


def _outermost(value: ast.expr) -> Iterator[ast.expr]:
    """The skips and retries in an expression, each with its arguments."""
    names = _SKIPS | _RETRIES
    calls = [node for node in ast.walk(value) if isinstance(node, ast.Call) and last_name(node.func) in names]
    yield from calls
    called = {id(call.func) for call in calls}
    for node in ast.walk(value):
        if isinstance(node, ast.Attribute | ast.Name) and id(node) not in called and last_name(node) in names:
            yield node


def _mark(node: ast.expr, test: str) -> Mark:
    strings = [found.value for found in ast.walk(node) if isinstance(found, ast.Constant)]
    reason = " ".join(value for value in strings if isinstance(value, str))
    name = last_name(node.func if isinstance(node, ast.Call) else node)
    return Mark("more-retries" if name in _RETRIES else "new-skip", ast.unparse(node), test, reason)
