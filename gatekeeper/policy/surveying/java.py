"""Owns what Maven and Gradle builds propose: by their wrappers, with the reports that both write anyway."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from gatekeeper.policy.drafting.draft import Sure
from gatekeeper.policy.surveying.hints import Hints
from gatekeeper.policy.surveying.proposal import Kind, Proposal, Report
from gatekeeper.policy.surveying.survey import Place, Survey, inside

_GRADLE: Final = ("build.gradle", "build.gradle.kts", "settings.gradle", "settings.gradle.kts")
_NO_WRAPPER: Final = "no wrapper is there, so the machine has to have it"


def java(survey: Survey, hints: Hints) -> Iterator[Proposal]:
    """Maven, then Gradle; where both build the same sources the second is taken only if CI runs it."""
    for folder in survey.homes("pom.xml", *_GRADLE):
        both = []
        if pom := survey.manifest(inside(folder, "pom.xml")):
            both.append(_maven(survey, folder, pom.says(r"<artifactId>") or Place(pom.path, 0)))
        if script := survey.has(*(inside(folder, name) for name in _GRADLE)):
            both.append(_gradle(survey, folder, Place(script, 0)))
        for step in both:
            second = step is not both[0] and hints.of(step.marks) is None
            yield step._replace(doubt="it builds and tests what Maven does, and CI does not run it") if second else step


def _maven(survey: Survey, folder: str, at: Place) -> Proposal:
    wrapper = survey.has(inside(folder, "mvnw"))
    program = "./mvnw" if wrapper else "mvn"
    deep = "**/" if sum(path.endswith("/pom.xml") for path in survey.below(folder)) else ""
    report = Report("junit", f"{deep}target/surefire-reports/TEST-*.xml")
    run = f"{program} --batch-mode --no-transfer-progress verify"
    marks = ("./mvnw", "mvn")
    sure, why = (Sure.HIGH, "compiles, tests and verifies") if wrapper else (Sure.MEDIUM, _NO_WRAPPER)
    place = Place(wrapper, 0) if wrapper else at
    return Proposal(Kind.TEST, "maven-verify", run, place, sure, why, folder, report=report, marks=marks)


def _gradle(survey: Survey, folder: str, at: Place) -> Proposal:
    wrapper = survey.has(inside(folder, "gradlew"))
    program = "./gradlew" if wrapper else "gradle"
    builds = (path for path in survey.below(folder) if path.endswith(("/build.gradle", "/build.gradle.kts")))
    deep = "**/" if any(path.rpartition("/")[0] != folder for path in builds) else ""
    # Without a daemon nothing stays behind; without a cache and old results the reports are this run's.
    run = f"{program} --no-daemon --no-build-cache --console=plain cleanTest check"
    sure, why = (Sure.HIGH, "compiles, tests and checks") if wrapper else (Sure.MEDIUM, _NO_WRAPPER)
    place = Place(wrapper, 0) if wrapper else at
    report = Report("junit", f"{deep}build/test-results/test/TEST-*.xml")
    return Proposal(
        Kind.TEST, "gradle-check", run, place, sure, why, folder, report=report, marks=("./gradlew", "gradle")
    )
