"""What may lie where the log belongs: links, pipes, devices, folders, what nobody may write. Nothing hangs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from gatekeeper.adapters.executionlog import atomic
from gatekeeper.adapters.executionlog.merge import merge
from gatekeeper.adapters.executionlog.saving import save
from tests.adapters.executionlog.test_log_merging import LATER, SMALL, merged
from tests.adapters.executionlog.test_log_writer import REFERENCE, Situation


@pytest.fixture
def situation(tmp_path: Path) -> Situation:
    made = Situation(tmp_path)
    made.path.parent.mkdir()
    return made


def link_to_a_pipe(path: Path) -> None:
    os.mkfifo(f"{path}.pipe")
    os.symlink(f"{path}.pipe", path)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (os.mkfifo, "a pipe"),
        (os.mkdir, "a folder"),
        (lambda path: os.symlink("/dev/full", path), "a device"),
        (lambda path: os.symlink("/dev/zero", path), "a device"),
        (link_to_a_pipe, "a pipe"),
        (lambda path: os.symlink(path, path), "symbolic links"),
    ],
    ids=["pipe", "folder", "a full device", "an endless device", "a link to a pipe", "a link to itself"],
)
def test_what_is_no_file_is_neither_waited_for_nor_replaced(
    situation: Situation, make: Callable[[Path], object], said: str
) -> None:
    make(situation.path)
    before = os.lstat(situation.path)
    situation.run()
    assert os.path.samestat(os.lstat(situation.path), before)
    assert said in situation.complaints[0]
    assert "**Status:** ✅ Green" in situation.aside.read_text("utf-8")


def test_a_link_that_leads_to_nothing_yet_leads_to_the_log_then(situation: Situation, tmp_path: Path) -> None:
    target = tmp_path / "plan" / "log.md"
    situation.path.symlink_to(target)
    situation.run()
    assert situation.path.is_symlink()
    assert "**Status:** ✅ Green" in target.read_text("utf-8")


def test_another_name_of_the_document_keeps_what_it_had(situation: Situation, tmp_path: Path) -> None:
    """A hard link is how backups are made; writing through it would change the backup."""
    backup = tmp_path / "backup.md"
    situation.with_document()
    os.link(situation.path, backup)
    situation.run()
    assert backup.read_bytes() == REFERENCE.read_bytes()
    assert "**Status:** ✅ Green" in situation.path.read_text("utf-8")


def test_mode_owner_and_attributes_stay(situation: Situation) -> None:
    """A secret log is not readable for an instant either: the new text is private until it has the old one's mode."""
    situation.with_document()
    situation.path.chmod(0o600)
    if os.geteuid() == 0:
        os.chown(situation.path, 65534, 65534)
    before = os.stat(situation.path)
    attributes = _marked(situation.path)
    situation.run()
    after = os.stat(situation.path)
    assert (after.st_mode, after.st_uid, after.st_gid) == (before.st_mode, before.st_uid, before.st_gid)
    assert _attributes(situation.path) == attributes


def _marked(path: Path) -> dict[str, bytes]:
    try:
        os.setxattr(path, "user.reviewed", b"yes")
    except (OSError, AttributeError):
        return {}
    return _attributes(path)


def _attributes(path: Path) -> dict[str, bytes]:
    names = os.listxattr(path) if hasattr(os, "listxattr") else []
    return {name: os.getxattr(path, name) for name in names if name.startswith("user.")}


def test_in_a_folder_that_cannot_be_written_the_text_goes_to_the_run(situation: Situation) -> None:
    situation.with_document()
    situation.path.parent.chmod(0o555)
    try:
        situation.run()
    finally:
        situation.path.parent.chmod(0o755)
    if os.geteuid() == 0:
        assert "**Status:** ✅ Green" in situation.path.read_text("utf-8")
        return
    assert situation.path.read_bytes() == REFERENCE.read_bytes()
    assert os.listdir(situation.path.parent) == ["log.md"]
    assert "Permission denied" in situation.complaints[0]
    assert situation.writer.written_to.startswith(str(situation.state))


def test_a_document_with_the_longest_name_there_is(situation: Situation) -> None:
    situation.path = situation.path.with_name("n" * 252 + ".md")
    situation.path.write_bytes(b"# Mine\n")
    assert save(str(situation.path), lambda before: merge(before or b"", SMALL)) == ""
    assert situation.path.read_bytes().startswith(b"# Mine\n")
    assert os.listdir(situation.path.parent) == [situation.path.name]


def test_a_document_larger_than_people_write_is_left_alone(situation: Situation) -> None:
    situation.with_document(b"# Mine\n")
    os.truncate(situation.path, atomic.LARGEST + 1)
    situation.run()
    assert os.stat(situation.path).st_size == atomic.LARGEST + 1
    assert "larger than 16 MiB" in situation.complaints[0]


def test_what_a_person_wrote_under_the_other_name_is_not_overwritten(situation: Situation) -> None:
    """The text goes into it as it would into any document, or, where that cannot be, to the run's folder."""
    situation.with_document(b"caf\xe9\n")
    situation.aside.write_bytes(b"# My own notes\n")
    situation.run()
    assert situation.aside.read_bytes().startswith(b"# My own notes\n\n<!-- gatekeeper:begin summary -->")
    other = Situation(situation.path.parent.parent / "second")
    other.path.parent.mkdir()
    other.with_document(b"caf\xe9\n")
    other.aside.write_bytes(b"\xff\xfe")
    other.run()
    assert other.aside.read_bytes() == b"\xff\xfe"
    assert other.writer.written_to.startswith(str(other.state))


FULL = """
import json, os, resource, sys
from pathlib import Path
from tests.adapters.executionlog.test_log_writer import Situation
resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))
situation = Situation(Path(sys.argv[1])).run()
print(json.dumps([situation.complaints, os.listdir(situation.path.parent), situation.path.read_text("utf-8")]))
"""


@pytest.mark.slow
def test_where_there_is_no_room_for_the_text_the_document_stays_whole(tmp_path: Path) -> None:
    """The system itself refuses in the middle of writing; not even a part of the new text is left behind."""
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "log.md").write_text("# Mine\n")
    ended = subprocess.run(
        [sys.executable, "-c", FULL, str(tmp_path)], capture_output=True, check=True, timeout=50, cwd=_root(), text=True
    )
    complaints, names, document = json.loads(ended.stdout)
    assert "File too large" in complaints[0]
    assert "could not be written anywhere" in complaints[0]
    assert (names, document) == (["log.md"], "# Mine\n")


def _root() -> Path:
    return Path(__file__).parents[3]


def test_markers_that_are_shown_as_an_example_are_text() -> None:
    """A person explains in the document how gatekeeper marks its sections."""
    shown = b"```markdown\n<!-- gatekeeper:begin status -->\n<!-- gatekeeper:end status -->\n```\n"
    document = b"# How to\n\n" + shown + b"\nmore\n\n## Execution Log\n"
    once = merged(document)
    assert once.startswith(document)
    assert merged(once) == once
    assert merged(once, LATER).startswith(document)


@pytest.mark.parametrize("fence", ["```", "~~~~", "````text"])
def test_a_fence_that_somebody_forgot_to_close_hides_no_section(fence: str) -> None:
    """Sections are not written a second time because of it."""
    once = merged(b"# Mine\n")
    document = once.replace(b"# Mine\n", f"# Mine\n{fence}\nforgotten\n".encode())
    later = merged(document, LATER)
    assert later.count(b"gatekeeper:begin") == len(SMALL)
    assert merged(later) == document
