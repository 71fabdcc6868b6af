"""The corpus: ways to get to green without deserving it, and honest changes that nobody may be accused for."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cheats.cheats_in_help import CHEATS as IN_HELP
from tests.cheats.cheats_in_judgement import CHEATS as IN_JUDGEMENT
from tests.cheats.cheats_in_places import CHEATS as IN_PLACES
from tests.cheats.cheats_in_reports import CHEATS as IN_REPORTS
from tests.cheats.cheats_in_scripts import CHEATS as IN_SCRIPTS
from tests.cheats.cheats_in_tests import CHEATS as IN_TESTS
from tests.cheats.corpus import GREEN, Scenario, Shop, copy_of, got, make_shop
from tests.cheats.honest_changes import HONEST as HONEST_CHANGES
from tests.cheats.honest_help import HONEST as HONEST_HELP
from tests.support import tables

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]
CHEATS = (*IN_TESTS, *IN_SCRIPTS, *IN_REPORTS, *IN_JUDGEMENT, *IN_PLACES, *IN_HELP)
HONEST = (*HONEST_CHANGES, *HONEST_HELP)
TABLE = tables.table(
    "the corpus: cheats and honest changes", "what was expected, what was got, and whether that is right."
)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    return make_shop(tmp_path_factory.mktemp("cheats") / "template")


@pytest.mark.parametrize("scenario", CHEATS, ids=lambda scenario: scenario.name.replace(" ", "-"))
def test_nobody_cheats_their_way_to_green(scenario: Scenario, template: Shop, tmp_path: Path) -> None:
    """Not green, and for the right reason."""
    _right(scenario, template, tmp_path)


@pytest.mark.parametrize("scenario", HONEST, ids=lambda scenario: scenario.name.replace(" ", "-"))
def test_an_honest_change_is_not_accused(scenario: Scenario, template: Shop, tmp_path: Path) -> None:
    """Green, and nothing of it is called a weakening."""
    found = _right(scenario, template, tmp_path)
    assert "weakening" not in found, found


def test_the_corpus_is_large_enough() -> None:
    assert len(CHEATS) >= 40
    assert len(HONEST) >= 20
    names = [scenario.name for scenario in (*CHEATS, *HONEST)]
    assert len(set(names)) == len(names)
    assert not any(scenario.expected & GREEN for scenario in CHEATS)


def _right(scenario: Scenario, template: Shop, tmp_path: Path) -> str:
    shop = copy_of(template, tmp_path / "shop")
    verdict, said = got(shop, scenario.does(shop))
    right = verdict in scenario.expected and scenario.says in said
    wanted = "green" if scenario.expected == GREEN else " or ".join(sorted(scenario.expected))
    TABLE.note(scenario.name, "expected", wanted)
    TABLE.note(scenario.name, "got", verdict)
    TABLE.note(scenario.name, "right", "yes" if right else "NO")
    assert verdict in scenario.expected, said
    assert scenario.says in said, said
    return said
