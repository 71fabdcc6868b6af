"""The same definition on somebody else's backend, named by the environment and written for Node."""

from __future__ import annotations

import json
import shutil
import socket
from pathlib import Path
from typing import Any

import pytest

from tests.support.projects import Project, git

pytestmark = pytest.mark.slow

# A backend that shares nothing with the example but the three scripts and what it answers.
SERVER = """
const http = require('http'); const fs = require('fs'); const users = new Set();
const server = http.createServer((request, response) => {
  let text = '';
  request.on('data', part => text += part);
  request.on('end', () => {
    const answer = (status, body) => { response.writeHead(status); response.end(JSON.stringify(body)); };
    if (request.url === '/health') return answer(200, {status: 'ok'});
    const {email} = JSON.parse(text);
    if (request.url === '/auth/login') return answer(users.has(email) ? 200 : 404, {});
    if (users.has(email)) return answer(409, {});
    users.add(email); answer(201, {user: {id: users.size}});
  });
});
server.listen(Number(process.env.PORT), '127.0.0.1', () => fs.writeFileSync(process.env.READY, ''));
"""
STAND_IN = """
import http.server, json, os, sys
users = set()
class Handler(http.server.BaseHTTPRequestHandler):
    def answer(self, status):
        self.send_response(status); self.send_header("Content-Length", "2"); self.end_headers(); self.wfile.write(b"{}")
    def do_GET(self):
        self.answer(200)
    def do_POST(self):
        email = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["email"]
        if self.path == "/auth/login":
            return self.answer(200 if email in users else 404)
        known = email in users
        users.add(email)
        self.answer(409 if known else 201)
    def log_message(self, *arguments):
        pass
server = http.server.ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Handler)
open(os.environ["READY"], "w").close()
server.serve_forever()
"""
RESTART = """#!/usr/bin/env bash
set -euo pipefail
cd "$(dirname "$0")/.."
export READY="$TMPDIR/ready"
rm -f "$READY"
{serve} > "$TMPDIR/server.log" 2>&1 &
until [ -e "$READY" ]; do kill -0 $! || {{ cat "$TMPDIR/server.log"; exit 1; }}; sleep 0.02; done
"""
SMOKE = """#!/usr/bin/env bash
set -euo pipefail
exec 3<>"/dev/tcp/127.0.0.1/$PORT"
printf 'GET /health HTTP/1.0\\r\\n\\r\\n' >&3
grep -q '200 OK' <&3
"""
STOP = "#!/usr/bin/env bash\nexit 0\n"
NPM_STUB = '#!/bin/sh\n[ "$1" = test ] && echo "stub: all good"\n'


def script(folder: Path, name: str, text: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text, "utf-8")
    (folder / name).chmod(0o755)


@pytest.fixture
def elsewhere(tmp_path: Path, example: Project) -> dict[str, Any]:
    """Three repositories outside of the project, and the environment that names them."""
    with_node = shutil.which("node") is not None and shutil.which("npm") is not None
    backend, frontend, plan = (tmp_path / "somebody else's" / name for name in ("backend", "frontend", "plan"))
    scripts = backend / "dev-scripts"
    serve = "node server.js" if with_node else '"$PYTHON" server.py'
    script(scripts, "restart-stack.sh", RESTART.format(serve=serve))
    script(scripts, "smoke-auth-onboarding.sh", SMOKE)
    script(scripts, "stop-stack.sh", STOP)
    (backend / ("server.js" if with_node else "server.py")).write_text(SERVER if with_node else STAND_IN, "utf-8")
    package = {"name": "theirs", "version": "1.0.0", "scripts": {"test": "echo npm says: all good"}}
    (backend / "package.json").write_text(json.dumps(package), "utf-8")
    frontend.mkdir()
    (frontend / "index.html").write_text("<p>theirs</p>", "utf-8")
    shutil.copytree(example.root / "examples" / "plan", plan)
    for repo in (backend, frontend, plan):
        git(repo, "init", "-q")
        git(repo, "add", "-A")
        git(repo, "commit", "-qm", "Theirs")
    environment: dict[str, Any] = {
        "BACKEND_REPO": str(backend),
        "FRONTEND_REPO": str(frontend),
        "PLAN_REPO": str(plan),
        "HOME": str(tmp_path),
    }
    if not with_node:
        script(tmp_path / "bin", "npm", NPM_STUB)
        environment["PATH"] = f"{tmp_path / 'bin'}:{example.environment()['PATH']}"
    return environment


@pytest.mark.parametrize("suite", [{}, {"SUITE_COMMAND": "npm test"}])
def test_the_definition_works_unchanged_on_a_backend_for_node(
    example: Project, elsewhere: dict[str, Any], suite: dict[str, Any]
) -> None:
    """Green, with its suite by npm, its log in their plan, and no report asked of a suite that writes none."""
    done = example.gatekeeper("run", "backend-cycle", **elsewhere, **suite).expect(0)
    journal = example.journal
    assert journal.end["verdict"] == "green"
    assert "all good" in journal.output("test-suite")
    repos = {repo["name"]: repo["path"] for repo in journal.last("run.started")["repos"]}
    assert repos == {name.removesuffix("_REPO").lower(): path for name, path in elsewhere.items() if "_REPO" in name}
    log = Path(journal.end["log"])
    assert log.is_relative_to(elsewhere["PLAN_REPO"])
    assert log.read_text("utf-8").count("Theirs") >= 3, "the commits that it ran on"
    assert str(log) in done.out
    port = int(dict(journal.last("run.started")["configuration"])["port api"])
    with socket.socket() as asking:
        assert asking.connect_ex(("127.0.0.1", port)) != 0, "their service lives on"


def test_a_repo_that_is_not_there_is_named(example: Project, tmp_path: Path) -> None:
    """Before anything is run."""
    done = example.gatekeeper("run", "backend-cycle", FRONTEND_REPO=str(tmp_path / "no such")).expect(3)
    assert f"frontend: {tmp_path / 'no such'}" in done.err
    assert not example.journals()


def test_required_reading_that_is_not_there_is_named(example: Project) -> None:
    missing = example.root / "examples" / "plan" / "05_quality_automation" / "04_agent_runbook.md"
    missing.unlink()
    assert str(missing) in example.gatekeeper("run", "backend-cycle").expect(3).err
