"""Owns which files of the tree a command runs, read off its words. Opens none: whether one is there others see."""

from __future__ import annotations

import posixpath
import re

from gatekeeper.model.plan import Argv, Shell, Step

_WORDS = re.compile(r"\"([^\"\n]*)\"|'([^'\n]*)'|([^\s\"';|&()<>`]+)")
_RUNNERS: tuple[tuple[re.Pattern[str], tuple[str, ...]], ...] = (
    (re.compile(r"\bg?make\b"), ("Makefile", "makefile", "GNUmakefile")),
    (re.compile(r"\b(?:npm|pnpm|yarn|bun|npx)\b"), ("package.json",)),
    (re.compile(r"\btox\b"), ("tox.ini", "pyproject.toml")),
    (re.compile(r"\bnox\b"), ("noxfile.py",)),
    (re.compile(r"\bjust\b"), ("justfile", "Justfile", ".justfile")),
    (re.compile(r"\btask\b"), ("Taskfile.yml", "Taskfile.yaml")),
    (re.compile(r"\bcomposer\b"), ("composer.json",)),
    (re.compile(r"\bmvnw?\b"), ("pom.xml", "mvnw")),
    (re.compile(r"\bgradlew?\b"), ("build.gradle", "build.gradle.kts", "gradlew")),
)
_SHELL = re.compile(r"\.(?:sh|bash|zsh|ksh|mk)$|(?:^|/)(?:scripts?|bin|ci|tools?|dev-scripts)/[\w./-]+$")
_INTERPRETER = re.compile(
    r"(?:.*/)?(?:ba|z|k|da)?sh|(?:.*/)?(?:\$?\{?(?i:python)[\d.]*\}?|node|ruby|perl|php|tsx|ts-node|bun|source)|\."
)
_FROM_HERE = re.compile(r"^(?:\$\{?(?:here|HERE|DIR|SCRIPT_DIR|ROOT|PWD)\}?|\$\(dirname \"?\$0\"?\))/")
_NO_FILE = re.compile(r"[*?$\[\]{}]|^-|^/(?:bin|usr|dev|proc|sys)\b|://")


def scripts_in(text: str) -> tuple[str, ...]:
    """Paths, from the folder that it is run in, that a command or a script may run. Most of them are not there."""
    found: list[str] = []
    for line in text.split("\n"):
        words = [(a or b or c).strip() for a, b, c in _WORDS.findall(line.partition(" #")[0])]
        for at, word in enumerate(words):
            named = _FROM_HERE.sub("", word.rpartition("=")[2] if not word.startswith("-") else word)
            is_run = bool(_SHELL.search(named)) or named.startswith("./")
            before = words[max(0, at - 3) : at]
            interpreted = any(map(_INTERPRETER.fullmatch, before)) and not {"-c", "-m", "-e"} & set(before)
            if named and not _NO_FILE.search(named) and len(named) < 300 and (is_run or interpreted):
                found.append(posixpath.normpath(named))
    for pattern, files in _RUNNERS:
        if pattern.search(text):
            found += files
    return tuple(dict.fromkeys(name for name in found if name not in {".", ".."}))


def command_of(step: Step) -> str:
    """What a step runs, as text; empty for a probe."""
    match step.work:
        case Shell(script=script):
            return script
        case Argv(argv=argv):
            return "\n".join(f'"{word}"' if " " in word else word for word in argv)
        case _:
            return ""
