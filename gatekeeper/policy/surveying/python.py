"""Owns what a Python project proposes: its environment, its checks, its suite with a report."""

from __future__ import annotations

import re
from collections.abc import Iterator
from shlex import quote
from typing import Final

from gatekeeper.policy.drafting.draft import Sure
from gatekeeper.policy.surveying.hints import Hints
from gatekeeper.policy.surveying.proposal import Kind, Proposal, Report
from gatekeeper.policy.surveying.python_project import Project, install, projects
from gatekeeper.policy.surveying.survey import Place, Survey, inside, texts

_REPORT: Final = "reports/pytest.xml"
_COVERAGE: Final = "reports/coverage.xml"
_ACTIVE: Final = "in the Python environment that is active; nothing here manages one"
_TEST_FILE: Final = re.compile(r"(?:test_[^/]*|[^/]*_test)\.py")


def python(survey: Survey, _: Hints) -> Iterator[Proposal]:
    """uv, poetry, pdm, pipenv; ruff, mypy, pyright, pre-commit; pytest, tox, nox, unittest."""
    for project in projects(survey):
        steps = [*_checks(survey, project), *_tests(survey, project)]
        taken = tuple(step.name for step in steps if not step.doubt)
        needed = tuple(dict.fromkeys(name.partition("-")[0] if name != "pre-commit" else name for name in taken))
        yield from install(project, needed)
        yield from steps


def _there(project: Project, step: Proposal) -> Proposal:
    """The step in the project's environment: its folder, and what runs a command there."""
    marks = step.marks or (step.run.split(" -", maxsplit=1)[0],)
    step = step._replace(run=project.prefix + step.run, folder=project.folder, marks=marks)
    if not project.manager and step.sure is Sure.HIGH:
        step = step._replace(sure=Sure.MEDIUM, why=_ACTIVE)
    return step


def _check(project: Project, name: str, command: str, at: Place, doubt: str) -> Proposal:
    """A check that a tool's configuration alone asks for."""
    return _there(project, Proposal(Kind.CHECK, name, command, at, doubt=doubt, asked=False))


def _checks(survey: Survey, project: Project) -> Iterator[Proposal]:
    here = project.folder
    ruff = project.setting("ruff") or _file(survey, here, "ruff.toml", ".ruff.toml")
    hooks = _file(survey, here, ".pre-commit-config.yaml")
    hooked = survey.manifest(hooks.file) if hooks else None
    if ruff:
        absent = _absent(project, "ruff", "`pre-commit` runs it" if hooked and hooked.says(r"id: ruff") else "")
        # A config with `fix = true` would have a check change what it checks.
        yield _check(project, "ruff-check", "ruff check --no-fix", ruff, absent)
        formats = project.setting("ruff.format") or (hooked.says(r"id: ruff-format") if hooked else None)
        if formats:
            yield _check(project, "ruff-format", "ruff format --check", formats, absent)
    for tool, command, files in (
        ("black", "black --check .", ()),
        ("flake8", "flake8", (".flake8",)),
        ("pyright", "pyright", ("pyrightconfig.json",)),
        ("basedpyright", "basedpyright", ()),
    ):
        if at := project.setting(tool) or _file(survey, here, *files):
            yield _check(project, tool, command, at, _absent(project, tool))
    yield from _mypy(survey, project)
    if hooks:
        absent = _absent(project, "pre-commit", "it may be installed on the machine; then take this")
        note = "it downloads its hooks at first; a hook that mends files fails the step and changes the tree"
        command = "pre-commit run --all-files --show-diff-on-failure"
        step = _check(project, "pre-commit", command, hooks, absent)._replace(notes=(note,))
        # Its module has another name than the program.
        yield step if project.manager else step._replace(run=command)


def _mypy(survey: Survey, project: Project) -> Iterator[Proposal]:
    at = project.setting("mypy") or _file(survey, project.folder, "mypy.ini", ".mypy.ini")
    if at is None:
        return
    manifest = survey.manifest(at.file)
    says = manifest.says(r"^\s*(?:files|packages|modules)\s*=") if manifest else None
    source = inside(project.folder, "src/")
    target = "" if says else " src" if any(path.startswith(source) for path in survey.files) else None
    absent = _absent(project, "mypy")
    if target is None and not absent:
        absent = "its configuration names no `files`; add what it is to look at"
    step = _check(project, "mypy", f"mypy{target or ''}", at, absent)._replace(marks=("mypy",))
    yield step if says else step._replace(sure=Sure.MEDIUM, why="its configuration names no `files`; src/ is there")


def _tests(survey: Survey, project: Project) -> Iterator[Proposal]:
    here = project.folder
    ini = survey.manifest(inside(here, "pytest.ini"), inside(here, "setup.cfg"), inside(here, "tox.ini"))
    said = project.setting("pytest") or (ini.says(r"^\[(?:tool:)?pytest\]") if ini else None)
    declared = project.has("pytest")
    if said or declared:
        yield _pytest(project, said or (declared.at if declared else Place("", 0)), declared is not None)
    for tool, command, files in (("tox", "tox run", ("tox.ini",)), ("nox", "nox", ("noxfile.py",))):
        at = (project.setting("tox") if tool == "tox" else None) or _file(survey, here, *files)
        if at is None or _only_settings(survey, at):
            continue
        step = Proposal(
            Kind.TEST, tool, command, at, no_report=f"what {tool} runs may write one; name it under report",
            doubt="it makes environments of its own and runs the suite above in each" if said or declared else "",
        )  # fmt: skip
        said = said or at
        yield _there(project, step)
    if not (said or declared) and (tests := _unittests(survey, here)):
        top = tests.file.removeprefix(inside(here, "")).partition("/")[0] if "/" in tests.file else ""
        # Discovery looks into folders that are packages, and into the one that it is told.
        start = "" if survey.has(inside(here, f"{top}/__init__.py")) or "." in top or not top else f" -s {quote(top)}"
        step = Proposal(
            Kind.TEST, "unittest", f"{'python -m ' if project.manager else ''}unittest discover{start}", tests,
            Sure.MEDIUM, "the tests import unittest, and nothing names another runner", marks=("unittest",),
            no_report="unittest writes no report; pytest runs the same tests and does",
        )  # fmt: skip
        yield _there(project, step)


def _pytest(project: Project, at: Place, declared: bool) -> Proposal:
    command, coverage = f"pytest --junit-xml={_REPORT}", ""
    if project.has("pytest-cov") and (added := "--cov" in _options(project)) | _measures(project):
        command += f"{'' if added else ' --cov'} --cov-report=xml:{_COVERAGE}"
        coverage = _COVERAGE
    sure, why = (Sure.HIGH, "") if declared else (Sure.MEDIUM, "configured here, and no dependency says so")
    step = Proposal(
        Kind.TEST, "pytest", command, at, sure, why, report=Report("junit", _REPORT), coverage=coverage,
        marks=("pytest", "tox", "nox"),
    )  # fmt: skip
    return _there(project, step)


def _options(project: Project) -> str:
    own = ("tool", "pytest", "ini_options", "addopts"), ("tool", "pytest", "addopts")
    return " ".join(text for keys in own if project.pyproject for text in texts(project.pyproject.get(*keys)))


def _measures(project: Project) -> bool:
    """Whether coverage.py is told what to measure, so that a bare `--cov` measures that."""
    return project.pyproject is not None and bool(project.pyproject.get("tool", "coverage", "run", "source"))


def _only_settings(survey: Survey, at: Place) -> bool:
    """Whether a tox.ini is there for other tools only: it has no environment of tox's."""
    manifest = survey.manifest(at.file)
    return manifest is not None and at.file.endswith("tox.ini") and not manifest.says(r"^\[(?:tox|testenv)")


def _unittests(survey: Survey, here: str) -> Place | None:
    for path in sorted(survey.below(here)):
        manifest = survey.manifests.get(path)
        if manifest is None or not _TEST_FILE.fullmatch(path.rpartition("/")[2]):
            continue
        if found := manifest.says(r"^(?:import unittest|from unittest\b)"):
            return found
    return None


def _file(survey: Survey, folder: str, *names: str) -> Place | None:
    path = survey.has(*(inside(folder, name) for name in names))
    return Place(path, 0) if path else None


def _absent(project: Project, tool: str, otherwise: str = "") -> str:
    """Why a tool that is configured is not taken: nothing says that it is installed."""
    if project.has(tool):
        return ""
    return f"{tool} is no dependency of the project" + (f"; {otherwise}" if otherwise else "")
