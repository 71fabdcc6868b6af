"""The command that runs only what failed, as each runner wants to be told."""

from __future__ import annotations

import shlex
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.policy.rerun import MOST, CannotRerun, rerun_command

FILES = {"tests/test_a.py", "tests/sub/test_b.py"}


def words(script: str, *failed: str) -> list[str]:
    """The command's words, as a shell would see them."""
    return shlex.split(rerun_command(script, failed, FILES.__contains__).command)


@pytest.mark.parametrize(
    ("test", "node"),
    [
        ("tests.test_a::test_x", "tests/test_a.py::test_x"),
        ("tests.test_a.TestC::test_x[1-a b]", "tests/test_a.py::TestC::test_x[1-a b]"),
        ("tests.sub.test_b.TestC.TestD::test_x[it's]", "tests/sub/test_b.py::TestC::TestD::test_x[it's]"),
        ("tests/test_z.py::TestC::test_x", "tests/test_z.py::TestC::test_x"),
    ],
)
def test_pytest_gets_node_ids(test: str, node: str) -> None:
    """From the ids of its reports, where the module's file is there."""
    assert words("python -m pytest -q {failed}", test) == ["python", "-m", "pytest", "-q", node]


def test_pytest_gets_names_where_a_file_is_not_found() -> None:
    """An expression cannot hold parameters."""
    found = words("pytest {failed}", "tests.test_a::test_x[1]", "gone.test_c.TestC::test_y[a]", "gone.test_c::test_y")
    assert found == ["pytest", "-k", "test_x or test_y"]


@pytest.mark.parametrize(
    ("script", "failed", "expected"),
    [
        ("npx jest {failed}", ("src::adds 1 + 1 (fast)", "src::b"), ["npx", "jest", "-t", r"adds 1 \+ 1 \(fast\)|b"]),
        ("npx vitest run {failed}", ("a.test.ts::sum > adds",), ["npx", "vitest", "run", "-t", "sum (> )?adds"]),
        (
            "go test ./... {failed}",
            ("example.test/a::TestA/sub_1", "example.test/a::TestA/sub_2", "example.test/b::TestB"),
            ["go", "test", "./...", "-run", "^(TestA|TestB)$"],
        ),
        ("cargo test {failed}", ("shop::prices::adds", "shop::b"), ["cargo", "test", "--", "adds", "b"]),
        ("cargo test --lib -- {failed}", ("shop::prices::adds",), ["cargo", "test", "--lib", "--", "adds"]),
        ("cargo nextest run {failed}", ("shop::prices::adds",), ["cargo", "nextest", "run", "adds"]),
        (
            "./mvnw -q test {failed}",
            ("com.x.ATest::one", "com.x.ATest::two(int)[1]", "com.x.BTest::one"),
            [
                *("./mvnw", "-q", "test", "-Dtest=com.x.ATest#one+two,com.x.BTest#one"),
                "-Dsurefire.failIfNoSpecifiedTests=false",
            ],
        ),
        ("./run.sh --only {failed}", ("suite::a b", "c"), ["./run.sh", "--only", "a b", "c"]),
        ("cd go && npm test -- {failed}", ("suite::a",), ["cd", "go", "&&", "npm", "test", "--", "a"]),
        ("cargo build && pytest {failed}", ("t.py::x",), ["cargo", "build", "&&", "pytest", "t.py::x"]),
    ],
)
def test_every_runner_is_told_in_its_own_way(script: str, failed: tuple[str, ...], expected: list[str]) -> None:
    """The program that stands nearest before the tests says which one it is; names are for any other."""
    assert words(script, *failed) == expected


def test_only_so_many_tests_are_run_again() -> None:
    """The rest is counted."""
    rerun = rerun_command("run {failed}", tuple(f"s::t{number}" for number in range(MOST + 7)), FILES.__contains__)
    assert len(rerun.tests) == MOST
    assert rerun.left_out == 7
    assert rerun.command.endswith(f" t{MOST - 1}")


@pytest.mark.parametrize(
    "script", ["run '{failed}'", 'run "{failed}"', "run # {failed}", "cat <<X\n{failed}\nX", "run `{failed}`", "run"]
)
def test_tests_stand_only_where_words_can(script: str) -> None:
    """Between quotes, a test's name could end them."""
    with pytest.raises(CannotRerun):
        rerun_command(script, ("s::t",), FILES.__contains__)


@given(
    st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=30), min_size=1),
    st.sampled_from(["pytest", "jest", "go test", "cargo test", "mvn", "printf %s"]),
)
def test_no_name_of_a_test_becomes_code(names: list[str], program: str) -> None:
    """Whatever tests are called."""
    failed = tuple(f"s::{name}" for name in names)
    command = rerun_command(f"{program} {{failed}}", failed, lambda _: False).command
    before = shlex.split(program)
    assert shlex.split(command)[: len(before)] == before
    assert rerun_command(f"{program} {{failed}}; x {{failed}}", failed, lambda _: False).command.startswith(command)


def test_a_shell_sees_what_was_meant() -> None:
    """Asked of a real one."""
    name = 'it\'s $(touch x) `y` "z" \\ & | ;\n* ~ {a,b}'
    command = rerun_command("printf '%s' {failed}", (f"s::{name}",), FILES.__contains__).command
    assert subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=True).stdout == name
