"""What gatekeeper prints may go to a file in the tree that it judges: nobody is blamed for that file."""

from __future__ import annotations

import subprocess

from tests.journeys.fixers import FIX, with_fixer
from tests.support.project_fixtures import MakeTiny
from tests.support.projects import git


def test_a_run_whose_output_goes_into_its_own_tree_has_not_changed_it(tiny: MakeTiny) -> None:
    """Neither a drift nor a change of the fixer's, who may only change `src/`."""
    project = tiny("gates: {}")
    with_fixer(project, FIX, "scope: [src/**]")
    with (project.root / "out.txt").open("w") as out, (project.root / "err.txt").open("w") as err:
        done = subprocess.run(
            [*project.command, "run", "tiny"],
            cwd=project.root,
            env=project.environment(),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
            check=False,
        )
    said = (project.root / "out.txt").read_text("utf-8")
    assert done.returncode == 0, said
    assert project.journal.end["verdict"] == "green-after-fix"
    assert project.journal.last("fixer.finished")["changed"] == ["app: src/add.sh"]
    assert project.journal.events("incident", kind="drift") == []
    assert "?? out.txt" in git(project.root, "status", "--short")


def test_a_file_beside_it_is_looked_at_as_ever(tiny: MakeTiny) -> None:
    """`tee` writes for gatekeeper, and gatekeeper cannot know of it."""
    project = tiny("gates:\n  a:\n    steps:\n      one: {run: date +%s%N >> out.txt}\n")
    git(project.root, "init", "-q")
    project.gatekeeper("run", "tiny").expect(3)
    assert "out.txt" in project.journal.last("incident", kind="drift")["message"]
