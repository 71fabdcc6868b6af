"""Owns what a Python project proposes: its environment, its checks, its suite with a report."""

from __future__ import annotations

import re
from collections.abc import Iterator
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


def python(survey: Survey, hints: Hints) -> Iterator[Proposal]:
    """uv, poetry, pdm, pipenv; ruff, mypy, pyright, pre-commit; pytest, tox, nox, unittest."""
    for project in projects(survey):
        steps = [*_checks(survey, project), *_tests(survey, project)]
        taken = tuple(step.name for step in steps if not step.doubt)
        needed = tuple(dict.fromkeys(name.partition("-")[0] if name != "pre-commit" else name for name in taken))
        yield from install(project, needed)
        yield from steps


def _step(project: Project, kind: Kind, name: str, command: str, at: Place, **more: Any) -> Proposal:
    step = Proposal(
        kind, name, project.prefix + command, at, folder=project.folder, marks=(command.split(" -", maxsplit=1)[0],)
    )
    step = step._replace(**more)
    if not project.manager and step.sure is Sure.HIGH:
        step = step._replace(sure=Sure.MEDIUM, why=_ACTIVE)
    return step


def _checks(survey: Survey, project: Project) -> Iterator[Proposal]:
    here = project.folder
    ruff = project.setting("ruff") or _file(survey, here, "ruff.toml", ".ruff.toml")
    hooks = _file(survey, here, ".pre-commit-config.yaml")
    hooked = survey.manifest(hooks.file) if hooks else None
    if ruff:
        absent = _absent(project, "ruff", "`pre-commit` runs it" if hooked and hooked.says(r"id: ruff") else "")
        # A config with `fix = true` would have a check change what it checks.
        yield _step(project, Kind.CHECK, "ruff-check", "ruff check --no-fix", ruff, doubt=absent, asked=False)
        formats = project.setting("ruff.format") or (hooked.says(r"id: ruff-format") if hooked else None)
        if formats:
            yield _step(project, Kind.CHECK, "ruff-format", "ruff format --check", formats, doubt=absent, asked=False)
    for tool, command, files in (
        ("black", "black --check .", ()),
        ("flake8", "flake8", (".flake8",)),
        ("pyright", "pyright", ("pyrightconfig.json",)),
        ("basedpyright", "basedpyright", ()),
    ):
        if at := project.setting(tool) or _file(survey, here, *files):
            yield _step(project, Kind.CHECK, tool, command, at, doubt=_absent(project, tool), asked=False)
    yield from _mypy(survey, project)
    if hooks:
        absent = _absent(project, "pre-commit", "it may be installed on the machine; then take this")
        note = "it downloads its hooks at first; a hook that mends files fails the step and changes the tree"
        command = "pre-commit run --all-files --show-diff-on-failure"
        # The same program without Python's `-m`: the module has another name.
        step = _step(project, Kind.CHECK, "pre-commit", command, hooks, doubt=absent, asked=False, notes=(note,))
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
    sure = Sure.HIGH if says else Sure.MEDIUM
    why = "" if says else "its configuration names no `files`; src/ is there"
    yield _step(
        project, Kind.CHECK, "mypy", f"mypy{target or ''}", at, doubt=absent, asked=False, sure=sure, why=why,
        marks=("mypy",),
    )  # fmt: skip


def _tests(survey: Survey, project: Project) -> Iterator[Proposal]:
    here = project.folder
    ini = survey.manifest(inside(here, "pytest.ini"), inside(here, "setup.cfg"), inside(here, "tox.ini"))
    said = project.setting("pytest") or (ini.says(r"^\[(?:tool:)?pytest\]") if ini else None)
    declared = project.has("pytest")
    if said or declared:
        yield _pytest(project, said or (declared.at if declared else Place("", 0)), declared is not None)
    for tool, files in (("tox", ("tox.ini",)), ("nox", ("noxfile.py",))):
        at = (project.setting("tox") if tool == "tox" else None) or _file(survey, here, *files)
        if at is not None and (tool == "nox" or not _only_pytest(survey, at)):
            doubt = "it makes environments of its own and runs the suite above in each" if said or declared else ""
            yield _step(
                project, Kind.TEST, tool, f"{tool} run" if tool == "tox" else tool, at, doubt=doubt,
                no_report=f"what {tool} runs may write one; name it under report", marks=(tool,),
            )  # fmt: skip
            said = said or at
    if not (said or declared) and (tests := _unittests(survey, here)):
        yield _step(
            project, Kind.TEST, "unittest", "unittest discover" if project.manager == "" else "python -m unittest discover",
            tests, no_report="unittest writes no report; pytest runs the same tests and does", sure=Sure.MEDIUM,
            why="the tests import unittest, and nothing names another runner",
        )  # fmt: skip


def _pytest(project: Project, at: Place, declared: bool) -> Proposal:
    command, coverage = f"pytest --junit-xml={_REPORT}", ""
    if project.has("pytest-cov") and (added := "--cov" in _options(project)) | _measures(project):
        command += f"{'' if added else ' --cov'} --cov-report=xml:{_COVERAGE}"
        coverage = _COVERAGE
    sure, why = (Sure.HIGH, "") if declared else (Sure.MEDIUM, "configured here, and no dependency says so")
    again = f"{project.prefix}pytest {{failed}}"
    return _step(
        project, Kind.TEST, "pytest", command, at, report=Report("junit", _REPORT), coverage=coverage, sure=sure,
        why=why, again=again, marks=("pytest", "tox", "nox"),
    )  # fmt: skip


def _options(project: Project) -> str:
    own = ("tool", "pytest", "ini_options", "addopts"), ("tool", "pytest", "addopts")
    return " ".join(text for keys in own if project.pyproject for text in texts(project.pyproject.get(*keys)))


def _measures(project: Project) -> bool:
    """Whether coverage.py is told what to measure, so that a bare `--cov` measures that."""
    return project.pyproject is not None and bool(project.pyproject.get("tool", "coverage", "run", "source"))


def _only_pytest(survey: Survey, at: Place) -> bool:
    """Whether a tox.ini is there for other tools only: it has no environment of tox's."""
    manifest = survey.manifest(at.file)
    return manifest is not None and at.file.endswith("tox.ini") and not manifest.says(r"^\[(?:tox|testenv)")


def _unittests(survey: Survey, here: str) -> Place | None:
    for path in sorted(survey.below(here)):
        manifest = survey.manifests.get(path)
        if manifest is not None and _TEST_FILE.fullmatch(path.rpartition("/")[2]):
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
