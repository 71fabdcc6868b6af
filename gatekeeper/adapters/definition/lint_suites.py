"""Owns the rules of `gatekeeper check` on test suites: that they count, run whole, once, and may fail."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator

from gatekeeper.adapters.definition.habits import layers, runs_tests
from gatekeeper.adapters.definition.lint_found import Found, short
from gatekeeper.adapters.definition.place import Place
from gatekeeper.adapters.definition.shell import Simple
from gatekeeper.adapters.definition.suite_habits import (
    accepts_no_tests,
    hides_failures,
    passes_on_nothing,
    runs_again,
    selects,
)
from gatekeeper.model.plan import Step

_SUITE_CLASS = re.compile(r"(?:^|[-_])(?:suite|tests?)(?:$|[-_])", re.IGNORECASE)
_ADDED_OPTIONS = {"PYTEST_ADDOPTS": "pytest", "JEST_ADDOPTS": "jest", "GOFLAGS": "go test"}
"""Variables that give a test runner more options."""


def is_suite(command: Simple) -> bool:
    """Whether the command, or one that it runs, looks like a test suite."""
    return any(map(runs_tests, layers(command.words)))


def of_suites(commands: tuple[Simple, ...], place: Place, *, required: bool) -> Iterator[Found]:
    """What the commands of a script do that a suite should not; what `required` gates only must not, too."""
    for command in commands:
        yield from _of_words(command.words, place, command.line, required=required)
        for name, runner in _ADDED_OPTIONS.items():
            for value in command.assigned_to(name):
                yield from _of_words((*runner.split(), *_split(value)), place, command.line, required=required)
        if command.before in {"||", "&&", ";", "\n"} and accepts_no_tests(command.words):
            message = f"`{short(command.words)}` lets a suite pass that ran not one test"
            yield _no_tests(place, command.line, message)


def of_added_options(step: Step, place: Place, *, required: bool) -> Iterator[Found]:
    """The same of options that the step's `env` gives to a test runner."""
    for name, value in step.env:
        if name in _ADDED_OPTIONS:
            words = (*_ADDED_OPTIONS[name].split(), *_split(value))
            yield from _of_words(words, (*place, "env", name), 0, required=required)


def _of_words(words: tuple[str, ...], place: Place, line: int, *, required: bool) -> Iterator[Found]:
    seen = list(layers(words))
    if option := next(filter(None, map(passes_on_nothing, seen)), None):
        yield _no_tests(place, line, f"`{option}` lets a suite pass that ran not one test")
    if option := next(filter(None, map(hides_failures, seen)), None):
        message = f"`{option}` makes a failure look like a success"
        yield Found(
            "ignores-failures", place, line, message, "leave it out; what may fail belongs into an advisory gate"
        )
    if option := next(filter(None, map(runs_again, seen)), None):
        message = f"`{option}` runs again what failed, and a pass inside hides that it did"
        hint = "leave it out: gatekeeper runs again (`retry_unchanged`), and calls flaky what is"
        yield Found("reruns-inside", place, line, message, hint)
    if required and (option := next(filter(None, map(selects, seen)), None)):
        message = f"`{option}` runs the suite without some of its tests"
        yield Found("selects-tests", place, line, message, "run all of it, or say why not under `allow:`")


def _no_tests(place: Place, line: int, message: str) -> Found:
    return Found("passes-without-tests", place, line, message, "leave it out: a suite that finds no test has failed")


def _split(value: str) -> list[str]:
    try:
        return shlex.split(value)
    except ValueError:
        return value.split()


def suite_without_report(step: Step, suites: list[Simple], place: Place) -> Iterator[Found]:
    """A suite, by its command or its class, whose tests nobody counts."""
    hint = 'write `report: {junit: "reports/*.xml"}`, so that the tests are counted and not believed'
    if suites:
        message = f"`{short(suites[0].words)}` runs tests, and the step has no `report`"
        yield Found("suite-without-report", (*place, "run"), suites[0].line, message, hint)
    elif step.timeout_class is not None and _SUITE_CLASS.search(step.timeout_class):
        message = f"the step is of the class `{step.timeout_class}`, and has no `report`"
        yield Found("suite-without-report", (*place, "class"), 0, message, hint)
