"""Owns what task files propose: Make, just, Task. Their targets are taken where nothing nearer to the tests is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import Final

from gatekeeper.policy.drafting.draft import Sure
from gatekeeper.policy.surveying.hints import Hints
from gatekeeper.policy.surveying.proposal import Kind, Proposal
from gatekeeper.policy.surveying.survey import Manifest, Place, Survey

_FILES: Final = (
    ("make", ("GNUmakefile", "Makefile", "makefile"), r"^([A-Za-z0-9][\w.-]*)(?:[ \t][\w. \t-]*)?:(?![=:])"),
    ("just", ("justfile", "Justfile", ".justfile"), r"^@?([A-Za-z_][\w-]*)(?:[ \t][^:=\n]*)?:(?!=)"),
    ("task", ("Taskfile.yml", "Taskfile.yaml", "taskfile.yml", "Taskfile.dist.yml"), ""),
)
_MOST: Final = 400
_KINDS: Final = (
    (Kind.TEST, re.compile(r"tests?|check|unit[-_]?tests?|test[-_](?:unit|all)|ci")),
    (
        Kind.CHECK,
        re.compile(r"lint|fmt[-_]check|format[-_]check|check[-_](?:fmt|format)|vet|types?|type[-_]?check|mypy"),
    ),
    (Kind.BUILD, re.compile(r"build|compile")),
)


def targets(survey: Survey, _: Hints) -> Iterator[Proposal]:
    """The targets that test, check and build, of the first task file of each kind at the root."""
    for program, names, pattern in _FILES:
        manifest = survey.manifest(*names)
        if manifest is None:
            continue
        named = dict(_tasks(manifest) if program == "task" else _targets(manifest, pattern))
        tested = False
        for name, at in named.items():
            kind = next((kind for kind, words in _KINDS if words.fullmatch(name)), None)
            if kind is None or (kind is Kind.TEST and tested and not name.startswith("test")):
                continue
            tested = tested or kind is Kind.TEST
            why = f"a target that is called {name}"
            no_report = "what the target runs may write one; name it under report" if kind is Kind.TEST else ""
            yield Proposal(
                kind, f"{program}-{name.lower()}", f"{program} {name}", at, Sure.MEDIUM, why, no_report=no_report,
                marks=(f"{program} {name}",),
            )  # fmt: skip


def _targets(manifest: Manifest, pattern: str) -> Iterator[tuple[str, Place]]:
    for found in islice(re.finditer(pattern, manifest.text, re.MULTILINE), _MOST):
        yield found[1], Place(manifest.path, manifest.text.count("\n", 0, found.start()) + 1)


def _tasks(manifest: Manifest) -> Iterator[tuple[str, Place]]:
    for name in manifest.table("tasks"):
        yield name, manifest.at("tasks", name)
