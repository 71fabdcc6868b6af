"""Coverage files of a step: only what this attempt wrote counts, and copies of it are kept."""

from __future__ import annotations

import hashlib
import os
import stat
from pathlib import Path

import pytest

from gatekeeper.model.demands import CoverageSpec
from gatekeeper.model.report import ReportProblem, Share
from tests.adapters.measures.measuring import LONG_AGO, SAMPLES, Measuring
from tests.adapters.repos.conftest import Repo

SPEC = CoverageSpec(("cov/*.info",))
TRACE = "SF:{path}\nDA:1,1\nDA:2,0\nend_of_record\n"


def problem(measuring: Measuring, spec: CoverageSpec = SPEC) -> tuple[str, str]:
    found = measuring.coverage(spec)
    assert isinstance(found, ReportProblem)
    return found.kind, found.message


def test_coverage_of_an_earlier_attempt_is_removed_before(measuring: Measuring) -> None:
    """It cannot be taken for this one's then."""
    old = measuring.write("cov/a.info", TRACE)
    measuring.clear(SPEC)
    assert not old.exists()
    assert problem(measuring) == (
        "missing",
        f"the step wrote no coverage: nothing matches 'cov/*.info' in {measuring.folder}",
    )


def test_what_does_not_look_like_coverage_is_left_and_found_stale(measuring: Measuring) -> None:
    """A glob that is too wide costs nobody a file."""
    old = measuring.write("cov/notes.info", "my notes\n")
    measuring.clear(SPEC)
    assert old.exists()
    assert problem(measuring) == ("stale", "cov/notes.info is older than the attempt: the step did not write it")


def test_coverage_that_belongs_to_the_repository_is_left_and_found_stale(measuring: Measuring) -> None:
    """What is committed is not ours to remove, and an attempt that does not write it has none."""
    repo = Repo(measuring.folder)
    repo.begin()
    committed = measuring.write("cov/a.info", TRACE)
    repo.commit()
    left_over = measuring.write("cov/b.info", TRACE)
    measuring.clear(SPEC)
    assert committed.exists()
    assert not left_over.exists()
    assert problem(measuring)[0] == "stale"
    committed.write_text(TRACE)
    assert measuring.covered(SPEC).lines == Share(1, 2)


def test_a_moved_file_of_long_ago_is_stale(measuring: Measuring) -> None:
    """It was not there before, and was not written now either."""
    kept_aside = measuring.write("aside/a.info", TRACE)
    os.utime(kept_aside, (LONG_AGO, LONG_AGO))
    measuring.clear(SPEC)
    (measuring.folder / "cov").mkdir()
    kept_aside.rename(measuring.folder / "cov/a.info")
    assert problem(measuring)[0] == "stale"


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "is empty"),
        (b"\x00\x01\x02", "does not begin like coverage"),
        (b"SF:a\nend_of_record\n", "not one executable line"),
        (b"SF:a\nDA:1,1\n", "cut short"),
    ],
)
def test_what_says_nothing_is_no_coverage(measuring: Measuring, content: bytes, why: str) -> None:
    """And never a share of zero."""
    measuring.write("cov/a.info", content)
    kind, message = problem(measuring)
    assert kind == "unreadable"
    assert why in message


def test_a_pipe_under_the_name_of_coverage_holds_nobody(measuring: Measuring) -> None:
    """Neither before the attempt nor after it."""
    (measuring.folder / "cov").mkdir()
    os.mkfifo(measuring.folder / "cov/a.info")
    measuring.clear(SPEC)
    assert problem(measuring) == ("unreadable", "cov/a.info is not a regular file")


def test_what_was_read_is_kept_under_its_digest(measuring: Measuring) -> None:
    """The copy is private and has its digest in its name."""
    content = (SAMPLES / "nyc.lcov.info").read_bytes()
    measuring.write("cov/a.info", content)
    [file] = measuring.covered(SPEC).files
    kept = measuring.run_folder / file
    assert kept.read_bytes() == content
    assert kept.name == f"{hashlib.sha256(content).hexdigest()}-a.info"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert list(kept.parent.iterdir()) == [kept]


def test_secrets_reach_no_copy(tmp_path: Path) -> None:
    """A path may hold one."""
    measuring = Measuring(tmp_path, secrets=("hunter2hunter2",))
    measuring.write("cov/a.info", TRACE.format(path="/home/hunter2hunter2/a.c"))
    coverage = measuring.covered(SPEC)
    assert "hunter2" not in (measuring.run_folder / coverage.files[0]).read_text() + repr(coverage)


def test_paths_are_told_from_the_steps_folder(measuring: Measuring) -> None:
    """Absolute, from a source folder or from here: a baseline made on another machine names the same files."""
    for name in ("src/a.c", "lib/b.py", "c.c"):
        measuring.write(name, "x\n" * 5)
    measuring.write(
        "cov/x.xml",
        f"<coverage><sources><source>{measuring.folder}/lib</source></sources>"
        '<class filename="b.py"><lines><line number="1" hits="1"/></lines></class></coverage>',
    )
    measuring.write("cov/a.info", TRACE.format(path=f"{measuring.folder}/src/a.c") + TRACE.format(path="c.c"))
    coverage = measuring.covered(CoverageSpec(("cov/*",)))
    assert [each.path for each in coverage.per_file] == ["c.c", "lib/b.py", "src/a.c"]
    assert coverage.problem == ""


class Changing:
    """A repository with a step in a subfolder, on a branch that left `main`."""

    def __init__(self, measuring: Measuring) -> None:
        self.measuring = measuring
        self.repo = Repo(measuring.folder.parent)
        self.repo.begin()
        self.repo.write(".gitignore", "cov/\nrun/\n")
        self.repo.write("step/src/a.c", "1\n2\n3\n4\n")
        self.repo.write("step/src/same.c", "1\n2\n")
        self.repo.write("other/src/a.c", "1\n2\n")
        self.repo.commit()
        self.repo.git("checkout", "--quiet", "-b", "work")

    def coverage(self, trace: str, base: str = "main") -> tuple[Share | None, tuple[object, ...], str]:
        self.measuring.write("cov/a.info", trace)
        coverage = self.measuring.covered(SPEC._replace(changed_lines=80.0, base=base))
        return coverage.changed, coverage.uncovered, coverage.problem


@pytest.fixture
def changing(measuring: Measuring) -> Changing:
    return Changing(measuring)


def trace(path: str, *ran: bool) -> str:
    lines = "".join(f"DA:{number},{int(one)}\n" for number, one in enumerate(ran, 1))
    return f"SF:{path}\n{lines}end_of_record\n"


def test_only_changed_executable_lines_count(changing: Changing) -> None:
    """Of what was changed, added and committed since the base; comments and unchanged files are left out."""
    changing.repo.write("step/src/a.c", "1\ntwo\n3\n4\nfive\nsix\n")
    changing.repo.write("step/src/new.c", "1\n2\n3\n")
    text = (
        trace("src/a.c", True, False, False, False, True) + trace("src/new.c", True, False) + trace("src/same.c", False)
    )
    assert changing.coverage(text) == (Share(2, 4), (("step/src/a.c", (2,)), ("step/src/new.c", (2,))), "")


def test_nothing_changed_is_no_share_and_no_problem(changing: Changing) -> None:
    """Not 0 percent."""
    found, _, problem = changing.coverage(trace("src/a.c", False))
    assert found == Share(0, 0)
    assert found.percent is None
    assert problem == ""


def test_a_base_that_is_not_there_is_a_problem_and_never_no_changes(changing: Changing) -> None:
    """Whoever names a ref has to have it."""
    found, _, problem = changing.coverage(trace("src/a.c", True), base="origin/gone")
    assert found is None
    assert problem == "the base 'origin/gone' is no commit here; fetch it, or name another"


def test_a_branch_without_an_upstream_needs_a_base(changing: Changing) -> None:
    """Nothing is guessed."""
    assert "no upstream" in changing.coverage(trace("src/a.c", True), base="")[2]


def test_the_upstream_is_the_base_where_none_is_named(changing: Changing) -> None:
    """Where the branch left it: what came to it since is not ours."""
    changing.repo.git("checkout", "--quiet", "main")
    changing.repo.write("step/src/same.c", "one\n2\n")
    changing.repo.commit("meanwhile")
    changing.repo.git("checkout", "--quiet", "work")
    changing.repo.git("branch", "--quiet", "--set-upstream-to=main")
    changing.repo.write("step/src/a.c", "one\n2\n3\n4\n")
    text = trace("src/a.c", True, False) + trace("src/same.c", False)
    assert changing.coverage(text, base="") == (Share(1, 1), (), "")


def test_a_folder_outside_any_repository_is_a_problem(measuring: Measuring) -> None:
    """There is nothing that lines could have changed since."""
    measuring.write("cov/a.info", TRACE)
    assert "in no git repository" in measuring.covered(SPEC._replace(changed_lines=1.0, base="main")).problem


def test_paths_of_another_machine_are_found_by_their_end(changing: Changing) -> None:
    """Where only one file of the repository ends like that."""
    changing.repo.write("step/src/same.c", "one\n2\n")
    assert changing.coverage(trace("/builds/42/src/same.c", False))[:2] == (Share(0, 1), (("step/src/same.c", (1,)),))


def test_paths_that_could_be_two_changed_files_are_a_problem(changing: Changing) -> None:
    """A line must not be called covered for its namesake."""
    changing.repo.write("other/src/a.c", "one\n2\n")
    text = trace("/builds/42/src/a.c", True)
    assert "could be any of 2: other/src/a.c, step/src/a.c" in changing.coverage(text)[2]


def test_a_path_in_two_source_folders_is_a_problem_where_one_of_them_changed(changing: Changing) -> None:
    """coverage.py names every `__init__.py` like that, which matters only then."""
    for name in ("one/__init__.py", "two/__init__.py"):
        changing.repo.write(f"step/{name}", "x\n")
    changing.repo.commit()
    changing.measuring.write(
        "cov/a.xml",
        "<coverage><sources><source>one</source><source>two</source></sources>"
        '<class filename="__init__.py"><lines><line number="1" hits="1"/></lines></class></coverage>',
    )
    spec = CoverageSpec(("cov/a.xml",), changed_lines=80.0)
    assert changing.measuring.covered(spec._replace(base="HEAD")).changed == Share(0, 0)
    found = changing.measuring.covered(spec._replace(base="main"))
    assert "could be any of 2: step/one/__init__.py, step/two/__init__.py" in found.problem


def test_a_comparison_needs_no_path_that_is_not_there(changing: Changing) -> None:
    """A path that ends like no file of the repository is some library's."""
    changing.repo.write("step/src/a.c", "one\n2\n3\n4\n")
    text = trace("/usr/include/c++/12/vector", False) + trace("src/a.c", True)
    assert changing.coverage(text) == (Share(1, 1), (), "")
