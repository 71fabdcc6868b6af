"""What the log says of help beside the golden stories: commits of ours, what is left to do, the telling part first."""

from __future__ import annotations

from gatekeeper.adapters.executionlog.writer import whole_document
from gatekeeper.model.events import Event, RoundFinished, RoundStarted
from gatekeeper.model.help_events import FixerFinished, FixerStarted, RepoSettled, TreeChanged, Usage
from gatekeeper.model.verdict import Finding
from gatekeeper.policy.fold import fold
from tests.adapters.executionlog.help_telling import ALL_PASSED, BRIEF, CHANGED, TWO, finished, passing_suite
from tests.adapters.executionlog.log_telling import BACKEND, FIRST, OTHER_TREE, RUN, TREE, Story, passed, started

EDITED = BACKEND._replace(drift=(" M src/signup.js", "?? notes.md"), drift_count=2)
OURS = "0ddba11" + "0" * 33


def log_of(*after: Event) -> str:
    """The log of a run that was red and is green; `after` is what happens at its end."""
    failed = passed("suite", "npm-test", 1, 1, 1.0, verdict="failed", exit_code=1)._replace(
        findings=(Finding("exit-code", "exit code 1"),), last_lines=("0 passed", "", "expected 409", " ")
    )
    story = Story().tell(
        started(steps=TWO, repos=(BACKEND._replace(drift=("?? notes.md",), drift_count=1),)),
        RoundStarted(1, FIRST, TREE, 1),
        failed,
        RoundFinished(1, TREE, ("suite/npm-test",), "sha256:1", 1.0),
        TreeChanged("unknown", ("backend: src/signup.js",), (), OTHER_TREE),
        RoundStarted(2, CHANGED, OTHER_TREE, 1),
        passing_suite(2, 2, tree=OTHER_TREE),
        RoundFinished(2, OTHER_TREE, (), "", 1.0),
        *after,
        finished("green-after-fix", 0, 2, 3.0, ALL_PASSED, repos=(EDITED,), tree=OTHER_TREE),
    )
    return whole_document(fold(RUN, story.entries)).decode()


def test_what_nobody_committed_is_left_to_do() -> None:
    """What differed before the run is nobody's business here."""
    text = log_of()
    assert "**Next:** Look at what changed during the run, and commit it: `backend: src/signup.js`\n" in text
    assert "no change, still at 56496c0" in text
    assert "Not committed: 2 changed files" in text


def test_what_the_cycle_committed_is_the_final_commit() -> None:
    """The state that was judged is the one before it; pushed is said where that was seen."""
    settled = RepoSettled("backend", "kept", (f"{OURS} fix: x",), committed=OURS, pushed=True, remote="origin/main")
    text = log_of(settled)
    commit = "56496c0 → 0ddba11 fix: x, committed by the cycle"
    assert f"- **backend** (development): {commit}; pushed (origin/main has it, which was seen there)\n" in text
    assert "Not committed" not in text
    assert "**Next:** Nothing to do\n" in text
    text = log_of(settled._replace(commits=(), pushed=False, problem="it was refused"))
    assert "56496c0 → 0ddba11, committed by the cycle; not pushed\n" in text
    assert "⚠️ kept and committed, committed by the cycle as 0ddba11, not pushed to origin/main; it was refused" in text


def test_a_problem_is_told_by_what_tells_most() -> None:
    """An exit code alone says nothing; the last line that is not empty may."""
    assert "failed in round 1: `exit code 1`, its last line `expected 409`\n" in log_of()


def test_usage_is_added_up_only_where_every_call_states_it() -> None:
    calls = [
        (
            FixerStarted(call, "somebody", BRIEF, TREE, "fix"),
            FixerFinished(call, 0, 1.0, ("backend: a",), usage=Usage(10, 5 if call == 1 else None, None, 0.1)),
        )
        for call in (1, 2)
    ]
    text = log_of(*calls[0], *calls[1])
    assert "- **Together:** tokens: input 20, output not stated, total not stated; cost 0.2\n" in text
