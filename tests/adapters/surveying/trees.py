"""What the tests of surveys share: a tree out of the texts of its files, and what is proposed for it."""

from __future__ import annotations

from pathlib import Path

from gatekeeper.adapters.definition.drafting.writing import write_draft
from gatekeeper.adapters.definition.lint import lint
from gatekeeper.adapters.surveying.manifests import survey
from gatekeeper.adapters.surveying.walking import walked
from gatekeeper.policy.surveying.definition import ABOUT, draft
from gatekeeper.policy.surveying.proposal import Proposal
from gatekeeper.policy.surveying.proposing import Proposed, Step, propose
from gatekeeper.policy.surveying.survey import Survey
from tests.adapters.definition.definitions import plan_of

Files = dict[str, str]


def tree(folder: Path, files: Files) -> Survey:
    """The survey of a folder with these files."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    listed = walked(str(folder))
    return survey(str(folder), "tree", listed.names, whole=listed.whole)


def proposed(folder: Path, files: Files) -> Proposed:
    """What is proposed for it, which passes `check` too."""
    seen = tree(folder, files)
    found = propose(seen)
    assert isinstance(found, Proposed), found
    text = write_draft(draft("tree", seen, found, {}), ".", ABOUT)
    definition = folder.with_name(f"{folder.name}-definition") / "tree.yaml"
    definition.parent.mkdir(exist_ok=True)
    definition.write_text(text, encoding="utf-8")
    assert [found.rule for found in lint(str(definition), plan_of(text))] == [], text
    return found


def steps(found: Proposed) -> dict[str, Step]:
    """Its steps by gate and name, those that are only shown too."""
    return {f"{gate.name}/{step.name}": step for gate in found.gates for step in gate.steps}


def taken(found: Proposed) -> dict[str, str]:
    """The commands that would run, by gate and step."""
    return {name: step.proposal.run for name, step in steps(found).items() if step.taken}


def only(found: Proposed, name: str) -> Proposal:
    """One of its proposals."""
    return steps(found)[name].proposal
