"""Owns the facts that tests of the brief begin with: one whole story, and stories of any size."""

from __future__ import annotations

from hypothesis import strategies as st

from gatekeeper.model.verdict import Finding
from gatekeeper.policy.brief.facts import BriefFacts, Excerpt, FailingStep, FormerCall, Known, Limits, Remaining

SECRET = "tr0ub4dor-and-3"

STORY = BriefFacts(
    cycle="backend-cycle",
    title="Backend quality gate",
    run="2026-02-18T02-00-07Z-backend-cycle-7f3a",
    call=2,
    goal="Make the suite pass.\nKeep the API as it is.",
    steps=(
        FailingStep(
            "suite/pytest",
            "failed",
            "required",
            ended="exit code 1",
            command="pytest -q \\\n  --junitxml reports/unit.xml",
            cwd="examples/backend",
            findings=(
                Finding("test-failed", "tests.test_totals::test_a_day: assert 1900 == 2000", "tests/test_totals.py:31"),
                Finding("test-rerun", "tests.test_http::test_slow: ran more than once", blocks=False),
            ),
            known=Known(
                "assertion", "code", "A test expects another value.", "Compare both.", "runbooks/patterns.md#assertion"
            ),
            first_test="tests.test_totals::test_a_day: assert 1900 == 2000",
            excerpt=Excerpt(
                (
                    "",
                    "    def test_a_day():",
                    ">       assert total(day) == 2000",
                    "E       assert 1900 == 2000",
                    "```",
                ),
                centre=3,
                number=41,
                total=96,
                about="around the line that tells the cause",
            ),
            output="/work/.gatekeeper/runs/7f3a/output/suite.pytest.1.log",
        ),
        FailingStep(
            "negative-paths/duplicate-signup",
            "failed",
            "required",
            findings=(Finding("probe", "status 500, not 409"),),
            asked=(
                "POST http://127.0.0.1:8080/auth/signup: expected status 409",
                "received status 500 after 3 ms: oops",
            ),
        ),
        FailingStep(
            "smoke/login",
            "timed-out",
            "advisory",
            dossier=("waiting for input at 'Password:'", "pid 41: psql -U app (state S, waits for terminal)"),
        ),
    ),
    blocked=("deploy/dry-run",),
    failing=3,
    passed=17,
    rounds=(
        "round 1 (first round: everything): suite/pytest, negative-paths/duplicate-signup did not pass",
        "round 2 (the tree changed): suite/pytest, negative-paths/duplicate-signup did not pass",
    ),
    calls=(
        FormerCall(
            1,
            "it ended with exit code 0",
            ("M +3 -1 backend: calorie_backend/totals.py", "M +0 -9 backend: tests/test_totals.py"),
            ("backend: 1a2b3c4d5e6f Fix the total",),
            ("it changed what is protected: backend: tests/test_totals.py",),
            (),
            ("suite/pytest", "negative-paths/duplicate-signup"),
        ),
    ),
    violating=("backend: tests/test_totals.py",),
    reading=("/work/plan/00_quality_gates.md (sha256:6e34)",),
    limits=Limits("backend", "/work/examples/backend", ("calorie_backend/**",), ("tests/**", "gates/**")),
    remaining=Remaining(calls=1, rounds=3, call_s=1800.0, run_s=5520.0),
)
"""A second call, after a first one that touched a test."""

_TEXT = st.one_of(
    st.text(max_size=60),
    st.sampled_from(
        ["", "```", "# heading", "\x1b[31mred\x1b[0m", "a\r\nb", "é" * 40, "\ud800", SECRET, f"x{SECRET}y"]
    ),
    st.integers(1, 900).map(lambda count: '"word" ' * count),
    st.tuples(st.text(max_size=30), st.integers(0, 900)).map(lambda pair: f"{pair[0]}{'x' * pair[1]}{SECRET}"),
)
_TEXTS = st.lists(_TEXT, max_size=12).map(tuple)
_FINDINGS = st.lists(st.builds(Finding, _TEXT, _TEXT, _TEXT, st.booleans()), max_size=12).map(tuple)
_KNOWN = st.none() | st.builds(Known, _TEXT, st.just("code"), _TEXT, _TEXT, _TEXT)
_LINES = st.lists(_TEXT, max_size=40).map(tuple)
_EXCERPTS = _LINES.flatmap(
    lambda lines: st.builds(
        Excerpt, st.just(lines), st.integers(0, max(0, len(lines) - 1)), st.integers(1, 9), st.just(999), _TEXT
    )
)
_STEPS = st.builds(
    FailingStep,
    step=_TEXT,
    verdict=_TEXT,
    tier=_TEXT,
    ended=_TEXT,
    command=_TEXT,
    cwd=_TEXT,
    findings=_FINDINGS,
    known=_KNOWN,
    first_test=_TEXT,
    asked=_TEXTS,
    excerpt=_EXCERPTS,
    dossier=_TEXTS,
    output=_TEXT,
)
_CALLS = st.builds(FormerCall, st.integers(1, 9), _TEXT, _TEXTS, _TEXTS, _TEXTS, _TEXTS, _TEXTS)
_LIMITS = st.builds(Limits, _TEXT, _TEXT, _TEXTS, _TEXTS, st.booleans())
_REMAINING = st.builds(Remaining, st.integers(0, 9), st.integers(0, 9), st.floats(0, 1e5), st.floats(0, 1e5))

ANY = st.builds(
    BriefFacts,
    cycle=_TEXT,
    run=_TEXT,
    call=st.integers(1, 99),
    goal=_TEXT,
    steps=st.lists(_STEPS, max_size=4).map(tuple),
    limits=_LIMITS,
    remaining=_REMAINING,
    title=_TEXT,
    blocked=_TEXTS,
    failing=st.integers(0, 999),
    passed=st.integers(0, 999),
    rounds=_TEXTS,
    calls=st.lists(_CALLS, max_size=3).map(tuple),
    violating=_TEXTS,
    reading=_TEXTS,
)
"""Facts of any size, with secrets, colours, fences and half characters in them."""
