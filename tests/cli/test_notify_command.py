"""`gatekeeper notify`: whether notifications arrive, and what was announced, without a token in sight."""

from __future__ import annotations

import pytest

from tests.support.endpoints import TOKEN, Endpoint
from tests.support.project_fixtures import MakeTiny
from tests.support.projects import Project

NOTIFYING = """\
vars: {needed: "${env:NEEDED_BY_STEPS}"}
notify:
  - {to: "${env:HOOK_URL:-}", on: [red, recovered]}
  - {to: "${env:OTHER_URL:-}"}
gates: {g: {steps: {s: {run: exit 1}}}}
until_green: {retry_unchanged: 0}
"""


@pytest.fixture
def project(tiny: MakeTiny, endpoint: Endpoint) -> Project:
    project = tiny(NOTIFYING)
    project.always = {"HOOK_URL": endpoint.url, "NEEDED_BY_STEPS": "x"}
    return project


@pytest.mark.slow
def test_a_test_message_arrives_and_says_that_it_is_one(project: Project, endpoint: Endpoint) -> None:
    """It is told of each target what came of it; nothing counts as announced."""
    done = project.gatekeeper("notify", "test", "tiny").expect(0)
    assert done.out == f"1  told    tiny  http://{endpoint.address}/•••\n"
    [asked] = endpoint.asked
    assert (asked.body["event"], asked.body["announcement"]) == ("notify.test", "test")
    assert asked.body["headline"] == "tiny: a test of notifications"
    assert "Nothing has run" in asked.body["text"]
    assert "nothing was announced yet" in project.gatekeeper("notify", "show", "tiny").expect(0).out


@pytest.mark.slow
def test_one_that_fails_is_told_and_so_is_the_exit_code(project: Project, endpoint: Endpoint) -> None:
    """All are tried, by all cycles that there are, each once."""
    endpoint.answers = [404]
    project.define(NOTIFYING, "other")
    done = project.gatekeeper("notify", "test", OTHER_URL="slack://x").expect(1)
    first, second = done.out.splitlines()
    assert first == f"1  failed  other  http://{endpoint.address}/•••  it was answered with status 404"
    assert second.startswith("2  failed  other  slack://•••  apprise does not know this kind of target")
    assert len(endpoint.asked) == 1


@pytest.mark.slow
def test_one_target_alone(project: Project, endpoint: Endpoint) -> None:
    """By its number, or by an address of its own whose token stands in a variable."""
    project.gatekeeper("notify", "test", "--to", "1").expect(0)
    done = project.gatekeeper("notify", "test", "--to", "${env:MINE}", MINE=f"{endpoint.url}/mine").expect(0)
    assert TOKEN not in done.text
    assert [asked.path for asked in endpoint.asked] == [f"/services/{TOKEN}", f"/services/{TOKEN}/mine"]


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (("test", "--to", "3"), "--to 3: there is one target"),
        (("test", "--to", "${env:NOT_SET}"), "the environment variable NOT_SET is not set"),
        pytest.param(("test", "tini"), "tini", marks=pytest.mark.slow),
        pytest.param((), "test|show", marks=pytest.mark.slow),
    ],
)
def test_wrong_usage(project: Project, words: tuple[str, ...], problem: str) -> None:
    assert problem in project.gatekeeper("notify", *words).expect(2).err


@pytest.mark.slow
def test_nobody_to_tell(project: Project) -> None:
    """A variable that is not set is the usual reason, and is asked about."""
    done = project.gatekeeper("notify", "test", "tiny", HOOK_URL=None).expect(2)
    assert "tiny would tell nobody" in done.err
    assert "is its variable set?" in done.err
    assert "nobody is told" in project.gatekeeper("notify", "show", "tiny", HOOK_URL=None).expect(0).out


@pytest.mark.slow
def test_what_was_announced_and_what_comes_next(project: Project, endpoint: Endpoint) -> None:
    """After a red run: a reminder in an hour, a recovery at once."""
    project.gatekeeper("run", "tiny").expect(1)
    shown = project.gatekeeper("notify", "show", "tiny").expect(0).out.splitlines()
    assert shown[0] == f"1  http://{endpoint.address}/•••  on red, recovered"
    assert shown[1].startswith("   last: red, ")
    assert shown[2].startswith("   next: red: not told for another ")
    assert shown[4] == "   next: green, green-after-fix: told as recovered"


def test_help_has_examples(project: Project) -> None:
    for words in ((), ("test",), ("show",)):
        assert "example" in project.gatekeeper("notify", *words, "--help").expect(0).out
