"""Owns how each test runner of Node writes a report: what is added to its command, and to its environment."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from gatekeeper.model.plan import Pairs
from gatekeeper.model.record import NamedTuple
from gatekeeper.policy.surveying.node_project import Package
from gatekeeper.policy.surveying.proposal import Report


class Run(NamedTuple):
    """What makes a runner write a report: words behind its command, a command before, variables, and the report."""

    more: str = ""
    before: str = ""
    env: Pairs = ()
    report: Report | None = None
    no_report: str = ""


def run_of(package: Package, words: tuple[str, ...]) -> Run:
    """How the runner that `words` start is run with a report; why it writes none where it cannot."""
    while words[:1] and (words[0] in _BEFORE or "=" in words[0]):
        words = words[1:]
    if not words:
        return Run(no_report="the script is no single command, so no report can be asked of it")
    for program, how in _RUNNERS.items():
        if words[0] == program and (program != "node" or "--test" in words):
            return how(package, words)
    return Run(no_report=f"none of `{words[0]}` is known; if it writes one, name it under report")


_BEFORE: Final = frozenset({"cross-env", "npx", "env"})


def _vitest(_: Package, words: tuple[str, ...]) -> Run:
    once = "" if "run" in words or "--run" in words else "--run "
    where = "reports/vitest.xml"
    more = f"{once}--reporter=default --reporter=junit --outputFile.junit={where}"
    return Run(more, report=Report("junit", where))


def _jest(package: Package, words: tuple[str, ...]) -> Run:
    more = [] if "--ci" in words else ["--ci"]
    if not package.has("jest-junit"):
        return Run(" ".join(more), no_report="jest writes one only with jest-junit, which is not installed here")
    env = (("JEST_JUNIT_OUTPUT_DIR", "reports"), ("JEST_JUNIT_OUTPUT_NAME", "jest.xml"))
    more += ["--reporters=default", "--reporters=jest-junit"]
    return Run(" ".join(more), env=env, report=Report("junit", "reports/jest.xml"))


def _mocha(package: Package, _: tuple[str, ...]) -> Run:
    where = "reports/mocha.xml"
    if package.has("mocha-junit-reporter"):
        more = f"--reporter mocha-junit-reporter --reporter-option mochaFile={where}"
    else:
        more = f"--reporter xunit --reporter-option output={where}"
    return Run(more, report=Report("junit", where))


def _node(_: Package, __: tuple[str, ...]) -> Run:
    where = "reports/node-test.xml"
    # By the environment: behind the patterns of a script, options would be taken for patterns.
    told = ("spec", "stdout"), ("junit", where)
    options = " ".join(f"--test-reporter={name} --test-reporter-destination={to}" for name, to in told)
    before = "mkdir -p reports && "
    return Run(before=before, env=(("NODE_OPTIONS", options),), report=Report("junit", where))


def _bun(_: Package, words: tuple[str, ...]) -> Run:
    if words[1:2] != ("test",):
        return Run(no_report="the script starts another one with bun; if that writes one, name it under report")
    where = "reports/bun.xml"
    more = f"--reporter=junit --reporter-outfile={where}"
    return Run(more, "mkdir -p reports && ", report=Report("junit", where))


def _playwright(_: Package, __: tuple[str, ...]) -> Run:
    where = "reports/playwright.xml"
    return Run("--reporter=list,junit", env=(("PLAYWRIGHT_JUNIT_OUTPUT_FILE", where),), report=Report("junit", where))


_RUNNERS: Final[dict[str, Callable[[Package, tuple[str, ...]], Run]]] = {
    "vitest": _vitest,
    "jest": _jest,
    "mocha": _mocha,
    "node": _node,
    "bun": _bun,
    "playwright": _playwright,
}
