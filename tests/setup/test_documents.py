"""Every page can be found from the front page, and no link in one leads nowhere."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "runbooks").rglob("*.md")])


def links_of(page: Path) -> set[Path]:
    """The files and folders here that a page names."""
    targets = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
    return {(page.parent / target).resolve() for target in targets if "://" not in target}


def test_no_link_leads_nowhere() -> None:
    """Also the pictures, and the pages of other folders."""
    dead = {(str(page.relative_to(ROOT)), str(link)) for page in PAGES for link in links_of(page) if not link.exists()}
    assert dead == set()


def test_each_runbook_and_decision_stands_in_the_index_of_its_folder() -> None:
    """A page that is in no list is one that nobody reads."""
    for folder in (ROOT / "runbooks", ROOT / "runbooks" / "decisions"):
        index = folder / "README.md"
        assert set(folder.glob("*.md")) - {index} <= links_of(index)


def test_the_front_page_leads_to_both_indexes() -> None:
    """By the file, or by the folder that shows it."""
    assert {ROOT / "runbooks" / "README.md", ROOT / "runbooks" / "decisions"} <= links_of(ROOT / "README.md")
