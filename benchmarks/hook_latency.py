"""A pre-push hook with nothing to do, beside those of prek, lefthook and pre-commit: as git runs it, and beside Python.

Each tool's own hook file is started, with what git would tell it of a push: nothing (all is up to date), and one branch
whose commit gatekeeper knows to be green and for which the others have one hook that runs `true`.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from benchmarks.measure import GATEKEEPER, memory, project, rounds, spread, steps_of_true
from benchmarks.peer_tools import cache, from_npm, from_pip, version

_RUNS = 41
_BARE = "python -I -S -c pass"
_SETTLED_S = 3.0


def lefthook() -> str | None:
    """The program itself, without the script of npm's that stands before it."""
    script = from_npm("lefthook")
    found = sorted((cache() / "npm" / "node_modules").glob("lefthook-linux-*/bin/lefthook"))
    return str(found[0]) if found else script


def install_gatekeeper(root: Path, _tool: str) -> None:
    """The hook, and a commit that is known to be green."""
    subprocess.run([*GATEKEEPER, "hook", "install"], cwd=root, stdout=subprocess.DEVNULL, check=True)


def install_pre_commit(root: Path, tool: str) -> None:
    """One hook that does nothing. prek reads the same."""
    (root / ".pre-commit-config.yaml").write_text(
        "repos:\n- repo: local\n  hooks:\n  - {id: noop, name: noop, language: system, entry: 'true', "
        "always_run: true, pass_filenames: false, stages: [pre-push]}\n"
    )
    subprocess.run([tool, "install", "-t", "pre-push"], cwd=root, capture_output=True, check=True)


def install_lefthook(root: Path, tool: str) -> None:
    """One command that does nothing."""
    (root / "lefthook.yml").write_text("pre-push:\n  commands:\n    noop:\n      run: 'true'\n")
    subprocess.run([tool, "install"], cwd=root, capture_output=True, check=True)


def hook_ms(root: Path, told: bytes, environ: dict[str, str]) -> float:
    """Milliseconds of the hook from its start to its end."""
    command = [str(root / ".git" / "hooks" / "pre-push"), "origin", "url"]
    began = time.perf_counter()
    subprocess.run(command, cwd=root, input=told, env=environ, capture_output=True, check=True)
    return (time.perf_counter() - began) * 1e3


def bare_ms(root: Path) -> float:
    """The same of a Python that does nothing."""
    began = time.perf_counter()
    subprocess.run([sys.executable, "-I", "-S", "-c", "pass"], cwd=root, input=b"", capture_output=True, check=True)
    return (time.perf_counter() - began) * 1e3


def main() -> None:
    """Print both tables."""
    tools: dict[str, tuple[str | None, Callable[[Path, str], None]]] = {
        "gatekeeper": (GATEKEEPER[0], install_gatekeeper),
        "prek": (from_pip("prek"), install_pre_commit),
        "lefthook": (lefthook(), install_lefthook),
        "pre-commit": (from_pip("pre-commit"), install_pre_commit),
    }
    helpers = subprocess.run(["git", "--exec-path"], capture_output=True, text=True, check=True).stdout.strip()
    with project(steps_of_true(1), within=memory()) as root:
        roots, told, environs = {}, {}, {}
        for name, (tool, install) in tools.items():
            if tool is None:
                print(f"{name} cannot be had here")
                continue
            roots[name] = root if name == "gatekeeper" else root.parent / f"{root.name}-{name}"
            if name != "gatekeeper":
                shutil.copytree(root, roots[name], ignore=shutil.ignore_patterns(".gatekeeper", "hooks"))
            install(roots[name], tool)
            told[name] = _second_commit(roots[name])
            # As git starts a hook; a tool that is not on PATH would not be found.
            path = f"{helpers}:{Path(tool).parent}:{os.environ['PATH']}"
            environs[name] = {**os.environ, "PATH": path, "GIT_EXEC_PATH": helpers}
            print(f"{name} {version([tool, 'version' if name == 'lefthook' else '--version'])}")
        try:
            time.sleep(_SETTLED_S)  # what was changed just now is not relied on
            for what, lines in (("Nothing to push", dict.fromkeys(told, b"")), ("One branch, green already", told)):
                subjects = {_BARE: partial(bare_ms, root)}
                subjects |= {name: partial(hook_ms, roots[name], lines[name], environs[name]) for name in roots}
                spread(f"{what}: the pre-push hook", rounds(subjects, _RUNS, 3), "ms", _BARE)
        finally:
            for name, folder in roots.items():
                if name != "gatekeeper":
                    shutil.rmtree(folder)


def _second_commit(root: Path) -> bytes:
    """One more commit, and what git tells of pushing it."""
    git = ["git", "-c", "user.name=bench", "-c", "user.email=bench@example.test", "-C", str(root)]
    subprocess.run([*git, "add", "-A"], check=True)
    subprocess.run([*git, "commit", "-qnm", "next", "--allow-empty"], check=True)
    old, new = (
        subprocess.run([*git, "rev-parse", rev], capture_output=True, text=True, check=True).stdout.strip()
        for rev in ("HEAD~1", "HEAD")
    )
    return f"refs/heads/main {new} refs/heads/main {old}\n".encode()


if __name__ == "__main__":
    main()
