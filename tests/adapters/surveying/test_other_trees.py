"""Go, Rust, the JVM, .NET, Ruby, PHP, task files, scripts, compose: what each says, and what it does not."""

from __future__ import annotations

from pathlib import Path

import pytest

from gatekeeper.policy.surveying.proposal import Report
from gatekeeper.policy.surveying.proposing import NothingToRun, propose
from tests.adapters.surveying.trees import Files, only, proposed, steps, taken, tree

MODULE = {"go.mod": "module x\n", "go.sum": "", "x_test.go": ""}
GEMS = {"Gemfile": "gem 'rspec'\ngem 'rubocop'\n", "spec/a_spec.rb": "", ".rubocop.yml": ""}
CARGO = {"Cargo.toml": "[package]\nname = 'x'\n", "Cargo.lock": ""}
NEXTEST = {".config/nextest.toml": "[profile.ci.junit]\npath = 'junit.xml'\n"}
PROJECT = "<Project><PackageReference Include='Microsoft.NET.Test.Sdk' />{more}</Project>"


@pytest.mark.parametrize(
    ("files", "name", "run", "report"),
    [
        (MODULE, "go-test", "go test -json ./... > reports/go-test.json", ("go_test", "reports/go-test.json")),
        (
            MODULE | {"go.mod": "module x\n\ntool gotest.tools/gotestsum\n"},
            "go-test",
            "go tool gotestsum --junitfile=reports/go-test.xml ./...",
            ("junit", "reports/go-test.xml"),
        ),
        (CARGO, "cargo-test", "cargo test --locked", None),
        (
            CARGO | NEXTEST,
            "cargo-nextest",
            "cargo nextest run --locked --profile ci",
            ("junit", "target/nextest/ci/junit.xml"),
        ),
        (
            {"pom.xml": "<project/>", "mvnw": "", "a/pom.xml": "<project/>"},
            "maven-verify",
            "./mvnw --batch-mode --no-transfer-progress verify",
            ("junit", "**/target/surefire-reports/TEST-*.xml"),
        ),
        (
            {"build.gradle.kts": ""},
            "gradle-check",
            "gradle --no-daemon --no-build-cache --console=plain cleanTest check",
            ("junit", "build/test-results/test/TEST-*.xml"),
        ),
        (
            {"My App; x.sln": "", "t/T.csproj": PROJECT.format(more="")},
            "dotnet-test",
            "dotnet test --no-build 'My App; x.sln'",
            None,
        ),
        (
            {"A.slnx": "", "t/T.csproj": PROJECT.format(more="<PackageReference Include='JunitXml.TestLogger' />")},
            "dotnet-test",
            'dotnet test --no-build A.slnx --logger "junit;LogFileName=junit.xml"',
            ("junit", "**/TestResults/junit.xml"),
        ),
        (GEMS, "rspec", "bundle exec rspec", None),
        (
            GEMS | {"Gemfile": "gem 'rspec'\ngem 'rspec_junit_formatter'\n"},
            "rspec",
            "--format RspecJunitFormatter --out reports/rspec.xml",
            ("junit", "reports/rspec.xml"),
        ),
        ({"Gemfile": "", "Rakefile": "Rake::TestTask.new\n"}, "rake-test", "bundle exec rake test", None),
        (
            {"composer.json": '{"require-dev": {"pestphp/pest": "*", "phpunit/phpunit": "*"}}', "phpunit.xml": ""},
            "pest",
            "vendor/bin/pest --log-junit reports/pest.xml",
            ("junit", "reports/pest.xml"),
        ),
        ({"justfile": "test *args: build\n    x\n"}, "just-test", "just test", None),
        ({"Taskfile.yml": "tasks:\n  test: {cmds: [x]}\n"}, "task-test", "task test", None),
        ({"Makefile": "X := 1\ntest: all\n\tx\n"}, "make-test", "make test", None),
        ({"script/cibuild": "#!/bin/sh\n"}, "cibuild", "./script/cibuild", None),
    ],
)
def test_a_suite(tmp_path: Path, files: Files, name: str, run: str, report: tuple[str, str] | None) -> None:
    """Its command, and the report that what is there can write; why there is none where it cannot."""
    step = only(proposed(tmp_path / "tree", files), f"tests/{name}")
    assert step.run.endswith(run)
    assert step.report == (Report(*report) if report else None)
    assert bool(step.no_report) == (report is None)
    assert not step.doubt


def test_go_modules_of_a_workspace(tmp_path: Path) -> None:
    """Each in its folder; linters are asked where the project asks for them."""
    files = {"go.work": "go 1.22\n\nuse (\n\t./a\n\t./b/c\n)\n", "a/go.mod": "module a\n", "a/a_test.go": ""}
    files |= {"b/c/go.mod": "module c\n", ".golangci.yml": "", "Makefile": "lint:\n\tgolangci-lint run\n"}
    found = proposed(tmp_path, files)
    assert only(found, "tests/a-go-test").folder == "a"
    assert only(found, "build/b-c-go-build").folder == "b/c"
    assert "checks/a-golangci-lint" in taken(found)
    assert "advisory-checks/a-go-vet" in taken(found)
    assert "may do what golangci-lint does" in steps(found)["checks/make-lint"].proposal.doubt


def test_two_builds_of_the_same_sources(tmp_path: Path) -> None:
    """The second only if CI runs it."""
    files = {"pom.xml": "<project/>", "mvnw": "", "build.gradle": "", "gradlew": ""}
    assert list(taken(proposed(tmp_path / "one", files))) == ["tests/maven-verify"]
    ci = {".github/workflows/g.yml": "jobs: {b: {steps: [{run: ./gradlew build}]}}\n"}
    assert list(taken(proposed(tmp_path / "two", files | ci))) == ["tests/maven-verify", "tests/gradle-check"]


def test_nothing_is_installed_where_others_read(tmp_path: Path) -> None:
    """Bundler only looks; Composer installs into the project what its lock says."""
    assert taken(proposed(tmp_path / "ruby", GEMS | {"Gemfile.lock": ""}))["install/bundle-check"] == "bundle check"
    php = {"composer.json": '{"require-dev": {"phpunit/phpunit": "*"}}', "composer.lock": "{}", "phpunit.xml": ""}
    installed = taken(proposed(tmp_path / "php", php))["install/composer-install"]
    assert installed == "composer install --no-interaction --no-progress"


def test_scripts_of_a_backend(tmp_path: Path) -> None:
    """What restarts keeps a service on a free port, what smokes comes after it, what stops is the teardown."""
    script = '#!/bin/sh\nexec x --port "$PORT"\n'
    files = {f"dev-scripts/{name}.sh": script for name in ("restart-api", "smoke-login", "stop-api", "unrelated")}
    found = proposed(tmp_path, files)
    assert taken(found) == {
        "stack/restart-api": "./dev-scripts/restart-api.sh",
        "smoke/smoke-login": "./dev-scripts/smoke-login.sh",
    }
    step = only(found, "stack/restart-api")
    assert (step.keep, step.port) == ("api", ("dev-scripts/restart-api.sh", 2))
    assert found.stop == ("dev-scripts/stop-api.sh", 0)


def test_containers_are_not_started_unasked(tmp_path: Path) -> None:
    """And where nothing else is here, there is nothing to propose: it is listed with its reason."""
    found = propose(tree(tmp_path, {"compose.yaml": "services: {db: {image: x}}\n"}))
    assert isinstance(found, NothingToRun)
    assert [each.run for each in found.shown] == ["docker compose up --detach --wait"]


def test_an_ecosystem_is_looked_for_near_the_root(tmp_path: Path) -> None:
    """Two projects side by side are two; those of examples and tests are none."""
    suite = '{"scripts": {"test": "jest"}}'
    files = {"web/package.json": suite, "api/package.json": suite, "examples/x/package.json": suite}
    found = proposed(tmp_path, files | {"tests/fixtures/y/package.json": suite})
    assert list(taken(found)) == ["tests/api-npm-test", "tests/web-npm-test"]


def test_what_ci_runs_and_nobody_knows_is_listed(tmp_path: Path) -> None:
    """With its line; what is no check, installs or publishes is not."""
    workflow = """\
jobs:
  a:
    steps:
      - run: npm ci
      - run: |
          ./tools/contract-check \\
            --strict
          npm publish
  b: {steps: [{uses: x}, {run: [5]}, oops]}
"""
    files = {".github/workflows/ci.yml": workflow, "package.json": '{"scripts": {"test": "jest"}}'}
    found = proposed(tmp_path, files)
    assert [(hint.command, hint.at.line) for hint in found.untaken] == [("./tools/contract-check --strict", 6)]


@pytest.mark.parametrize(
    "hook",
    [
        {".husky/pre-push": "# mine\nnpm test\n"},
        {"lefthook.yml": "pre-push:\n  commands:\n    t: {run: npm test}\n"},
    ],
)
def test_hooks_tell_too(tmp_path: Path, hook: Files) -> None:
    """Who runs it stands beside the step."""
    step = steps(proposed(tmp_path, {"package.json": '{"scripts": {"test": "jest"}}'} | hook))["tests/npm-test"]
    assert step.hint is not None
    assert step.hint.who == "a hook"
