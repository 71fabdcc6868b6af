"""Red rounds that need nobody: an outage that passes, a flake, a tree that somebody edits under a round."""

from __future__ import annotations

import os

from tests.support.project_fixtures import MakeTiny
from tests.support.projects import git

# What pip writes while no name can be resolved.
OUTAGE = (
    "WARNING: Retrying (Retry(total=0, connect=None, read=None, redirect=None, status=None)) after connection broken "
    "by 'NewConnectionError('<pip._vendor.urllib3.connection.HTTPSConnection object at 0x7f3a>: Failed to establish a "
    "new connection: [Errno -3] Temporary failure in name resolution')': /simple/requests/\n"
    "ERROR: Could not find a version that satisfies the requirement requests (from versions: none)\n"
    "ERROR: No matching distribution found for requests\n"
)


def test_an_outage_that_passes_is_green(tiny: MakeTiny) -> None:
    """Nothing was wrong with the code, and nothing was proven about it by the first try: that is no flake."""
    project = tiny(
        "gates:\n  a:\n    steps:\n"
        '      install: {run: \'test -e "$BEACONS/seen" || { touch "$BEACONS/seen"; cat outage.txt; exit 1; }\'}\n'
        '      tests: {run: "true", needs: [install]}\n'
    )
    (project.root / "outage.txt").write_text(OUTAGE)
    done = project.gatekeeper("run", "tiny").expect(0)
    journal = project.journal
    first = journal.events("step.finished", step="install")[0]
    assert (first["verdict"], first["pattern"]) == ("infra", "dns_failure")
    assert journal.events("step.finished", step="tests")[0]["verdict"] == "blocked"
    assert journal.last("retry.scheduled")["step"] == "install"
    assert journal.end["verdict"] == "green"
    assert "infrastructure had failed: a/install (1 time)" in done.out
    project.gatekeeper("verify", "latest").expect(0)


def test_a_flake_is_said_to_be_one(tiny: MakeTiny) -> None:
    """Nobody knows why it failed; it is run once more on the same tree, only to tell."""
    run = 'test -e "$BEACONS/seen" || { touch "$BEACONS/seen"; echo 3 is not 4; exit 1; }'
    project = tiny(f"gates:\n  a:\n    steps:\n      one: {{run: '{run}'}}\n")
    done = project.gatekeeper("run", "tiny").expect(4)
    assert project.journal.end["verdict"] == "flaky"
    assert len(project.journal.events("round.started")) == 2
    assert "failed in round 1, then passed on the same tree" in done.out


def test_a_tree_that_is_edited_under_a_round_is_judged_as_it_is_then(tiny: MakeTiny) -> None:
    """What passed on the tree of before proves nothing of the one of now: all of it runs again."""
    waits = 'test -e "$BEACONS/edited" || read word < "$BEACONS/go"; grep -q good value'
    project = tiny(f"gates:\n  a:\n    steps:\n      one: {{run: '{waits}', timeout: 60s}}\n")
    (project.root / "value").write_text("good\n")
    git(project.root, "init", "-q")
    git(project.root, "add", "-A")
    git(project.root, "commit", "-q", "-m", "As it is")
    os.mkfifo(project.temporary / "go")
    going = project.start("run", "tiny")
    # Opening it waits for the step, which waits for the word.
    with (project.temporary / "go").open("w") as go:
        (project.temporary / "edited").touch()
        (project.root / "value").write_text("good, and better\n")
        go.write("go\n")
    going.end().expect(0)
    journal = project.journal
    assert "value" in journal.last("incident", kind="drift")["message"]
    assert [each["verdict"] for each in journal.events("step.finished")] == ["passed", "passed"]
    assert journal.end["verdict"] == "green-after-fix"
    assert journal.last("round.finished")["tree"] == journal.end["tree"]
