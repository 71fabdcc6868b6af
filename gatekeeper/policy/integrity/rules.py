"""Owns the table of rules: every name that a reason can begin with, its effect and its meaning. Applies none."""

from __future__ import annotations

from gatekeeper.model.integrity import Effect
from gatekeeper.policy.integrity.change import Note, Rule

_WEAKER = {
    "fewer-tests": "a test is gone, and nothing of what it checked is found elsewhere",
    "not-collected": "a test is still there, but under a name or in a place where no runner finds it",
    "fewer-cases": "a test runs with fewer cases than before",
    "fewer-assertions": "a test asserts less often than before",
    "looser-assertion": "an assertion became one that more results satisfy",
    "empty-assertion": "an assertion became one that every result satisfies",
    "unreachable-assertions": "assertions stand where the test does not get to any more",
    "swallowed-assertions": "what an assertion raises is caught and forgotten",
    "early-return": "a test may leave before it has asserted anything",
    "new-skip": "a test is skipped, or may fail, and no ticket says why",
    "focused-tests": "a mark runs some tests and hides all others",
    "mocked-subject": "what a test asserts of is replaced by a stand-in",
    "wider-timeout": "something may take longer than before",
    "lower-threshold": "a number that must be reached is lower, or gone",
    "higher-limit": "a number that must not be passed is higher, or gone",
    "deselected-tests": "configuration keeps tests from being run",
    "narrower-selection": "fewer files or places are looked at for tests",
    "laxer-setting": "a setting that made the runner strict is off or gone",
    "more-retries": "a test may be tried more often until it passes",
    "runner-hook": "a hook of the test runner may change which tests run, or what they came to",
    "exit-code-lost": "a command may fail and nobody learns of it",
    "early-exit": "a script may end well before its work is done",
    "skip-switch": "a variable turns checks off",
    "removed-command": "a command is gone from a script that the run is judged by",
    "narrower-command": "a test command runs less than before",
    "fixed-number": "a number that was found out is printed as it stands in the script",
    "removed-step": "a step or job is gone",
    "removed-gate": "a gate is gone",
    "lower-tier": "a gate does not count as much as before",
    "removed-demand": "evidence that a step had to bring is not asked for any more",
    "other-evidence": "what is judged by is looked for elsewhere, or read in another way",
    "laxer-policy": "the cycle calls green what it did not",
    "new-condition": "a step may be skipped that always ran",
    "changed-command": "a step runs another command, and it is nothing but a success",
    "fewer-known-tests": "the baseline knows fewer tests, so that losing them is not seen",
    "more-known-failures": "the baseline takes more failing or skipped tests for granted",
    "lower-known-number": "the baseline holds a worse number",
    "quarantine-grew": "more tests may fail without blocking, or for longer",
    "excusing-pattern": "a pattern may make failures the machine's, or offers a command to run",
    "lock-removed": "dependencies are not pinned any more",
    "guard-removed": "a file that guards or configures the checks is gone",
    "hook-changed": "a git hook that runs beside the commits is not what it was",
    "git-filtered": "git has a program make of files what it compares, so that a change of them is not seen",
    "evidence-altered": "evidence of this run was changed by somebody else",
    "not-compared": "the content could not be compared, and what is not seen is not said to be harmless",
}
_STRONGER = {
    "more-tests": "tests came in",
    "more-cases": "a test runs with more cases",
    "more-assertions": "a test asserts more often",
    "stricter-assertion": "an assertion became one that fewer results satisfy",
    "skip-removed": "a test is not skipped any more",
    "narrower-timeout": "something must be done sooner",
    "higher-threshold": "a number that must be reached is higher",
    "lower-limit": "a number that must not be passed is lower",
    "selected-tests": "configuration keeps fewer tests from being run",
    "wider-selection": "more files or places are looked at for tests",
    "stricter-setting": "a setting that makes the runner strict is on",
    "fewer-retries": "a test may be tried less often",
    "exit-code-kept": "a command that may not fail unseen any more",
    "more-commands": "a script that the run is judged by does more",
    "more-steps": "a step, job or gate came in",
    "higher-tier": "a gate counts more than before",
    "more-demands": "a step has to bring more evidence",
    "stricter-policy": "the cycle calls less green",
    "condition-removed": "a step that could be skipped always runs",
    "more-known-tests": "the baseline knows more tests",
    "fewer-known-failures": "the baseline takes fewer failing or skipped tests for granted",
    "higher-known-number": "the baseline holds a better number",
    "quarantine-shrank": "fewer tests may fail without blocking",
}
_NEUTRAL = {
    "known-tests-replaced": "the baseline forgets tests that others took the place of in the same change",
    "moved-file": "a file has another name or place, and was compared with what it was",
    "moved-tests": "tests stand elsewhere, or under another name, and check the same",
    "replaced-tests": "tests were replaced by others that assert as much",
    "changed-expectation": "an assertion expects something else, as strictly as before",
    "skip-with-ticket": "a test is skipped, and its reason names a ticket",
    "skip-in-new-test": "a test that is new is skipped",
    "new-mock": "a stand-in came in for something that no assertion is of",
    "tolerated-cleanup": "a command that only tidies up may fail",
    "other-report": "a report is looked for elsewhere; that it is whole the baseline sees",
    "changed-command-line": "a command was rewritten",
    "changed-pattern": "a pattern of failures came, went, or says something else",
    "not-text": "the content is no text",
}

RULES: dict[str, Rule] = {
    **{name: Rule("weakening", meaning) for name, meaning in _WEAKER.items()},
    **{name: Rule("strengthening", meaning) for name, meaning in _STRONGER.items()},
    **{name: Rule("neutral", meaning) for name, meaning in _NEUTRAL.items()},
}
"""Every rule by name. The names are stored in journals: they stay."""

_WEIGHT: dict[Effect, int] = {"weakening": 0, "strengthening": 1, "neutral": 2}


def effect_of(notes: list[Note]) -> Effect:
    """What notes on one file come to together: one that weakens outweighs all others."""
    effects = {RULES[note.rule].effect for note in notes}
    return min(effects, key=_WEIGHT.__getitem__, default="neutral")


def ordered(notes: list[Note]) -> tuple[str, ...]:
    """The notes as reasons, the weightiest first, each once."""
    by_weight = sorted(notes, key=lambda note: _WEIGHT[RULES[note.rule].effect])
    return tuple(dict.fromkeys(note.reason for note in by_weight))
