"""The daemons of real life, each as the step that starts it, waits until it is there, and exits 0."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.adapters.guard.witnessed import Place

LISTENING = "until (exec 3<>/dev/tcp/127.0.0.1/{port}) 2>/dev/null; do sleep 0.02; done"
ANSWERING = LISTENING + r"; exec 3<>/dev/tcp/127.0.0.1/{port}; printf 'GET / HTTP/1.0\r\n\r\n' >&3; read -r _ <&3"
SEARCHED = ":/usr/sbin:/sbin"


def nothing(place: Place, folder: Path) -> None:
    """No preparation."""


@dataclass(frozen=True)
class Daemon:
    """`script` is for bash; ``{folder}``, ``{port}``, ``{python}`` and ``{unprivileged}`` are filled in.

    `processes` is how many it leaves at least. `prepare` writes into a folder what it needs.
    """

    name: str
    script: str
    needs: tuple[str, ...] = ()
    processes: int = 1
    port: bool = False
    prepare: Callable[[Place, Path], None] = nothing

    def missing(self) -> str:
        """Which program this machine lacks for it, or empty."""
        return next((name for name in self.needs if program(name) is None), "")


def program(name: str) -> str | None:
    """Where a program is, also if it is one of those that Debian hides from the PATH."""
    import os

    hidden = ":".join(str(path) for path in sorted(Path("/usr/lib/postgresql").glob("*/bin")))
    return shutil.which(name, path=f"{os.environ.get('PATH', os.defpath)}{SEARCHED}:{hidden}")


NGINX = """
worker_processes 2; pid {folder}/nginx.pid; error_log {folder}/error.log; events {{ }}
http {{ access_log off; client_body_temp_path {folder}/b; proxy_temp_path {folder}/p; fastcgi_temp_path {folder}/f;
uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s; server {{ listen 127.0.0.1:{port}; }} }}
"""

SERVER = 'require("http").createServer((_, answer) => answer.end("hello")).listen(process.env.PORT, "127.0.0.1")'

POOL = """
import multiprocessing, multiprocessing.shared_memory, os, pathlib, sys, tempfile, time

def busy(folder):
    pathlib.Path(folder, str(os.getpid())).touch()
    time.sleep(600)

if __name__ == "__main__":
    context = multiprocessing.get_context(sys.argv[1])
    shared = multiprocessing.shared_memory.SharedMemory(create=True, size=4096)
    folder = tempfile.mkdtemp(dir=os.path.dirname(__file__))
    pool = context.Pool(3)
    pool.map_async(busy, [folder] * 3, chunksize=1)
    while len(os.listdir(folder)) < 3:
        time.sleep(0.01)
    shared.unlink()
    os._exit(0)
"""


def with_server(place: Place, folder: Path) -> None:
    """A package whose start script is a web server."""
    (folder / "server.js").write_text(SERVER)
    (folder / "package.json").write_text(
        '{"name": "served", "version": "1.0.0", "scripts": {"start": "node server.js"}}'
    )


def with_pool(place: Place, folder: Path) -> None:
    """A program that leaves its pool behind."""
    (folder / "pool.py").write_text(POOL)


def pool(method: str, processes: int) -> Daemon:
    return Daemon(
        f"multiprocessing {method}", "'{python}' {folder}/pool.py " + method, (), processes, prepare=with_pool
    )


DAEMONS = (
    Daemon(
        "redis-server --daemonize",
        "redis-server --daemonize yes --bind 127.0.0.1 --port {port} --dir {folder} --save '' && " + LISTENING,
        ("redis-server",),
        port=True,
    ),
    Daemon(
        "nginx",
        "cat >{folder}/nginx.conf <<'END'\n"
        + NGINX
        + "END\nnginx -e {folder}/error.log -p {folder} -c {folder}/nginx.conf && "
        + ANSWERING,
        ("nginx",),
        2,
        port=True,
    ),
    Daemon(
        "pg_ctl start",
        "{unprivileged} {pg_ctl} -s -w -D {folder}/data -l {folder}/log -o '-p {port} -h 127.0.0.1 -k {folder}' start",
        ("initdb", "pg_ctl", "setpriv"),
        4,
        port=True,
    ),
    # Its own shell: that of an ordinary user may be nologin, which would end the session at once.
    Daemon("tmux new -d", "SHELL=/bin/sh TERM=xterm TMUX_TMPDIR={folder} tmux new -d 'sleep 600'", ("tmux",), 2),
    Daemon("ssh-agent", "TMPDIR={folder} ssh-agent", ("ssh-agent",)),
    Daemon("nohup … &", "nohup sleep 600 >/dev/null 2>&1 &"),
    Daemon("setsid -f", "setsid -f sleep 600", ("setsid",)),
    Daemon("env -i setsid -f", "env -i setsid -f sleep 600", ("setsid",)),
    Daemon(
        "npm start &",
        "cd {folder}; PORT={port} HOME={folder} npm start >npm.log 2>&1 & " + LISTENING,
        ("npm", "node"),
        2,
        port=True,
        prepare=with_server,
    ),
    Daemon(
        "chromium --headless",
        "HOME={folder} chromium --headless --no-sandbox --disable-gpu --disable-dev-shm-usage --no-first-run"
        " --user-data-dir={folder}/profile --remote-debugging-port={port} about:blank >{folder}/log 2>&1 & "
        + LISTENING,
        ("chromium",),
        3,
        port=True,
    ),
    pool("fork", 4),
    pool("spawn", 4),
    pool("forkserver", 5),
)
VITE = Daemon(
    "vite dev server",
    "cd {folder}; HOME={folder} npx vite --host 127.0.0.1 --port {port} --strictPort >vite.log 2>&1 & " + LISTENING,
    ("npm", "node", "npx"),
    2,
    port=True,
)
