"""What the main job does when the backend is broken: three ways, and one that is mended meanwhile."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.journeys.main_job import PROBES, SHORT, nothing_lives
from tests.support.examples import edit
from tests.support.projects import Project, git

TAKEN = "raise EmailTaken(email)  # not worth the price of a hash"


def commit(project: Project, message: str) -> None:
    git(project.root, "commit", "-qam", message)


def test_the_service_crashes_on_a_duplicate_signup(example: Project) -> None:
    """Red: the crash is an incident that names what ran, and what could not be judged any more is blocked."""
    accounts = example.root / "examples" / "backend" / "calorie_backend" / "accounts.py"
    edit(accounts, TAKEN, "__import__('os')._exit(3)")
    commit(example, "Crash")
    done = example.gatekeeper("run", "backend-cycle", **SHORT).expect(1)
    journal = example.journal
    nothing_lives(journal)
    assert journal.is_whole()
    assert (journal.end["verdict"], journal.end["exit_code"]) == ("red", 1)
    died = journal.last("incident", kind="service-died")
    assert (died["gate"], died["step"]) == ("stack", "restart-stack")
    assert "negative-paths/duplicate-signup" in died["message"]
    assert journal.last("service.ended", how="died")["service"] == "stack"
    verdicts = journal.verdicts()
    assert verdicts["negative-paths/duplicate-signup"] == "failed"
    assert verdicts["negative-paths/missing-user-login"] != "passed"
    log = Path(journal.end["log"]).read_text("utf-8")
    for text in (done.out, log):
        assert "negative-paths/duplicate-signup" in text
        assert "service-died" in text or "died" in text
    assert "gatekeeper run backend-cycle --only negative-paths/duplicate-signup" in done.out


@pytest.mark.slow
def test_a_restart_script_that_never_returns(example: Project) -> None:
    """It is ended at its hard timeout, everything behind it is blocked, and the run does not wait for ever."""
    script = example.root / "examples" / "backend" / "dev-scripts" / "restart-stack.sh"
    edit(script, "dev-scripts/stack.py start", "-m calorie_backend serve")
    edit(example.root / "gates" / "backend-cycle.yaml", "restart: {timeout: 120s..300s}", "restart: {timeout: 1s..2s}")
    commit(example, "Never return")
    done = example.gatekeeper("run", "backend-cycle", "--rounds", "1").expect(1)
    journal = example.journal
    nothing_lives(journal)
    verdicts = journal.verdicts()
    assert verdicts.pop("stack/restart-stack") == "timed-out"
    assert {verdict for step, verdict in verdicts.items() if not step.startswith("teardown/")} == {"blocked"}
    assert journal.last("incident", kind="timeout")["step"] == "restart-stack"
    assert journal.end["verdict"] == "red"
    assert "timed-out" in done.out
    assert "blocked" in done.out


@pytest.mark.slow
def test_a_test_that_fails_once_and_then_passes(example: Project) -> None:
    """Flaky, and said with an exit code of its own; a second look on the same tree is no fix."""
    edit(
        example.root / "examples" / "backend" / "tests" / "test_http.py",
        '"""The body that probes look at."""\n',
        '"""The body that probes look at."""\n'
        '        flag = __import__("pathlib").Path(__import__("os").environ["BEACONS"], "flaked-once")\n'
        "        self.assertTrue(flag.exists(), flag.touch())\n",
    )
    commit(example, "Fail once")
    suite = "./dev-scripts/test.sh tests/test_http.py"
    done = example.gatekeeper("run", "backend-cycle", SUITE_COMMAND=suite).expect(4)
    journal = example.journal
    nothing_lives(journal)
    assert (journal.end["verdict"], journal.end["rounds"]) == ("flaky", 2)
    assert [event["verdict"] for event in journal.events("step.finished", step="test-suite")] == ["failed", "passed"]
    findings = journal.events("step.finished", step="test-suite")[0]["findings"]
    assert any("test_http" in finding["message"] for finding in findings)
    assert "flaky" in done.out
    assert "flaky" in Path(journal.end["log"]).read_text("utf-8").lower()


@pytest.mark.parametrize("committed", [True, pytest.param(False, marks=pytest.mark.slow)])
def test_a_planted_bug_that_is_mended_while_the_run_goes_on(example: Project, committed: bool) -> None:
    """Green after a fix: a pass on the mended tree, confirmed, for every step; the log names what changed."""
    accounts = example.root / "examples" / "backend" / "calorie_backend" / "accounts.py"
    edit(accounts, TAKEN, "raise UnknownEmail(email)")
    commit(example, "Plant")
    going = example.start(*PROBES)
    going.wait_for("step.finished", step="duplicate-signup", verdict="failed")
    edit(accounts, "raise UnknownEmail(email)\n    hashed", f"{TAKEN}\n    hashed")
    if committed:
        commit(example, "Mend")
    mended = git(example.root, "rev-parse", "HEAD").strip()[:7] if committed else "accounts.py"
    done = going.end().expect(0)
    journal = example.journal
    nothing_lives(journal)
    assert journal.is_whole()
    assert journal.end["verdict"] == "green-after-fix"
    assert set(journal.verdicts().values()) == {"passed"}
    last = journal.events("round.started")[-1]
    final = journal.end["tree"]
    assert last["tree"] == final
    on_final = {
        data["step"]
        for data in journal.events("step.finished", verdict="passed", tree=final)
        if data["gate"] != "teardown"
    }
    assert on_final == {"restart-stack", "signup", "duplicate-signup", "missing-user-login"}
    assert mended in str(journal.events("tree.changed"))
    assert mended in Path(journal.end["log"]).read_text("utf-8")
    assert "green-after-fix" in done.out
