"""Owns exporting stories in memory, and reading the exports back with our own readers."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping

from gatekeeper.adapters.exports.ctrf import write_ctrf
from gatekeeper.adapters.exports.junit import write_junit
from gatekeeper.adapters.exports.sarif import write_sarif
from gatekeeper.adapters.exports.summary import write_summary
from gatekeeper.adapters.exports.tap import write_tap
from gatekeeper.adapters.testreports.ctrf import read_ctrf
from gatekeeper.adapters.testreports.junit import read_junit
from gatekeeper.adapters.testreports.tap import read_tap
from gatekeeper.model.report import Report
from gatekeeper.policy.export_findings import findings_told
from gatekeeper.policy.export_steps import RunTold, run_told, steps_told
from gatekeeper.policy.exporting import Suite, closing_suite, is_bad, suite_of
from gatekeeper.policy.fold import RunRecord, fold
from tests.adapters.executionlog import evidence_stories, flaky_stories, help_stories, log_stories
from tests.adapters.executionlog.log_telling import RUN, Story
from tests.adapters.executionlog.red_stories import red_with_timeout_and_stray

STORIES: Mapping[str, Callable[[], Story]] = {
    "green": log_stories.green,
    "red": red_with_timeout_and_stray,
    "flaky": log_stories.flaky,
    "green after a fix": log_stories.green_after_fix,
    "aborted": log_stories.aborted,
    "a service died": log_stories.service_died,
    "evidence": evidence_stories.evidence,
    "remembered": flaky_stories.remembered,
    "mitigated": help_stories.mitigated,
    "fixed": help_stories.fixed,
    "given up": help_stories.given_up,
    "resumed": help_stories.resumed,
    "watched": help_stories.watched,
}


class Exported:
    """One story as every format tells it; `reports` are the tests of its steps, by ``gate/step``."""

    def __init__(self, story: Story, reports: Mapping[str, Report] | None = None) -> None:
        self.record: RunRecord = fold(RUN, story.entries)
        assert self.record.started is not None
        assert self.record.finished is not None
        self.run: RunTold = run_told(self.record, self.record.started, self.record.finished)
        found = reports or {}
        suites = [suite_of(told, found.get(str(told.step))) for told in steps_told(self.record)]
        closing = closing_suite(self.run, failed=any(is_bad(case) for suite in suites for case in suite.cases))
        self.suites: tuple[Suite, ...] = (*suites, *([closing] if closing else []))
        self.junit = "".join(write_junit(self.run, self.suites))
        self.ctrf = "".join(write_ctrf(self.run, self.suites))
        self.tap = "".join(write_tap(self.run, self.suites))
        self.summary = "".join(write_summary(self.record, self.record.started))
        self.sarif = "".join(write_sarif(self.run, findings_told(self.record, self.record.started)))

    def read_back(self) -> dict[str, Report]:
        """The documents as our own readers understand them."""
        found = {
            "junit": read_junit(io.BytesIO(self.junit.encode()), "export"),
            "ctrf": read_ctrf(io.BytesIO(self.ctrf.encode()), "export"),
            "tap": read_tap(io.BytesIO(self.tap.encode()), "export"),
        }
        reports = {form: report for form, report in found.items() if isinstance(report, Report)}
        assert reports.keys() == found.keys(), found
        return reports
