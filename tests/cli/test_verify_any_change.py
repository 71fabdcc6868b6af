"""`gatekeeper verify` and whatever can be done to any byte of a run's evidence, by chance."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from gatekeeper.cli.verifying import verify
from tests.cli.verified_runs import against, evidence, rewrite
from tests.support.projects import Project


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_any_byte_that_changed_is_named(ended: Project, data: st.DataObject) -> None:
    """Wherever it is: the file is named, and of the journal a line next to it."""
    original = ended.journal.folder
    with TemporaryDirectory() as temporary:
        folder = Path(shutil.copytree(original, Path(temporary, original.name)))
        name = data.draw(st.sampled_from(evidence(folder)))
        content = bytearray((folder / name).read_bytes())
        at = data.draw(st.integers(0, len(content) - 1))
        content[at] ^= data.draw(st.integers(1, 255))
        (folder / name).write_bytes(content)
        found = against(folder)
    if name == "journal.jsonl":
        line = content[:at].count(b"\n") + 1
        assert {check.line for check in found} & {line - 1, line, line + 1}, found
    else:
        assert name in {check.place for check in found}, found


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_any_file_that_was_cut_or_is_gone_is_named(ended: Project, data: st.DataObject) -> None:
    original = ended.journal.folder
    with TemporaryDirectory() as temporary:
        folder = Path(shutil.copytree(original, Path(temporary, original.name)))
        name = data.draw(st.sampled_from(evidence(folder)))
        size = (folder / name).stat().st_size
        left = data.draw(st.integers(-1, size - 1))
        (folder / name).unlink() if left < 0 and name != "journal.jsonl" else os.truncate(folder / name, max(left, 0))
        assert name in {check.place for check in against(folder)} or name == "journal.jsonl"
        assert against(folder)


SCALARS = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8), st.just([]), st.just({}))


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_nonsense_in_a_journal_is_told_and_breaks_nothing(ended: Project, data: st.DataObject) -> None:
    """With a chain that holds, so that everything is looked at; whatever was changed, it is not whole."""
    original = ended.journal.folder
    with TemporaryDirectory() as temporary:
        folder = Path(shutil.copytree(original, Path(temporary, original.name)))
        lines = ended.journal.events()
        place: Any = data.draw(st.sampled_from(lines))["data"]
        while place and data.draw(st.booleans()):
            below = [value for value in (place.values() if isinstance(place, dict) else place) if value]
            inside = [value for value in below if isinstance(value, dict | list)]
            if not inside:
                break
            place = data.draw(st.sampled_from(inside))
        key = data.draw(st.sampled_from(sorted(place) if isinstance(place, dict) else range(len(place))))
        place[key] = data.draw(SCALARS)
        rewrite(folder, lines)
        assume((folder / "journal.jsonl").read_bytes() != ended.journal.path.read_bytes())
        assert not verify(str(folder), run=folder.name).whole
