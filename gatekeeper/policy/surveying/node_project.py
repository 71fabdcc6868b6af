"""Owns what a package.json says: who installs its packages, its scripts and how to call one, what it depends on."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from gatekeeper.model.record import NamedTuple
from gatekeeper.policy.surveying.proposal import Kind, Proposal
from gatekeeper.policy.surveying.survey import Manifest, Place, Survey, inside, texts

_LOCKS: Final = (
    ("pnpm", "pnpm-lock.yaml"),
    ("yarn", "yarn.lock"),
    ("bun", "bun.lock"),
    ("bun", "bun.lockb"),
    ("npm", "package-lock.json"),
    ("npm", "npm-shrinkwrap.json"),
)
_DEPENDENCIES: Final = ("devDependencies", "dependencies", "optionalDependencies", "peerDependencies")


class Package(NamedTuple):
    """A package in `folder`, with who installs it (npm, pnpm, yarn, bun) and the lock file, empty where none is."""

    folder: str
    manifest: Manifest
    manager: str
    lock: str

    @property
    def scripts(self) -> dict[str, str]:
        """The scripts by name."""
        found = self.manifest.table("scripts")
        return {name: script for name, script in found.items() if isinstance(script, str)}

    def script(self, name: str) -> Place:
        """Where a script stands."""
        return self.manifest.at("scripts", name)

    def has(self, name: str) -> Place | None:
        """Where a dependency stands."""
        for kind in _DEPENDENCIES:
            if name in self.manifest.table(kind):
                return self.manifest.at(kind, name)
        return None

    def call(self, script: str, more: str = "") -> str:
        """How the script is called, with `more` behind its command."""
        called = (
            f"{self.manager} {script}" if script == "test" and self.manager != "bun" else f"{self.manager} run {script}"
        )
        if not more:
            return called
        return f"{called} -- {more}" if self.manager == "npm" else f"{called} {more}"


def packages(survey: Survey) -> tuple[Package, ...]:
    """The packages of the tree: the root's, or the nearest ones; members of a workspace are the root's to run."""
    found = ((folder, survey.manifest(inside(folder, "package.json"))) for folder in survey.homes("package.json"))
    return tuple(_package(survey, folder, manifest) for folder, manifest in found if manifest is not None)


def members(survey: Survey, package: Package) -> tuple[Manifest, ...]:
    """The packages of its workspace, by name."""
    if not is_workspace(survey, package):
        return ()
    above = f"{package.folder}/" if package.folder else ""
    return tuple(
        survey.manifests[path]
        for path in sorted(survey.manifests)
        if path.startswith(above) and path.endswith("/package.json") and path != package.manifest.path
    )


def is_workspace(survey: Survey, package: Package) -> Place | None:
    """Where the package says that it is the root of a workspace."""
    if package.manifest.get("workspaces"):
        return package.manifest.at("workspaces")
    path = survey.has(inside(package.folder, "pnpm-workspace.yaml"))
    manifest = survey.manifest(path)
    return (manifest.says(r"^packages:") or None) if manifest else None


def install(survey: Survey, package: Package) -> Iterator[Proposal]:
    """The install that the lock file allows, and no other."""
    if not package.lock and any(package.manifest.table(kind) for kind in _DEPENDENCIES):
        yield Proposal(
            Kind.INSTALL, f"{package.manager}-install", f"{package.manager} install", Place(package.manifest.path, 0),
            folder=package.folder, doubt="no lock file is there, so it need not install the same twice",
            marks=(f"{package.manager} install", f"{package.manager} i"),
        )  # fmt: skip
    if not package.lock:
        return
    modern = survey.has(inside(package.folder, ".yarnrc.yml"))
    run = {
        "npm": "npm ci",
        "pnpm": "pnpm install --frozen-lockfile",
        "yarn": "yarn install --immutable" if modern else "yarn install --frozen-lockfile",
        "bun": "bun install --frozen-lockfile",
    }[package.manager]
    marks = ("npm ci", "npm install") if package.manager == "npm" else (f"{package.manager} install", package.manager)
    yield Proposal(
        Kind.INSTALL, "npm-ci" if package.manager == "npm" else f"{package.manager}-install", run,
        Place(package.lock, 0), why="a lock file is there", folder=package.folder, marks=marks,
    )  # fmt: skip


def _package(survey: Survey, folder: str, manifest: Manifest) -> Package:
    named = re.match(r"(npm|pnpm|yarn|bun)@", str(manifest.get("packageManager") or ""))
    locks = [(manager, path) for manager, lock in _LOCKS if (path := survey.has(inside(folder, lock)))]
    if named:
        return Package(folder, manifest, named[1], next((path for manager, path in locks if manager == named[1]), ""))
    manager, lock = locks[0] if locks else ("npm", "")
    return Package(folder, manifest, manager, lock)


def words_of(script: str) -> tuple[str, ...]:
    """The words of a script that is one plain command; none where a shell would do more than start it."""
    return () if re.search(r"[;&|<>`$(){}\n]", script) else tuple(script.split())


def globs(package: Package) -> tuple[str, ...]:
    """What `workspaces` says, for people."""
    found = package.manifest.get("workspaces")
    return texts(found.get("packages") if isinstance(found, dict) else found)
