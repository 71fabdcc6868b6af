"""Owns what is known of other people's commands: which ask, watch, serve or test. Data, and how to look it up."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator

Words = tuple[str, ...]

_WRAPPERS = {
    "command": 0,
    "exec": 0,
    "nohup": 0,
    "setsid": 0,
    "time": 0,
    "stdbuf": 0,
    "nice": 0,
    "ionice": 0,
    "env": 0,
    "sudo": 0,
    "npx": 0,
    "bunx": 0,
    "xvfb-run": 0,
    "timeout": 1,
    "gtimeout": 1,
    "chronic": 0,
}
"""Commands that run another one; how many words of their own they take besides options."""
_TAKING: dict[str, frozenset[str]] = {
    "env": frozenset({"-u", "-C", "-S", "--unset", "--chdir"}),
    "gtimeout": frozenset({"-k", "-s", "--kill-after", "--signal"}),
    "ionice": frozenset({"-c", "-n", "-p"}),
    "nice": frozenset({"-n", "--adjustment"}),
    "npx": frozenset({"-p", "--package", "-w", "--workspace"}),
    "stdbuf": frozenset({"-i", "-o", "-e"}),
    "sudo": frozenset({"-u", "-g", "-C", "-p", "-D", "-R", "-T", "-h", "--user", "--group", "--chdir"}),
    "timeout": frozenset({"-k", "-s", "--kill-after", "--signal"}),
}
"""Options of theirs that take the word after them."""
_RUNNERS = frozenset(
    {("poetry", "run"), ("uv", "run"), ("pipenv", "run"), ("pdm", "run"), ("bundle", "exec"), ("yarn", "exec")}
)


def layers(words: Words) -> Iterator[Words]:
    """The command, and each command that it in turn runs: ``sudo env A=1 npm test`` is also ``npm test``."""
    while words:
        words = (os.path.basename(words[0]), *words[1:])
        yield words
        if words[:2] in _RUNNERS or (re.fullmatch(r"python[0-9.]*", words[0]) and words[1:2] == ("-m",)):
            words = words[2:]
        elif words[0] in _WRAPPERS:
            words = _inside(words)
        else:
            return


def _inside(words: Words) -> Words:
    own = _WRAPPERS[words[0]]
    at = 1
    while at < len(words):
        if words[at].startswith("-"):
            at += 2 if words[at] in _TAKING.get(words[0], ()) else 1
        elif "=" in words[at] and words[0] in {"env", "sudo"}:
            at += 1
        elif own:
            own -= 1
            at += 1
        else:
            break
    return words[at:]


def has(words: Words, *flags: str) -> bool:
    """Whether one of `flags` is given, also as ``--flag=value`` or, for a letter, among others behind one dash."""
    for word in words[1:]:
        if word == "--":
            return False
        for flag in flags:
            if word == flag or (flag.startswith("--") and word.startswith(f"{flag}=")):
                return True
            if len(flag) == 2 and re.fullmatch(r"-[A-Za-z]+", word) and flag[1] in word[1:]:
                return True
    return False


def begins(words: Words, *prefixes: str) -> bool:
    """Whether the command begins with one of `prefixes`, options between the words left out of account."""
    bare = " ".join(word for word in words[:6] if not word.startswith("-"))
    return any(re.match(rf"{prefix}(?: |$)", bare) for prefix in prefixes)


def asks(words: Words, *, terminal: bool) -> str | None:
    """What to write instead, where the command would ask a person, or for a `terminal` where it has none."""
    if has(words, "--help", "--version"):
        return None
    for prefix, flags, instead in _ASKING:
        if begins(words, prefix) and not has(words, *flags):
            return instead
    for prefix, flags, instead in _ASKING_WITH:
        if begins(words, prefix) and has(words, *flags):
            return instead
    if not terminal and has(words, "-t", "--tty") and any(begins(words, prefix) for prefix in _WITH_TERMINAL):
        return "leave out `-t`: there is no terminal; or write `tty: true`"
    if words[0] in {"ssh", "scp", "sftp"} and len(words) > 2 and not re.search(r"(?i)batchmode=yes", " ".join(words)):
        return f"write `{words[0]} -o BatchMode=yes …`"
    if words[0] == "sudo" and not _sudo_is_silent(words):
        return "write `sudo -n …`"
    return None


def _sudo_is_silent(words: Words) -> bool:
    own = words[: len(words) - len(_inside(words))]
    return has(own, "-n", "--non-interactive")


def watches(words: Words) -> bool:
    """Whether the command goes on watching files, and never ends."""
    for word in words[1:]:
        flag, _, value = word.partition("=")
        if flag in _WATCH_FLAGS and value.lower() not in {"false", "0", "no"}:
            return True
    if words[0] in _WATCHERS or begins(words, *_WATCHING):
        return True
    if words[0] in _WATCH_BY_LETTER and has(words, "-w"):
        return True
    return begins(words, *_FOLLOWING) and has(words, "-f", "--follow", "-F")


def serves(words: Words) -> bool:
    """Whether the command starts something that stays."""
    if has(words, "--help", "--version", "-V", "--check-config") or (words[0] == "nginx" and has(words, "-t", "-s")):
        return False
    if begins(words, "docker run", "podman run"):
        return has(words, "-d", "--detach")
    if words[0] == "php" and "-S" in words:
        return True
    if any(word.endswith("manage.py") for word in words[:3]) and "runserver" in words:
        return True
    return words[0] in _DAEMONS or begins(words, *_SERVING)


def runs_tests(words: Words) -> bool:
    """Whether the command looks like a test suite."""
    if has(words, "--help", "--version", "--collect-only", "--co", "--listTests", "--list"):
        return False
    return begins(words, *_TESTING)


_YES = ("-y", "--yes", "--assume-yes", "--assumeyes", "--noconfirm", "--non-interactive")
_ASKING: tuple[tuple[str, tuple[str, ...], str], ...] = (
    ("(?:npm|yarn|bun) (?:init|create)", ("-y", "--yes"), "write `npm init -y`"),
    ("npm (?:login|adduser)", (), "give it a token in the environment"),
    (
        "git commit",
        ("-m", "-F", "-C", "--message", "--file", "--reuse-message", "--no-edit", "--fixup", "--squash", "--dry-run"),
        'write `git commit -m "…"`',
    ),
    ("(?:apt|apt-get|aptitude|dnf|yum) (?:install|remove|purge|upgrade|dist-upgrade|autoremove)", _YES, "add `-y`"),
    ("(?:pip[0-9.]*) uninstall", ("-y", "--yes"), "add `-y`"),
    ("(?:conda|mamba) (?:install|create|remove|update)", _YES, "add `-y`"),
    ("terraform (?:apply|destroy)", ("-auto-approve", "-input"), "add `-auto-approve`"),
    ("(?:docker|podman) login", ("-p", "--password", "--password-stdin"), "add `--password-stdin`"),
    ("gh auth login", ("--with-token",), "set GH_TOKEN in the environment"),
    ("aws configure$", (), "set the credentials in the environment"),
    (
        "(?:gcloud auth login|gcloud init|az login|heroku login|firebase login)",
        ("--service-principal", "--cred-file"),
        "",
    ),
    ("(?:vi|vim|nvim|nano|pico|htop|visudo|passwd)", ("-es", "-Es", "--headless"), "a step has nobody to type"),
    ("emacs", ("--batch", "-batch"), "add `--batch`"),
    ("top", ("-b",), "add `-b`"),
)
"""Commands that ask unless one of the options is given."""
_ASKING_WITH: tuple[tuple[str, tuple[str, ...], str], ...] = (
    ("read", ("-p",), "give the value in `env:`"),
    ("git rebase", ("-i", "--interactive"), "rebase without `-i`"),
    ("git add", ("-p", "-i", "--patch", "--interactive"), "name the files"),
    ("git clean", ("-i", "--interactive"), "write `git clean -f`"),
    ("crontab", ("-e",), "write `crontab FILE`"),
    ("rm", ("-i",), "write `rm -f`"),
)
"""Commands that ask if one of the options is given."""
_WITH_TERMINAL = ("(?:docker|podman)(?: compose)? (?:run|exec)", "kubectl exec")
"""Commands that want a terminal if they are told that there is one."""

_WATCH_FLAGS = frozenset({"--watch", "--watchAll", "--watch-all", "--watch-files", "--watch-mode", "--ui=watch"})
_WATCHERS = frozenset({"nodemon", "watchexec", "entr", "watch", "watchman-make", "ptw", "pytest-watch", "chokidar"})
_WATCH_BY_LETTER = frozenset({"tsc", "mocha", "ava", "rollup", "webpack", "sass", "babel", "vitest", "tsup"})
_WATCHING = (
    "(?:npm|pnpm|yarn|bun)(?: run)? (?:[a-z:-]+:)?watch",
    "cargo watch",
    "gulp watch",
    "grunt watch",
    "docker compose watch",
    "inotifywait",
)
_FOLLOWING = ("tail", "journalctl", "kubectl logs", "(?:docker|podman)(?: compose)? logs", "docker-compose logs")

_DAEMONS = frozenset(
    {
        "daphne",
        "disown",
        "gunicorn",
        "http-server",
        "hypercorn",
        "json-server",
        "live-server",
        "mongod",
        "mysqld",
        "mysqld_safe",
        "nginx",
        "nohup",
        "postgres",
        "redis-server",
        "setsid",
        "start-stop-daemon",
        "supervisord",
        "uvicorn",
        "webpack-dev-server",
    }
)
_SERVING = (
    "npm start",
    "(?:npm|pnpm|yarn|bun) run (?:start|dev|serve)",
    "(?:pnpm|yarn|bun) (?:start|dev|serve)",
    "docker compose up",
    "docker-compose up",
    "http.server",
    "flask run",
    "rails (?:server|s)",
    "(?:next|nuxt|astro) (?:dev|start)",
    "vite(?: (?:dev|serve|preview))?$",
    "ng serve",
    "webpack serve",
    "caddy run",
    "php artisan serve",
    "pg_ctl start",
    "kubectl port-forward",
    r"node \S*server\S*\.[cm]?js",
)
_TESTING = (
    "pytest",
    "py.test",
    "unittest",
    "tox",
    "nox",
    "jest",
    "vitest",
    "mocha",
    "ava",
    "karma start",
    "cypress run",
    "playwright test",
    "(?:npm|pnpm|yarn|bun) (?:test|t)",
    r"(?:npm|pnpm|yarn|bun) run test\S*",
    "yarn test",
    "go test",
    "gotestsum",
    "ginkgo",
    "cargo (?:test|nextest)",
    r"mvnw? .*\b(?:test|verify)",
    r"gradlew? .*\b(?:test|check)",
    "ctest",
    "phpunit",
    "rspec",
    "(?:rake|rails) (?:test|spec)",
    "dotnet test",
    "(?:make|gmake|just) (?:test|check)",
    "bazel test",
    "mix test",
    "swift test",
    "deno test",
    "bats",
)
