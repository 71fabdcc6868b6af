"""Owns the question whether what we write is valid by the official schemas themselves, which are not ours to keep here.

``python -m tests.adapters.exports.against_official FOLDER`` validates every story and hostile texts in every format,
with `jsonschema` and `xmlschema`; FOLDER holds the three files below, of these or of later commits. Exit code 1 tells
what is not valid. The rules of `tests.adapters.exports.official` were held against these on 2026-11-27.
"""

from __future__ import annotations

import hashlib
import importlib
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from jsonschema import Draft4Validator, Draft7Validator

from tests.adapters.executionlog.log_stories import hostile
from tests.adapters.exports.exported import STORIES, Exported
from tests.adapters.exports.test_exports_of_stories import NASTY, with_tests

# Repository and commit, path in it, licence, SHA-256.
OFFICIAL = {
    "sarif-schema-2.1.0.json": (
        "github.com/oasis-tcs/sarif-spec e0583813964ec43cea53b6b531b402866095ed1f",
        "sarif-2.1/schema/sarif-schema-2.1.0.json, OASIS IPR policy",
        "c3b4bb2d6093897483348925aaa73af03b3e3f4bd4ca38cef26dcb4212a2682e",
    ),
    "ctrf.schema.json": (
        "github.com/ctrf-io/ctrf 84ddec55811b6a9bf9db3bf9638c9568cde88bb5",
        "schema/ctrf.schema.json, MIT",
        "483d18d861be83d721ad57ec0f36788610471e8068314b50bb73a7a655068191",
    ),
    "junit-10.xsd": (
        "github.com/jenkinsci/xunit-plugin 8c515de2804b3fd591a3b0f1ff8908a1b1a41887",
        "src/main/resources/org/jenkinsci/plugins/xunit/types/model/xsd/junit-10.xsd, MIT",
        "a1a816f58d1bf95ebabf371994df0b9246dee66ea9572fbec4f9296f1b2c0ff6",
    ),
}


def main(folder: Path) -> int:
    """Tells what is not valid, and how much was looked at."""
    for name, (where, path, digest) in OFFICIAL.items():
        file = folder / name
        if not file.is_file():
            sys.exit(f"{file} is missing: it is {path}, of {where}")
        if hashlib.sha256(file.read_bytes()).hexdigest() != digest:
            print(f"{name} is not the one of {where}: a later one, perhaps")
    checks = _checks(folder)
    count = bad = 0
    for name, told in _documents():
        for form, check in checks.items():
            count += 1
            for wrong in check(getattr(told, form)):
                bad += 1
                print(f"{name} as {form}: {wrong}")
    print(f"{count} documents, {bad} problems")
    return 1 if bad else 0


def _documents() -> Iterator[tuple[str, Exported]]:
    for name, story in STORIES.items():
        yield name, Exported(story())
    for number, text in enumerate((NASTY, "", " ", "\ud800", "\x85\u2028", "long " * 10_000)):
        yield f"hostile text {number}", Exported(hostile(text))
        yield f"tests of hostile text {number}", with_tests(text)


def _checks(folder: Path) -> dict[str, Callable[[str], list[str]]]:
    sarif = Draft4Validator(json.loads((folder / "sarif-schema-2.1.0.json").read_text("utf-8")))
    ctrf = Draft7Validator(json.loads((folder / "ctrf.schema.json").read_text("utf-8")))
    # Nothing but this asks for it, so it is not locked: pip install xmlschema.
    junit = importlib.import_module("xmlschema").XMLSchema(str(folder / "junit-10.xsd"))
    return {
        "sarif": lambda text: [fault.message for fault in sarif.iter_errors(json.loads(text))],
        "ctrf": lambda text: [fault.message for fault in ctrf.iter_errors(json.loads(text))],
        "junit": lambda text: [str(fault.reason) for fault in junit.iter_errors(text)],
    }


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
