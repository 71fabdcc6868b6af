"""Owns a small project with a planted fault and a fixer: each fixer is a script that lies in the project."""

from __future__ import annotations

from tests.support.projects import Journal, Project, git

_CYCLE = """\
repos: {{app: {{path: .}}}}
secrets: [TOKEN]
until_green:
  rounds: 8
  prove_fix: never
  fixer:
    run: sh fix.sh
    in: app
    calls: 3
    {fixer}
gates:
  suite:
    steps:
      sum: {{run: sh tests/sum.sh, in: app, timeout: 20s}}
      other: {{run: "true", timeout: 20s}}
"""
_TEST = """\
sum=$(sh src/add.sh 2 2)
[ "$sum" = 4 ] || { echo "FAILED sum: $sum is not 4"; exit 1; }
"""
WRONG, RIGHT = "echo $(($1 + $2 - 1))\n", "echo $(($1 + $2))\n"
FIX = "printf 'echo $(($1 + $2))\\n' > src/add.sh\n"


def with_fixer(project: Project, script: str, fixer: str = "timeout: 20s") -> None:
    """Make `project` one whose sum is wrong, with `script` as its fixer, committed."""
    project.define(_CYCLE.format(fixer=fixer))
    for name, text in (("src/add.sh", WRONG), ("tests/sum.sh", _TEST), ("fix.sh", script)):
        path = project.root / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, "utf-8")
    git(project.root, "init", "-q")
    git(project.root, "add", "-A")
    git(project.root, "commit", "-q", "-m", "As it is")


def brief_of(journal: Journal, call: int = 1) -> str:
    """What the fixer was told in a call."""
    name = journal.last("fixer.started", call=call)["brief_file"]
    return (journal.folder / str(name)).read_text("utf-8")


def kinds(journal: Journal, call: int = 1) -> list[str]:
    """The kinds of the findings about a call."""
    return [str(finding["kind"]) for finding in journal.last("fixer.finished", call=call)["findings"]]
