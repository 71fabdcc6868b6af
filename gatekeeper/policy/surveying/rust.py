"""Owns what a Cargo package or workspace proposes: its checks, its build, its tests with a report where one is told."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator

from gatekeeper.policy.drafting.draft import Sure
from gatekeeper.policy.surveying.hints import Hints
from gatekeeper.policy.surveying.proposal import Kind, Proposal, Report
from gatekeeper.policy.surveying.survey import Data, Manifest, Place, Survey, inside


def rust(survey: Survey, hints: Hints) -> Iterator[Proposal]:
    """Cargo: fetch, fmt, clippy, build; nextest where its configuration writes JUnit, else `cargo test`."""
    for folder in survey.homes("Cargo.toml"):
        manifest = survey.manifest(inside(folder, "Cargo.toml"))
        if manifest is None:
            continue
        workspace = bool(manifest.table("workspace"))
        at = manifest.says(r"^\[workspace\]") if workspace else manifest.says(r"^\[package\]")
        at = at or Place(manifest.path, 0)
        whole = " --workspace" if workspace else ""
        locked = ""
        if lock := survey.has(inside(folder, "Cargo.lock")):
            locked = " --locked"
            yield Proposal(
                Kind.INSTALL, "cargo-fetch", "cargo fetch --locked", Place(lock, 0), why="a lock file is there",
                folder=folder, marks=("cargo fetch",),
            )  # fmt: skip
        yield from _checks(survey, hints, manifest, folder, whole + locked)
        run = f"cargo build{whole} --all-targets{locked}"
        yield Proposal(Kind.BUILD, "cargo-build", run, at, folder=folder, marks=("cargo build", "cargo check"))
        yield _tests(survey, folder, at, whole + locked)


def _checks(survey: Survey, hints: Hints, manifest: Manifest, folder: str, options: str) -> Iterator[Proposal]:
    formats = survey.has(inside(folder, "rustfmt.toml"), inside(folder, ".rustfmt.toml"))
    hint = hints.of(("cargo fmt",))
    if at := Place(formats, 0) if formats else hint.at if hint else None:
        yield Proposal(
            Kind.CHECK, "cargo-fmt", "cargo fmt --all --check", at, folder=folder, marks=("cargo fmt",), asked=False
        )
    configured = survey.has(inside(folder, "clippy.toml"), inside(folder, ".clippy.toml"))
    lints = manifest.says(r"^\[(?:workspace\.)?lints\.clippy\]")
    hint = hints.of(("cargo clippy",))
    if at := Place(configured, 0) if configured else lints or (hint.at if hint else None):
        denied = " -- -D warnings" if hint and "-D warnings" in hint.command else ""
        notes = () if denied else ("clippy's warnings fail nothing; `-- -D warnings` would make them",)
        yield Proposal(
            Kind.CHECK, "cargo-clippy", f"cargo clippy{options} --all-targets{denied}", at, folder=folder,
            marks=("cargo clippy",), asked=False, notes=notes,
        )  # fmt: skip


def _tests(survey: Survey, folder: str, at: Place, options: str) -> Proposal:
    nextest = survey.manifest(inside(folder, ".config/nextest.toml"), inside(folder, "nextest.toml"))
    marks = ("cargo test", "cargo nextest")
    if nextest is None:
        why = "cargo test writes none that is stable; cargo nextest does, with a .config/nextest.toml"
        return Proposal(Kind.TEST, "cargo-test", f"cargo test{options}", at, folder=folder, no_report=why, marks=marks)
    for profile, about in nextest.table("profile").items():
        path: Data = about.get("junit") if isinstance(about, dict) else None
        file = path.get("path") if isinstance(path, dict) else None
        if isinstance(file, str):
            chosen = "" if profile == "default" else f" --profile {shlex.quote(profile)}"
            said = nextest.says(rf"^\[profile\.{re.escape(profile)}\.junit\]") or Place(nextest.path, 0)
            return Proposal(
                Kind.TEST, "cargo-nextest", f"cargo nextest run{options}{chosen}", said, folder=folder,
                report=Report("junit", f"target/nextest/{profile}/{file}"), marks=marks,
            )  # fmt: skip
    why = "nextest writes one where its configuration has [profile.default.junit] with a path"
    return Proposal(
        Kind.TEST, "cargo-nextest", f"cargo nextest run{options}", Place(nextest.path, 0), Sure.HIGH,
        folder=folder, no_report=why, marks=marks,
    )  # fmt: skip
