"""Two documents are read, from the disk or from a commit, and compared; what can't be read is never a pass."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from shutil import copytree

import pytest

from gatekeeper.adapters.readymade.openapi import check_openapi

API = """\
openapi: 3.0.3
info: {title: shop, version: 2024-01-01}
paths:
  /items:
    get:
      responses:
        200: {description: ok, content: {application/json: {schema: {$ref: parts/item.yaml#/Item}}}}
  /old:
    get: {responses: {204: {description: none}}}
"""
ITEM = "Item: {type: object, properties: {id: {type: string}, at: {type: string, example: 2024-01-01}}}\n"


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with one commit, below whose top `api` lies."""
    folder = tmp_path_factory.mktemp("original")
    (folder / "api/parts").mkdir(parents=True)
    (folder / "api/openapi.yaml").write_text(API)
    (folder / "api/parts/item.yaml").write_text(ITEM)
    git = ("git", "-C", str(folder), "-c", "user.name=n", "-c", "user.email=e@example.test")
    for arguments in (("init", "-q", "--template="), ("add", "-A"), ("commit", "-qm", "one")):
        subprocess.run([*git, *arguments], check=True, capture_output=True)
    return folder


@pytest.fixture(autouse=True)
def repo(original: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of it to stand in."""
    copytree(original, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def faults(base: str = "HEAD:api/openapi.yaml", head: str = "api/openapi.yaml", tool: str = "own") -> list[str]:
    return [str(spot) for check in check_openapi(base, head, tool) for spot in check.faults]


def test_what_did_not_change_passes_operation_by_operation(capsys: pytest.CaptureFixture[str]) -> None:
    """With the proof that both were read."""
    checks = check_openapi("HEAD:api/openapi.yaml", "api/openapi.yaml", "own")
    assert [(check.name, check.faults) for check in checks] == [("GET /items", ()), ("GET /old", ())]
    said = capsys.readouterr().out
    assert said == (
        "comparing HEAD:api/openapi.yaml (2 operations) with api/openapi.yaml (2 operations), by our own check\n"
    )


def test_a_change_in_a_part_is_found_with_the_operations_line(repo: Path) -> None:
    """The parts of the base come from the same commit."""
    (repo / "api/parts/item.yaml").write_text(ITEM.replace("id: {type: string}", "id: {type: integer}"))
    assert faults() == ["api/openapi.yaml:5: GET /items: response 200.id: the type is integer and was string"]


def test_json_and_yaml_say_the_same(repo: Path) -> None:
    """A document may change its language."""
    get = {"responses": {"200": {"content": {"application/json": {"schema": {"$ref": "parts/item.yaml#/Item"}}}}}}
    document = {"openapi": "3.1.0", "paths": {"/items": {"get": get}}}
    (repo / "api/openapi.json").write_text(json.dumps(document, indent=1))
    assert faults(head="api/openapi.json") == ["api/openapi.json: GET /old: the path is gone"]


def test_a_ref_is_followed_from_where_one_stands(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As git has it: ``ref:path`` from the top, ``ref:./path`` from here."""
    monkeypatch.chdir(repo / "api")
    assert faults("HEAD:./openapi.yaml", "openapi.yaml") == []
    assert faults("HEAD:api/openapi.yaml", "./openapi.yaml") == []
    (repo / "api/before.yaml").write_text(API)
    assert faults("before.yaml", "openapi.yaml") == []


@pytest.mark.parametrize(
    ("base", "said"),
    [
        ("origin/main:api/openapi.yaml", "origin/main:api/openapi.yaml can't be read: fatal: invalid object name"),
        ("HEAD:api/none.yaml", "HEAD:api/none.yaml can't be read: fatal: path 'api/none.yaml' does not exist"),
        ("none.yaml", "none.yaml can't be read: No such file or directory"),
        ("--help:api.yaml", "--help is not a ref"),
        ("./api/openapi.yaml", "./api/openapi.yaml is the same file"),
    ],
)
def test_a_base_that_is_not_there_is_no_pass(base: str, said: str) -> None:
    """An unresolved base is an error, not "nothing to compare with"."""
    (fault,) = faults(base)
    assert said in fault


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("openapi: 3.0.0\npaths: {}\n", "has not one operation"),
        ("", "has no `openapi:`"),
        ("openapi: [3.0", "expected ',' or ']'"),
        ("swagger: '2.0'\n", "swagger: 2.0"),
        ("openapi: 3.0.0\npaths: {/a: {get: {$ref: 'https://example.test/x.yaml'}}}\n", "which is not fetched"),
        ("openapi: 3.0.0\npaths: {/a: {$ref: none.yaml}}\n", "none.yaml can't be read"),
        ("a: &a [*a]\n", "nested"),
        ("\x00", "neither YAML nor JSON"),
    ],
)
def test_a_document_that_says_nothing_is_no_pass(repo: Path, text: str, said: str) -> None:
    """Whatever is wrong with it, it is told, and there is no traceback."""
    (repo / "head.yaml").write_text(text)
    (fault,) = faults(head="head.yaml")
    assert said in fault


def oasdiff(repo: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    """A program that answers like oasdiff, first on PATH."""
    program = repo / "bin/oasdiff"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(program.parent), prepend=":")


CHANGES = [
    {"id": "response-changed", "text": "it changed", "level": 3, "operation": "GET", "path": "/items"},
    {"id": "hint", "text": "look", "level": 2, "operation": "GET", "path": "/old"},
    {"id": "fine", "text": "fine", "level": 1, "operation": "GET", "path": "/old"},
    {"id": "all", "text": "everything", "level": 3},
]


def test_oasdiff_is_asked_where_it_is(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It sees both documents with their parts; errors block, warnings are told."""
    seen = 'test -f "$2" && test -f "$(dirname "$2")/parts/item.yaml" && test -f "$3" || exit 9'
    oasdiff(repo, monkeypatch, f"{seen}\nprintf '%s' '{json.dumps(CHANGES)}'\nexit 1")
    checks = check_openapi("HEAD:api/openapi.yaml", "api/openapi.yaml", "auto")
    assert [(check.name, [str(spot) for spot in check.faults]) for check in checks] == [
        ("GET /items", ["api/openapi.yaml:5: GET /items: it changed [response-changed]"]),
        ("GET /old", []),
        ("the whole document", ["api/openapi.yaml: everything [all]"]),
    ]
    assert [str(spot) for check in checks for spot in check.warnings] == ["api/openapi.yaml:9: GET /old: look [hint]"]


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("exit 0", None),
        ("echo '[]'", None),
        ("echo '{\"changes\": []}'", None),
        ("echo bad spec >&2; exit 102", "oasdiff failed with exit code 102: bad spec"),
        ("exit 1", "oasdiff failed with exit code 1"),
        ("echo hello", "oasdiff did not answer with JSON: hello"),
        ("echo 5", "what is no list of changes"),
    ],
)
def test_what_oasdiff_says_is_weighed(
    repo: Path, monkeypatch: pytest.MonkeyPatch, script: str, said: str | None
) -> None:
    """Silence with exit code 0 means no change; anything that is no answer is a finding."""
    oasdiff(repo, monkeypatch, script)
    found = faults(tool="oasdiff")
    assert found == [] if said is None else said in found[0]


def test_oasdiff_that_is_asked_for_and_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """Our own check does not stand in silently."""
    monkeypatch.setenv("PATH", "/nowhere")
    (fault,) = faults(tool="oasdiff")
    assert fault.startswith("oasdiff is not on PATH")
