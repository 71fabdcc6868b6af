"""Owns who manages a Python project's environment: where its dependencies stand, and how a command runs in it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from shlex import quote
from typing import Final

from gatekeeper.model.record import NamedTuple
from gatekeeper.policy.surveying.proposal import Kind, Proposal
from gatekeeper.policy.surveying.survey import Manifest, Place, Survey, inside, texts

FILES: Final = ("pyproject.toml", "setup.py", "setup.cfg", "tox.ini", "pytest.ini", "noxfile.py", "Pipfile")
_REQUIREMENTS: Final = re.compile(r"(?:requirements[\w.-]*|[\w.-]*requirements)\.(?:txt|in)")
_NAME: Final = re.compile(r"\s*([A-Za-z0-9][\w.-]*)")


TOOLS: Final = frozenset({
    "basedpyright", "black", "flake8", "mypy", "nox", "pre-commit", "pyright", "pytest", "pytest-cov", "ruff", "tox",
})  # fmt: skip
"""The dependencies that tell how a project is checked and tested; where others stand is of no interest."""


class Dependency(NamedTuple):
    """Where a dependency is declared; `group` is the dependency group or poetry group, `extra` the extra."""

    at: Place
    group: str = ""
    extra: str = ""


class Project(NamedTuple):
    """A Python project in `folder`. `prefix` goes before a command; `manager` is the tool, or empty."""

    folder: str
    pyproject: Manifest | None
    manager: str
    lock: str
    dependencies: dict[str, Dependency]
    default_groups: frozenset[str]

    @property
    def prefix(self) -> str:
        """What runs a command in the project's environment."""
        return {
            "uv": "uv run --no-sync ",
            "poetry": "poetry run ",
            "pdm": "pdm run ",
            "pipenv": "pipenv run ",
        }.get(self.manager, "python3 -m ")

    def has(self, *names: str) -> Dependency | None:
        """Where the first of `names` that is a dependency is declared."""
        return next((self.dependencies[name] for name in names if name in self.dependencies), None)

    def setting(self, *names: str) -> Place | None:
        """Where `[tool.NAME]` stands in pyproject.toml, for the first that does."""
        for name in names:
            if self.pyproject is not None and self.pyproject.table("tool", *name.split(".")):
                return self.pyproject.says(rf"^\s*\[+tool\.{re.escape(name)}\b") or Place(self.pyproject.path, 0)
        return None


def projects(survey: Survey) -> tuple[Project, ...]:
    """The Python projects of the tree."""
    return tuple(_project(survey, folder) for folder in survey.homes(*FILES))


def install(project: Project, needed: tuple[str, ...]) -> Iterator[Proposal]:
    """How the environment comes to be as the lock says, with the groups of what is `needed` by the steps."""
    wanted = [found for name in needed if (found := project.has(name))]
    groups = sorted({each.group for each in wanted if each.group} - project.default_groups)
    extras = sorted({each.extra for each in wanted if each.extra})
    match project.manager:
        case "uv":
            options = [f"--group {quote(each)}" for each in groups] + [f"--extra {quote(each)}" for each in extras]
            run = " ".join(["uv sync", *(["--frozen"] if project.lock else []), *options])
        case "poetry":
            options = [f"--with {quote(','.join(groups))}"] if groups else []
            options += [f"--extras {quote(each)}" for each in extras]
            run = " ".join(["poetry install --no-interaction", *options])
        case "pdm":
            run = " ".join(["pdm sync" if project.lock else "pdm install", *(f"-G {quote(each)}" for each in extras)])
        case "pipenv":
            run = "pipenv sync --dev"
        case _:
            return
    step = Proposal(
        Kind.INSTALL, "-".join(run.split()[:2]), run, Place(project.lock, 0), why="a lock file is there",
        folder=project.folder, marks=(" ".join(run.split()[:2]), f"{project.manager} install"),
    )  # fmt: skip
    if not project.lock:
        at = Place(project.pyproject.path, 0) if project.pyproject else Place("", 0)
        step = step._replace(at=at, why="", doubt="no lock file is there, so it need not install the same twice")
    yield step


def _project(survey: Survey, folder: str) -> Project:
    pyproject = survey.manifest(inside(folder, "pyproject.toml"))
    manager, lock = _manager(survey, folder, pyproject)
    found = dict(_requirements(survey, folder))
    if pyproject is not None:
        found |= _declared(pyproject)
    defaults = {"dev"} if manager == "uv" else set()
    if pyproject is not None:
        match pyproject.get("tool", "uv", "default-groups"):
            case "all":
                defaults |= set(pyproject.table("dependency-groups"))
            case list(names):
                defaults = {name for name in names if isinstance(name, str)}
            case _:
                pass
        if manager in {"poetry", "pdm"}:
            groups = pyproject.table("tool", "poetry", "group")
            optional = {name for name, group in groups.items() if isinstance(group, dict) and group.get("optional")}
            defaults |= {each.group for each in found.values()} - optional
    return Project(folder, pyproject, manager, lock, found, frozenset(defaults))


def _manager(survey: Survey, folder: str, pyproject: Manifest | None) -> tuple[str, str]:
    for manager, lock in (
        ("uv", "uv.lock"),
        ("poetry", "poetry.lock"),
        ("pdm", "pdm.lock"),
        ("pipenv", "Pipfile.lock"),
    ):
        if path := survey.has(inside(folder, lock)):
            return manager, path
    tools = pyproject.table("tool") if pyproject is not None else {}
    named = next((name for name in ("uv", "poetry", "pdm") if name in tools), "")
    return named, ""


def _declared(pyproject: Manifest) -> dict[str, Dependency]:
    found: dict[str, Dependency] = {}

    def add(names: tuple[str, ...], *keys: str, group: str = "", extra: str = "") -> None:
        for text in names:
            name = _NAME.match(text)
            if name and _plain(name[1]) in TOOLS:
                found.setdefault(_plain(name[1]), Dependency(pyproject.at(*keys, name[1]), group, extra))

    add(texts(pyproject.get("project", "dependencies")), "dependencies")
    add(tuple(pyproject.table("tool", "poetry", "dependencies")), "tool.poetry.dependencies")
    add(tuple(pyproject.table("tool", "poetry", "dev-dependencies")), "tool.poetry.dev-dependencies")
    for group, names in pyproject.table("dependency-groups").items():
        add(texts(names), "dependency-groups", group, group=group)
    for group, about in pyproject.table("tool", "poetry", "group").items():
        names = about.get("dependencies") if isinstance(about, dict) else None
        add(tuple(names) if isinstance(names, dict) else (), f"tool.poetry.group.{group}.dependencies", group=group)
    for group, names in pyproject.table("tool", "pdm", "dev-dependencies").items():
        add(texts(names), "tool.pdm.dev-dependencies", group, group=group)
    add(texts(pyproject.get("tool", "uv", "dev-dependencies")), "tool.uv", "dev-dependencies", group="dev")
    for extra, names in pyproject.table("project", "optional-dependencies").items():
        add(texts(names), "optional-dependencies", extra, extra=extra)
    return found


def _requirements(survey: Survey, folder: str) -> Iterator[tuple[str, Dependency]]:
    for path in sorted(survey.manifests):
        above, _, name = path.rpartition("/")
        if above not in {folder, inside(folder, "requirements")}:
            continue
        if not _REQUIREMENTS.fullmatch(name) and not (
            above.endswith("requirements") and name.endswith((".txt", ".in"))
        ):
            continue
        for number, line in enumerate(survey.manifests[path].text.split("\n"), 1):
            if found := re.match(r"([A-Za-z0-9][\w.-]*)\s*(?:$|[\[=<>~!;#])", line):
                yield _plain(found[1]), Dependency(Place(path, number))


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
