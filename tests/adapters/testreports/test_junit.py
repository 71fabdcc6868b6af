"""JUnit XML as its many writers write it, and as nobody should."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from gatekeeper.adapters.testreports.junit import read_junit
from gatekeeper.model.report import Report, ReportedTest, ReportProblem, Totals

SAMPLES = Path(__file__).parent / "samples"
INSIDE = '<testsuite><testcase name="b"><failure/></testcase><testcase name="c"><failure/></testcase></testsuite>'


def read(text: str | bytes) -> Report:
    report = read_junit(io.BytesIO(text if isinstance(text, bytes) else text.encode()), "r.xml")
    assert isinstance(report, Report), report
    return report


def problem(text: str | bytes) -> str:
    found = read_junit(io.BytesIO(text if isinstance(text, bytes) else text.encode()), "r.xml")
    assert isinstance(found, ReportProblem), found
    assert found.kind == "unreadable"
    return found.message


def ran_again(report: Report) -> list[str]:
    return [case.id for case in report.cases if case.attempts > 1]


def test_a_file_names_the_test_where_it_is_given() -> None:
    """An id is the file or the class, then the name; `line` gives the place where the text has none."""
    report = read(
        '<testsuite><testcase file="t/test_a.py" line="7" classname="t.T" name="x"><failure/></testcase></testsuite>'
    )
    assert report.cases == (ReportedTest("t/test_a.py::x", "failed", "", "t/test_a.py:7"),)


def test_no_tests_at_all_are_visible_as_such() -> None:
    """Nought is counted as nought; whether that may pass is judged elsewhere."""
    assert read("<testsuites/>").counts == Totals(0, 0, 0, 0, 0)
    assert read('<testsuite tests="0" failures="0"></testsuite>').contradictions == ()


@pytest.mark.parametrize(
    ("suite", "contradiction"),
    [
        (
            '<testsuite name="s" tests="1" failures="1"><testcase name="a"/></testsuite>',
            "r.xml: the suite 's' says that 1 failed, but none of its cases did",
        ),
        (
            '<testsuite name="s" errors="1"><testcase name="a"><skipped/></testcase></testsuite>',
            "r.xml: the suite 's' says that 1 failed, but none of its cases did",
        ),
        (
            '<testsuite failures="0"><testcase name="a"><failure/></testcase></testsuite>',
            "r.xml: its header says that 0 failed, but 1 of its cases did",
        ),
        (
            '<testsuites failures="3"><testsuite><testcase name="a"><failure/></testcase></testsuite></testsuites>',
            "r.xml: its header says that 3 failed, but 1 of its cases did",
        ),
        (
            '<testsuites failures="0"><testsuite><testcase name="a"><failure/></testcase></testsuite></testsuites>',
            "r.xml: its header says that 0 failed, but 1 of its cases did",
        ),
        (
            '<testsuite failures="0"><testcase name="a"><failure/></testcase><testcase name="a"/></testsuite>',
            "r.xml: its header says that 0 failed, but 1 of its cases did",
        ),
    ],
)
def test_a_header_that_disagrees_about_failures(suite: str, contradiction: str) -> None:
    """Fewer or more failures than cases is a contradiction, told once."""
    assert read(suite).contradictions == (contradiction,)
    assert read(f'<testsuites failures="9">{suite}</testsuites>').contradictions[0] == contradiction


def test_a_header_that_counts_more_tests_than_cases_is_noted_only() -> None:
    """Subtests and pending tests do that honestly."""
    report = read('<testsuite name="s" tests="5" failures="0"><testcase name="a"/></testsuite>')
    assert report.contradictions == ()
    assert report.notes == ("r.xml: the suite 's' counts 5 tests, and 1 cases were found",)


@pytest.mark.parametrize(
    "suite",
    [
        # a case with two failures, counted twice or once
        '<testsuite failures="2"><testcase name="a"><failure/><failure/></testcase></testsuite>',
        '<testsuite failures="1"><testcase name="a"><failure/><failure/></testcase></testsuite>',
        # suites inside, counted as one each (Node), with all that is in them, or not at all
        '<testsuite failures="2"><testcase name="a"><failure/></testcase>' + INSIDE + "</testsuite>",
        '<testsuite failures="3"><testcase name="a"><failure/></testcase>' + INSIDE + "</testsuite>",
        '<testsuite failures="1"><testcase name="a"><failure/></testcase>' + INSIDE + "</testsuite>",
        # what was never collected, counted or not (gotestsum)
        '<testsuite failures="0"><testcase name="TestMain"><failure/></testcase></testsuite>',
        '<testsuite failures="1"><testcase name="TestMain"><failure/></testcase></testsuite>',
        # failures and errors told apart in another way than ours
        '<testsuite failures="1" errors="0"><testcase name="a"><error/></testcase></testsuite>',
        # numbers as some locales write them, and no numbers at all
        '<testsuite failures="0" tests="1,204"><testcase name="a"/></testsuite>',
        '<testsuite failures="" tests="many"><testcase name="a"><failure/></testcase></testsuite>',
    ],
)
def test_honest_ways_to_count(suite: str) -> None:
    """Writers differ in what they count; that is no contradiction."""
    assert read(suite).contradictions == ()


def test_a_suite_that_failed_as_a_whole_is_a_failure() -> None:
    """Some writers put the crash of a suite beside its cases."""
    report = read('<testsuite name="db" errors="1"><error message="no database"/><testcase name="a"/></testsuite>')
    assert report.counts == Totals(total=2, passed=1, failed=0, errors=1, skipped=0)
    assert report.cases == (ReportedTest("db::(the suite itself)", "error", "no database", collected=False),)
    assert report.contradictions == ()


@pytest.mark.parametrize(
    ("case", "outcome"),
    [
        ('<testcase name="a" status="failed"/>', "failed"),
        ('<testcase name="a" status="notrun"/>', "skipped"),
        ('<testcase name="a" status="fail"><skipped/></testcase>', "failed"),
        ('<testcase name="a" failure="m"/>', "failed"),
        ('<testcase name="a" result="error"/>', "error"),
        ('<testcase name="a"><skipped type="XFAIL"/></testcase>', "xfailed"),
        ('<testcase name="a"><skipped message="xfail-marked test passes unexpectedly"/></testcase>', "xpassed"),
        ('<testcase name="a"><skipped/><failure/></testcase>', "failed"),
        ('<testcase name="a"><failure/><error/></testcase>', "error"),
        ('<x:testcase xmlns:x="urn:x" name="a"><x:failure/></x:testcase>', "failed"),
    ],
)
def test_the_worst_of_a_case_counts(case: str, outcome: str) -> None:
    """A case with several results is as bad as the worst of them; a status counts where there is none."""
    assert [found.outcome for found in read(f"<testsuite>{case}</testsuite>").cases] == [outcome]


def test_the_same_name_in_two_suites_is_two_tests() -> None:
    """Only a repetition inside one suite is a rerun."""
    suite = '<testsuite><testcase name="a"/></testsuite>'
    report = read(f"<testsuites>{suite}{suite}</testsuites>")
    assert report.counts.total == 2
    assert ran_again(report) == []


@pytest.mark.parametrize("cut", [1, 40, 200, 1000, 2000])
def test_a_report_that_is_cut_short_is_no_evidence(cut: int) -> None:
    """Wherever the writer died, the report is unreadable, never a smaller one that passes."""
    whole = (SAMPLES / "pytest-xunit2.xml").read_bytes()
    assert "cut short or not XML" in problem(whole[:-cut])


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ("<html><body>502</body></html>", "its root is <html>"),
        ("{}", "cut short or not XML"),
        ("<testsuite><testcase></testsuite>", "cut short or not XML: mismatched tag"),
        (b"<testsuite name='\xff\xfe'/>", "cut short or not XML"),
        ('<?xml version="1.0" encoding="klingon"?><testsuite/>', "cut short or not XML"),
        ("<testsuite/><testsuite/>", "cut short or not XML: junk after document element"),
        ("<testsuite>" * 300, "nested more than 200 deep"),
    ],
)
def test_what_is_no_report(document: str | bytes, said: str) -> None:
    """The problem names what was found instead."""
    assert said in problem(document)


def test_a_billion_laughs_are_not_heard() -> None:
    """A document type declaration is refused before any entity exists; external ones are never fetched."""
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    bomb = f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY l0 "lol">{laughs}]><testsuite name="&l9;"/>'
    assert "holds a document type or entity declaration" in problem(bomb)
    outside = '<!DOCTYPE x SYSTEM "file:///etc/passwd"><testsuite/>'
    assert "holds a document type" in problem(outside)


def test_utf_16_and_latin_1_are_read() -> None:
    """The encoding is the document's own affair."""
    for encoding in ("utf-16", "iso-8859-1"):
        case = '<testcase name="grün"><failure/></testcase>'
        text = f'<?xml version="1.0" encoding="{encoding}"?><testsuite>{case}</testsuite>'
        assert read(text.encode(encoding)).cases[0].id == "grün"


def test_messages_are_short_and_tame() -> None:
    """A megabyte of failure with terminal sequences becomes one line of bounded length."""
    text = "&#10;first \u2028 line #x1B[31mred#x1B[0m " + "x" * 1_000_000
    [case] = read(f"<testsuite><testcase name='a'><failure>{text}</failure></testcase></testsuite>").cases
    assert case.message.startswith("first line red xxx")
    assert len(case.message) == 300


def test_a_large_report_is_read_as_a_stream() -> None:
    """Thirty thousand cases take a moment, and only what did not pass is kept."""
    cases = "".join(f'<testcase classname="c" name="t{n}"/>' for n in range(30_000))
    report = read(f'<testsuite tests="30000" failures="0">{cases}</testsuite>')
    assert report.counts == Totals(30_000, 30_000, 0, 0, 0)
    assert report.cases == ()


@pytest.mark.parametrize(
    "around", ["<testsuite name='{}'/>", "<testsuite><!--{}--></testsuite>", "<testsuite {}='1'/>"]
)
def test_a_tag_without_end_holds_nobody(around: str) -> None:
    """Some parsers take hours for one of a few hundred megabytes; it is refused after a few."""
    before, after = around.encode().split(b"{}")
    assert "holds a single tag or comment of more than 4 MiB" in problem(before + b"y" * (8 << 20) + after)
    assert read(before + b"y" * (1 << 20) + after).counts.total == 0


def test_text_without_end_is_read_past() -> None:
    """What a test printed may be long; it is not kept."""
    text = "y" * (8 << 20)
    report = read(f"<testsuite><testcase name='a'><system-out>{text}</system-out></testcase></testsuite>")
    assert report.passed == ("a",)
    assert read(
        f"<testsuite><testcase name='a'><system-out><![CDATA[{text}]]></system-out></testcase></testsuite>"
    ).passed


def test_names_without_end_stay_apart() -> None:
    """An id is short, and still that of one test; an address in memory is no part of it."""
    long = "".join(f'<testcase name="{"n" * 10_000}{n}"/>' for n in range(3))
    report = read(f'<testsuite>{long}<testcase name="at 0x7f978a251090 and&#10;more"/></testsuite>')
    assert len({*report.passed}) == 4
    assert max(map(len, report.passed)) < 520
    assert report.passed[3] == "0x… and more"
