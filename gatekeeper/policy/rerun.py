"""Owns the command that runs only the tests that failed: which runner it is for, and how that one is told of tests.

``{failed}`` in a step's `rerun:` is replaced by words that the runner understands, quoted for the shell. The runner is
the one whose program stands nearest before it; a runner that is not known gets the tests' names.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from typing import TypeAlias

from gatekeeper.model.record import NamedTuple
from gatekeeper.policy.shell_text import ShellText

MOST = 50
"""How many tests are run again; with more, something else than these tests is broken."""

PLACE = "{failed}"
IsFile: TypeAlias = Callable[[str], bool]
"""Whether there is a file of that path, relative to the step's folder."""


class Rerun(NamedTuple):
    """The command, the ids of the tests that it is about, and how many more had failed."""

    command: str
    tests: tuple[str, ...]
    left_out: int = 0


class CannotRerun(ValueError):
    """The command cannot be told of tests; the text says why."""


def rerun_command(script: str, failed: tuple[str, ...], is_file: IsFile) -> Rerun:
    """`script` with the tests `failed` (by their ids) in it.

    Raises:
        CannotRerun: ``{failed}`` is not in it, or stands where words cannot.
    """
    before, found, _ = script.partition(PLACE)
    if not found:
        raise CannotRerun(f"the command does not say where the tests belong; write {PLACE} there")
    told = failed[:MOST]
    words = " ".join(map(shlex.quote, _renderer(before)(told, before, is_file)))
    text, parts = ShellText(), script.split(PLACE)
    for part in parts[:-1]:
        text.read(part)
        if not text.in_the_open:
            raise CannotRerun(f"{PLACE} stands between quotes, or where words cannot; write it outside of them")
        text.place("x", "")
    return Rerun(words.join(parts), told, len(failed) - len(told))


_Render: TypeAlias = Callable[[tuple[str, ...], str, IsFile], list[str]]


def _pytest(tests: tuple[str, ...], _before: str, is_file: IsFile) -> list[str]:
    nodes = [_node(test, is_file) for test in tests]
    if all(nodes):
        return [node for node in nodes if node]
    # One that cannot be placed can still be named; parameters are no part of an expression.
    names = dict.fromkeys(re.sub(r"\[.*", "", _name(test), flags=re.DOTALL).rpartition("::")[2] for test in tests)
    return ["-k", " or ".join(names)]


def _node(test: str, is_file: IsFile) -> str | None:
    head, _, name = test.partition("::")
    if head.endswith(".py"):
        return test
    # xunit writes `pkg.module.Class`: the longest beginning that is a file is the module.
    parts = head.split(".")
    for length in range(len(parts), 0, -1):
        file = "/".join(parts[:length]) + ".py"
        if is_file(file):
            return "::".join([file, *parts[length:], name])
    return None


def _jest(tests: tuple[str, ...], _before: str, _is_file: IsFile) -> list[str]:
    # vitest writes `suite > test` and matches `suite test`; a name of its own may hold the same sign.
    names = dict.fromkeys(re.sub(r"[.*+?^${}()|[\]\\/]", r"\\\g<0>", _name(test)) for test in tests)
    return ["-t", "|".join(name.replace(" > ", " (> )?") for name in names)]


def _go(tests: tuple[str, ...], _before: str, _is_file: IsFile) -> list[str]:
    names = dict.fromkeys(_name(test).partition("/")[0] for test in tests)
    return ["-run", f"^({'|'.join(map(re.escape, names))})$"]


def _cargo(tests: tuple[str, ...], before: str, _is_file: IsFile) -> list[str]:
    names = list(dict.fromkeys(test.rpartition("::")[2] for test in tests))
    # `cargo test` itself takes one name, the program that it runs takes many.
    words = before.split()
    return names if "nextest" in words or "--" in words else ["--", *names]


def _maven(tests: tuple[str, ...], _before: str, _is_file: IsFile) -> list[str]:
    methods: dict[str, dict[str, None]] = {}
    for test in tests:
        head, _, name = test.partition("::")
        methods.setdefault(head, {})[re.split(r"[(\[{]", name)[0]] = None
    chosen = ",".join(f"{name}#{'+'.join(found)}" for name, found in methods.items())
    return [f"-Dtest={chosen}", "-Dsurefire.failIfNoSpecifiedTests=false"]


def _plain(tests: tuple[str, ...], _before: str, _is_file: IsFile) -> list[str]:
    return list(dict.fromkeys(map(_name, tests)))


_RUNNERS: dict[str, _Render] = {
    "pytest": _pytest,
    "py.test": _pytest,
    "jest": _jest,
    "vitest": _jest,
    "go test": _go,
    "gotestsum": _go,
    "cargo": _cargo,
    "mvn": _maven,
    "mvnw": _maven,
}
"""How the tests of each runner are named, by its program."""


def _renderer(before: str) -> _Render:
    words = [word.rpartition("/")[2] for word in re.split(r"[\s;&|()'\"]+", before)]
    for at in range(len(words) - 1, -1, -1):
        render = _RUNNERS.get(words[at]) or _RUNNERS.get(" ".join(words[at : at + 2]))
        if render is not None:
            return render
    return _plain


def _name(test: str) -> str:
    head, found, name = test.partition("::")
    return name if found and name else head
