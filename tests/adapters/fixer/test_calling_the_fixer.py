"""A call of the fixer with real commands in a real repository: what it is given, and what is seen of what it does."""

from __future__ import annotations

import hashlib
import json
import re
import stat
from pathlib import Path
from typing import Any

import pytest

from gatekeeper.adapters.repos.snapshot import LARGEST
from gatekeeper.model.events import Event, IncidentHappened, NoteAdded
from gatekeeper.model.help_events import FixerFinished, FixerStarted, Usage
from gatekeeper.model.incident import IncidentKind
from gatekeeper.model.plan import Argv
from gatekeeper.model.stopping import StopReason
from tests.adapters.fixer.called_fixer import SECRET, CalledFixer

FIX = "sed -i.bak 's/ - 1//' src/add.py && rm src/add.py.bak"


@pytest.fixture
def fixer(tmp_path: Path) -> CalledFixer:
    return CalledFixer(tmp_path)


def kinds(finished: FixerFinished, *, blocking: bool | None = None) -> list[str]:
    return [each.kind for each in finished.findings if blocking is None or each.blocks is blocking]


def test_a_fixer_that_fixes_is_told_what_fails_and_seen_to_fix(fixer: CalledFixer) -> None:
    finished = fixer.call(FIX, provider="a script", goal="make add() add")
    assert fixer.read("src/add.py") == "def add(a, b):\n    return a + b\n"
    assert (finished.exit_code, finished.problem, finished.findings) == (0, "", ())
    assert finished.changed == ("app: src/add.py",)
    assert finished.diffstat == ("M +1 -1 app: src/add.py",)
    assert finished.usage == Usage()
    assert (fixer.started.call, fixer.started.provider) == (1, "a script")
    brief = fixer.paper("brief.md").read_text()
    assert fixer.started.brief == f"sha256:{hashlib.sha256(brief.encode()).hexdigest()}"
    assert fixer.started.brief_file == "fixer/1/brief.md"
    for part in ("make add() add", "### suite/unit: failed", "an assertion failed", "assert 3 == 4", "look at add()"):
        assert part in brief


def test_the_brief_comes_by_path_and_by_standard_input(fixer: CalledFixer) -> None:
    """For a shell command and for a list of words alike; only its own user may read what lies in the run's folder."""
    fixer.call('cat; cat "$GATEKEEPER_BRIEF_JSON"; echo "$GATEKEEPER_RUN"; test -d "$GATEKEEPER_NOTES"')
    markdown, data = fixer.paper("brief.md").read_text(), fixer.paper("brief.json").read_text()
    assert fixer.output() == f"{markdown}{data}r1\n"
    assert json.loads(data)["steps"][0]["step"] == "suite/unit"
    fixer.call(Argv(("cat",)))
    assert fixer.output() == fixer.paper("brief.md").read_text()
    for name, mode in (("brief.md", 0o600), ("brief.json", 0o600), ("notes", 0o700), (".", 0o700)):
        assert stat.S_IMODE(fixer.paper(name).stat().st_mode) == mode


def test_a_secret_is_in_no_brief_and_nothing_of_what_it_prints_is_told(fixer: CalledFixer) -> None:
    finished = fixer.call(f"echo {SECRET}", goal=f"do not print {SECRET}")
    assert "token •••" in fixer.paper("brief.md").read_text()
    assert SECRET not in fixer.paper("brief.md").read_text() + fixer.paper("brief.json").read_text() + str(finished)


def test_a_secret_stays_in_nothing_that_it_leaves(fixer: CalledFixer) -> None:
    """Neither in what is read nor in what is not: a note too many, or the end of one that is too long."""
    usage = f"""echo '{{"input_tokens": 7, "source": "{SECRET}"}}' > "$GATEKEEPER_USAGE" """
    long = f"""(yes | head -c 1000000; echo {SECRET}) > "$GATEKEEPER_NOTES/long.md" """
    many = f"""for n in $(seq 100); do echo {SECRET} > "$GATEKEEPER_NOTES/$n.md"; done"""
    finished = fixer.call(f"{usage}; {long}; {many}")
    assert finished.usage.input_tokens == 7
    left = [path for path in fixer.paper(".").rglob("*") if path.is_file()]
    assert fixer.paper("usage.json") in left
    assert [path for path in left if SECRET.encode() in path.read_bytes()] == []


def test_references_are_filled_in_and_quoted(fixer: CalledFixer) -> None:
    fixer.call("printf '%s' ${vars.greeting}", goal="say ${vars.greeting}")
    assert fixer.output() == "hello 'you'"
    assert "> say hello 'you'" in fixer.paper("brief.md").read_text()
    finished = fixer.call("echo ${vars.nothing}")
    assert finished.problem == "not started: vars.nothing is not defined"
    assert finished.changed == ()


def test_the_call_is_counted_before_it_begins(fixer: CalledFixer) -> None:
    """A journal that takes no more cannot lead to a call that nobody remembers."""

    def fails(event: Event) -> bool:
        return isinstance(event, FixerStarted)

    fixer.journal.fails_at = fails
    with pytest.raises(BaseException, match="no space left"):
        fixer.call("touch ran")
    assert not (fixer.root / "ran").exists()


@pytest.mark.parametrize("command", ["no-such-agent --fix", Argv(("no-such-agent",))])
def test_a_command_that_is_not_there_is_a_call_that_changed_nothing(fixer: CalledFixer, command: str | Argv) -> None:
    finished = fixer.call(command)
    # Shells say 126 where a folder in PATH may not be looked into.
    assert finished.exit_code in {126, 127}
    assert f"exit code {finished.exit_code}" in finished.problem
    assert finished.changed == ()


def test_an_empty_command_is_told_and_does_not_pass_for_a_fixer(fixer: CalledFixer) -> None:
    assert "the command is empty" in fixer.call("   ").problem


def test_one_that_changes_nothing_is_seen_to_have_changed_nothing(fixer: CalledFixer) -> None:
    finished = fixer.call("echo all fixed now")
    assert (finished.exit_code, finished.changed, finished.diffstat) == (0, (), ())


@pytest.mark.slow
def test_one_that_hangs_is_ended_at_its_deadline_or_the_runs(fixer: CalledFixer) -> None:
    finished = fixer.call("echo x > src/half.py; sleep 1000", timeout_s=3)
    assert (finished.exit_code, finished.changed) == (None, ("app: src/half.py",))
    assert re.search(r"after [0-9.]+ s", finished.problem)
    [incident] = fixer.told(IncidentHappened)
    assert incident.kind is IncidentKind.TIMEOUT
    assert incident.message.startswith("the fixer: ")
    assert "run" in fixer.call("sleep 1000", left_s=0.5).problem


@pytest.mark.slow
def test_changing_what_is_protected_or_out_of_scope_blocks(fixer: CalledFixer) -> None:
    """What may be changed is nothing to speak of; the rest is named, and stays violating until it is taken back."""
    spec: dict[str, Any] = {"scope": ("src/**", "tests/**"), "protected": ("tests/contract/**", "tests/test_add.py")}
    finished = fixer.call(f"{FIX}; echo pass > tests/test_add.py; echo x > README.md", **spec)
    assert kinds(finished, blocking=True) == ["fixer-protected", "fixer-out-of-scope"]
    assert [each.message for each in finished.findings] == [
        "it changed what is protected: app: tests/test_add.py",
        "it changed what lies outside of its scope: app: README.md",
    ]
    assert finished.violating == ("app: README.md", "app: tests/test_add.py")
    assert finished.undone == ()
    # The next call takes one of them back, and touches the other no more: that one still differs.
    finished = fixer.call("rm README.md", **spec)
    assert finished.violating == ("app: tests/test_add.py",)
    brief = fixer.paper("brief.md").read_text()
    assert "## Take back first" in brief
    assert "- app: tests/test_add.py" in brief
    assert "M +1 -1 app: src/add.py" in brief
    finished = fixer.call("git checkout -q tests/test_add.py", **spec)
    assert finished.violating == ()


@pytest.mark.slow
@pytest.mark.parametrize("commits", [False, True])
def test_with_undo_what_it_may_not_change_is_put_back(fixer: CalledFixer, commits: bool) -> None:
    """Also where it was committed: the working tree is as it was, the commit stays, and that is said."""
    commit = "git -c user.name=x -c user.email=x@y.z commit -qam fixed;" if commits else ""
    finished = fixer.call(
        f"{FIX}; echo pass > tests/test_add.py; echo x > new.txt; git add -A; {commit}",
        scope=("src/**",),
        undo=True,
    )
    assert fixer.read("tests/test_add.py") == "assert add(2, 2) == 4\n"
    assert not (fixer.root / "new.txt").exists()
    assert "- 1" not in fixer.read("src/add.py")
    assert finished.undone == ("app: new.txt", "app: tests/test_add.py")
    assert finished.violating == ()
    assert finished.changed == ("app: src/add.py",)
    assert "fixer-out-of-scope" in kinds(finished, blocking=True)
    undone = next(each for each in finished.findings if each.kind == "fixer-undone")
    assert ("what it committed holds them still" in undone.message) is commits
    assert ("fixer-committed" in kinds(finished)) is commits


@pytest.mark.slow
def test_what_was_too_large_to_be_kept_is_told_and_never_removed(fixer: CalledFixer) -> None:
    """Nobody could put it back: it stays as the fixer left it, and the round fails for it."""
    dump = fixer.root / "dump.bin"
    with dump.open("wb") as file:
        file.truncate(LARGEST + 1)
    finished = fixer.call(f"printf x >> dump.bin; {FIX}", scope=("src/**",), undo=True)
    assert dump.stat().st_size == LARGEST + 2
    assert finished.violating == ("app: dump.bin",)
    assert finished.undone == ()
    assert kinds(finished, blocking=True) == ["fixer-out-of-scope", "fixer-not-undone"]


@pytest.mark.slow
def test_what_it_does_with_git_is_seen_and_told(fixer: CalledFixer) -> None:
    """Each by itself; none of it blocks, because none of it changes what a step sees."""
    first = fixer.git("rev-parse", "HEAD")
    me = "-c user.name=x -c user.email=x@y.z"
    situations = {
        f"echo 1 > src/n.py; git add src/n.py; git {me} commit -qm 'a fix'": ["fixer-committed"],
        f"git reset -q --hard {first}": ["fixer-rewrote-history"],
        f"git {me} commit -q --amend -m other": ["fixer-committed", "fixer-rewrote-history"],
        "git checkout -q -b elsewhere": ["fixer-switched-branch", "fixer-moved-refs"],
        "git checkout -q main; git branch -qD elsewhere": ["fixer-switched-branch", "fixer-moved-refs"],
        f"echo 2 > src/m.py; git add src/m.py; git {me} stash -q": ["fixer-stashed"],
        "echo 3 > src/k.py; git add src/k.py": ["fixer-staged"],
        "git config core.editor vi": ["fixer-edited-git-config"],
        "echo hidden.py >> .git/info/exclude": ["fixer-edited-git-config"],
        "printf '#!/bin/sh\\n' > .git/hooks/pre-push": ["fixer-edited-hooks"],
        "echo '# easier' >> gates/tiny.yaml": ["fixer-edited-definition"],
        "mkdir -p gates/baselines; echo '{}' > gates/baselines/b.json": ["fixer-edited-definition"],
    }
    for command, expected in situations.items():
        finished = fixer.call(command)
        assert finished.exit_code == 0, fixer.output()
        assert kinds(finished) == expected, command
        assert kinds(finished, blocking=True) == []
    committed = fixer.told(FixerFinished)[0]
    assert [text.partition(" ")[2].partition(" ")[2] for text in committed.commits] == ["a fix"]


def test_one_that_leaves_a_process_behind_is_told_like_a_step(fixer: CalledFixer) -> None:
    """What is left in its group is ended by the guard; here only that the call ends and the fix is seen."""
    finished = fixer.call(f"(sleep 1000 &) ; {FIX}")
    assert finished.changed == ("app: src/add.py",)


@pytest.mark.slow
def test_usage_is_taken_as_stated_and_nothing_is_made_up(fixer: CalledFixer) -> None:
    finished = fixer.call("""echo '{"input_tokens": 7, "output_tokens": 3, "source": "bill"}' > "$GATEKEEPER_USAGE" """)
    assert finished.usage == Usage(7, 3, 10, None, "bill")
    finished = fixer.call('head -c 1000000 /dev/zero > "$GATEKEEPER_USAGE"')
    assert finished.usage == Usage()
    assert kinds(finished) == ["fixer-usage"]
    finished = fixer.call('mkfifo "$GATEKEEPER_USAGE"')
    assert (finished.usage, kinds(finished)) == (Usage(), [])


def test_notes_are_events_of_the_run(fixer: CalledFixer) -> None:
    note = "## Problem\\nit adds wrong\\n\\n## Root cause\\na stray 1\\n## Solution\\nremoved\\n"
    note += "## Gold nugget\\ntest sums\\n"
    finished = fixer.call(f'printf \'{note}\' > "$GATEKEEPER_NOTES/n.md"; echo x > "$GATEKEEPER_NOTES/other.md"')
    [told] = fixer.told(NoteAdded)
    assert told == NoteAdded("it adds wrong", "a stray 1", "removed", "test sums")
    assert kinds(finished) == ["fixer-note"]
    assert "other.md" in finished.findings[0].message


@pytest.mark.slow
def test_of_a_call_that_was_cut_off_it_is_told_what_it_did(fixer: CalledFixer) -> None:
    """gatekeeper died while it ran: what it changed, committed and may not is seen against the round before."""
    fixer.write("src/in-work.py", "of a person, before the round\n")
    fixer.snapshot_of_a_round()

    def fails(event: Event) -> bool:
        return isinstance(event, FixerFinished)

    fixer.journal.fails_at = fails
    spec: dict[str, Any] = {"scope": ("src/**",)}
    usage = 'echo \'{"input_tokens": 7}\' > "$GATEKEEPER_USAGE"'
    with pytest.raises(BaseException, match="no space left"):
        fixer.call(f"{FIX}; git -c user.name=x -c user.email=x@y.z commit -qam fix; echo x > n.txt; {usage}", **spec)
    fixer.journal.fails_at, fixer.journal.broken = (lambda _: False), False

    finished = fixer.look_back(**spec)

    assert finished.exit_code is None
    assert finished.problem.startswith("gatekeeper died while it ran")
    assert finished.changed == ("app: n.txt", "app: src/add.py")
    assert finished.violating == ("app: n.txt",)
    assert [text.split()[-1] for text in finished.commits] == ["fix"]
    assert kinds(finished) == ["fixer-out-of-scope", "fixer-committed"]
    assert finished.usage.input_tokens == 7
    undone = fixer.look_back(undo=True, **spec)
    assert (undone.undone, undone.violating, undone.changed) == (("app: n.txt",), (), ("app: src/add.py",))


def test_nothing_begins_once_a_stop_was_requested(fixer: CalledFixer) -> None:
    fixer.call("true")
    fixer.stop.request(StopReason.INTERRUPTED)
    before = len(fixer.journal.entries)
    fixer.call("touch ran")
    assert len(fixer.journal.entries) == before
    assert not (fixer.root / "ran").exists()
