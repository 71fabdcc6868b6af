"""A plan that people wrote becomes a definition that says where each key comes from, and invents nothing."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion

from gatekeeper.adapters.definition.importing.plan_file import Imported, import_plan
from gatekeeper.adapters.definition.lint import lint
from gatekeeper.model.plan import HttpProbe
from tests.adapters.definition.definitions import plan_of
from tests.adapters.definition.importing import (
    GATE,
    PLANS,
    REFERENCE,
    imported,
    plan_out_of,
    refused,
    scripts_out_of,
    steps_out_of,
)

TEAMS = ("checkout-release", "nightly-worker", "library-cleanup")


def findings(text: str, tmp_path: Path) -> list[str]:
    file = tmp_path / "imported.yaml"
    file.write_text(text, encoding="utf-8")
    return [found.rule for found in lint(str(file), plan_of(text))]


def test_the_reference_as_it_stands(snapshot: SnapshotAssertion, tmp_path: Path) -> None:
    """It becomes a definition that `gatekeeper check` has nothing against, the same one every time."""
    content = REFERENCE.read_bytes()
    found = import_plan(content, "cycle-17-execution-log.md")
    assert isinstance(found, Imported)
    assert found.text == snapshot
    assert findings(found.text, tmp_path) == []
    assert import_plan(content, "cycle-17-execution-log.md") == found


def test_every_line_of_the_reference_is_a_key_or_is_listed() -> None:
    """Nothing that it says is lost without a word."""
    found = imported(REFERENCE.read_bytes())
    told = {int(number) for number in re.findall(r"plan\.md:([0-9]+)", found.text)}
    lines = REFERENCE.read_text(encoding="utf-8").split("\n")
    untold = [line.strip() for number, line in enumerate(lines, 1) if line.strip() and number not in told]
    assert [line for line in untold if not line.startswith("#")] == ["- Use explicit timeouts:", "---"]


def test_what_the_reference_comes_to() -> None:
    """Commands in order with their classes, answers with their statuses, and the health after each of them."""
    plan = plan_of(imported(REFERENCE.read_bytes()).text)
    gate, paths = plan.gates
    assert [(step.name, step.timeout_s, step.keep) for step in gate.steps] == [
        ("restart-stack", 300.0, "stack"),
        ("smoke-auth-onboarding", 600.0, None),
        ("npm-test", 900.0, None),
    ]
    asked = [step.work for step in paths.steps if isinstance(step.work, HttpProbe)]
    assert [probe.expect.status for probe in asked] == [(409,), (404,)]
    assert all(step.after_each for step in paths.steps)
    assert paths.needs == ("mandatory-gate",)
    assert [(repo.name, repo.branch) for repo in plan.repos] == [
        ("plan", "development"),
        ("backend", "development"),
        ("frontend", "development"),
    ]
    assert len(plan.reading) == 4
    assert len(plan.deliverables) == 7
    assert plan.environment == ("DUPLICATE_SIGNUP_URL", "MISSING_USER_LOGIN_URL", "BACKEND_HEALTH_URL")


@pytest.mark.parametrize("team", TEAMS)
def test_plans_as_other_teams_write_them(team: str, snapshot: SnapshotAssertion) -> None:
    """With tables, numbers, checkboxes, quotes, tabs, other titles."""
    assert imported((PLANS / f"{team}.md").read_bytes()).text == snapshot


@pytest.mark.parametrize(("team", "said"), list(zip(TEAMS, ([], ["fixer-without-scope"], []), strict=True)))
def test_what_check_says_of_them(team: str, said: list[str], tmp_path: Path) -> None:
    """A fixer whose scope the plan does not name stays what it is: dangerous."""
    assert findings(imported((PLANS / f"{team}.md").read_bytes()).text, tmp_path) == said


def test_the_empty_template_is_no_plan() -> None:
    """Its commands have holes in them; what was looked for is said."""
    why = refused((PLANS / "execution-log-template.md").read_bytes())
    assert "nothing in it says what to run" in why.why
    assert "Mandatory gate" in why.looked_for[0]


def test_a_template_that_was_filled_in() -> None:
    """Commands that merely worked are of low confidence, and goals are listed with what they lack."""
    text = (PLANS / "execution-log-template.md").read_text(encoding="utf-8")
    found = imported(text.replace("kubectl logs ... --tail=50", "kubectl logs web --tail=50"))
    assert re.search(r"run: kubectl logs web --tail=50  # from plan.md:112, low: it worked once", found.text)
    assert "API Latency: < 200ms" in [each.text for each in found.unplaced]
    assert "kubectl exec" not in found.text.split("# Found no place")[0]


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace("\n", "\r\n"),
        lambda text: "\ufeff" + text,
        lambda text: text.rstrip("\n"),
        lambda text: text.replace("   - ", "\t- "),
        lambda text: text.replace("- ./", "* ./").replace("- npm", "* npm"),
        lambda text: re.sub(r"- (\./\S+|npm test)", r"- `\1`", text),
        lambda text: text.replace("Run mandatory gate:", "*Run* __mandatory gate__:"),
    ],
    ids=["crlf", "byte order mark", "no last newline", "tabs", "stars", "code", "emphasis"],
)
def test_how_it_is_written_makes_no_difference(change: object) -> None:
    """Line ends, marks of lists, emphasis: the same definition."""
    assert callable(change)
    text = REFERENCE.read_text(encoding="utf-8")
    assert imported(change(text)).text == imported(text).text


def test_what_is_not_said_is_not_written() -> None:
    """Two commands and nothing else: no repo, no class, no round, no variable."""
    text = imported(GATE + "- `make a`\n- `make b`\n").text
    keys = re.findall(r"^ *([a-z_-]+):", text, re.MULTILINE)
    assert keys == [
        "gatekeeper",
        "cycle",
        "title",
        "gates",
        "mandatory-gate",
        "steps",
        "make-a",
        "run",
        "make-b",
        "run",
    ]


def test_prose_under_a_gate_is_no_command() -> None:
    """It is listed, with how a command would be told."""
    found = imported(GATE + "- make x\n- Everything must be green\n- go through the list\n- npm run <target>\n")
    assert scripts_out_of(GATE + "- make x\n- go through the list\n") == ["make x"]
    assert [each.text for each in found.unplaced] == [
        "Everything must be green",
        "go through the list",
        "npm run <target>",
    ]
    assert "backquotes" in found.unplaced[0].why


def test_what_has_one_name_twice_gets_two() -> None:
    """Steps, gates and variables."""
    paths = "## Error paths\n\n- a login => 404\n- a login => 409\n"
    plan = plan_out_of(GATE + "- `make x`\n- `make x`\n\n## Mandatory gate\n\n- `make x`\n\n" + paths)
    assert [gate.name for gate in plan.gates] == ["mandatory-gate", "mandatory-gate-2", "error-paths"]
    assert [step.name for step in plan.gates[0].steps] == ["make-x", "make-x-2"]
    assert plan.environment == ("A_LOGIN_URL", "A_LOGIN_URL_2")


def test_titles_that_yaml_would_take_for_something_else() -> None:
    """They stay names and texts."""
    for name in ("404", "true", "null", "~", "1e5", "é", "日本", "-", "a: b", "#"):
        plan = plan_out_of(f"# {name}\n\n## {name}\n\n### Mandatory gate\n\n- {name}: `make x`\n")
        assert len(plan.gates[0].steps) == 1


def test_what_starts_is_kept_under_a_name_of_its_own() -> None:
    """The plan does not say that it lives on: of low confidence."""
    plan = GATE + "- ./start-db.sh\n- ./restart-db.sh\n"
    assert [step.keep for step in steps_out_of(plan).values()] == ["db", "db-2"]
    assert re.search("keep: db  # from plan.md:5, low", imported(plan).text)


def test_what_holds_after_each_of_none_is_a_step() -> None:
    """A gate has at least one."""
    steps = steps_out_of("# P\n\n## Negative paths\n\n- health stays 200 after each test\n")
    assert {name: step.after_each for name, step in steps.items()} == {"health": ()}


def test_several_commands_in_one_line() -> None:
    """Each that looks like one; a word in backquotes beside it is none."""
    line = "- In `web/` run `make smoke` and then `./e2e.sh`, within 10 minutes\n"
    assert scripts_out_of(GATE + line) == ["make smoke", "./e2e.sh"]
    assert {step.timeout_s for step in steps_out_of(GATE + line).values()} == {600.0}


def test_the_answers_of_an_api() -> None:
    """In a sentence, with a request, as a whole URL; a duration is no status."""
    steps = steps_out_of(
        "# P\n\n**Base URL:** http://127.0.0.1:8080/\n\n## Negative paths\n\n"
        "- `DELETE /carts/1` without login returns 401\n"
        "- a wrong password is answered within 300 ms\n- GET http://127.0.0.1:9/x => 404\n- an old token: HTTP 403\n"
    )
    asked = {name: step.work for name, step in steps.items() if isinstance(step.work, HttpProbe)}
    assert {name: (work.method, work.url, work.expect.status) for name, work in asked.items()} == {
        "without-login": ("DELETE", "${vars.url}/carts/1", (401,)),
        "get-http-127-0-0-1-9-x": ("GET", "http://127.0.0.1:9/x", (404,)),
        "an-old-token": ("GET", "${vars.an_old_token_url}", (403,)),
    }
