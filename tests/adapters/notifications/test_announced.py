"""What a target was told last is kept whole, for its owner alone, and is told by one run at a time."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from gatekeeper.adapters.notifications.announced import Memory, NewerFormat
from gatekeeper.policy.announcing import Announced

RED = Announced("red", 1_771_380_000.0, 1_771_383_600.5, 2)


@pytest.fixture
def memory(tmp_path: Path) -> Memory:
    memory = Memory(str(tmp_path / ".gatekeeper"), "backend-cycle", "abc")
    with memory.hold() or pytest.fail("nobody else holds it"):
        memory.write(RED, "https://h.example/•••")
    return memory


def test_it_is_kept_for_its_owner_alone(memory: Memory) -> None:
    """With a version, and words that people can read; no other file is left."""
    path = Path(memory.path)
    assert memory.read() == RED
    assert json.loads(path.read_text("utf-8")) == {
        "v": 1,
        "cycle": "backend-cycle",
        "target": "https://h.example/•••",
        "state": "red",
        "since": "2026-02-18T02:00:00.000Z",
        "told": "2026-02-18T03:00:00.500Z",
        "times": 2,
    }
    assert {stat.S_IMODE(each.stat().st_mode) for each in path.parent.iterdir()} == {0o600}
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert sorted(each.name for each in path.parent.iterdir()) == [path.name, f"{path.name}.lock"]


def test_each_target_and_each_cycle_has_its_own(memory: Memory, tmp_path: Path) -> None:
    state = str(tmp_path / ".gatekeeper")
    assert Memory(state, "backend-cycle", "other").read() is None
    assert Memory(state, "other", "abc").read() is None


def test_one_at_a_time(memory: Memory) -> None:
    """Who comes second is told to wait, and may when the first has let go."""
    held = memory.hold()
    assert held is not None
    with held:
        assert memory.hold() is None
    again = memory.hold()
    assert again is not None
    with again:
        pass


@pytest.mark.parametrize("content", ["", "{", "[]", "null", '{"v": 1}', '{"v": 0}', '{"v": "x"}', "[" * 10_000])
def test_what_is_none_of_ours_is_as_good_as_nothing(memory: Memory, content: str) -> None:
    Path(memory.path).write_text(content)
    assert memory.read() is None


def test_a_newer_format_is_left_alone(memory: Memory) -> None:
    Path(memory.path).write_text('{"v": 2, "state": {}}')
    with pytest.raises(NewerFormat, match=r"newer gatekeeper \(version 2"):
        memory.read()


def test_no_link_is_followed(memory: Memory, tmp_path: Path) -> None:
    """A link where our files are to be is neither read nor written through."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_text(Path(memory.path).read_text())
    Path(memory.path).unlink()
    Path(memory.path).symlink_to(elsewhere)
    assert memory.read() is None
    memory.write(RED._replace(times=3), "x")
    assert not Path(memory.path).is_symlink()
    assert '"times": 2' in elsewhere.read_text()
    Path(f"{memory.path}.lock").unlink()
    Path(f"{memory.path}.lock").symlink_to(elsewhere)
    with pytest.raises(OSError, match="symbolic links"):
        memory.hold()
