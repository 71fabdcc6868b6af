"""A compiled plan is kept, so that a warm start parses nothing; what is kept is never trusted further than it goes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gatekeeper.adapters.definition.cache import load_cached
from gatekeeper.adapters.definition.codec import decode_plan, encode_plan
from gatekeeper.adapters.definition.loading import load
from gatekeeper.model.errors import DefinitionError
from gatekeeper.model.plan import Plan
from tests.adapters.definition.definitions import GATES, HEAD, plan_of
from tests.adapters.definition.test_compiling import WHOLE

MATRIX = HEAD + (
    "gates: {g: {steps: {s: {run: 'echo ${matrix.a}', matrix: {a: [1, 2, 3]}}, t: {tcp: 'h:1'},"
    " u: {run: [a], needs: s}}}, h: {needs: g, steps: {v: {file: x}}}}\n"
)


class Project:
    """One definition, and a folder for what is kept of it."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "c.yaml"
        self.cache = folder / "cache"
        self.root = folder

    def write(self, text: str) -> None:
        self.path.write_text(text)

    def load(self) -> Plan:
        return load_cached(str(self.path), root=str(self.root), cache=str(self.cache))

    def kept(self) -> Path:
        (found,) = self.cache.glob("*.json")
        return found

    def is_warm(self) -> bool:
        """Whether the next start parses nothing, seen from outside."""
        program = (
            "import sys; from gatekeeper.adapters.definition.cache import load_cached;"
            f"load_cached({str(self.path)!r}, root='/', cache={str(self.cache)!r});"
            "sys.exit('yaml' in sys.modules or 'pydantic' in sys.modules)"
        )
        return subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A project with a definition."""
    made = Project(tmp_path)
    made.write(WHOLE)
    return made


@pytest.mark.parametrize("text", [WHOLE, MATRIX, HEAD + GATES])
def test_what_is_read_back_is_what_was_kept(text: str) -> None:
    """To the last default, and to the kind of each record."""
    plan = plan_of(text)
    assert repr(decode_plan(encode_plan(plan))) == repr(plan)


@pytest.mark.slow
def test_a_warm_start_imports_neither_yaml_nor_pydantic(project: Project) -> None:
    """That is what it is for."""
    assert not project.is_warm()
    assert project.is_warm()
    assert repr(project.load()) == repr(load(str(project.path), root=str(project.root)))


def test_a_changed_definition_is_read_again(project: Project) -> None:
    """One byte is enough."""
    project.load()
    project.write(WHOLE.replace("rounds: 5", "rounds: 6"))
    assert project.load().until_green.rounds == 6
    assert len(list(project.cache.glob("*.json"))) == 1


def test_the_source_is_the_path_that_was_asked_for(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not the one that it was asked for last time."""
    project.load()
    monkeypatch.chdir(project.root)
    assert load_cached("c.yaml", root=".", cache="cache").source == "c.yaml"


def test_definitions_of_one_name_do_not_disturb_each_other(tmp_path: Path) -> None:
    """Two folders, two plans, one cache."""
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "c.yaml").write_text(f"gatekeeper: 1\ncycle: {name}\n" + GATES)
        load_cached(str(tmp_path / name / "c.yaml"), root="/", cache=str(tmp_path / "cache"))
    assert len(list((tmp_path / "cache").glob("*.json"))) == 2


def _damage(kind: str, content: bytes) -> bytes:
    header, _, _ = content.partition(b"\n")
    match kind:
        case "empty":
            return b""
        case "cut short":
            return content[:-20]
        case "one byte":
            return content.replace(b"restart-stack.sh", b"restart-stuck.sh")
        case "another version":
            return content.replace(b" 0.", b" 9.", 1)
        case "not text":
            return b"\xff" + content
        case "garbage":
            return os.urandom(2000)
        case _:
            import hashlib

            # Well made, but of no plan: as a gatekeeper with other records would leave it.
            other = json.dumps({"gates": [[1, 2]], "teardown": [3], "cycle": "x"}).encode()
            return (
                header.rpartition(b"sha256:")[0]
                + b"sha256:"
                + hashlib.sha256(other).hexdigest().encode()
                + b"\n"
                + other
            )


@pytest.mark.parametrize(
    "kind", ["empty", "cut short", "one byte", "another version", "not text", "garbage", "another shape"]
)
def test_what_is_not_exactly_ours_is_made_anew(project: Project, kind: str) -> None:
    """Damaged, cut short, of another version: as good as none, and replaced."""
    good = project.load()
    project.kept().write_bytes(_damage(kind, project.kept().read_bytes()))
    assert repr(project.load()) == repr(good)
    assert project.is_warm()


@pytest.mark.slow
@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], max_examples=50, deadline=None
)
@given(st.binary(max_size=200), st.integers(min_value=0, max_value=3000))
def test_no_damage_breaks_the_loading(project: Project, junk: bytes, at: int) -> None:
    """Whatever stands in the file."""
    good = project.load()
    content = project.kept().read_bytes()
    project.kept().write_bytes(content[:at] + junk + content[at + len(junk) :])
    assert repr(project.load()) == repr(good)


def test_a_folder_that_cannot_be_written_to_is_no_obstacle(project: Project) -> None:
    """A file where the folder should be: nothing is kept, and nothing is wrong."""
    project.cache.write_text("in the way")
    assert project.load().cycle == "backend-cycle"
    assert project.cache.read_text() == "in the way"


def test_a_file_system_that_takes_nothing_is_no_obstacle(project: Project) -> None:
    """Not even root can make a folder in /proc; for others a checkout of somebody else's is the same."""
    plan = load_cached(str(project.path), root=str(project.root), cache="/proc/gatekeeper-cache")
    assert plan.cycle == "backend-cycle"
    assert not os.path.exists("/proc/gatekeeper-cache")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_a_file_of_somebody_else_is_not_believed(project: Project) -> None:
    """In a folder that several can write to, only our own file is our memory."""
    project.load()
    os.chown(project.kept(), 12345, -1)
    assert project.load().cycle == "backend-cycle"
    assert project.kept().stat().st_uid == 0


def test_a_link_is_not_followed(project: Project, tmp_path: Path) -> None:
    """Neither read through nor written through."""
    project.load()
    kept = project.kept()
    elsewhere = tmp_path / "elsewhere"
    kept.rename(elsewhere)
    kept.symlink_to(elsewhere)
    before = elsewhere.read_bytes()
    project.load()
    assert elsewhere.read_bytes() == before
    assert not kept.is_symlink()


def test_a_wrong_definition_is_not_kept(project: Project) -> None:
    """It is told every time."""
    project.write(HEAD)
    for _ in range(2):
        with pytest.raises(DefinitionError):
            project.load()
    assert not project.cache.exists()


def test_nothing_half_written_stays(project: Project) -> None:
    """Kept files appear whole; git does not see them."""
    project.load()
    assert sorted(path.name for path in project.cache.iterdir()) == [".gitignore", project.kept().name]
    assert (project.cache / ".gitignore").read_text() == "*\n"


@pytest.mark.slow
def test_ten_thousand_steps_are_warm_in_a_fraction_of_the_time(tmp_path: Path) -> None:
    """A matrix of a hundred by a hundred: reading back is far quicker than compiling."""
    import time

    values = ", ".join(map(str, range(100)))
    made = Project(tmp_path)
    made.write(
        HEAD
        + f"gates: {{g: {{steps: {{s: {{run: 'echo ${{matrix.a}}', matrix: {{a: [{values}], b: [{values}]}}}}}}}}}}\n"
    )
    begun = time.process_time()
    cold = made.load()
    between = time.process_time()
    warm = made.load()
    ended = time.process_time()
    assert len(warm.gates[0].steps) == 10_000
    assert warm.gates[0].steps[-1] == cold.gates[0].steps[-1]
    assert (ended - between) * 2 < between - begun
