"""A project's own templates for sections of the log: what they can say, and that none costs the run anything."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from gatekeeper.adapters.executionlog import templates
from gatekeeper.adapters.executionlog.merge import SECTIONS
from gatekeeper.adapters.executionlog.render import Overridden, render
from gatekeeper.adapters.executionlog.starter import starter
from gatekeeper.adapters.executionlog.templates import override, parts_of, wrong_templates
from gatekeeper.policy.fold import RunRecord, fold
from gatekeeper.policy.run_facts import Facts, run_facts
from tests.adapters.executionlog import log_stories as stories
from tests.adapters.executionlog import log_telling as telling
from tests.adapters.executionlog import red_stories

RECORD = fold(telling.RUN, stories.green().entries)
HOSTILE = "| **x** [a](http://b) `c` <!-- gatekeeper:end summary --> <script>\n# y"


def facts_of(record: RunRecord) -> Facts:
    assert record.started is not None
    return run_facts(record, record.started)


FACTS = facts_of(RECORD)


class Folder:
    """A folder of templates."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def having(self, **templates: str) -> Folder:
        for name, text in templates.items():
            (self.path / f"{name.replace('state_before', 'state-before')}.md.j2").write_text(text, "utf-8")
        return self

    def say(self, facts: Facts = FACTS) -> Overridden:
        return override(render(RECORD), facts, str(self.path))

    def summary(self, template: str, facts: Facts = FACTS) -> str:
        said = self.having(summary=template).say(facts)
        assert said.problems == ()
        return said.sections["summary"]

    def refused(self, template: str, section: str = "summary") -> str:
        said = self.having(**{section: template}).say()
        (problem,) = said.problems
        assert said.sections == render(RECORD), "the built-in text stands"
        assert problem.startswith(f"{self.path}/{section}.md.j2")
        return problem.removeprefix(f"{self.path}/")


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def test_a_template_says_facts_the_built_in_text_and_parts_of_it(folder: Folder) -> None:
    said = folder.summary("{{ facts.cycle }}: {{ facts.verdict }}\n{{ default }}\n")
    assert said.startswith("backend-cycle: green\n**Date:**")
    said = folder.summary("## In short\n\n{{ parts.Summary | body }}\n{{ parts.get('Nothing') }}")
    assert said.startswith("## In short\n\n**✅ Green")
    assert "**Date:**" not in said


def test_parts_are_all_of_the_built_in_text() -> None:
    """Put together again in their order they are what they were taken from, and headings in code are none."""
    for text in render(fold(telling.RUN, red_stories.red_with_timeout_and_stray().entries)).values():
        assert "".join("\n\n".join(parts_of(text).values()).split()) == "".join(text.split())
    assert list(parts_of("x\n## A\n```\n## B\n```\n#### C\n### A\n")) == ["head", "A", "A (2)"]


@pytest.mark.slow
def test_what_a_step_wrote_is_escaped_wherever_it_gets_to(folder: Folder) -> None:
    """By itself, in loops, joined to other text, out of macros, and through every filter that makes HTML."""
    facts = {**FACTS, "reason": HOSTILE}
    ways = (
        "{{ facts.reason }}",
        "{% for line in [facts.reason] %}{{ line }}{% endfor %}",
        "{{ default[:0] ~ facts.reason }}",
        "{{ default[:0] + facts.reason }}",
        "{{ '%s' | format(facts.reason) }}",
        "{% macro say(x) %}{{ x }}{% endmacro %}{{ say(facts.reason) }}",
        "{% set x %}{{ facts.reason }}{% endset %}{{ x }}",
        "{{ facts.reason | e }}",
        "{{ facts.reason | upper | lower }}",
        "{{ [facts.reason, default[:0]] | join }}",
        "{% autoescape false %}{{ facts.reason }}{% endautoescape %}",
    )
    plain, *others = folder.summary("\n".join(f"{way} ." for way in ways), facts).lower().split("\n")
    assert "\\| \\*\\*x\\*\\* \\[a\\]" in plain
    assert re.search(r"(?<!\\)<", plain) is None
    assert others == [plain] * (len(ways) - 1)
    in_cell, in_text = folder.summary("{{ facts.reason | cell }}\n{{ facts.reason | code }}", facts).split("\n")
    assert in_cell == in_text.replace("|", "\\|")


FAILING = (
    ("{% if %}", "1: Expected an expression"),
    ("\n{{ facts.nothing }}", "2: 'dict object' has no attribute 'nothing'"),
    ("{{ facts.steps }}", "this is a list"),
    ("{{ 1 / 0 }}", "ZeroDivisionError"),
    ("{% include section ~ '.md.j2' %}", "includes itself"),
    ("{% include '/etc/passwd' %}", "/etc/passwd"),
    ("{{ ''.__class__.__mro__ }}", "unsafe"),
    ("{{ facts.reason | safe }}", "No filter named 'safe'"),
    ("{% for x in range(10 ** 8) %}{% endfor %}", "OverflowError"),
    ("{% for x in range(90000) %}{{ 'x' * 2000 }}{% endfor %}", "larger than 2 MiB"),
    ("{{ 'x' * 10 ** 10 }}", "memory"),
    ("{% set x = [1] * 10 ** 10 %}", "memory"),
    ("```text\nx\n", "leaves a fenced block open"),
    ("<!-- x\n", "leaves a comment open"),
    ("**Status:** ✅ Green\n{{ default }}", "a status of its own"),
)


@pytest.mark.slow
@pytest.mark.parametrize("failing", [FAILING[:5], FAILING[5:10], FAILING[10:]])
def test_a_template_that_fails_leaves_the_built_in_text(folder: Folder, failing: tuple[tuple[str, str], ...]) -> None:
    for section, (template, _) in zip(SECTIONS, failing, strict=True):
        (folder.path / f"{section}.md.j2").write_text(template, "utf-8")
    said = folder.say()
    assert said.sections == render(RECORD)
    for section, problem, (_, why) in zip(SECTIONS, said.problems, failing, strict=True):
        assert problem.startswith(f"{folder.path}/{section}.md.j2:")
        assert why in problem


ENDLESS = (
    "{% for x in range(90000) %}{% for y in range(90000) %}{% endfor %}{% endfor %}",
    "{{ (7 ** 999999) ** 999999 }}",
)


@pytest.mark.slow
@pytest.mark.parametrize("endless", ENDLESS)
def test_a_template_that_never_ends_costs_only_what_came_after_it(
    folder: Folder, monkeypatch: pytest.MonkeyPatch, endless: str
) -> None:
    """It is ended, and nothing of it is left; what was said before it stands. Checking it ends as well."""
    monkeypatch.setattr(templates, "_DEADLINE_S", 2.0)
    said = folder.having(summary="before", configuration=endless, status="{{ default }}\nafter").say()
    assert said.sections == {**render(RECORD), "summary": "before"}
    assert "configuration.md.j2: it took longer than 2 s" in said.problems[0]
    assert all("configuration" not in name for name, _, _ in wrong_templates(str(folder.path)))


@pytest.mark.slow
def test_the_verdict_and_the_last_digest_must_stay(folder: Folder) -> None:
    assert "the verdict must stay" in folder.refused("**All is well**", "status")
    said = folder.having(status="Read this first.\n\n{{ default }}\n").say()
    assert said.sections["status"].startswith("Read this first.\n\n**Status:** ✅ Green")
    (folder.path / "status.md.j2").unlink()
    assert "leaves out the last digest" in folder.refused("nothing", "execution")


@pytest.mark.slow
def test_what_is_printed_to_begin_from_works_and_says_at_least_what_is_built_in(folder: Folder) -> None:
    for section in SECTIONS:
        (folder.path / f"{section}.md.j2").write_text(starter(section), "utf-8")
    assert list(wrong_templates(str(folder.path))) == []
    entries = red_stories.red_with_timeout_and_stray().entries
    for record in (fold(telling.RUN, entries), fold(telling.RUN, entries[:1])):
        said = override(render(record), facts_of(record), str(folder.path))
        assert said.problems == ()
        for section, text in render(record).items():
            assert "".join(text.split()) in "".join(said.sections[section].split())


def test_what_is_wrong_is_found_without_a_run(folder: Folder) -> None:
    folder.having(summary="\n{{ facts.run }}\n{% if %}", status="\n\n{{ defualt }}", summry="", _mine="{{ x }}")
    found = {(name, line): said for name, line, said in wrong_templates(str(folder.path))}
    assert set(found) == {("summary.md.j2", 3), ("status.md.j2", 3), ("summry.md.j2", 0)}
    assert "`defualt` is nothing that a template knows" in found["status.md.j2", 3]
    assert "no section is called so" in found["summry.md.j2", 0]


def test_a_folder_that_is_not_there_or_holds_what_is_no_file(folder: Folder, tmp_path: Path) -> None:
    said = override(render(RECORD), FACTS, str(tmp_path / "none"))
    assert said.sections == render(RECORD)
    assert "No such file" in said.problems[0]
    (folder.path / "summary.md.j2").mkdir()
    (folder.path / "status.md.j2").symlink_to("/dev/zero")
    said = folder.say()
    assert said.sections == render(RECORD)
    assert len(said.problems) == 2
