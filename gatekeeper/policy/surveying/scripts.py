"""Owns what scripts of a project's own propose: dev-scripts/ that start, smoke and test a stack; script/test."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from gatekeeper.policy.drafting.draft import Sure
from gatekeeper.policy.drafting.names import slug
from gatekeeper.policy.surveying.hints import Hints
from gatekeeper.policy.surveying.proposal import Kind, Proposal
from gatekeeper.policy.surveying.survey import Manifest, Place, Survey

FOLDERS: Final = ("dev-scripts", "scripts", "script", "bin")
_STARTS: Final = re.compile(r"(?:re)?start(?:-([\w-]+))?(?:\.sh)?")
_SMOKES: Final = re.compile(r"smoke(?:-[\w-]+)?(?:\.sh)?")
_TESTS: Final = re.compile(r"(?:tests?|cibuild|run-tests)(?:\.sh)?")


def scripts(survey: Survey, _: Hints) -> Iterator[Proposal]:
    """`restart-NAME.sh` keeps NAME, `smoke-*.sh` asks it, `test.sh` tests; only where the files are scripts."""
    started = ""
    for manifest in _scripts(survey):
        name = manifest.path.rpartition("/")[2]
        run, at = f"./{manifest.path}", Place(manifest.path, 0)
        called = slug(name.removesuffix(".sh"), "script")
        marks = (manifest.path,)
        if (found := _STARTS.fullmatch(name)) and not started:
            started = slug(found[1] or "stack", "stack")
            yield Proposal(
                Kind.STACK, called, run, at, Sure.MEDIUM, "what a start script starts is wanted later", keep=started,
                port=manifest.says(r"\bPORT\b"), marks=marks,
            )  # fmt: skip
        elif _SMOKES.fullmatch(name):
            doubt = "" if started else "nothing here starts what it asks"
            yield Proposal(Kind.SMOKE, called, run, at, Sure.MEDIUM, "by its name", doubt=doubt, marks=marks)
        elif _TESTS.fullmatch(name):
            yield Proposal(
                Kind.TEST, called, run, at, Sure.MEDIUM, "by its name", marks=marks,
                no_report="what the script runs may write one; name it under report",
            )  # fmt: skip


def _scripts(survey: Survey) -> Iterator[Manifest]:
    """The starting ones first: what asks needs what starts."""
    found = [
        manifest
        for path, manifest in sorted(survey.manifests.items())
        if path.count("/") == 1 and path.partition("/")[0] in FOLDERS and manifest.text.startswith("#!")
    ]
    return iter(sorted(found, key=lambda each: not _STARTS.fullmatch(each.path.rpartition("/")[2])))


def stop_script(survey: Survey) -> Place | None:
    """The script that ends what a start script started."""
    for manifest in _scripts(survey):
        if re.fullmatch(r"stop(?:-[\w-]+)?(?:\.sh)?", manifest.path.rpartition("/")[2]):
            return Place(manifest.path, 0)
    return None
