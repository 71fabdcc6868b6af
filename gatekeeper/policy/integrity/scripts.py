"""Owns which files of the tree a command runs, read off its words. Opens none: whether one is there others see."""

from __future__ import annotations

import posixpath
import re

from gatekeeper.model.plan import Argv, Plan, Shell, Step

_WORDS = re.compile(r"\"([^\"\n]*)\"|'([^'\n]*)'|([^\s\"';|&()<>`]+)")
_RUNNERS: tuple[tuple[re.Pattern[str], tuple[str, ...]], ...] = (
    (re.compile(r"\bg?make\b"), ("Makefile", "makefile", "GNUmakefile")),
    (re.compile(r"\b(?:npm|pnpm|yarn|bun|npx)\b"), ("package.json",)),
    (re.compile(r"\btox\b"), ("tox.ini", "pyproject.toml")),
    (re.compile(r"\bnox\b"), ("noxfile.py",)),
    (re.compile(r"\bjust\b"), ("justfile", "Justfile", ".justfile")),
    (re.compile(r"\btask\b"), ("Taskfile.yml", "Taskfile.yaml")),
    (re.compile(r"\brake\b"), ("Rakefile",)),
    (re.compile(r"\bcomposer\b"), ("composer.json",)),
    (re.compile(r"\bmvnw?\b"), ("pom.xml", "mvnw")),
    (re.compile(r"\bgradlew?\b"), ("build.gradle", "build.gradle.kts", "gradlew")),
    (
        re.compile(r"\bdocker[ -]compose\b"),
        ("docker-compose.yml", "docker-compose.yaml", "compose.yaml", "compose.yml"),
    ),
)
_NO_FILE = re.compile(r"[*?$\[\]{}]|^-|^/(?:bin|usr|dev|proc|sys)\b|://")


def scripts_of(plan: Plan) -> tuple[tuple[str, str], ...]:
    """Candidates of every step: (the step's folder, a path from there), as they are written in the definition."""
    steps = (*(step for gate in plan.gates for step in gate.steps), *plan.teardown)
    return tuple(dict.fromkeys((step.cwd, path) for step in steps for path in scripts_in(_command(step))))


def scripts_in(text: str) -> tuple[str, ...]:
    """Paths, from the folder that it is run in, that a command or a script may run. Most of them are not there."""
    found: list[str] = []
    for a, b, c in _WORDS.findall(text):
        word = (a or b or c).strip()
        word = word.rpartition("=")[2] if "=" in word and not word.startswith("-") else word
        word = re.sub(r"^(?:\$\{?(?:here|HERE|DIR|SCRIPT_DIR|ROOT|PWD)\}?|\$\(dirname \"?\$0\"?\))/", "", word)
        if word and not _NO_FILE.search(word) and len(word) < 300:
            found.append(posixpath.normpath(word))
    for pattern, files in _RUNNERS:
        if pattern.search(text):
            found += files
    return tuple(dict.fromkeys(name for name in found if name not in {".", ".."}))


def _command(step: Step) -> str:
    match step.work:
        case Shell(script=script):
            return script
        case Argv(argv=argv):
            return "\n".join(f'"{word}"' if " " in word else word for word in argv)
        case _:
            return ""
