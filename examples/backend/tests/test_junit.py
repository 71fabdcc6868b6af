"""The report says of every test what happened to it, and counts right."""

from __future__ import annotations

import io
import tempfile
import unittest
import xml.etree.ElementTree as ET
from pathlib import Path

from .junit import run, write


def _suite() -> list[unittest.TestSuite]:
    """One test for everything that can happen. Inside a function, where discovery does not find it."""

    class Outcomes(unittest.TestCase):
        def test_error(self) -> None:
            raise RuntimeError("bell \a and <tag>")

        @unittest.expectedFailure
        def test_expected_failure(self) -> None:
            self.fail("known")

        def test_failure(self) -> None:
            self.assertEqual(1, 2)

        def test_pass(self) -> None:
            pass

        @unittest.skip("not today")
        def test_skip(self) -> None:
            pass

        def test_subtests(self) -> None:
            for number in range(4):
                with self.subTest(number=number):
                    self.assertEqual(number % 2, 0)

        @unittest.expectedFailure
        def test_unexpected_success(self) -> None:
            pass

    class NoSetUp(unittest.TestCase):
        @classmethod
        def setUpClass(cls) -> None:
            raise OSError("no service")

        def test_never_run(self) -> None:
            pass

    load = unittest.TestLoader().loadTestsFromTestCase
    return [load(Outcomes), load(NoSetUp)]


class JunitTest(unittest.TestCase):
    """run and write."""

    def setUp(self) -> None:
        """Run the suite and read its report."""
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "reports" / "junit.xml"
            write(run(_suite(), io.StringIO()).cases, 1.5, "outcomes", file)
            self.assertEqual([entry.name for entry in file.parent.iterdir()], ["junit.xml"])
            self.root = ET.parse(file).getroot()
        self.cases = {case.get("name", ""): case for case in self.root.iter("testcase")}

    def test_every_test_has_one_case_with_one_outcome(self) -> None:
        """Also the class that could not be set up, instead of its tests."""
        outcomes = {name: [child.tag for child in case] for name, case in self.cases.items()}
        self.assertEqual(
            outcomes,
            {
                "test_error": ["error"],
                "test_expected_failure": ["skipped"],
                "test_failure": ["failure"],
                "test_pass": [],
                "test_skip": ["skipped"],
                "test_subtests": ["failure"],
                "test_unexpected_success": ["failure"],
                "setUpClass": ["error"],
            },
        )

    def test_the_counts_are_those_of_the_cases(self) -> None:
        """In the root and in the suite."""
        for element in (self.root, self.root[0]):
            counts = [element.get(name) for name in ("tests", "failures", "errors", "skipped", "time")]
            self.assertEqual(counts, ["8", "3", "2", "2", "1.500"])

    def test_a_case_says_where_it_is_and_what_was_wrong(self) -> None:
        """Message, type and traceback; characters that XML has no place for are replaced."""
        case = self.cases["test_error"]
        self.assertEqual(case.get("file"), "tests/test_junit.py")
        self.assertTrue(case.get("classname", "").endswith("Outcomes"))
        error = case[0]
        self.assertEqual((error.get("type"), error.get("message")), ("RuntimeError", "bell \ufffd and <tag>"))
        self.assertIn("Traceback", error.text or "")
        self.assertEqual(self.cases["test_skip"][0].get("message"), "not today")

    def test_failing_subtests_are_told_together(self) -> None:
        """The first in the message, all of them in the text."""
        failure = self.cases["test_subtests"][0]
        self.assertEqual(failure.get("message"), "(number=1) 1 != 0 (and 1 more)")
        self.assertEqual((failure.text or "").count("Traceback"), 2)
