"""One hostile step under every tool that a user would pick instead: who is left, and when it returns.

The step makes six processes (see ``situations/hostile.py``). It ends in two ways: its leader exits 0 and leaves them,
or stays until the limit. The table says which tool has no limit; it is ended after some seconds.
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from benchmarks import peer_tools, witness
from benchmarks.measure import GATEKEEPER

_LIMIT_S = 1
_GRACE_S = 0.2
_PATIENCE_S = 5.0
_ENDS_WITHIN_S = 2.0
_RUNS = 3
_SIX = 6
_GIT = ("git", "-c", "user.name=bench", "-c", "user.email=bench@example.test")

Step = tuple[str, ...]
Prepare = Callable[[str, Path, Step], Step]
"""Writes what the tool needs into a folder, and gives the command line that runs the step there."""


class Peer(NamedTuple):
    """One tool. `path` is None where it cannot be had, `limits` tells whether it has a limit for a step."""

    name: str
    path: str | None
    limits: bool
    prepare: Prepare
    asked: str = "--version"


class Seen(NamedTuple):
    """One try. `code` is None where it did not return in time."""

    survivors: int
    seconds: float
    code: int | None


def _timeout(tool: str, _folder: Path, step: Step) -> Step:
    return (tool, "-k", str(_GRACE_S), str(_LIMIT_S), *step)


def _tox(tool: str, folder: Path, step: Step) -> Step:
    commands = f"allowlist_externals = *\ncommands = {shlex.join(step)}\n"
    (folder / "tox.ini").write_text(f"[tox]\nno_package = true\n[testenv:step]\nskip_install = true\n{commands}")
    # The environment is made before: that is not what is measured.
    subprocess.run([tool, "-q", "-e", "step", "--notest"], cwd=folder, check=True, capture_output=True)
    return (tool, "-e", "step")


def _nox(tool: str, folder: Path, step: Step) -> Step:
    (folder / "noxfile.py").write_text(
        "import nox\n\n@nox.session(venv_backend='none')\n"
        f"def step(session):\n    session.run(*{step!r}, external=True)\n"
    )
    return (tool, "-s", "step")


def _hooks(tool: str, folder: Path, step: Step) -> Step:
    hook = {"id": "step", "name": "step", "language": "system", "entry": shlex.join(step), "always_run": True}
    config = {"repos": [{"repo": "local", "hooks": [{**hook, "pass_filenames": False}]}]}
    (folder / ".pre-commit-config.yaml").write_text(json.dumps(config))
    subprocess.run([*_GIT, "add", "-A"], cwd=folder, check=True)
    return (tool, "run", "--all-files")


def _lefthook(tool: str, folder: Path, step: Step) -> Step:
    commands = {"step": {"run": shlex.join(step), "timeout": f"{_LIMIT_S}s"}}
    (folder / "lefthook.json").write_text(json.dumps({"hostile": {"commands": commands}}))
    return (tool, "run", "hostile", "--force")


def _bats(tool: str, folder: Path, step: Step) -> Step:
    (folder / "step.bats").write_text(f'@test "step" {{\n  {shlex.join(step)}\n}}\n')
    return ("env", f"BATS_TEST_TIMEOUT={_LIMIT_S}", tool, "step.bats")


def _parallel(tool: str, _folder: Path, step: Step) -> Step:
    return (tool, "--will-cite", "--timeout", str(_LIMIT_S), ":::", shlex.join(step))


def _run(tool: str, folder: Path, step: Step) -> Step:
    (folder / "gates").mkdir()
    fields = json.dumps({"run": step, "timeout": f"{_LIMIT_S}s", "grace": f"{int(_GRACE_S * 1000)}ms"})
    (folder / "gates" / "hostile.yaml").write_text(
        f"gatekeeper: 1\ncycle: hostile\ngates:\n  g:\n    steps:\n      step: {fields}\n"
    )
    subprocess.run([*_GIT, "add", "-A"], cwd=folder, check=True)
    subprocess.run([*_GIT, "commit", "-qm", "bench"], cwd=folder, check=True)
    return (tool, "run", "hostile", "--rounds", "1")


def _guard(tool: str, _folder: Path, step: Step) -> Step:
    return (tool, "guard", "-k", str(_GRACE_S), str(_LIMIT_S), *step)


def peers() -> tuple[Peer, ...]:
    """Every tool, installed where that can be."""
    pip, npm, debian = peer_tools.from_pip, peer_tools.from_npm, peer_tools.from_debian
    (gatekeeper,) = GATEKEEPER
    has_guard = subprocess.run([gatekeeper, "guard", "--help"], capture_output=True, check=False).returncode == 0
    return (
        Peer("timeout -k", shutil.which("timeout"), True, _timeout),
        Peer("tox", pip("tox"), False, _tox),
        Peer("nox", pip("nox"), False, _nox),
        Peer("pre-commit", pip("pre-commit"), False, _hooks),
        Peer("prek", pip("prek"), False, _hooks),
        Peer("lefthook", npm("lefthook"), True, _lefthook, "version"),
        Peer("bats", debian("bats") or npm("bats"), True, _bats),
        Peer("GNU parallel", debian("parallel"), True, _parallel),
        Peer("gatekeeper guard", gatekeeper if has_guard else None, True, _guard),
        Peer("gatekeeper run", gatekeeper, True, _run),
    )


def tried(peer: Peer, then: str) -> Seen:
    """The step under one tool, once; whatever it leaves is put away."""
    with tempfile.TemporaryDirectory(prefix="gatekeeper-peer-") as temporary, witness.outer_group("bench") as group:
        folder = Path(temporary)
        subprocess.run(["git", "init", "-q"], cwd=folder, check=True)
        announced = folder / ".git" / "announced"
        command = peer.prepare(str(peer.path), folder, witness.hostile("six", announced, then))
        try:
            with (folder / ".git" / "said").open("w") as said:
                seconds, code = _returned(witness.inside(group, command), folder, said.fileno())
            everybody = witness.announced_by(announced)
            left = sum(witness.alive(*one) for one in everybody[:_SIX])
        finally:
            witness.end(announced)
        if len(everybody) < _SIX:
            said_so = (folder / ".git" / "said").read_text()
            raise SystemExit(f"benchmark: under {peer.name} only {len(everybody)} of six processes came up\n{said_so}")
        return Seen(left, seconds, code)


def _returned(command: Step, folder: Path, said: int) -> tuple[float, int | None]:
    """When it returned, and with what; None where it had to be ended."""
    kept = peer_tools.cache()
    environ = {**os.environ, "PRE_COMMIT_HOME": str(kept / "pre-commit"), "PREK_HOME": str(kept / "prek")}
    began = time.monotonic()
    with subprocess.Popen(
        command, cwd=folder, env=environ, stdin=subprocess.DEVNULL, stdout=said, stderr=said, start_new_session=True
    ) as process:
        try:
            code = process.wait(_PATIENCE_S)
        except subprocess.TimeoutExpired:
            process.terminate()
            try:
                process.wait(_ENDS_WITHIN_S)
            except subprocess.TimeoutExpired:
                process.kill()
            return _PATIENCE_S, None
        return time.monotonic() - began, code


def row(peer: Peer) -> str:
    """One row of the table."""
    if peer.path is None:
        return f"| {peer.name} | not to be had here | | | | |"
    cells = [peer.name, peer_tools.version((peer.path, peer.asked))]
    for then in ("exit", "stay"):
        seen = [tried(peer, then)]
        while len(seen) < _RUNS and seen[0].code is not None:
            seen.append(tried(peer, then))
        cells.append(str(max(one.survivors for one in seen)))
        cells.append(_answer(seen, "" if peer.limits or then == "exit" else "has no limit; "))
    return f"| {' | '.join(cells)} |"


def _answer(seen: list[Seen], note: str) -> str:
    if seen[0].code is None:
        return f"{note}not within {_PATIENCE_S:g} s"
    codes = ", ".join(sorted({str(one.code) for one in seen}))
    return f"{note}after {statistics.median(one.seconds for one in seen):.2f} s, exit {codes}"


def main() -> None:
    """Print one table, as Markdown."""
    print(f"\nA hostile step that makes six processes, with a limit of {_LIMIT_S} s where there is one.")
    print(f"Who did not return within {_PATIENCE_S:g} s was sent SIGTERM, and survivors were counted after that.\n")
    print("| | version | leader exits 0: survivors of 6 | returned | leader stays: survivors of 6 | returned |")
    print("|---|---|---|---|---|---|")
    for peer in peers():
        print(row(peer), flush=True)


if __name__ == "__main__":
    main()
