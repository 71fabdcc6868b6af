"""Owns how test runners say in their output that tests failed, for steps without a report. Knows no pattern."""

from __future__ import annotations

from collections.abc import Sequence

from gatekeeper.model.known import FailureClass
from gatekeeper.model.pattern import Texts
from gatekeeper.policy.patterns.looking import look

FAILED_TESTS = Texts(
    any=(
        r"^FAILED \S+::",  # pytest
        r"^=* ?(?:\d+ \w+, )*\d+ failed\b.* in \d",
        r"^FAILED \((?:failures|errors|unexpected)",  # unittest
        r"^ *Tests:? +\d+ failed",  # jest, vitest
        r"^ +\d+ failing$",  # mocha
        r"^# fail [1-9]",  # node
        r"^ *--- FAIL: ",  # go
        r"^test result: FAILED",  # cargo
        r"Tests run: \d+, Failures: (?:[1-9]|0, Errors: [1-9])",  # maven
    )
)
"""What each of them writes where one failed, and nobody else."""


def class_beside_tests(class_: FailureClass, lines: Sequence[str]) -> FailureClass:
    """The class of a failure whose output holds `lines`: where tests failed, nothing is the machine's for certain.

    What a test printed may look like an outage, and may stand there as well when all is well. So ``infra`` becomes
    ``flaky``: it is run again, and a pass then is told as flaky and never as green.
    """
    return "flaky" if class_ == "infra" and look(FAILED_TESTS, lines) is not None else class_
