"""Owns what a Ruby project proposes: its gems looked at, RuboCop, RSpec or Minitest."""

from __future__ import annotations

import re
from collections.abc import Iterator

from gatekeeper.policy.drafting.draft import Sure
from gatekeeper.policy.surveying.hints import Hints
from gatekeeper.policy.surveying.proposal import Kind, Proposal, Report
from gatekeeper.policy.surveying.survey import Place, Survey, inside


def ruby(survey: Survey, _: Hints) -> Iterator[Proposal]:
    """Bundler; RuboCop; RSpec with rspec_junit_formatter where that is a gem of it; Rake's test task."""
    for folder in survey.homes("Gemfile"):
        if path := survey.has(inside(folder, "Gemfile.lock")):
            yield Proposal(
                Kind.INSTALL, "bundle-check", "bundle check", Place(path, 0), why="a lock file is there", folder=folder,
                marks=("bundle install", "bundle check"),
                notes=("it installs nothing: `bundle install` may write where other projects read",),
            )  # fmt: skip
        else:
            yield Proposal(
                Kind.INSTALL, "bundle-install", "bundle install", Place(inside(folder, "Gemfile"), 0), folder=folder,
                doubt="no lock file is there, and it may write where other projects read", marks=("bundle install",),
            )  # fmt: skip
        cop = survey.has(inside(folder, ".rubocop.yml"))
        itself = bool(survey.has(inside(folder, "rubocop.gemspec")))
        if cop and (itself or _gem(survey, folder, "rubocop")):
            yield Proposal(
                Kind.CHECK, "rubocop", "bundle exec rubocop", Place(cop, 0), folder=folder,
                marks=("rubocop", "internal_investigation"), asked=False,
            )  # fmt: skip
        yield from _tests(survey, folder)


def _tests(survey: Survey, folder: str) -> Iterator[Proposal]:
    rspec = _gem(survey, folder, "rspec", "rspec-rails")
    if rspec and any(path.endswith("_spec.rb") for path in survey.below(folder)):
        marks = ("rspec", "rake spec")
        if _gem(survey, folder, "rspec_junit_formatter"):
            run = "bundle exec rspec --format progress --format RspecJunitFormatter --out reports/rspec.xml"
            report = Report("junit", "reports/rspec.xml")
            yield Proposal(Kind.TEST, "rspec", run, rspec, folder=folder, report=report, marks=marks)
        else:
            why = "RSpec writes one only with the gem rspec_junit_formatter, which is not in the Gemfile"
            yield Proposal(Kind.TEST, "rspec", "bundle exec rspec", rspec, folder=folder, no_report=why, marks=marks)
    rakefile = survey.manifest(inside(folder, "Rakefile"))
    if rakefile and (task := rakefile.says(r"TestTask\.new|^\s*task\s+:?test\b")):
        why = "Rake's test task writes none; the gem minitest-reporters does"
        yield Proposal(
            Kind.TEST, "rake-test", "bundle exec rake test", task, Sure.HIGH, folder=folder, no_report=why,
            marks=("rake test",),
        )  # fmt: skip


def _gem(survey: Survey, folder: str, *names: str) -> Place | None:
    for path in sorted(survey.manifests):
        above, _, file = path.rpartition("/")
        if above == folder and (file == "Gemfile" or file.endswith(".gemspec")):
            for name in names:
                if found := survey.manifests[path].says(rf"\b(?:gem|_dependency)[\s(]+['\"]{re.escape(name)}['\"]"):
                    return found
    return None
