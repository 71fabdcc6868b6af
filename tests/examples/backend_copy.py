"""A copy of the example backend in a folder of its own, handled through its scripts and over HTTP."""

from __future__ import annotations

import http.client
import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "backend"
SCRIPT_TIMEOUT = 50


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


def is_running(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def until(condition: Callable[[], bool], seconds: float = 40) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come true in time"
        time.sleep(0.01)


@dataclass
class BackendCopy:
    """One clone of the example, with a port of its own."""

    folder: Path
    port: int = field(default_factory=free_port)
    python: str = sys.executable
    user: str | None = None

    @classmethod
    def at(cls, folder: Path, **options: Any) -> BackendCopy:
        unwanted = shutil.ignore_patterns(".run", "reports", "__pycache__")
        shutil.copytree(EXAMPLE, folder, ignore=unwanted)
        return cls(folder, **options)

    def command(self, script: str, *arguments: str) -> list[str]:
        return [str(self.folder / "dev-scripts" / script), *arguments]

    @property
    def environment(self) -> dict[str, str]:
        inherited = {key: value for key, value in os.environ.items() if key not in ("HOST", "CALORIE_DATABASE")}
        return inherited | {"PORT": str(self.port), "PYTHON": self.python}

    def run(self, script: str, *arguments: str, check: bool = True, **env: str) -> subprocess.CompletedProcess[str]:
        """Run a script from a folder that is not its own, and read its output to the end of the pipe."""
        result = subprocess.run(
            self.command(script, *arguments),
            cwd="/",
            env=self.environment | env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=SCRIPT_TIMEOUT,
            check=False,
            user=self.user,
        )
        assert not check or result.returncode == 0, result.stdout + result.stderr
        return result

    @property
    def pid_file(self) -> Path:
        return self.folder / ".run" / "service.pid"

    @property
    def pid(self) -> int:
        return int(self.pid_file.read_text("utf-8").split()[0])

    def call(self, method: str, path: str, body: object = None) -> tuple[int, dict[str, Any]]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=40)
        try:
            connection.request(method, path, None if body is None else json.dumps(body))
            response = connection.getresponse()
            return response.status, json.loads(response.read())
        finally:
            connection.close()

    def is_healthy(self) -> bool:
        try:
            return self.call("GET", "/health") == (200, {"status": "ok"})
        except ConnectionRefusedError:
            return False

    def edit(self, file: str, old: str, new: str) -> None:
        """Change one place of the copy; a place that is not there any more fails the test that counts on it."""
        path = self.folder / file
        text = path.read_text("utf-8")
        assert text.count(old) == 1, f"{file} has {text.count(old)} times: {old}"
        path.write_text(text.replace(old, new), "utf-8")
