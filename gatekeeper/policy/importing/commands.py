"""Owns which commands a plan says must pass: those under its mandatory gate. Runs and judges none."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain
from typing import Final

from gatekeeper.model.record import NamedTuple
from gatekeeper.policy.drafting.draft import Said, Sure
from gatekeeper.policy.importing import sections
from gatekeeper.policy.importing.durations import bound_in
from gatekeeper.policy.importing.outline import Found, Node, walk

_PROGRAMS: Final = frozenset({
    "ansible-playbook", "ant", "bash", "bazel", "bun", "bundle", "cargo", "cmake", "composer", "ctest", "curl",
    "deno", "docker", "docker-compose", "dotnet", "eslint", "gatekeeper", "gmake", "go", "golangci-lint", "gradle",
    "gtimeout", "helm", "invoke", "java", "jest", "just", "kubectl", "make", "mix", "mvn", "mypy", "node", "npm",
    "npx", "php", "phpunit", "pip", "pnpm", "podman", "poetry", "pre-commit", "psql", "pytest", "python", "python3",
    "rake", "rspec", "ruby", "ruff", "sbt", "sh", "swift", "task", "terraform", "timeout", "tox", "tsc", "uv",
    "vitest", "yarn", "zig",
})  # fmt: skip
_PROSE: Final = frozenset({
    "a", "an", "and", "are", "be", "before", "each", "every", "is", "must", "should", "sure", "that", "the", "through",
    "to", "when",
})  # fmt: skip
_PATH = re.compile(r"(?:\.{0,2}|~)/[^\s]*[^\s/]|[\w.-]+(?:/[\w.-]+)*\.(?:sh|py|js|ts|rb|pl)")
_ASSIGNED = re.compile(r"^(?:[A-Za-z_][A-Za-z0-9_]*=\S*\s+)+")
_HOLE = re.compile(r"(?<![/\w.])\.\.\.(?!\w)|…|<[A-Za-z][\w -]*\w>|\[[A-Za-z][\w -]*\w\]")
_REMARK = re.compile(r"\s+(?:\([^()]*\)|[\u2014\u2013]\s.*)\.?$")
_PROMPT = "$ "
_LONGEST_BLOCK = 200
_OF_A_SCRIPT = re.compile(
    r"^\s|\\$|<<|^(?:if|for|while|until|case|function|do|done|fi|then|else|elif|esac|\{|\})\b|[({]$"
)

LOOKED_FOR: Final = 'commands under a heading or item like "Mandatory gate", "Quality gate" or "Required checks"'


class Command(NamedTuple):
    """A command; `name` is what the plan calls it, if it does, and `timeout_s` what it gives it."""

    script: str
    said: Said
    name: str = ""
    timeout_s: int | None = None


class Group(NamedTuple):
    """Commands that stand under one title."""

    found: Found
    commands: tuple[Command, ...]


def groups(document: Node) -> tuple[Group, ...]:
    """The commands that must pass, by what they stand under; those that merely "worked" where there are no others."""
    mandatory = tuple(_groups(document, sections.GATE, Sure.HIGH, ""))
    return mandatory or tuple(_groups(document, sections.WORKED, Sure.LOW, "it worked once; nothing says that it must"))


def _groups(document: Node, pattern: re.Pattern[str], most: Sure, why: str) -> Iterator[Group]:
    for found in walk(document):
        node = found.node
        titled = sections.opens(pattern, node) or bool(node.codes and node.label and pattern.search(node.label))
        if not titled or any(sections.opens(pattern, inner.node) for inner in walk(node)):
            continue
        commands = tuple(_weakened(command, most, why) for command in _under(node))
        if commands:
            yield Group(found, commands)


def _weakened(command: Command, most: Sure, why: str) -> Command:
    return command if most is Sure.HIGH else command._replace(said=Said(command.said.line, most, why))


def _under(node: Node) -> Iterator[Command]:
    own = _of_line(node) if node.codes and node.kind != "heading" else ()
    yield from chain(own, chain.from_iterable(_of(child, node) for child in node.children))


def _of(node: Node, above: Node) -> Iterator[Command]:
    match node.kind:
        case "code":
            yield from _of_block(node)
        case "row":
            yield from _of_row(node, above)
        case "item" | "text":
            yield from _of_line(node)
        case _:
            pass
    for child in node.children:
        yield from () if _is_something_else(child) else _of(child, node)


def _is_something_else(node: Node) -> bool:
    return any(sections.opens(each, node) for each in (sections.ANSWERS, sections.TIMEOUTS))


def _of_line(node: Node) -> Iterator[Command]:
    """``- `npm test` (timeout 10m)``, ``- ./smoke.sh``, ``- Lint: make lint``."""
    bound = bound_in(node.text)
    if node.codes:
        scripts = [code for code in node.codes if _looks_like_one(code)] or list(node.codes[:1])
        named = len(scripts) == 1 and node.value.startswith(scripts[0]) and not sections.GATE.search(node.label)
        for script in scripts:
            if not _HOLE.search(script):
                yield Command(script, Said(node.line, Sure.HIGH), node.label if named else "", bound)
        return
    for name, written in (("", node.text), (node.label, node.value)):
        script = _REMARK.sub("", written)
        if _looks_like_one(script) and not sections.OF_REPO.fullmatch(name):
            cut = script != written
            said = Said(node.line, Sure.MEDIUM if cut else Sure.HIGH, "without the remark after it" if cut else "")
            yield Command(script, said, name, bound)
            return


def _of_row(node: Node, table: Node) -> Iterator[Command]:
    heads = [head.lower() for head in table.cells]
    column = next((at for at, head in enumerate(heads) if "command" in head), len(node.cells))
    if column >= len(node.cells) or not node.cells[column] or _HOLE.search(node.cells[column]):
        return
    timeout = next((at for at, head in enumerate(heads) if "timeout" in head or "limit" in head), len(node.cells))
    bound = bound_in(f"timeout {node.cells[timeout]}") if timeout < len(node.cells) else None
    yield Command(node.cells[column], Said(node.line, Sure.HIGH), node.cells[0] if column else "", bound)


def _of_block(node: Node) -> Iterator[Command]:
    lines = node.text.rstrip("\n").split("\n")
    if len(lines) > _LONGEST_BLOCK:
        return
    if any(line.startswith(_PROMPT) for line in lines):
        typed = [(at, line[len(_PROMPT) :]) for at, line in enumerate(lines) if line.startswith(_PROMPT)]
    elif any(_OF_A_SCRIPT.search(line) for line in lines):
        if not _HOLE.search(node.text):
            yield Command(node.text.rstrip("\n"), Said(node.line, Sure.MEDIUM, "a block that is one script"))
        return
    else:
        typed = list(enumerate(lines))
    for at, line in typed:
        if line.strip() and not line.lstrip().startswith("#") and not _HOLE.search(line):
            yield Command(line.strip(), Said(node.line + at, Sure.HIGH))


def _looks_like_one(text: str) -> bool:
    words = _ASSIGNED.sub("", text, count=1).split()
    if not words or _HOLE.search(text) or text.endswith((":", "!", "?")) or _PROSE.intersection(words[1:]):
        return False
    return words[0] in _PROGRAMS or _PATH.fullmatch(words[0]) is not None
