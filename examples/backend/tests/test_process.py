"""The service as a process: how it begins, how it ends."""

from __future__ import annotations

import http.client
import os
import signal
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path
from urllib.parse import urlsplit

from .subject import config


class ProcessTest(unittest.TestCase):
    """python -m calorie_backend."""

    def setUp(self) -> None:
        """Point every command to a database of this test."""
        folder = self.enterContext(tempfile.TemporaryDirectory())
        self.environment = {**os.environ, "PORT": "0", "CALORIE_DATABASE": str(Path(folder) / "data" / "c.sqlite3")}

    def _command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "calorie_backend", *arguments],
            cwd=config.ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=20,
            check=False,
        )

    def test_it_says_where_it_listens_and_ends_in_order(self) -> None:
        """SIGTERM is answered with exit code 0."""
        self.assertEqual(self._command("migrate").returncode, 0)
        ready, told = os.pipe()
        service = subprocess.Popen(
            [sys.executable, "-m", "calorie_backend", "serve", "--ready-fd", str(told)],
            cwd=config.ROOT,
            env=self.environment,
            pass_fds=[told],
            stderr=subprocess.PIPE,
            text=True,
        )
        os.close(told)
        try:
            with os.fdopen(ready) as pipe:
                address = urlsplit(pipe.read().strip())
            connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=10)
            connection.request("GET", "/health")
            self.assertEqual(connection.getresponse().status, 200)
            connection.close()
            service.send_signal(signal.SIGTERM)
            _, log = service.communicate(timeout=20)
        finally:
            service.kill()
        self.assertEqual(service.returncode, 0)
        self.assertIn("SIGTERM: stopping", log)

    def test_it_does_not_start_without_its_database(self) -> None:
        """Exit code 1 and the reason, not a service that answers 503 for ever."""
        ended = self._command("serve")
        self.assertEqual(ended.returncode, 1)
        self.assertIn("unable to open database file", ended.stderr)
