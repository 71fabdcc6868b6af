"""Reservations by file, for where the kernel has no names to give."""

from __future__ import annotations

from pathlib import Path

import pytest

from gatekeeper.adapters.ports.reservations import reserve_by_file


def test_a_reservation_by_file_holds_until_it_is_closed(tmp_path: Path) -> None:
    """Where the kernel has no names to give, a locked file does the same for one user's runs."""
    folder = str(tmp_path / "ports")
    first = reserve_by_file(4000, folder)
    assert first is not None
    assert reserve_by_file(4000, folder) is None
    other = reserve_by_file(4001, folder)
    assert other is not None
    first.close()
    first.close()
    again = reserve_by_file(4000, folder)
    assert again is not None
    again.close()
    other.close()
    assert (tmp_path / "ports").stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("kind", ["symlink", "open", "file"])
def test_a_folder_that_others_could_have_made_is_not_written_to(tmp_path: Path, kind: str) -> None:
    """In a shared temporary folder somebody may have been first; the run goes on without the file."""
    folder = tmp_path / "ports"
    target = tmp_path / "target"
    target.mkdir()
    match kind:
        case "symlink":
            folder.symlink_to(target)
        case "open":
            folder.mkdir()
            folder.chmod(0o777)
        case _:
            folder.write_text("")
    reservation = reserve_by_file(4000, str(folder))
    assert reservation is not None
    reservation.close()
    assert list(target.iterdir()) == []
    assert kind == "file" or list(folder.iterdir()) == []
