"""A tree that means harm, or is broken: what cannot be read is told, and nothing outside of it is."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.adapters.surveying.manifests import LARGEST, survey
from gatekeeper.adapters.surveying.walking import walked
from gatekeeper.policy.surveying.proposing import propose
from gatekeeper.policy.surveying.survey import Manifest, Survey
from tests.adapters.surveying.trees import proposed, tree


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("package.json", b'{"scripts": ', "no valid JSON"),
        ("package.json", b"\xff\xfe", "no text in UTF-8"),
        ("package.json", b"{}\0", "a NUL"),
        ("package.json", b"[" * 100_000, "nested too deep"),
        ("package.json", b"1" * 5000, "no valid JSON"),
        ("package.json", b" " * (LARGEST + 1), "larger than 512 KiB"),
        ("pyproject.toml", b"[tool\n", "no valid TOML"),
        ("pyproject.toml", b"a = " + b"[" * 50_000, "nested too deep"),
        ("compose.yaml", b"a: [b\n", "no valid YAML"),
        ("compose.yaml", b"[" * 100, "nested too deep"),
        # Some libyaml gives up here first, in words of its own.
        ("compose.yaml", b"[" * 5000, "nest"),
    ],
)
def test_what_cannot_be_read_is_told(tmp_path: Path, name: str, content: bytes, why: str) -> None:
    """In one line, and the rest of the tree counts."""
    (tmp_path / name).write_bytes(content)
    (tmp_path / "go.mod").write_text("module x\n")
    seen = survey(str(tmp_path), "x", walked(str(tmp_path)).names)
    assert [(each.path, why in each.why) for each in seen.skipped] == [(name, True)]
    assert list(seen.manifests) == ["go.mod"]


def test_aliases_make_nothing_larger(tmp_path: Path) -> None:
    """A bomb stays as small as it is written."""
    lines = ["a0: &a0 {x: y}"] + [f"a{n}: &a{n} {{<<: [{', '.join([f'*a{n - 1}'] * 9)}]}}" for n in range(1, 30)]
    seen = tree(tmp_path, {"Taskfile.yml": "\n".join([*lines, "tasks: {test: *a29}\n"])})
    assert list(seen.manifests) == ["Taskfile.yml"]


def test_a_link_leads_nowhere(tmp_path: Path) -> None:
    """Neither a file nor a folder on the way is followed, wherever it leads; a pipe is not waited for."""
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "package.json").write_text('{"scripts": {"test": "jest"}}')
    inside = tmp_path / "inside"
    inside.mkdir()
    (inside / "package.json").symlink_to(outside / "package.json")
    (inside / "web").symlink_to(outside)
    os.mkfifo(inside / "Makefile")
    assert walked(str(inside)).names == ()
    seen = survey(str(inside), "x", ["package.json", "web/package.json", "Makefile", "gone.json"])
    assert seen.manifests == {}
    assert {each.path for each in seen.skipped} == {"package.json", "web/package.json", "Makefile"}


def test_what_tools_fill_is_passed_by(tmp_path: Path) -> None:
    """And the walk ends where it is too deep."""
    for folder in ("node_modules/a", ".venv/lib", "target/debug", "src", "/".join("d" * 20)):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "package.json").write_text("{}")
    listed = walked(str(tmp_path))
    assert (listed.names, listed.whole) == (("src/package.json",), False)


def test_names_are_text_in_comments_and_commands(tmp_path: Path) -> None:
    """A folder, a script or a workflow that looks like YAML or a reference of ours stays what it is called."""
    folder = 'we"b: ${env:HOME}\n#'
    files = {
        f"{folder}/package.json": '{"scripts": {"test": "jest # \\ud83d\\ude00 ${x}"}, "devDependencies": {"a": "1"}}'
    }
    files |= {".github/workflows/a\n gates: {}.yml": "jobs: {a: {steps: [{run: 'x: ${{ y }}'}]}}"}
    found = proposed(tmp_path, files)
    assert [step.proposal.folder for gate in found.gates for step in gate.steps] == [folder, folder]


NAMES = (
    "package.json", "pyproject.toml", "tox.ini", "Makefile", "justfile", "go.mod", "go.work", "Gemfile", "Rakefile",
    "noxfile.py", "pom.xml", ".github/workflows/x.yml", "requirements.txt", "dev-scripts/restart-x.sh",
)  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("piece", [" ", "\n", "\t\n", "a ", "a:", "[", "'", "\\\n", "test: a\n", "\tgo test\n"])
def test_no_text_takes_long(piece: str) -> None:
    """Whatever is repeated, 128 KiB of it: reading goes over it a few times and not once for each place."""
    text = piece * (LARGEST // 4 // len(piece))
    tox = "[tool.tox]\n" + text
    held = {path: Manifest(path, tox if path == "pyproject.toml" else text) for path in NAMES}
    held |= {"x.yml": Manifest(".github/workflows/y.yml", text, {"jobs": {"a": {"steps": [{"run": text}]}}})}
    propose(Survey("x", frozenset(held), held))


TEXTS = st.text(max_size=300)
DATA = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXTS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["scripts", "tool", "pytest", "jobs", "steps", "run", "workspaces", "project", "uv", "test"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@pytest.mark.slow
@given(st.dictionaries(st.sampled_from(NAMES), st.tuples(TEXTS, DATA), max_size=6))
def test_whatever_manifests_hold_a_proposal_is_made_or_not(manifests: dict[str, tuple[str, object]]) -> None:
    """No detector trusts the shape of what it reads."""
    held = {path: Manifest(path, text, data) for path, (text, data) in manifests.items()}  # type: ignore[arg-type]  # any data
    propose(Survey("x", frozenset(held), held))
