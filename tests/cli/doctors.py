"""What the tests of `gatekeeper doctor` share: machines that were damaged for it, and what it told of them."""

from __future__ import annotations

import json
import os
import shutil
from typing import Any

import pytest

from tests.support.projects import Done, Project, program


def in_namespace(project: Project, script: str, *kinds: str) -> None:
    """Let `project`'s gatekeeper run in namespaces of its own, after `script` has done its damage there."""
    if os.geteuid() != 0 or not shutil.which("unshare"):
        pytest.skip("namespaces of one's own take root, and unshare(1)")
    kinds = kinds or ("--mount",)
    project.command = ["unshare", *kinds, "sh", "-c", f'set -e\n{script}\nexec "$@"', "sh", *program()]


def told(done: Done) -> dict[str, dict[str, Any]]:
    """The lines of a diagnosis by their names."""
    found = json.loads(done.out)
    return {row["name"]: row for row in (*found["layers"], *found["surroundings"])}


def looked(project: Project, code: int = 0, **env: Any) -> dict[str, dict[str, Any]]:
    return told(project.gatekeeper("doctor", "--json", **env).expect(code))
