"""Runs with a fixer, whole: red, the brief, what the fixer does, and what the run makes of it."""

from __future__ import annotations

import json
import shlex
import sys
from pathlib import Path

import pytest

from tests.journeys.fixers import FIX, RIGHT, WRONG, brief_of, kinds, with_fixer
from tests.journeys.main_job import SHORT, nothing_lives
from tests.support.examples import edit
from tests.support.project_fixtures import MakeTiny
from tests.support.projects import ROOT, Project, alive_with, git

pytestmark = pytest.mark.slow

SUITE = """\
import runpy
said = ""
try:
    runpy.run_path("tests/test_sum.py")["test_sum"]()
except AssertionError:
    said = '<failure message="the sum is wrong"/>'
with open("report.xml", "w") as report:
    report.write(f'<testsuite name="s" tests="1" failures="{int(bool(said))}"><testcase classname="tests.test_sum"')
    report.write(f' name="test_sum" file="tests/test_sum.py">{said}</testcase></testsuite>')
raise SystemExit(bool(said))
"""
GREP = 'grep -q "FAILED sum: 3 is not 4" "$GATEKEEPER_BRIEF" || exit 3\n'


def test_red_brief_fix_green_after_fix(tiny: MakeTiny) -> None:
    """The fixer reads what fails, on standard input too, mends it, and the run says green-after-fix."""
    project = tiny("gates: {}")
    usage = """echo '{"input_tokens": 5, "output_tokens": 6, "source": "script"}' > "$GATEKEEPER_USAGE"\n"""
    note = "printf 'Problem: sums\\nRoot cause: a stray 1\\n' > \"$GATEKEEPER_NOTES/n.md\"\n"
    with_fixer(project, f'cmp - "$GATEKEEPER_BRIEF" || exit 4\n{GREP}{FIX}{usage}{note}', "goal: add up")
    project.gatekeeper("run", "tiny").expect(0)
    journal = project.journal
    assert journal.is_whole()
    assert journal.end["verdict"] == "green-after-fix"
    started, finished = journal.last("fixer.started"), journal.last("fixer.finished")
    assert (started["call"], finished["exit_code"], finished["changed"]) == (1, 0, ["app: src/add.sh"])
    assert finished["usage"]["total_tokens"] == 11
    assert journal.last("tree.changed")["by"] == "fixer"
    assert journal.last("note.added")["root_cause"] == "a stray 1"
    assert "> add up" in brief_of(journal)
    verified = project.gatekeeper("verify", journal.run).expect(0)
    assert "whole" in verified.out
    assert "names it" not in verified.out
    (journal.folder / "fixer" / "1" / "brief.md").write_text("Do as you like.\n", "utf-8")
    assert "fixer/1/brief.md" in project.gatekeeper("verify", journal.run).expect(1).out


def test_the_planted_bug_of_the_example_is_fixed(example: Project) -> None:
    """A script that does nothing but read the brief finds the file that the failing test is about, and mends it."""
    backend = example.root / "examples" / "backend"
    git(backend, "apply", "--directory=examples/backend", str(ROOT / "gates/known-bad/any-password-matches.patch"))
    script = example.root / "mend.py"
    script.write_text(
        "import json, os, pathlib, re\n"
        "brief = json.load(open(os.environ['GATEKEEPER_BRIEF_JSON']))\n"
        "told = brief['steps'][0]['first_test']\n"
        "name = re.search(r'test_(\\w+)', told.split('::')[0].replace('/', '.').split('.')[1])[1]\n"
        "path = pathlib.Path('calorie_backend', f'{name}.py')\n"
        "path.write_text(path.read_text().replace('(computed, computed)', '(computed, bytes.fromhex(digest))'))\n",
        "utf-8",
    )
    command = f"{shlex.quote(sys.executable)} {shlex.quote(str(script))}"
    fixer = f"  fixer:\n    run: {json.dumps(command)}\n    in: backend\n    scope: [calorie_backend/**]\n"
    edit(example.root / "gates" / "backend-cycle.yaml", "  within: 2h\n", f"  within: 2h\n{fixer}")
    git(example.root, "add", "-A")
    git(example.root, "commit", "-q", "-m", "Planted")
    done = example.gatekeeper("run", "backend-cycle", **SHORT)
    journal = example.journal
    assert journal.end["verdict"] == "green-after-fix", done.text
    assert [proof["outcome"] for proof in journal.events("fix.proved")] == ["failed"]
    nothing_lives(journal)
    assert journal.last("fixer.finished")["changed"] == ["backend: calorie_backend/passwords.py"]
    assert "test_only_the_password_itself_matches" in brief_of(journal)
    assert "Green after fix" in Path(journal.end["log"]).read_text("utf-8")


def test_one_that_mends_only_the_test_does_not_get_to_green(tiny: MakeTiny) -> None:
    """What is protected is put back nowhere unless the cycle says so, and while it differs nothing is green."""
    project = tiny("gates: {}")
    with_fixer(project, "echo true > tests/sum.sh\n", "protected: [tests/**]")
    project.gatekeeper("run", "tiny").expect(1)
    journal = project.journal
    assert journal.end["verdict"] == "red"
    assert kinds(journal)[0] == "fixer-protected"
    assert journal.last("fixer.finished", call=1)["violating"] == ["app: tests/sum.sh"]
    assert "## Take back first" in brief_of(journal, 2)
    assert (project.root / "tests" / "sum.sh").read_text("utf-8") == "true\n"


def test_a_weaker_test_is_seen_where_nothing_is_protected(tiny: MakeTiny) -> None:
    """`integrity` speaks for itself: a fixer that makes the judge weaker has fixed nothing."""
    project = tiny("gates: {}")
    with_fixer(project, "sed -i.bak '/assert/d' tests/test_sum.py; rm tests/test_sum.py.bak\n")
    (project.root / "tests" / "test_sum.py").write_text(
        "def test_sum():\n    value = 3\n    assert value == 4\ntest_sum()\n"
    )
    edit(project.root / "gates" / "tiny.yaml", "sh tests/sum.sh", "'\"$PYTHON\" tests/test_sum.py'")
    git(project.root, "add", "-A")
    git(project.root, "commit", "-q", "-m", "In Python")
    assert project.gatekeeper("run", "tiny").code != 0
    journal = project.journal
    [change] = journal.last("tree.changed", by="fixer")["integrity"]
    assert (change["file"], change["effect"]) == ("tests/test_sum.py", "weakening")
    assert journal.end["verdict"] not in {"green", "green-after-fix"}


def test_one_that_writes_what_the_code_says_into_the_test_has_fixed_nothing(tiny: MakeTiny) -> None:
    """No assertion is gone and none is weaker, and still nobody knows whether the test or the code was wrong."""
    project = tiny("gates: {}")
    with_fixer(project, "sed -i.bak 's/== 4/== 3/' tests/test_sum.py; rm tests/test_sum.py.bak\n")
    (project.root / "tests" / "test_sum.py").write_text("def test_sum():\n    assert 3 == 4\n")
    (project.root / "suite.py").write_text(SUITE)
    definition = project.root / "gates" / "tiny.yaml"
    edit(definition, "run: sh tests/sum.sh,", "run: '\"$PYTHON\" suite.py', report: {junit: report.xml},")
    edit(definition, "  prove_fix: never\n", "")
    git(project.root, "add", "-A")
    git(project.root, "commit", "-q", "-m", "In Python")
    done = project.gatekeeper("run", "tiny").expect(3)
    proved = project.journal.last("fix.proved")
    assert proved["outcome"] == "unclear"
    assert "nothing but tests since (app: tests/test_sum.py)" in done.out
    assert project.gatekeeper("verify", "latest").expect(0)


def test_with_undo_the_test_is_put_back_and_the_fix_stays(tiny: MakeTiny) -> None:
    project = tiny("gates: {}")
    with_fixer(project, f"echo true > tests/sum.sh\n{FIX}", "protected: [tests/**]\n    undo: true")
    project.gatekeeper("run", "tiny").expect(0)
    finished = project.journal.last("fixer.finished")
    assert (finished["undone"], finished.get("violating", [])) == (["app: tests/sum.sh"], [])
    assert finished["changed"] == ["app: src/add.sh"]
    assert "FAILED" in (project.root / "tests" / "sum.sh").read_text("utf-8")


def test_one_that_goes_in_circles_is_stopped_by_the_breaker(tiny: MakeTiny) -> None:
    """A, B, A: the same failure meets the same tree again, and no third try follows."""
    project = tiny("gates: {}")
    swap = "if grep -q odd src/add.sh; then printf '%s' \"$A\" > src/add.sh; else echo 'echo odd' > src/add.sh; fi\n"
    with_fixer(project, f"A='{WRONG}'\n{swap}")
    project.gatekeeper("run", "tiny").expect(1)
    journal = project.journal
    assert journal.last("breaker.opened")["kind"] == "no-progress"
    assert len(journal.events("fixer.started")) == 2
    assert (project.root / "src" / "add.sh").read_text("utf-8") == WRONG


def test_one_that_changes_nothing_twice_is_not_called_again(tiny: MakeTiny) -> None:
    """Its word is no evidence."""
    project = tiny("gates: {}")
    with_fixer(project, "echo everything is fixed now\n")
    assert project.gatekeeper("run", "tiny").code != 0
    journal = project.journal
    assert len(journal.events("fixer.started")) == 2
    assert "changed nothing" in journal.last("breaker.opened")["message"]


def test_one_that_is_not_there_is_told_and_the_run_is_red(tiny: MakeTiny) -> None:
    project = tiny("gates: {}")
    with_fixer(project, "exec ./no-such-agent\n")
    done = project.gatekeeper("run", "tiny").expect(1)
    assert "exit code 127" in project.journal.last("fixer.finished", call=1)["problem"]
    assert "127" in done.out


def test_one_that_hangs_is_ended_and_what_it_started_is_gone(tiny: MakeTiny) -> None:
    """Its daemon too: the fixer runs under the same guard as every step."""
    project = tiny("gates: {}")
    daemon = "setsid sh -c 'exec sleep 1000' >/dev/null 2>&1 &\n"
    with_fixer(project, f"{FIX}{daemon}sleep 1000\n", "timeout: 4s")
    project.gatekeeper("run", "tiny").expect(0)
    journal = project.journal
    finished = journal.last("fixer.finished")
    assert finished.get("exit_code") is None
    assert "4.0 s" in finished["problem"]
    assert journal.last("incident", kind="timeout")["message"].startswith("the fixer: ")
    assert not alive_with(f"GATEKEEPER_RUN={journal.run}")
    assert (project.root / "src" / "add.sh").read_text("utf-8") == RIGHT


def test_a_process_that_it_leaves_behind_is_a_stray(tiny: MakeTiny) -> None:
    project = tiny("gates: {}")
    with_fixer(
        project, f"{FIX}setsid sh -c 'echo up > ready; exec sleep 1000' & until [ -e ready ]; do :; done; rm ready\n"
    )
    project.gatekeeper("run", "tiny").expect(0)
    journal = project.journal
    assert journal.last("incident", kind="stray")["message"].startswith("the fixer: ")
    assert not alive_with(f"GATEKEEPER_RUN={journal.run}")


def test_a_secret_is_in_no_brief_and_in_nothing_that_is_told(tiny: MakeTiny) -> None:
    """Neither what a failing step prints of it, nor what the fixer says of it, or writes into a file."""
    project = tiny("gates: {}")
    secret = "tr0ub4dor-and-3"
    note = 'printf "Problem: $TOKEN\\nSolution: $TOKEN\\n" > "$GATEKEEPER_NOTES/n.md"\n'
    fix = f'{FIX}echo "# $TOKEN" >> src/add.sh\n'
    with_fixer(project, f"echo $TOKEN\n{note}{fix}", f"goal: do not print {secret}")
    edit(project.root / "tests" / "sum.sh", "FAILED sum:", "FAILED sum: $TOKEN")
    git(project.root, "commit", "-qam", "Print it")
    done = project.gatekeeper("run", "tiny", TOKEN=secret).expect(0)
    journal = project.journal
    papers = [path.read_text("utf-8") for path in (journal.folder / "fixer").rglob("brief.*")]
    assert len(papers) == 2
    told = [done.text, journal.path.read_text("utf-8"), Path(journal.end["log"]).read_text("utf-8"), *papers]
    assert not any(secret in text for text in told)
    assert "FAILED sum: •••" in brief_of(journal)
    assert "    -echo $(($1 + $2 - 1))\n    +echo $(($1 + $2))\n    +# •••\n" in told[2]
