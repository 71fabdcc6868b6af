"""Owns which kinds of projects are known: a detector each, in the order in which their steps stand."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final, TypeAlias

from gatekeeper.policy.surveying.compose import compose
from gatekeeper.policy.surveying.dotnet import dotnet
from gatekeeper.policy.surveying.golang import golang
from gatekeeper.policy.surveying.hints import Hints
from gatekeeper.policy.surveying.java import java
from gatekeeper.policy.surveying.node import node
from gatekeeper.policy.surveying.php import php
from gatekeeper.policy.surveying.proposal import Proposal
from gatekeeper.policy.surveying.python import python
from gatekeeper.policy.surveying.ruby import ruby
from gatekeeper.policy.surveying.rust import rust
from gatekeeper.policy.surveying.scripts import scripts
from gatekeeper.policy.surveying.survey import Survey
from gatekeeper.policy.surveying.targets import targets

Detector: TypeAlias = Callable[[Survey, Hints], Iterator[Proposal]]

NEAR: Final[dict[str, Detector]] = {
    "Python": python,
    "Node": node,
    "Go": golang,
    "Rust": rust,
    "Java": java,
    ".NET": dotnet,
    "Ruby": ruby,
    "PHP": php,
}
"""Those that know the test runner itself, and what it reports."""

AROUND: Final[dict[str, Detector]] = {"scripts": scripts, "task files": targets, "docker compose": compose}
"""Those that know a name by which somebody runs it."""

LOOKED_FOR: Final = (
    "Python: pyproject.toml, setup.cfg, tox.ini, noxfile.py, requirements",
    "Node: package.json; Go: go.mod; Rust: Cargo.toml; Java: pom.xml, build.gradle",
    ".NET: a solution or project at the root; Ruby: Gemfile; PHP: composer.json",
    "Makefile, justfile, Taskfile.yml, dev-scripts/, compose.yaml",
)
