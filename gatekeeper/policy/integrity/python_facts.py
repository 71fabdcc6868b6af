"""Owns reading a Python test file: its tests as pytest and unittest find them. Judges nothing, runs nothing."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from gatekeeper.policy.integrity.facts import Facts, Mark, Test
from gatekeeper.policy.integrity.python_asserts import Body, Helpers
from gatekeeper.policy.integrity.python_marks import cases_of, marks_of, marks_of_module
from gatekeeper.policy.integrity.python_names import dotted, last_name

_Function = ast.FunctionDef | ast.AsyncFunctionDef
_PATCHES = {"patch", "patch.object", "patch.dict", "setattr", "mocker.patch", "mocker.patch.object", "delattr"}

_STAND_INS = re.compile(r"(?:^|[._])(?:fakes?|mocks?|stubs?|dumm(?:y|ies))(?:[._]|$)")


def read_python(text: str) -> Facts | None:
    """The facts of a file, or None where it cannot be parsed."""
    try:
        return _Reader(ast.parse(text)).facts()
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


class _Reader:
    def __init__(self, module: ast.Module) -> None:
        self._module = module
        self._constants = {
            target.id: node.value
            for node in module.body
            if isinstance(node, ast.Assign)
            for target in node.targets
            if isinstance(target, ast.Name)
        }
        self._tests: dict[str, Test] = {}
        self._marks: list[Mark] = list(marks_of_module(module))
        self._hidden: dict[str, str] = {}

    def facts(self) -> Facts:
        tests = list(_functions(self._module.body, "", ()))
        found = {function for _, function, _ in tests}
        helpers = {
            node.name: tuple(Body(node).assertions)
            for node in ast.walk(self._module)
            if isinstance(node, _Function) and node not in found
        }
        used: set[str] = set()
        for scope, function, around in tests:
            used |= self._take(scope, function, around, helpers)
        for name, value in self._constants.items():
            # A test whose name was given to something else is found by nobody.
            if name in self._tests and not _is_wrapped(value, name):
                self._hidden[name] = self._tests.pop(name).body
        # What tests of this file call counts there; what is left may be called from others.
        left = [(name, one) for name, asserted in helpers.items() if name not in used for one in asserted]
        calls = [last_name(node.func) for node in ast.walk(self._module) if isinstance(node, ast.Call)]
        return Facts(
            tuple(self._tests.values()),
            tuple(left),
            tuple(self._marks),
            tuple(self._hidden.items()),
            tuple(_mocks(self._module)),
            tuple(name for name in calls if name),
        )

    def _take(self, scope: str, function: _Function, around: tuple[ast.ClassDef, ...], helpers: Helpers) -> set[str]:
        """Take a test in; returns the helpers that it calls."""
        name = f"{scope}{function.name}"
        body = Body(function, helpers)
        text = "\n".join(ast.unparse(statement) for statement in function.body)
        if not all(map(_is_collected, around)):
            self._hidden[name] = text
            return set()
        decorators = [decorator for owner in (*around, function) for decorator in owner.decorator_list]
        # A second function of the same name takes the place of the first.
        if name in self._tests:
            self._hidden[f"{name} (defined twice)"] = self._tests[name].body
        cases = cases_of(decorators, self._constants)
        self._tests[name] = Test(name, function.name, cases, tuple(body.assertions), text)
        self._marks += marks_of(function.name, decorators, function)
        self._marks += [Mark(rule, said, function.name) for rule, said in body.escapes]
        return body.used


def _functions(
    body: list[ast.stmt], scope: str, around: tuple[ast.ClassDef, ...]
) -> Iterator[tuple[str, _Function, tuple[ast.ClassDef, ...]]]:
    """Functions that are named like tests, where tests are found: in the module, in classes, below conditions."""
    for node in body:
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                if node.name.startswith("test"):
                    yield scope, node, around
            case ast.ClassDef():
                yield from _functions(node.body, f"{scope}{node.name}::", (*around, node))
            case ast.If(test=ast.Constant(value=value)) if not value:
                yield from _functions(node.orelse, scope, around)
            case ast.If() | ast.With() | ast.Try():
                yield from _functions(node.body, scope, around)
            case _:
                pass


def _looks_like_tests(owner: ast.ClassDef) -> bool:
    return owner.name.startswith("Test") or any("Test" in dotted(base) for base in owner.bases)


def _is_collected(owner: ast.ClassDef) -> bool:
    for node in owner.body:
        match node:
            case ast.FunctionDef(name="__init__"):
                return any("TestCase" in dotted(base) for base in owner.bases)
            case ast.Assign(targets=[ast.Name(id="__test__")], value=ast.Constant(value=value)) if not value:
                return False
            case _:
                pass
    return _looks_like_tests(owner)


def _is_wrapped(value: ast.expr, name: str) -> bool:
    """Whether the new value still calls, or is made of, what had the name."""
    return any(isinstance(node, ast.Name) and node.id == name for node in ast.walk(value))


def _mocks(module: ast.Module) -> Iterator[str]:
    """What is replaced by a stand-in, as it is named: the target of a patch, or what is assigned to, or made here."""
    yield from (
        f"def {node.name}" for node in module.body if isinstance(node, _Function) and not node.name.startswith("test")
    )
    for node in ast.walk(module):
        match node:
            case ast.Call(func=func, args=args) if args and _is_patch(dotted(func)):
                yield ".".join(_target(argument) for argument in args[:2] if _target(argument))
            case ast.ImportFrom(module=str() as source, names=names) if _STAND_INS.search(source):
                yield from (alias.asname or alias.name for alias in names)
            case ast.Assign(targets=[ast.Attribute() as target], value=value) if _is_stand_in(value):
                yield dotted(target)
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if _is_stand_in(value):
                yield name
            case _:
                pass


def _is_patch(name: str) -> bool:
    return any(name == patch or name.endswith(f".{patch}") for patch in _PATCHES)


def _target(argument: ast.expr) -> str:
    match argument:
        case ast.Constant(value=str() as text):
            return text
        case ast.Name() | ast.Attribute():
            return dotted(argument)
        case _:
            return ""


def _is_stand_in(value: ast.expr) -> bool:
    match value:
        case ast.Lambda():
            return True
        case ast.Call(func=func):
            return last_name(func) in {"Mock", "MagicMock", "AsyncMock", "create_autospec"}
        case _:
            return False
