"""Owns what a Go module proposes: its modules, vet and linters, its tests with a report."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from gatekeeper.policy.drafting.draft import Sure
from gatekeeper.policy.surveying.hints import Hints
from gatekeeper.policy.surveying.proposal import Kind, Proposal, Report
from gatekeeper.policy.surveying.survey import Manifest, Place, Survey, inside

_JSON: Final = "reports/go-test.json"
_JUNIT: Final = "reports/go-test.xml"
_MOST_MODULES: Final = 12
_LINTERS: Final = (".golangci.yml", ".golangci.yaml", ".golangci.toml", ".golangci.json")


def golang(survey: Survey, _: Hints) -> Iterator[Proposal]:
    """go.mod and go.work; golangci-lint; gotestsum where it is a tool of the module, else `go test -json`."""
    for folder in _modules(survey):
        module = survey.manifest(inside(folder, "go.mod"))
        if module is None:
            continue
        at = module.says(r"^module\b") or Place(module.path, 0)
        if path := survey.has(inside(folder, "go.sum")):
            yield Proposal(
                Kind.INSTALL, "go-mod-download", "go mod download", Place(path, 0), why="a lock file is there",
                folder=folder, marks=("go mod download", "go get"),
            )  # fmt: skip
        yield Proposal(Kind.BUILD, "go-build", "go build ./...", at, folder=folder, marks=("go build",))
        if path := survey.has(*(inside(folder, each) for each in _LINTERS), *_LINTERS):
            yield Proposal(
                Kind.CHECK, "golangci-lint", "golangci-lint run", Place(path, 0), folder=folder,
                marks=("golangci-lint",), asked=False, notes=("golangci-lint has to be installed on the machine",),
            )  # fmt: skip
        yield Proposal(
            Kind.CHECK, "go-vet", "go vet ./...", at, Sure.MEDIUM, "part of every Go", folder,
            marks=("go vet",), asked=False,
        )  # fmt: skip
        if any(path.endswith("_test.go") for path in survey.below(folder)):
            yield _tests(module, at, folder)


def _modules(survey: Survey) -> tuple[str, ...]:
    """The folders of go.work, else those that hold a module."""
    work = survey.manifest("go.work")
    if work is not None:
        lines = (re.fullmatch(r"(?:use )?(\.(?:/[\w./-]+)?)", line.strip()) for line in work.text.split("\n"))
        named = dict.fromkeys(found[1] for found in lines if found)
        return tuple(each.removeprefix(".").strip("/") for each in named)[:_MOST_MODULES]
    return survey.homes("go.mod")


def _tests(module: Manifest, at: Place, folder: str) -> Proposal:
    marks = ("go test", "gotestsum", "make test")
    if tool := module.says(r"^(?:tool\s+|\s+)gotest\.tools/gotestsum\s*$"):
        run, report = f"go tool gotestsum --junitfile={_JUNIT} ./...", Report("junit", _JUNIT)
        run = f"mkdir -p reports && {run}"
        return Proposal(Kind.TEST, "go-test", run, tool, folder=folder, report=report, marks=marks)
    run = f"mkdir -p reports && go test -json ./... > {_JSON}"
    why = "there are _test.go files; -json is the report"
    return Proposal(Kind.TEST, "go-test", run, at, Sure.HIGH, why, folder, report=Report("go_test", _JSON), marks=marks)
