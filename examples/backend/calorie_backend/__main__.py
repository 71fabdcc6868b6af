"""The two commands, `migrate` and `serve`, and the way in which a process of this service begins and ends."""

from __future__ import annotations

import argparse
import logging
import os
import signal
import sqlite3
import sys
import threading
from http import HTTPStatus
from types import FrameType

from . import config, database, migrations
from .api import Api
from .messages import Request
from .server import Server

log = logging.getLogger(__package__)


def main() -> int:
    """Run one command; 0 if it did its work, 1 if it could not, 2 if it was called wrongly."""
    parser = argparse.ArgumentParser(prog="calorie_backend", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("migrate", help="bring the database to the newest schema")
    serve_command = commands.add_parser("serve", help="answer requests until SIGTERM or SIGINT")
    serve_command.add_argument("--ready-fd", type=int, metavar="FD", help="write the URL there once it answers")
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    try:
        settings = config.load(os.environ)
        if arguments.command == "migrate":
            return migrate(settings)
        return serve(settings, arguments.ready_fd)
    except (config.ConfigError, migrations.MigrationError, sqlite3.Error, OSError) as error:
        print(f"calorie_backend {arguments.command}: {error}", file=sys.stderr)
        return 1


def migrate(settings: config.Settings) -> int:
    """Apply the migrations that are missing."""
    settings.database.parent.mkdir(parents=True, exist_ok=True, mode=0o700)  # password hashes live there
    with database.opened(settings.database, busy_timeout_ms=settings.busy_timeout_ms, create=True) as connection:
        applied = migrations.apply(connection, migrations.known())
    for migration in applied:
        print(f"migrated to {migration.version:04}_{migration.name}")
    if not applied:
        print("the database is up to date")
    return 0


def serve(settings: config.Settings, ready_fd: int | None = None) -> int:
    """Answer requests until the process is told to stop, then finish those that are being answered."""
    stop = threading.Event()

    def on_signal(number: int, _frame: FrameType | None) -> None:
        log.info("%s: stopping", signal.Signals(number).name)
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, on_signal)

    api = Api(settings)
    health = api.health(Request("GET", "/health", b""))
    if health.status != HTTPStatus.OK:
        return 1  # its reason is in the log
    try:
        server = Server(settings, api)
    except OSError as error:
        raise OSError(f"cannot listen on {settings.host}:{settings.port}: {error.strerror}") from error
    with server:
        # serve_forever() ends by shutdown() from another thread; the signal arrives in this one.
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), name="accept")
        thread.start()
        try:
            log.info("listening on %s", server.url)
            if ready_fd is not None:
                with os.fdopen(ready_fd, "w") as pipe:
                    pipe.write(f"{server.url}\n")
            stop.wait()
        finally:
            server.shutdown()
            thread.join()
    log.info("stopped")
    return 0


if __name__ == "__main__":
    sys.exit(main())
