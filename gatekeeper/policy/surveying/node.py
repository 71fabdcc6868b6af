"""Owns what a Node project proposes: its packages, its scripts that check and build, its suites with a report."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from gatekeeper.policy.drafting.draft import Sure
from gatekeeper.policy.drafting.names import slug
from gatekeeper.policy.surveying.hints import Hints
from gatekeeper.policy.surveying.node_project import Package, install, is_workspace, members, packages, words_of
from gatekeeper.policy.surveying.node_runners import run_of
from gatekeeper.policy.surveying.proposal import Kind, Proposal
from gatekeeper.policy.surveying.survey import Place, Survey, inside

_CHECKS: Final = re.compile(
    r"lint(?:[:-](?!fix)[\w-]+)?|(?:type-?check|types?|tsc|check)(?:[:-](?:types?|lint|format|ts))?|types:check"
    r"|format[:-]check|check[:-]?format|fmt[:-]check|prettier[:-]check"
)
_MENDS: Final = re.compile(r"--fix\b|--write\b|(?:^|\s)-w\b")
_WATCHES: Final = re.compile(r"--watch\b|\bwatch\b|\bnodemon\b")
_UNITS: Final = re.compile(r"tests?|unit(?:[:-]tests?)?|tests?[:-](?:ci[:-])?(?:unit|all)|jest|vitest")
_PLACEHOLDER: Final = re.compile(r"no test specified")
_END_TO_END: Final = re.compile(r"(?:test[:-])?(?:ci[:-])?(?:e2e|playwright|cypress)(?:[:-]\w+)?")
_PLAYWRIGHT: Final = re.compile(r"playwright(?:-ct)?\.config\.[cm]?[jt]s")
_WANTS_MORE: Final = (
    "an end-to-end suite needs more than this tree: browsers, or a server with keep and ready; see to that first"
)
_MOST_MEMBERS: Final = 12


def node(survey: Survey, hints: Hints) -> Iterator[Proposal]:
    """npm, pnpm, yarn, bun and their workspaces; scripts; jest, vitest, mocha, node --test, playwright; nx, turbo."""
    for package in packages(survey):
        yield from install(survey, package)
        yield from _checks(package)
        if "build" in package.scripts and not _WATCHES.search(package.scripts["build"]):
            yield _script(package, Kind.BUILD, "build")
        yield from _tests(survey, package, hints)
        yield from _end_to_end(survey, package)


def _script(package: Package, kind: Kind, name: str) -> Proposal:
    return Proposal(
        kind, slug(name, "script"), package.call(name), package.script(name), folder=package.folder,
        marks=_calls(package, name),
    )  # fmt: skip


def _checks(package: Package) -> Iterator[Proposal]:
    found = 0
    for name, script in package.scripts.items():
        if not _CHECKS.fullmatch(name) or _WATCHES.search(script):
            continue
        found += 1
        doubt = "it changes files, so it is no check" if _MENDS.search(script) else ""
        yield _script(package, Kind.CHECK, name)._replace(doubt=doubt)
    if not found and package.has("eslint") and (at := package.has("eslint")):
        yield Proposal(
            Kind.CHECK, "eslint", _local(package, "eslint ."), at, Sure.LOW, "a dependency, and no script runs it",
            package.folder, doubt="no script says what it is to look at", marks=("eslint",), asked=False,
        )  # fmt: skip


def _local(package: Package, command: str) -> str:
    return {"npm": f"npx --no-install {command}", "bun": f"bunx {command}"}.get(
        package.manager, f"{package.manager} exec {command}"
    )


def _tests(survey: Survey, package: Package, hints: Hints) -> Iterator[Proposal]:
    scripts = [
        name for name, script in package.scripts.items() if _UNITS.fullmatch(name) and not _PLACEHOLDER.search(script)
    ]
    scripts.sort(key=lambda name: name != "test")
    # Where CI runs one of the others and not `test`, that is what the project holds itself to.
    chosen = next((name for name in scripts if hints.of(_calls(package, name))), scripts[0] if scripts else "")
    for name in scripts:
        suite = _suite(package, name, package.scripts[name])
        if name == chosen:
            yield suite
        elif name == "test":
            yield suite._replace(doubt=f"CI runs `{chosen}` and not this; it may run more than passes everywhere")
    if not scripts and (at := is_workspace(survey, package)):
        yield from _of_workspace(survey, package, at)
    elif not scripts:
        yield from _without_script(package)


def _calls(package: Package, name: str) -> tuple[str, ...]:
    calls = (package.call(name), f"{package.manager} run {name}", f"{package.manager} {name}", f"npm run {name}")
    return tuple(dict.fromkeys(calls))


def _suite(package: Package, name: str, script: str) -> Proposal:
    run = run_of(package, words_of(script))
    command = run.before + package.call(name, run.more)
    marks = (*_calls(package, name), *(f"{package.manager} run {name}{more}" for more in ("-ci", ":ci", ":coverage")))
    called = slug(f"{package.manager} {name}", "test")
    sure = Sure.HIGH if run.report is None or not run.more else Sure.MEDIUM
    why = (
        "" if sure is Sure.HIGH else f"`{words_of(script)[0]}` is what the script starts; it is told to write a report"
    )
    doubt = "it watches, and never ends" if _WATCHES.search(script) else ""
    return Proposal(
        Kind.TEST, called, command, package.script(name), sure, why, package.folder, run.env, run.report,
        run.no_report, doubt=doubt, marks=marks,
    )  # fmt: skip


def _of_workspace(survey: Survey, package: Package, at: Place) -> Iterator[Proposal]:
    """The suites of a workspace whose root has none: by its task runner, by pnpm, or member by member."""
    for tool, file, run in (("nx", "nx.json", "nx run-many -t test"), ("turbo", "turbo.json", "turbo run test")):
        if path := survey.has(inside(package.folder, file)):
            yield Proposal(
                Kind.TEST, f"{tool}-test", _local(package, run), Place(path, 0), Sure.MEDIUM,
                "the root has no script for its suites", package.folder, marks=(run, tool),
                no_report=f"{tool} runs the suites of many packages; name what they write under report",
            )  # fmt: skip
            return
    tested = [each for each in members(survey, package) if each.table("scripts").get("test")]
    if package.manager == "pnpm" and tested:
        yield Proposal(
            Kind.TEST, "pnpm-test", "pnpm --recursive test", at, Sure.MEDIUM,
            f"{len(tested)} packages of the workspace have a script `test`", package.folder, marks=("pnpm test",),
            no_report="it runs the suites of many packages; name what they write under report",
        )  # fmt: skip
        return
    for each in tested[:_MOST_MEMBERS]:
        member = Package(each.path.rpartition("/")[0], each, package.manager, "")
        suite = _suite(member, "test", member.scripts["test"])
        yield suite._replace(name=slug(f"{member.folder.rpartition('/')[2]} test", "test"))


def _without_script(package: Package) -> Iterator[Proposal]:
    for runner, command in (("vitest", "vitest run"), ("jest", "jest"), ("mocha", "mocha")):
        if at := package.has(runner):
            run = run_of(package, tuple(command.split()))
            yield Proposal(
                Kind.TEST, runner, _local(package, f"{command} {run.more}".strip()), at, Sure.MEDIUM,
                "a dependency, and no script runs it", package.folder, run.env, run.report, run.no_report,
                marks=(runner,), asked=False,
            )  # fmt: skip
            return


def _end_to_end(survey: Survey, package: Package) -> Iterator[Proposal]:
    configs = (path for path in sorted(survey.below(package.folder)) if _PLAYWRIGHT.fullmatch(path.rpartition("/")[2]))
    configured = next((path for path in configs if path.rpartition("/")[0] == package.folder), "")
    scripts = [
        name for name, script in package.scripts.items() if _END_TO_END.fullmatch(name) and not _WATCHES.search(script)
    ]
    for name in scripts[:2]:
        suite = _suite(package, name, package.scripts[name])
        yield suite._replace(kind=Kind.END_TO_END, doubt=_WANTS_MORE)
    if configured and not scripts:
        run = run_of(package, ("playwright", "test"))
        yield Proposal(
            Kind.END_TO_END, "playwright", _local(package, f"playwright test {run.more}"), Place(configured, 0),
            folder=package.folder, env=run.env, report=run.report, doubt=_WANTS_MORE, marks=("playwright",),
        )  # fmt: skip
