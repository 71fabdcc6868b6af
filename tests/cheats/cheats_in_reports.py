"""Cheats in the evidence: reports, coverage and numbers that are not what this attempt found."""

from __future__ import annotations

import shutil
import textwrap

from tests.cheats.cheats_in_scripts import RUN, TEST
from tests.cheats.corpus import INCONCLUSIVE, RED, Got, Scenario, Shop, got

_RAN = RUN.removeprefix("exec ")
_LIMITED = "report: {junit: reports/junit.xml}"


def _after_the_tests(shop: Shop, code: str) -> None:
    """The tests run, and then Python code does something to their report, unseen by the exit code."""
    shop.write("scripts/after.py", textwrap.dedent(code))
    shop.edit(TEST, (RUN, f'{_RAN} || true\n"$PYTHON" scripts/after.py'))


def report_of_yesterday(shop: Shop) -> None:
    """The one of a good run, kept and put back with a new date."""
    shop.run()
    shutil.copyfile(shop.root / "reports/junit.xml", shop.root / "good.xml")
    shop.break_the_code()
    shop.edit(TEST, (RUN, f"{_RAN} || true\ncp good.xml reports/junit.xml"))


def report_left_lying(shop: Shop) -> None:
    """Nothing is run; the report of the run before lies there still."""
    shop.run()
    shop.break_the_code()
    shop.script(TEST, "#!/bin/sh\nmkdir -p reports\ntouch reports/junit.xml\n")


def linked_report(shop: Shop) -> None:
    shop.run()
    shutil.copyfile(shop.root / "reports/junit.xml", shop.root / "good.xml")
    shop.break_the_code()
    shop.script(TEST, "#!/bin/sh\nmkdir -p reports\nln -sf ../good.xml reports/junit.xml\n")


def report_of_another_suite(shop: Shop) -> None:
    shop.break_the_code()
    shop.write("other/test_other.py", "def test_nothing():\n    pass\n")
    shop.edit(TEST, (RUN, f"{_RAN} other"))


def empty_report(shop: Shop) -> None:
    shop.break_the_code()
    _after_the_tests(
        shop,
        """
        import pathlib
        pathlib.Path("reports/junit.xml").write_text('<testsuites><testsuite name="pytest" tests="0"/></testsuites>')
        """,
    )


def empty_file(shop: Shop) -> None:
    shop.break_the_code()
    _after_the_tests(shop, 'open("reports/junit.xml", "w").close()')


def edited_headers(shop: Shop) -> None:
    shop.break_the_code()
    _after_the_tests(
        shop,
        """
        import pathlib
        report = pathlib.Path("reports/junit.xml")
        report.write_text(report.read_text().replace('failures="1"', 'failures="0"'))
        """,
    )


def edited_cases(shop: Shop) -> None:
    """The failure is taken out, the header forgotten."""
    shop.break_the_code()
    _after_the_tests(
        shop,
        """
        import pathlib, re
        report = pathlib.Path("reports/junit.xml")
        report.write_text(re.sub("<failure.*?</failure>", "", report.read_text(), flags=re.S))
        """,
    )


def edited_everywhere(shop: Shop) -> None:
    """Header and case agree: only the script that does it gives it away."""
    shop.break_the_code()
    _after_the_tests(
        shop,
        """
        import pathlib, re
        report = pathlib.Path("reports/junit.xml")
        text = re.sub("<failure.*?</failure>", "", report.read_text(), flags=re.S)
        report.write_text(text.replace('failures="1"', 'failures="0"'))
        """,
    )


def truncated_report(shop: Shop) -> None:
    shop.break_the_code()
    _after_the_tests(
        shop,
        """
        import pathlib
        report = pathlib.Path("reports/junit.xml")
        text = report.read_text()
        report.write_text(text[: text.index("large_baskets") - 60])
        """,
    )


def failing_case_cut_out(shop: Shop) -> None:
    shop.break_the_code()
    _after_the_tests(
        shop,
        """
        import pathlib, re
        report = pathlib.Path("reports/junit.xml")
        text = re.sub("<testcase[^>]*large_baskets.*?</testcase>", "", report.read_text(), flags=re.S)
        report.write_text(text.replace('failures="1"', 'failures="0"').replace('tests="10"', 'tests="9"'))
        """,
    )


def a_report_with_entities(shop: Shop) -> None:
    shop.break_the_code()
    _after_the_tests(
        shop,
        """
        import pathlib
        good = "".join(f'<testcase classname="t" name="t{n}"/>' for n in range(10))
        text = '<!DOCTYPE x [<!ENTITY a "b">]><testsuite tests="10" failures="0">' + good + "</testsuite>"
        pathlib.Path("reports/junit.xml").write_text(text)
        """,
    )


def optional_and_absent(shop: Shop) -> None:
    shop.break_the_code()
    shop.define((_LIMITED, "report: {junit: reports/junit.xml, optional: true}"))
    shop.script(TEST, "#!/bin/sh\nexit 0\n")


def killed_for_memory(shop: Shop) -> None:
    """What fails is killed for want of memory, and the script passes all the same."""
    shop.define((_LIMITED, f"{_LIMITED}\n        limits: {{memory: 96MiB}}"))
    shop.on_main()
    shop.break_the_code()
    hog = "\"$PYTHON\" -c 'import time; hog = bytearray(300 << 20); time.sleep(20)' || true"
    shop.edit(TEST, (RUN, f"{hog}\n{_RAN} --deselect tests/test_prices.py::test_total || true\nexit 0"))


def coverage_of_yesterday(shop: Shop) -> None:
    shop.run()
    shutil.copyfile(shop.root / "reports/coverage.json", shop.root / "coverage.json")
    shop.add("shop/codes.py", "\n\ndef untested(cents):\n    if cents > 1:\n        return 1\n    return 2\n")
    shop.define(('"$PYTHON" scripts/cover.py', "mkdir -p reports; cp -p coverage.json reports/"))


def untested_code(shop: Shop) -> None:
    """No cheat to see, only less coverage than there was."""
    shop.add("shop/codes.py", "\n\ndef untested(cents):\n    if cents > 1:\n        return 1\n    return 2\n")


def no_coverage_at_all(shop: Shop) -> None:
    shop.add("shop/codes.py", "\n\ndef untested(cents):\n    if cents > 1:\n        return 1\n    return 2\n")
    shop.edit("scripts/cover.py", ('"files": files, "totals": totals', '"files": {}, "totals": {}'))


def no_number_at_all(shop: Shop) -> None:
    shop.add("shop/codes.py", "\n\n# TODO: nobody checks the date of a code\n")
    shop.script("scripts/lint.sh", "#!/bin/sh\necho all fine\n")


def _tampered(shop: Shop, path: str, old: str, new: str) -> Got:
    """A run, then somebody changes a file of its evidence; what `verify` says of that."""
    journal = shop.run()
    file = next(journal.folder.glob(path))
    text = file.read_text("utf-8")
    assert old in text, text
    file.write_text(text.replace(old, new, 1), "utf-8")
    done = shop.gatekeeper("verify", journal.run)
    return Got({0: "whole", 1: "altered"}.get(done.code, f"exit code {done.code}"), done.text)


def edited_journal(shop: Shop) -> Got:
    shop.break_the_code()
    return _tampered(shop, "journal.jsonl", '"verdict":"failed"', '"verdict":"passed"')


def edited_verdict(shop: Shop) -> Got:
    shop.break_the_code()
    return _tampered(shop, "journal.jsonl", '"verdict":"red"', '"verdict":"green"')


def edited_output(shop: Shop) -> Got:
    shop.break_the_code()
    return _tampered(shop, "output/suite.unit.1.log", "1 failed", "0 failed")


def edited_kept_report(shop: Shop) -> Got:
    shop.break_the_code()
    return _tampered(shop, "reports/*junit.xml", 'failures="1"', 'failures="0"')


def edited_kept_definition(shop: Shop) -> Got:
    return _tampered(shop, "definition.yaml", "timeout: 30s", "timeout: 90s")


def forged_journal(shop: Shop) -> Got:
    """The last line is forged with a chain that fits; the execution log knows the last digest."""
    from gatekeeper.adapters.journal.line import digest_of

    shop.break_the_code()
    journal = shop.run()
    lines = journal.path.read_bytes().splitlines(keepends=True)
    lines[-1] = lines[-1].replace(b'"verdict":"red"', b'"verdict":"green"').replace(b'"exit_code":1', b'"exit_code":0')
    assert digest_of(lines[-1])
    journal.path.write_bytes(b"".join(lines))
    done = shop.gatekeeper("verify", journal.run)
    return Got({0: "whole", 1: "altered"}.get(done.code, f"exit code {done.code}"), done.text)


def evidence_during_the_run(shop: Shop) -> Got:
    """A step rewrites what an earlier attempt of the same run printed."""
    shop.break_the_code()
    shop.define(("retry_unchanged: 0", "retry_unchanged: 1"))
    whitewash = (
        'for log in .gatekeeper/runs/"$GATEKEEPER_RUN"/output/suite.unit.1.log; do '
        'if [ -s "$log" ] && [ "$GATEKEEPER_ATTEMPT" = 2 ]; then echo fine >"$log"; fi; done'
    )
    shop.edit(TEST, (RUN, f"{whitewash}\n{RUN}"))
    return got(shop, None)


ALTERED = frozenset({"altered"})
CHEATS = (
    Scenario("a report of yesterday, copied", report_of_yesterday, INCONCLUSIVE, "report-stale"),
    Scenario("a report of yesterday, touched", report_left_lying, INCONCLUSIVE, "report-"),
    Scenario("a report of yesterday, linked", linked_report, INCONCLUSIVE, "report-"),
    Scenario("a report of another suite", report_of_another_suite, RED, "lost"),
    Scenario("a report without tests", empty_report, RED, "no-tests"),
    Scenario("an empty file", empty_file, INCONCLUSIVE, "report-unreadable"),
    Scenario("edited header counts", edited_headers, RED, "report-"),
    Scenario("edited cases", edited_cases, RED, "report-contradiction"),
    Scenario("edited header and cases", edited_everywhere, RED, "weakening scripts/test.sh"),
    Scenario("a truncated report", truncated_report, INCONCLUSIVE, "report-unreadable"),
    Scenario("the failing case cut out", failing_case_cut_out, RED, "lost"),
    Scenario("a report with entities", a_report_with_entities, INCONCLUSIVE, "report-unreadable"),
    Scenario("an optional report that is absent", optional_and_absent, INCONCLUSIVE, "weakening"),
    Scenario("killed for memory, exit code 0", killed_for_memory, RED, "limit-memory"),
    Scenario("coverage of yesterday", coverage_of_yesterday, RED, "coverage"),
    Scenario("untested code", untested_code, RED, "coverage"),
    Scenario("a coverage file without data", no_coverage_at_all, INCONCLUSIVE, "coverage"),
    Scenario("no number at all", no_number_at_all, INCONCLUSIVE, "problems"),
    Scenario("a step's verdict edited in the journal", edited_journal, ALTERED, "journal"),
    Scenario("the run's verdict edited in the journal", edited_verdict, ALTERED, "journal"),
    Scenario("edited output", edited_output, ALTERED, "output/suite.unit.1.log"),
    Scenario("an edited kept report", edited_kept_report, ALTERED, "junit.xml"),
    Scenario("an edited kept definition", edited_kept_definition, ALTERED, "definition.yaml"),
    Scenario("a forged end of the journal", forged_journal, ALTERED, "verdict"),
    Scenario("evidence rewritten by a step", evidence_during_the_run, RED, "output/suite.unit.1.log"),
)
