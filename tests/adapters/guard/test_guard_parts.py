"""The small parts that decide: whose cookie, which leaf, which words."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from gatekeeper.adapters.guard.leftovers import sweep
from gatekeeper.adapters.guard.system import cgroup
from tests.adapters.guard.guard_situations import ROOT

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the full guard is Linux only")


@pytest.mark.parametrize(
    ("value", "carries"),
    [
        ("run:ab.1", True),
        ("run:ab.12", False),
        ("outer:cd.7,run:ab.1", True),
        ("run:ab.1,inner:ef.2", True),
        ("xrun:ab.1", False),
        ("run:ab.1x", False),
        ("", False),
    ],
)
def test_cookies_match_whole(value: str, carries: bool) -> None:
    """Step 1 is not step 12, and a nested gatekeeper's steps belong to both."""
    process = subprocess.Popen(
        ["sleep", "600"], env={"A": "1", "GATEKEEPER_COOKIE": value, "Z": "GATEKEEPER_COOKIE=run:ab.1"}
    )
    found = [one.pid for one in sweep.carriers(("run:ab.1",))]
    process.kill()
    process.wait()
    assert (process.pid in found) is carries


def test_all_steps_of_one_guard_share_the_beginning() -> None:
    """The whole run can be looked for at once."""
    process = subprocess.Popen(["sleep", "600"], env={"GATEKEEPER_COOKIE": "run:ab.12"})
    found = [one.pid for one in sweep.carriers(("run:ab",))]
    others = [one.pid for one in sweep.carriers(("run:a",))]
    process.kill()
    process.wait()
    assert process.pid in found
    assert process.pid not in others


def test_cookie_of_an_outer_gatekeeper_is_kept() -> None:
    """The outer one must still find what the inner one lost."""
    environ = sweep.with_cookie((("GATEKEEPER_COOKIE", "outer:ab.1"), ("PATH", "/bin")), "inner:cd.2")
    assert environ == (("PATH", "/bin"), ("GATEKEEPER_COOKIE", "outer:ab.1,inner:cd.2"))


def test_leaf_names_hold_nothing_that_a_path_could_misread() -> None:
    """Labels may hold any text, folder names of cgroups may not."""
    assert cgroup.leaf_name("run", "gate/step[python=3.11]", "1") == "gk-run-gate_step_python=3_11_-1"
    assert len(cgroup.leaf_name("x" * 500)) < 255


def test_warden_imports_little_and_nothing_from_the_current_folder(tmp_path: Path) -> None:
    """Every guardian is a copy of the warden: what it imports is paid for, and must be ours."""
    for name in ("socket", "json", "os", "gatekeeper", "struct"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('hijacked')")
    code = (
        f"import sys; sys.path.append({str(ROOT)!r}); before = set(sys.modules)\n"
        "import gatekeeper.adapters.guard.helpers.warden\n"
        "print(*sorted(set(sys.modules) - before))"
    )
    run = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    loaded = set(run.stdout.split())
    assert not loaded & {
        "typing",
        "json",
        "asyncio",
        "anyio",
        "subprocess",
        "pathlib",
        "tempfile",
        "logging",
        "inspect",
        "gatekeeper.adapters.guard.dossier.last_look",
        "gatekeeper.adapters.guard.dossier.looking",
        "gatekeeper.adapters.guard.dossier.stacks",
    }
    assert {
        name for name in loaded if name.startswith("gatekeeper.") and not name.startswith("gatekeeper.adapters")
    } == set()
