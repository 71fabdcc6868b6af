"""The corpus: ways to get to green without deserving it, and honest changes that nobody may be accused for."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.cheats.cheats_in_help import CHEATS as IN_HELP
from tests.cheats.cheats_in_judgement import CHEATS as IN_JUDGEMENT
from tests.cheats.cheats_in_places import CHEATS as IN_PLACES
from tests.cheats.cheats_in_reports import CHEATS as IN_REPORTS
from tests.cheats.cheats_in_scripts import CHEATS as IN_SCRIPTS
from tests.cheats.cheats_in_tests import CHEATS as IN_TESTS
from tests.cheats.corpus import GREEN, Got, Scenario, Shop, copy_of, got, make_shop
from tests.cheats.honest_changes import HONEST as HONEST_CHANGES
from tests.cheats.honest_help import HONEST as HONEST_HELP
from tests.support import tables

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]
CHEATS = (*IN_TESTS, *IN_SCRIPTS, *IN_REPORTS, *IN_JUDGEMENT, *IN_PLACES, *IN_HELP)
HONEST = (*HONEST_CHANGES, *HONEST_HELP)
TABLE = tables.table(
    "the corpus: cheats and honest changes", "what was expected, what was got, and whether that is right."
)

_AT_A_TIME, _TOGETHER = 2, 4


def _together(scenarios: tuple[Scenario, ...]) -> list[object]:
    """Some to a test, so that each of two cores is used: every one works in a shop of its own."""
    groups = [scenarios[at : at + _TOGETHER] for at in range(0, len(scenarios), _TOGETHER)]
    return [pytest.param(each, id=" + ".join(one.name.replace(" ", "-") for one in each)) for each in groups]


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    return make_shop(tmp_path_factory.mktemp("cheats") / "template")


@pytest.mark.parametrize("scenarios", _together(CHEATS))
def test_nobody_cheats_their_way_to_green(scenarios: tuple[Scenario, ...], template: Shop, tmp_path: Path) -> None:
    """Not green, and for the right reason."""
    _right(scenarios, template, tmp_path)


@pytest.mark.parametrize("scenarios", _together(HONEST))
def test_an_honest_change_is_not_accused(scenarios: tuple[Scenario, ...], template: Shop, tmp_path: Path) -> None:
    """Green, and nothing of it is called a weakening."""
    for scenario, said in zip(scenarios, _right(scenarios, template, tmp_path), strict=True):
        assert "weakening" not in said, f"{scenario.name}: {said}"


def test_the_corpus_is_large_enough() -> None:
    assert len(CHEATS) >= 40
    assert len(HONEST) >= 20
    names = [scenario.name for scenario in (*CHEATS, *HONEST)]
    assert len(set(names)) == len(names)
    assert not any(scenario.expected & GREEN for scenario in CHEATS)


def _right(scenarios: tuple[Scenario, ...], template: Shop, tmp_path: Path) -> tuple[str, ...]:
    """What was said of each of `scenarios`, which all came to what was expected."""
    places = [tmp_path / str(number) / "shop" for number in range(len(scenarios))]
    with ThreadPoolExecutor(_AT_A_TIME) as threads:
        found = tuple(threads.map(lambda scenario, place: _found(scenario, template, place), scenarios, places))
    wrong = []
    for scenario, (verdict, said) in zip(scenarios, found, strict=True):
        right = verdict in scenario.expected and scenario.says in said
        wanted = "green" if scenario.expected == GREEN else " or ".join(sorted(scenario.expected))
        TABLE.note(scenario.name, "expected", wanted)
        TABLE.note(scenario.name, "got", verdict)
        TABLE.note(scenario.name, "right", "yes" if right else "NO")
        if not right:
            wrong.append(f"{scenario.name}: {verdict} instead of {wanted}, for {scenario.says!r}; said was\n{said}")
    assert not wrong, "\n\n".join(wrong)
    return tuple(said for _, said in found)


def _found(scenario: Scenario, template: Shop, place: Path) -> Got:
    try:
        place.parent.mkdir()
        shop = copy_of(template, place)
        return got(shop, scenario.does(shop))
    except BaseException as fault:
        fault.add_note(f"in the scenario {scenario.name!r}")
        raise
