"""Owns what a .NET solution or project proposes: restore, build, test. Its own report format is none that is read."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from typing import Final

from gatekeeper.policy.drafting.draft import Sure
from gatekeeper.policy.surveying.hints import Hints
from gatekeeper.policy.surveying.proposal import Kind, Proposal, Report
from gatekeeper.policy.surveying.survey import Place, Survey

_PROJECTS: Final = (".csproj", ".fsproj", ".vbproj")
_ENV: Final = (("MSBUILDDISABLENODEREUSE", "1"), ("DOTNET_CLI_TELEMETRY_OPTOUT", "1"), ("DOTNET_NOLOGO", "1"))


def dotnet(survey: Survey, _: Hints) -> Iterator[Proposal]:
    """The solution at the root, or the only project there."""
    at_root = sorted(path for path in survey.files if "/" not in path)
    solutions = [path for path in at_root if path.endswith((".sln", ".slnx"))]
    found = solutions or [path for path in at_root if path.endswith(_PROJECTS)]
    if not found:
        return
    doubt = f"{len(found)} solutions are here: {', '.join(found)}; name one" if len(found) > 1 else ""
    at = Place(found[0], 0)
    target = shlex.quote(found[0])
    locked = any(path.endswith("packages.lock.json") for path in survey.files)
    if locked:
        yield Proposal(
            Kind.INSTALL, "dotnet-restore", f"dotnet restore --locked-mode {target}", at, why="lock files are there",
            env=_ENV, doubt=doubt, marks=("dotnet restore",),
        )  # fmt: skip
    restored = " --no-restore" if locked else ""
    yield Proposal(
        Kind.BUILD, "dotnet-build", f"dotnet build{restored} {target}", at, env=_ENV, doubt=doubt,
        marks=("dotnet build", "Build.ps1", "build.ps1"),
        notes=("no build server stays behind: MSBUILDDISABLENODEREUSE",),
    )  # fmt: skip
    tests = [
        each
        for each in survey.manifests.values()
        if each.path.endswith(_PROJECTS) and "Microsoft.NET.Test.Sdk" in each.text
    ]
    if tests:
        place = tests[0].says("Microsoft.NET.Test.Sdk") or at
        logger = all("JunitXml.TestLogger" in each.text for each in tests)
        run = f"dotnet test --no-build {target}"
        marks = ("dotnet test", "Build.ps1", "build.ps1")
        if logger:
            run += ' --logger "junit;LogFileName=junit.xml"'
            report = Report("junit", "**/TestResults/junit.xml")
            yield Proposal(Kind.TEST, "dotnet-test", run, place, env=_ENV, report=report, doubt=doubt, marks=marks)
            return
        why = "trx is not read; the package JunitXml.TestLogger writes one that is"
        yield Proposal(
            Kind.TEST, "dotnet-test", run, place, Sure.HIGH, f"{len(tests)} test projects", env=_ENV,
            no_report=why, doubt=doubt, marks=marks,
        )  # fmt: skip
