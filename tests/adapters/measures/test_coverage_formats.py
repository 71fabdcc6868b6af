"""Coverage as real tools write it, and as nobody should: counted line by line, never by its own percentages."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.adapters.measures.coverage import FORMATS
from gatekeeper.adapters.measures.ran import Ran
from gatekeeper.model.demands import CoverageSpec
from gatekeeper.model.report import ReportProblem, Share
from tests.adapters.measures.measuring import SAMPLES, Measuring

# sample: lines, branches (None: not measured), lines of the file that was tested
REAL = {
    "coveragepy-7.17-branches.json": ((18, 20), (4, 6), (14, 16)),
    "coveragepy-7.17-lines.json": ((18, 20), None, (14, 16)),
    "coveragepy-6.5-branches.json": ((6, 20), (0, 8), (4, 16)),
    "coveragepy-5.5-branches.json": ((7, 22), (0, 8), (5, 17)),
    "coveragepy.cobertura.xml": ((18, 20), (4, 6), (14, 16)),
    "coveragepy.lcov.info": ((18, 20), (4, 6), (14, 16)),
    "gcovr.cobertura.xml": ((5, 7), (3, 6), (4, 6)),
    "lcov-1.16.lcov.info": ((5, 7), (3, 6), (4, 6)),
    "c8.lcov.info": ((7, 7), (3, 6), (6, 6)),
    "nyc.lcov.info": ((5, 5), (3, 6), (4, 4)),
    "nyc.cobertura.xml": ((5, 5), (3, 6), (4, 4)),
}


@pytest.mark.parametrize("sample", REAL)
def test_what_tools_write_is_counted(measuring: Measuring, sample: str) -> None:
    """Lines and branches each with their own kind; the format is told by the content."""
    measuring.write("cov/all", (SAMPLES / sample).read_bytes())
    coverage = measuring.covered(CoverageSpec(("cov/*",)))
    lines, branches, of_the_shop = REAL[sample]
    assert coverage.lines == Share(*lines)
    assert coverage.branches == (None if branches is None else Share(*branches))
    assert [each.lines for each in coverage.per_file if "shop." in each.path and "test" not in each.path] == [
        Share(*of_the_shop)
    ]


def test_every_sample_is_in_the_table() -> None:
    """A sample that nobody reads proves nothing."""
    assert {path.name for path in SAMPLES.iterdir()} == REAL.keys()


def cobertura(lines: str, before: str = "") -> bytes:
    return (
        f'{before}<coverage line-rate="1"><packages><package><classes><class filename="a.py"><lines>{lines}</lines>'
        "</class></classes></package></packages></coverage>"
    ).encode()


def read(form: str, content: bytes) -> Ran | ReportProblem:
    return FORMATS[form].read(io.BytesIO(content), "the file")


def refused(form: str, content: bytes) -> str:
    found = read(form, content)
    assert isinstance(found, ReportProblem)
    assert found.kind == "unreadable"
    return found.message


def ran(form: str, content: bytes) -> Ran:
    found = read(form, content)
    assert isinstance(found, Ran), found
    return found


@pytest.mark.parametrize("sample", REAL)
def test_a_file_that_is_cut_short_is_never_read(sample: str) -> None:
    """Wherever a writer died, what it left is no smaller coverage: it is none."""
    whole = (SAMPLES / sample).read_bytes().rstrip()
    form = {"json": "coverage_py", "xml": "cobertura", "info": "lcov"}[sample.rpartition(".")[2]]
    for cut in range(1, len(whole), max(1, len(whole) // 40)):
        # Between two records, lcov's format has no way to tell that more was to come.
        if form != "lcov" or not whole[:cut].rstrip().endswith(b"end_of_record"):
            found = read(form, whole[:cut])
            assert isinstance(found, ReportProblem) or not found.files, cut


def test_an_external_dtd_is_named_and_never_loaded() -> None:
    """Many writers name one; that alone is harmless."""
    doctype = '<!DOCTYPE coverage SYSTEM "http://127.0.0.1:1/coverage-04.dtd">'
    assert ran("cobertura", cobertura('<line number="1" hits="1"/>', doctype)).files["a.py"].lines == {1: True}


@pytest.mark.parametrize(
    "declared", ['<!ENTITY a "b">', '<!ENTITY % a SYSTEM "file:///etc/passwd"> %a;', '<!ATTLIST line hits CDATA "1">']
)
def test_a_dtd_inside_the_document_is_refused(declared: str) -> None:
    """Entities, and defaults that would make hits out of nothing."""
    doctype = f"<!DOCTYPE coverage [{declared}]>"
    assert "document type of its own" in refused("cobertura", cobertura('<line number="1" hits="0"/>', doctype))


def test_classes_of_one_file_are_one_file() -> None:
    """As Java's inner classes have it; a line that ran in one of them has run."""
    outer = '<class filename="a.py"><lines><line number="1" hits="0"/><line number="2" hits="0"/></lines></class>'
    inner = '<class filename="a.py"><lines><line number="2" hits="3"/></lines></class>'
    found = ran("cobertura", f"<coverage>{outer}{inner}</coverage>".encode())
    assert found.files["a.py"].lines == {1: False, 2: True}


def test_lines_of_methods_count_where_a_class_has_no_own() -> None:
    """And only there: istanbul lists a method's first line, which is not executable."""
    alone = (
        b'<coverage><class filename="a.py"><methods><method><lines><line number="7" hits="1"/></lines></method>'
        b"</methods></class></coverage>"
    )
    assert ran("cobertura", alone).files["a.py"].lines == {7: True}
    both = alone.replace(b"</methods>", b'</methods><lines><line number="8" hits="0"/></lines>')
    assert ran("cobertura", both).files["a.py"].lines == {8: False}


@pytest.mark.parametrize(
    "line",
    [
        '<line number="one" hits="1"/>',
        '<line number="1"/>',
        '<line number="1" hits="many"/>',
        '<line number="1" hits="1" branch="true" condition-coverage="50%"/>',
        '<line number="1" hits="1" condition-coverage="150% (3/2)"/>',
    ],
)
def test_a_line_that_says_nothing_sensible_is_refused(line: str) -> None:
    """Rather than counted as one thing or the other."""
    refused("cobertura", cobertura(line))


def test_no_conditions_means_that_branches_were_not_measured() -> None:
    """Not that none was taken."""
    assert not ran("cobertura", cobertura('<line number="1" hits="1" branch="false"/>')).branches_measured


def test_tracefiles_need_no_counts_of_their_own_and_name_a_file_twice() -> None:
    """One record a test name; LF and LH may lie or be missing; text names branches; `-` never got there."""
    text = b"""TN:one
SF:a.c
DA:1,5,checksum
DA:2,0
BRDA:2,0,jump to 3, or 4,-
BRDA:2,e1,0,0
LF:900
LH:900
end_of_record
TN:two
SF:a.c
DA:2,1e+03
DA:3,-1
BRDA:2,0,jump to 3, or 4,2
end_of_record
"""
    found = ran("lcov", b"# made by hand\n" + text)
    assert found.files["a.c"].lines == {1: True, 2: True, 3: False}
    assert found.files["a.c"].share_of_branches() == Share(1, 2)


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (b"DA:1,1\nSF:a\nend_of_record", "stands in no file"),
        (b"SF:a\nDA:x,1\nend_of_record", "a count"),
        (b"SF:a\nDA:1\nend_of_record", "a count"),
        (b"SF:a\nBRDA:1,0,1\nend_of_record", "a branch and a count"),
        (b"SF:a\nSF:b\nend_of_record", "begins before"),
        (b"SF:a\nhello\nend_of_record", "no record"),
        (b"SF:a\nDA:1,1", "cut short"),
    ],
)
def test_a_tracefile_that_makes_no_sense_is_refused(line: bytes, why: str) -> None:
    """With the line that does not."""
    assert why in refused("lcov", line)


def coverage_py(**changes: Any) -> bytes:
    content: dict[str, Any] = {
        "executed_lines": [1, 2],
        "missing_lines": [3],
        "excluded_lines": [],
        "summary": {"covered_lines": 2, "num_statements": 3, "percent_covered": 99.9, "num_branches": 0},
    }
    content.update(changes)
    return json.dumps({"meta": {"format": 3, "branch_coverage": False}, "files": {"a.py": content}}).encode()


def test_the_mixed_percentage_is_not_looked_at() -> None:
    """It puts lines and branches together."""
    assert ran("coverage_py", coverage_py()).files["a.py"].share_of_lines() == Share(2, 3)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"missing_lines": []}, "contradicts itself"),
        ({"summary": {"covered_lines": 3, "num_statements": 3}}, "contradicts itself"),
        ({"executed_lines": [1]}, "contradicts itself"),
        ({"missing_lines": [2]}, "both ran and did not"),
        ({"missing_lines": None}, "no list of numbers"),
        ({"executed_lines": ["1"]}, "no list of numbers"),
        ({"executed_lines": [True]}, "no list of numbers"),
        ({"summary": {"covered_lines": 4, "num_statements": 3}}, "no `covered_lines` of `num_statements`"),
        ({"summary": []}, "is no object"),
    ],
)
def test_a_json_whose_counts_are_not_its_lines_is_refused(change: dict[str, Any], why: str) -> None:
    """An edited header is no better coverage."""
    assert why in refused("coverage_py", coverage_py(**change))


def test_a_file_in_two_reports_is_counted_once(measuring: Measuring) -> None:
    """What ran in one of them has run, also where the reports are of different formats."""
    measuring.write("a.py", "x\n" * 9)
    measuring.write("cov/one.json", coverage_py())
    measuring.write("cov/two.info", f"SF:{measuring.folder}/a.py\nDA:3,1\nDA:4,0\nend_of_record\n")
    coverage = measuring.covered(CoverageSpec(("cov/*",)))
    assert [(each.path, each.lines) for each in coverage.per_file] == [("a.py", Share(3, 4))]


@pytest.mark.parametrize("form", FORMATS)
@given(noise=st.binary(max_size=200), at=st.integers(0, 3000), cut=st.integers(0, 200))
def test_noise_never_crashes_a_reader(form: str, noise: bytes, at: int, cut: int) -> None:
    """Whatever was done to a report, it is read or refused."""
    sample = {"coverage_py": "coveragepy-7.17-branches.json", "cobertura": "nyc.cobertura.xml", "lcov": "nyc.lcov.info"}
    whole = (SAMPLES / sample[form]).read_bytes()
    found = read(form, whole[:at] + noise + whole[at + cut :])
    assert isinstance(found, ReportProblem | Ran)
