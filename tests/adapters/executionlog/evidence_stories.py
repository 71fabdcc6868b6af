"""Owns the story of a run whose evidence was weighed: lost tests, a weakened assertion, coverage that fell."""

from __future__ import annotations

from gatekeeper.model.baseline import Comparison, Measured
from gatekeeper.model.events import RoundFinished, RoundStarted
from gatekeeper.model.evidence_events import IntegrityCompared
from gatekeeper.model.help_events import TreeChanged
from gatekeeper.model.integrity import IntegrityChange
from gatekeeper.model.report import Totals
from gatekeeper.model.verdict import Finding
from tests.adapters.executionlog.log_telling import FIRST, OTHER_TREE, TREE, Story, finished, passed, started

WEAKER = IntegrityChange(
    "tests/auth.test.js",
    "test",
    "weakening",
    ("looser-assertions: `expect(status).toBe(409)` is now `expect(status).toBeDefined()`", "fewer-assertions: 11, 12"),
    "@@ -40,5 +40,4 @@\n-  expect(status).toBe(409);\n-  expect(body).toEqual({});\n+  expect(status).toBeDefined();\n",
)
NEUTRAL = IntegrityChange("package-lock.json", "lock", "neutral", ("changed",))
COMPARED = Comparison(
    baseline="gates/baselines/backend-cycle/suite.npm-test.json",
    new_failures=("tests/auth.test.js::signup refuses a duplicate",),
    lost=("tests/login.test.js::a missing user | is refused", "tests/login.test.js::logs in"),
    fixed=("tests/clock.test.js::expires at midnight",),
    renamed=(("tests/a.test.js::old", "tests/a.test.js::new"),),
    graduates=("tests/slow.test.js::now and then",),
    counts=(("lost", 14),),
)
MEASURED = (
    Measured("coverage.lines", 81.25, "higher", 84.0, 83.5),
    Measured("coverage.branches", None, "higher", 71.0, 70.5),
    Measured("bundle_kb", 251.4, "lower", 248.0, 250.48, 250.0, "kB"),
)


def evidence() -> Story:
    """Tests are lost and a test is made blind; the suite is red, and the log says all of it."""
    return Story().tell(
        started(judge_by="origin/main@56496c0", unproven=("suite/npm-test",)),
        IntegrityCompared("origin/main@56496c0", (NEUTRAL, WEAKER)),
        RoundStarted(1, FIRST, TREE, 4),
        passed("stack", "restart-stack", 1, 1, 3.2),
        passed(
            "suite",
            "npm-test",
            1,
            1,
            361.0,
            verdict="failed",
            exit_code=1,
            tests=Totals(394, 380, 2, 1, 4, 3, 1, 3),
            comparison=COMPARED,
            measured=MEASURED,
            findings=(
                Finding("quarantined", "tests/slow.test.js::now and then passes again", "", blocks=False),
                Finding("lost-tests", "14 tests are gone that the baseline has", ""),
                Finding("coverage-lines", "81.25 % of the lines ran, at least 83.5 % are wanted"),
            ),
        ),
        TreeChanged("unknown", ("tests/auth.test.js",), (WEAKER,)),
        RoundFinished(1, OTHER_TREE, ("suite/npm-test",), "sha256:" + "ef" * 32, 365.0),
        finished(
            "red",
            1,
            1,
            367.0,
            "what judges was weakened",
        ),
    )
