"""Node projects: the lock file says who installs, the script what is run, the installed runner how it reports."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from gatekeeper.policy.surveying.proposal import Report
from tests.adapters.surveying.trees import only, proposed, steps, taken


def package(test: str = "", *installed: str, **more: Any) -> str:
    """A package.json."""
    scripts = {"test": test} if test else {}
    return json.dumps({"scripts": scripts, "devDependencies": dict.fromkeys(installed, "*")} | more, indent=2)


@pytest.mark.parametrize(
    ("files", "install", "test"),
    [
        ({"package-lock.json": "{}"}, "npm ci", "npm test -- --run"),
        ({"pnpm-lock.yaml": ""}, "pnpm install --frozen-lockfile", "pnpm test --run"),
        ({"yarn.lock": ""}, "yarn install --frozen-lockfile", "yarn test --run"),
        ({"yarn.lock": "", ".yarnrc.yml": ""}, "yarn install --immutable", "yarn test --run"),
        ({"bun.lock": ""}, "bun install --frozen-lockfile", "bun run test --run"),
    ],
)
def test_the_lock_file_says_who_installs(tmp_path: Path, files: dict[str, str], install: str, test: str) -> None:
    """And a script gets its options as that one passes them on."""
    found = proposed(tmp_path, files | {"package.json": package("vitest", "vitest")})
    commands = list(taken(found).values())
    assert commands[0] == install
    assert commands[1] == f"{test} --reporter=default --reporter=junit --outputFile.junit=reports/vitest.xml"


@pytest.mark.parametrize(
    ("script", "installed", "more", "report"),
    [
        ("vitest run", ("vitest",), "--reporter=default --reporter=junit", "reports/vitest.xml"),
        ("jest", ("jest", "jest-junit"), "--ci --reporters=default --reporters=jest-junit", "reports/jest.xml"),
        ("jest --watch", ("jest", "jest-junit"), None, "reports/jest.xml"),
        ("cross-env NODE_ENV=test mocha", ("mocha",), "--reporter xunit", "reports/mocha.xml"),
        ("mocha", ("mocha", "mocha-junit-reporter"), "--reporter mocha-junit-reporter", "reports/mocha.xml"),
    ],
)
def test_a_runner_is_told_to_report(
    tmp_path: Path, script: str, installed: tuple[str, ...], more: str | None, report: str
) -> None:
    """By what is installed; one that watches is only shown."""
    found = proposed(
        tmp_path,
        {
            "package.json": package(script, *installed, scripts={"test": script, "build": "tsc"}),
            "package-lock.json": "",
        },
    )
    step = only(found, "tests/npm-test")
    assert step.report == Report("junit", report)
    assert (f"-- {more}" in step.run) if more else step.doubt == "it watches, and never ends"


def test_node_writes_its_report_by_the_environment(tmp_path: Path) -> None:
    """Behind the script's patterns an option would be a pattern; and node makes no folder."""
    step = only(proposed(tmp_path, {"package.json": package("node --test test/*.js")}), "tests/npm-test")
    assert step.run == "mkdir -p reports && npm test"
    assert dict(step.env)["NODE_OPTIONS"].endswith("--test-reporter-destination=reports/node-test.xml")


def test_bun_has_a_runner_of_its_own(tmp_path: Path) -> None:
    """A script that only starts another one with it is not that."""
    files = {"package.json": package("bun test"), "bun.lock": ""}
    step = only(proposed(tmp_path / "runner", files), "tests/bun-test")
    assert step.run == "mkdir -p reports && bun run test --reporter=junit --reporter-outfile=reports/bun.xml"
    started = proposed(tmp_path / "starter", files | {"package.json": package("bun run all")})
    assert only(started, "tests/bun-test").report is None


@pytest.mark.parametrize("script", ["jest", "ava", "npm run a && npm run b"])
def test_a_suite_that_cannot_report_says_why(tmp_path: Path, script: str) -> None:
    """No report is invented."""
    step = only(proposed(tmp_path, {"package.json": package(script, "jest")}), "tests/npm-test")
    assert step.report is None
    assert step.no_report


def test_scripts_check_and_build_but_never_mend_or_watch(tmp_path: Path) -> None:
    """By their names, and by what they run."""
    scripts = {
        "lint": "eslint .",
        "lint:fix": "eslint . --fix",
        "typecheck": "tsc --noEmit",
        "format:check": "prettier --write .",
        "check": "tsc --watch",
        "build": "tsc",
        "test": 'echo "Error: no test specified" && exit 1',
    }
    found = proposed(tmp_path, {"package.json": package(scripts=scripts)})
    assert list(taken(found)) == ["checks/lint", "checks/typecheck", "build/build"]
    assert steps(found)["checks/format-check"].proposal.doubt == "it changes files, so it is no check"


def test_the_suite_that_ci_runs_goes_before_one_that_it_does_not(tmp_path: Path) -> None:
    """`test` is all there is, `test:unit` what passes."""
    workflow = "jobs: {unit: {steps: [{run: npm ci}, {run: npm run test:unit}]}}\n"
    scripts = {"test": "vitest", "test:unit": "vitest run --project unit"}
    found = proposed(tmp_path, {"package.json": package(scripts=scripts), ".github/workflows/ci.yml": workflow})
    assert [name for name in taken(found) if name.startswith("tests/")] == ["tests/npm-test-unit"]
    assert "CI runs `test:unit`" in steps(found)["tests/npm-test"].proposal.doubt


def test_a_workspace_without_a_suite_of_its_own(tmp_path: Path) -> None:
    """Its members' are run: one by one, or by pnpm, nx or turbo, which know them."""
    member = {"packages/a/package.json": package("vitest run"), "packages/b/package.json": package()}
    root = {"package.json": package(workspaces=["packages/*"]), "package-lock.json": ""}
    found = proposed(tmp_path / "npm", root | member)
    assert only(found, "tests/packages-a-a-test").folder == "packages/a"
    pnpm = {"package.json": package(), "pnpm-lock.yaml": "", "pnpm-workspace.yaml": "packages:\n  - packages/*\n"}
    assert taken(proposed(tmp_path / "pnpm", pnpm | member))["tests/pnpm-test"] == "pnpm --recursive test"
    nx = proposed(tmp_path / "nx", root | member | {"nx.json": "{}"})
    assert taken(nx)["tests/nx-test"] == "npx --no-install nx run-many -t test"
    turbo = proposed(tmp_path / "turbo", root | member | {"turbo.json": "{}"})
    assert taken(turbo)["tests/turbo-test"] == "npx --no-install turbo run test"


def test_browsers_are_nothing_to_begin_with(tmp_path: Path) -> None:
    """An end-to-end suite is shown, with what it needs."""
    found = proposed(tmp_path, {"package.json": package("jest"), "playwright.config.ts": ""})
    assert "browsers" in only(found, "end-to-end/playwright").doubt
