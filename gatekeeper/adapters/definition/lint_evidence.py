"""Owns the rules of `gatekeeper check` on evidence and surroundings: reports, re-runs, baselines, variables, hosts."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator

from gatekeeper.adapters.definition.lint_found import Found
from gatekeeper.adapters.definition.place import Place
from gatekeeper.adapters.definition.shell import Simple
from gatekeeper.model.demands import ReportSpec
from gatekeeper.model.plan import Step, StepId
from gatekeeper.model.record import NamedTuple
from gatekeeper.policy.ready_made.production import names_production

_OFF = frozenset({"", "0", "false", "no", "off"})
_SKIPPING = re.compile(r"(?:\w+_)?(?:SKIP|DISABLE|NO)_(?:\w+_)?(?:TESTS?|CHECKS?|HOOKS?)|TESTS?_(?:SKIP|DISABLED)|SKIP")
_SWITCHED_OFF = frozenset({"HUSKY", "CI", "LEFTHOOK"})
_PRODUCTION_MODES = frozenset({"NODE_ENV", "RAILS_ENV", "RACK_ENV", "APP_ENV", "DJANGO_ENV", "FLASK_ENV", "MIX_ENV"})
_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^\s'\"]+")
_OWN_SYSTEM = "tests need a system of their own; an `environment:` step refuses what is set outside of the definition"


class MissingBaseline(NamedTuple):
    """A step's baseline that it can't pass without and can't have; `why` not, and `how` to come by one."""

    step: StepId
    why: str
    how: str


def of_evidence(
    step: Step, place: Place, missing: tuple[MissingBaseline, ...], *, required: bool, tests: bool
) -> Iterator[Found]:
    """What the step's report, re-run and baseline leave open; `tests` tells whether it runs a suite.

    Of `missing` those are the step's that are of one of its combinations.
    """
    report = step.report
    if report is not None and report.globs:
        yield from _of_report(report, (*place, "report"), required=required, tests=tests)
    if step.rerun and report is None:
        message = "nobody can tell which tests failed, so that `rerun` would run none"
        yield Found("rerun-without-report", (*place, "rerun"), 0, message, "write `report:`, or remove it")
    for one in missing:
        if one.step.gate == step.gate and one.step.step.partition("[")[0] == step.name.partition("[")[0]:
            at: Place = (*place, "baseline") if step.baseline else place
            yield Found("baseline-missing", at, 0, one.why, one.how)


def _of_report(report: ReportSpec, place: Place, *, required: bool, tests: bool) -> Iterator[Found]:
    if report.optional and required:
        message = "a required gate passes here with no report at all"
        hint = "remove it, or make the gate advisory"
        yield Found("report-optional", (*place, "optional"), 0, message, hint)
    if report.allow_empty and tests:
        message = "a suite passes here that ran not one test"
        hint = "remove it: a suite that finds no test has failed"
        yield Found("passes-without-tests", (*place, "allow_empty"), 0, message, hint)
    for glob in report.globs:
        at: Place = (*place, report.format)
        if os.path.isabs(glob) or os.path.normpath(glob).startswith(".."):
            message = f"{glob} lies outside of the step's folder, where other runs write, too"
            yield Found("report-outside-step", at, 0, message, "let the step write it below its own folder")
        elif _takes_everything(glob):
            message = f"{glob} may match files that are no reports of this step"
            yield Found("wide-report", at, 0, message, "name the report's folder, or more of its name")


def _takes_everything(glob: str) -> bool:
    """Whether nothing but the ending tells what is meant: ``**/*.xml``."""
    *folders, name = [part for part in glob.split("/") if part not in {"", "."}] or [""]
    return all(set(folder) <= {"*", "?"} for folder in folders) and re.fullmatch(r"[*?]+(?:\.\w+)?", name) is not None


def of_environment(step: Step, place: Place, *, tests: bool) -> Iterator[Found]:
    """What the step's `env` switches off, and where it leads."""
    for name, value in step.env:
        at: Place = (*place, "env", name)
        if said := _switches_off(name, value, tests=tests):
            yield _skipping(at, 0, said)
        if tests and "://" in value and (why := names_production(value)):
            yield Found("production-url", at, 0, f"{name} looks like production: {why}", _OWN_SYSTEM)


def of_surroundings(commands: tuple[Simple, ...], place: Place, *, tests: bool) -> Iterator[Found]:
    """Variables and options in a script by which a check is left out."""
    for command in commands:
        for assignment in command.assignments:
            name, _, value = assignment.partition("=")
            if said := _switches_off(name, value, tests=tests):
                yield _skipping(place, command.line, said)
        if "--no-verify" in command.words[1:]:
            yield _skipping(place, command.line, "`--no-verify` leaves out the hooks")


def _switches_off(name: str, value: str, *, tests: bool) -> str:
    low = value.strip().lower()
    if _SKIPPING.fullmatch(name) and low not in _OFF:
        return f"`{name}={value}` leaves out what is to be checked"
    if name in _SWITCHED_OFF and low in _OFF:
        return f"`{name}={value}` switches off what runs in every other place"
    if name in _PRODUCTION_MODES and low in {"production", "prod"} and tests:
        return f"`{name}={value}` is not how tests are run; many leave out checks then"
    return ""


def _skipping(place: Place, line: int, message: str) -> Found:
    return Found("skips-by-environment", place, line, message, "leave it out, or say why under `allow:`")


def of_hosts(commands: tuple[Simple, ...], place: Place) -> Iterator[Found]:
    """URLs in a script that runs tests which look like production; nothing of them is shown."""
    for command in commands:
        for url in (url for word in (*command.words, *command.assignments) for url in _URL.findall(word)):
            if why := names_production(url):
                message = f"a URL of the command looks like production: {why}"
                yield Found("production-url", place, command.line, message, _OWN_SYSTEM)
