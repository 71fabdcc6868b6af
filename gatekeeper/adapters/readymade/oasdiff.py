"""Owns asking oasdiff what breaks, and putting its answer into our words. It is run on copies of the documents."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from gatekeeper.adapters.readymade.sources import Fetched
from gatekeeper.policy.ready_made.checked import Checked, Spot
from gatekeeper.policy.ready_made.openapi.contract import Unfit
from gatekeeper.policy.ready_made.openapi.operations import Lines

_WARNING, _INFORMATION = {2, "warning", "WARN"}, {1, "info", "INFO"}


def check_with_oasdiff(program: str, before: Fetched, after: Fetched, lines: Lines) -> tuple[Checked, ...]:
    """One check for each operation of the earlier document, and one for what belongs to none.

    Raises:
        Unfit: oasdiff failed, or said what is no answer; or a document has no operations.
    """
    for fetched in (before, after):
        if not any(True for _ in fetched.contract.operations()):
            raise Unfit(f"{fetched.contract.root} has not one operation")
    root = after.contract.root
    faults: dict[tuple[str, str], list[Spot]] = {}
    warnings: dict[tuple[str, str], list[Spot]] = {}
    for change in _asked(program, before, after):
        path, method = str(change.get("path") or ""), str(change.get("operation") or "").lower()
        level = change.get("level")
        said = f"{method.upper()} {path}: {change.get('text')} [{change.get('id')}]".lstrip(": ")
        spot = Spot(said, root, lines.get((path, method)) or lines.get((path, ""), 0))
        if level in _WARNING:
            warnings.setdefault((path, method), []).append(spot)
        elif level not in _INFORMATION:
            faults.setdefault((path, method), []).append(spot)
    operations = [(path, method) for path, method, *_ in before.contract.operations()]
    others = [key for key in dict.fromkeys((*faults, *warnings)) if key not in set(operations)]
    return tuple(
        Checked(
            root,
            f"{key[1].upper()} {key[0]}".strip() or "the whole document",
            tuple(faults.get(key, ())),
            tuple(warnings.get(key, ())),
        )
        for key in (*operations, *others)
    )


def _asked(program: str, before: Fetched, after: Fetched) -> list[dict[str, Any]]:
    with TemporaryDirectory(prefix="gatekeeper-oasdiff-") as folder:
        places = [_copied(fetched, Path(folder, name)) for name, fetched in (("base", before), ("head", after))]
        command = [program, "breaking", *places, "--format", "json"]
        # Away from the project: a file of settings there could make every change a harmless one.
        environ = {name: value for name, value in os.environ.items() if not name.startswith("OASDIFF_")}
        try:
            run = subprocess.run(
                command, cwd=folder, env=environ, stdin=subprocess.DEVNULL, capture_output=True, check=False
            )
        except OSError as fault:
            raise Unfit(f"oasdiff can't be run: {fault.strerror or fault}") from None
    said = run.stdout.decode("utf-8", "backslashreplace").strip()
    if run.returncode not in {0, 1} or (run.returncode and not said):
        errors = run.stderr.decode("utf-8", "backslashreplace").strip().splitlines()
        raise Unfit(f"oasdiff failed with exit code {run.returncode}: {errors[-1] if errors else 'it says nothing'}")
    try:
        answer = json.loads(said or "[]")
    except ValueError:
        raise Unfit(f"oasdiff did not answer with JSON: {said[:100]}") from None
    changes = answer.get("changes", answer) if isinstance(answer, dict) else answer
    if changes is None:
        return []
    if not isinstance(changes, list) or not all(isinstance(change, dict) for change in changes):
        raise Unfit(f"oasdiff answered with what is no list of changes: {said[:100]}")
    return changes


def _copied(fetched: Fetched, folder: Path) -> str:
    """The documents below `folder`, as they lie to each other; the place of the root."""
    up = max((name.split("/").count("..") for name in fetched.contents), default=0)
    inside = folder.joinpath(*["up"] * up)
    for name, content in fetched.contents.items():
        place = Path(os.path.normpath(inside / name.lstrip("/")))
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
    return os.path.normpath(inside / fetched.contract.root.lstrip("/"))
