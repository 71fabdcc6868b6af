"""Owns the repos that a plan names, the documents to read, and where its own log lies. Opens no file."""

from __future__ import annotations

import re

from gatekeeper.model.record import NamedTuple
from gatekeeper.policy.drafting.draft import Said, Sure
from gatekeeper.policy.drafting.names import variable, words
from gatekeeper.policy.importing import sections
from gatekeeper.policy.importing.outline import Node, walk

_PATH = re.compile(r"(?:[~.]{0,2}/|[\w.-]+(?:/|$))[^\s:*?\"<>|{}$]*")
_BRANCH = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]{0,200}")
_REMARK = re.compile(r"\s+\(([^()]*)\)$")
_OF_REPO = re.compile(r"(?:\$\{?|<)([A-Za-z][A-Za-z0-9_]*)[}>]?/(.+)")


class Repo(NamedTuple):
    """A working tree. `variable` is the name that the plan gives to its path, if that can be one of the environment."""

    name: str
    path: str
    said: Said
    variable: str = ""
    branch: str = ""
    branch_said: Said | None = None


class Document(NamedTuple):
    """A file, in a repo or, where `repo` is empty, seen from the project's root."""

    repo: str
    path: str
    said: Said


class Reading(NamedTuple):
    """The documents to read, and the one among them that is the plan itself."""

    documents: tuple[Document, ...]
    log: Document | None


def repos(document: Node) -> tuple[Repo, ...]:
    """The repos: ``BACKEND_REPO: /path`` anywhere, or a list or table under "Repos"."""
    told: dict[str, Repo] = {}
    for found in walk(document):
        node = found.node
        labelled = sections.OF_REPO.fullmatch(node.label)
        listed = bool(found.above) and any(sections.is_called(sections.REPOS, above) for above in found.above[-2:])
        if node.kind == "row" and listed:
            name, path, branch = (*node.cells, "", "")[:3]
        elif labelled or (listed and node.label):
            name, branch = labelled[1] if labelled else node.label, ""
            path = _REMARK.sub("", node.value)
        else:
            continue
        name = variable(name, "repo")
        if not path or not _PATH.fullmatch(path) or name in told:
            continue
        env = node.label if labelled and re.fullmatch(r"[A-Z][A-Z0-9_]*", node.label) else ""
        said = Said(node.line, Sure.HIGH)
        named = branch if _BRANCH.fullmatch(branch) else ""
        told[name] = Repo(name, path, said, env, named, said if named else None)
    branches = _branches(document)
    return tuple(_with_branch(repo, branches.get(repo.name)) for repo in told.values())


def repo_for(above: tuple[Node, ...], known: tuple[Repo, ...]) -> Repo | None:
    """The repo that a piece of the plan is about, by the titles that it stands under, the nearest first."""
    for node in reversed(above):
        said = set(words(node.text)) if node.kind == "heading" else set()
        named = [repo for repo in known if said.issuperset(words(repo.name))]
        if len(named) == 1:
            return named[0]
    return None


def reading(document: Node, known: tuple[Repo, ...]) -> Reading:
    """What stands under "Required reading"."""
    documents: list[Document] = []
    log: Document | None = None
    for found in walk(document):
        node = found.node
        if node.kind != "item" or not any(sections.is_called(sections.READING, above) for above in found.above):
            continue
        written = node.links[0] if node.links else node.codes[0] if node.codes else node.text
        remark = _REMARK.search(node.text)
        path = written if node.links or node.codes else _REMARK.sub("", written)
        here = _document(path, node.line, known)
        if here is None:
            continue
        if remark and "this file" in remark[1].lower():
            log = here
        else:
            documents.append(here)
    return Reading(tuple(documents), log)


def _document(path: str, line: int, known: tuple[Repo, ...]) -> Document | None:
    if through := _OF_REPO.fullmatch(path):
        repo = next((each for each in known if through[1] in (each.variable, each.name)), None)
        return Document(repo.name, through[2], Said(line, Sure.HIGH)) if repo else None
    if re.search(r"\s|://|^#", path) or not re.search(r"[/.]", path):
        return None
    around = [each for each in known if path.startswith(each.path.rstrip("/") + "/")]
    if around:
        repo = max(around, key=lambda each: len(each.path))
        return Document(repo.name, path[len(repo.path.rstrip("/")) + 1 :], Said(line, Sure.HIGH))
    if path.startswith(("/", "~")):
        return Document("", path, Said(line, Sure.HIGH))
    return Document("", path, Said(line, Sure.MEDIUM, "taken to be seen from the project's root"))


def _branches(document: Node) -> dict[str, Node]:
    """Where the branch of each repo is said: under a heading like "Backend Repo"."""
    told: dict[str, Node] = {}
    for found in walk(document):
        node = found.node
        title = (
            sections.OF_REPO.search(found.above[-1].text) if found.above and node.label.lower() == "branch" else None
        )
        if title and _BRANCH.fullmatch(node.value):
            told.setdefault(variable(title[1], "repo"), node)
    return told


def _with_branch(repo: Repo, said: Node | None) -> Repo:
    if repo.branch or said is None:
        return repo
    return repo._replace(branch=said.value, branch_said=Said(said.line, Sure.HIGH))
