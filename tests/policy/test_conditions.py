"""When a step applies: all that its condition names must hold."""

from __future__ import annotations

import pytest

from gatekeeper.model.plan import Conditions
from gatekeeper.policy.conditions import Facts, why_skipped

HERE = Facts({"CI": "true", "EMPTY": ""}, "release/1.2", "linux", ("api/users.py", "README.md"))


@pytest.mark.parametrize(
    "condition",
    [
        Conditions(),
        Conditions(env=(("CI", "true"),)),
        Conditions(env=(("CI", "t*"),)),
        Conditions(env=(("EMPTY", ""),)),
        Conditions(branch=("main", "release/*")),
        Conditions(os=("macos", "linux")),
        Conditions(changed=("api/**",)),
        Conditions(changed=("*.toml", "*.md")),
        Conditions((("CI", "true"),), ("release/*",), ("linux",), ("api/*",)),
    ],
)
def test_it_applies(condition: Conditions) -> None:
    assert why_skipped(condition, HERE) is None


@pytest.mark.parametrize(
    ("condition", "reason"),
    [
        (Conditions(env=(("NIGHTLY", "1"),)), "NIGHTLY is not set, and the step wants it to be '1'"),
        (Conditions(env=(("NIGHTLY", "*"),)), "NIGHTLY is not set, and the step wants it to be '*'"),
        (Conditions(env=(("CI", "false"),)), "CI is 'true', and the step wants 'false'"),
        (Conditions(branch=("main", "hotfix/*")), "the branch is release/1.2, and the step wants main or hotfix/*"),
        (Conditions(os=("macos",)), "the system is linux, and the step wants macos"),
        (Conditions(changed=("web/**",)), "nothing changed under web/**"),
        (Conditions((("CI", "true"),), ("main",)), "the branch is release/1.2, and the step wants main"),
    ],
)
def test_it_does_not_apply_and_says_why(condition: Conditions, reason: str) -> None:
    assert why_skipped(condition, HERE) == reason


def test_a_detached_head_is_on_no_branch() -> None:
    detached = HERE._replace(branch="")
    assert why_skipped(Conditions(branch=("main",)), detached) == "the branch is detached, and the step wants main"


def test_names_are_told_apart_by_case() -> None:
    assert why_skipped(Conditions(branch=("Release/*",)), HERE) is not None
