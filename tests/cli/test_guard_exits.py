"""`gatekeeper guard` leaves as its command did, or says in timeout(1)'s way why not.

Ported from the situations of bazel's process-wrapper and tini; timeout(1)'s own tests are in tests/peers.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from gatekeeper import __version__
from gatekeeper.policy.signal_text import name_of
from tests.cli.guarding import GUARD, guard, guard_until_up, side_by_side

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the command needs Linux, and says so on macOS")

_STOP_OR_NOTHING = {"CHLD", "CONT", "STOP", "TSTP", "TTIN", "TTOU", "URG", "WINCH"}
FATAL = [number for number in sorted(signal.valid_signals()) if name_of(number) not in _STOP_OR_NOTHING]


@pytest.mark.parametrize(
    "codes",
    [[0, 1, 2, *range(123, 131), 143, 255], pytest.param([*range(256)], marks=pytest.mark.slow)],
    ids=["some", "all"],
)
def test_every_exit_code_comes_through(codes: list[int]) -> None:
    assert side_by_side([("10", "sh", "-c", f"exit {code}") for code in codes]) == (codes, "")


@pytest.mark.slow
def test_who_dies_of_a_signal_takes_us_along() -> None:
    """A shell sees 128 and the number, and who asks the kernel sees the signal itself; no core is left by us."""
    ended, _ = side_by_side([("10", "sh", "-c", f"kill -{int(number)} $$") for number in FATAL])
    assert ended == [-number for number in FATAL]
    shell = subprocess.run([*GUARD, "10", "sh", "-c", "sh -c 'kill -TERM $$'; exit $?"], check=False)
    assert shell.returncode == 143


@pytest.mark.parametrize(
    "options", [(), pytest.param(("--foreground",), marks=pytest.mark.slow)], ids=["background", "foreground"]
)
@pytest.mark.parametrize(
    ("words", "code"),
    [
        ((".1", "sleep", "50"), 124),
        (("--preserve-status", ".1", "sleep", "50"), 143),
        (("-s", "KILL", ".1", "sleep", "50"), 137),
        (("-s0", "-k", ".1", ".1", "sleep", "50"), 137),
        (("-sSTOP", "-k", ".1", ".1", "sleep", "50"), 137),
        (("1e-10000", "sleep", "50"), 124),
        (("0", "true"), 0),
        (("-k", "0", "infd", "true"), 0),
        (("9223372036854775808d", "true"), 0),
    ],
    ids=lambda given: " ".join(given) if isinstance(given, tuple) else str(given),
)
def test_what_the_deadline_makes_of_it(options: tuple[str, ...], words: tuple[str, ...], code: int) -> None:
    done = guard(*options, *words)
    assert done.returncode == code
    assert done.stderr == ""


@pytest.mark.parametrize(
    "where", [(), pytest.param(("--foreground",), marks=pytest.mark.slow)], ids=["background", "foreground"]
)
@pytest.mark.parametrize(("options", "code"), [(("-sINT",), 124), (("--preserve-status", "-sINT"), 7)])
def test_what_a_command_makes_of_its_deadline(where: tuple[str, ...], options: tuple[str, ...], code: int) -> None:
    done = guard_until_up((*where, *options), "sh", "-c", "trap 'exit 7' INT; echo up; sleep 50 & wait", up="up")
    assert (done.returncode, done.stderr) == (code, "")


def test_what_cannot_be_run_is_told_from_what_is_not_there(tmp_path: Path) -> None:
    plain, stray_interpreter = tmp_path / "plain", tmp_path / "script"
    plain.write_text("")
    stray_interpreter.write_text("#!/no/such/interpreter\n")
    stray_interpreter.chmod(0o755)
    for command, code, why in (
        ("no-such-command", 127, "No such file or directory"),
        ("./no/such", 127, "No such file or directory"),
        ("", 127, "No such file or directory"),
        (str(stray_interpreter), 127, "No such file or directory"),
        (str(tmp_path), 126, "Permission denied"),
        (str(plain), 126, "Permission denied"),
    ):
        done = guard("10", command, cwd=tmp_path)
        assert done.returncode == code
        assert done.stderr == f"gatekeeper guard: failed to run command '{command}': {why}\n"


def test_a_script_without_a_first_line_is_the_shell_s(tmp_path: Path) -> None:
    """As execvp(3) has it, and with it every shell and timeout(1)."""
    script = tmp_path / "script"
    script.write_text("echo $0 $1; exit 5\n")
    script.chmod(0o755)
    done = guard("10", "script", "x", env={**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"})
    assert (done.returncode, done.stdout) == (5, f"{script} x\n")


def test_a_line_that_means_nothing_is_refused() -> None:
    done = guard("--kill-after=soon", "1", "true")
    assert done.returncode == 125
    assert done.stderr == (
        "gatekeeper guard: invalid time interval 'soon'\nTry 'gatekeeper guard --help' for more information.\n"
    )
    assert guard().returncode == 125


def test_a_link_called_timeout_is_that_command(tmp_path: Path) -> None:
    """So that it can stand in for the program wherever scripts call it; it answers by the name it was called."""
    link = tmp_path / "timeout"
    link.symlink_to(GUARD[0])
    done = subprocess.run([link, "-v", ".1", "sleep", "50"], check=False, capture_output=True, text=True, timeout=50)
    assert done.returncode == 124
    assert done.stderr == "timeout: sending signal TERM to command 'sleep'\n"
    asked = subprocess.run([link, "--version"], check=False, capture_output=True, text=True, timeout=50)
    assert asked.stdout == f"timeout (gatekeeper) {__version__}\n"


def test_the_help_is_its_own() -> None:
    assert "gatekeeper guard -k 10s 5m make test" in guard("--help").stdout
    assert guard("10", "sh", "-c", "echo $0", "--help").stdout == "--help\n", (
        "what follows the duration is the command's"
    )


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="the machine has no /dev/full")
@pytest.mark.parametrize("asked", ["--help", "--version"])
def test_a_help_that_could_not_be_told_is_a_failure_of_ours(asked: str) -> None:
    """As its own table says: 125 is that `gatekeeper guard` itself failed."""
    with open("/dev/full", "w") as full:
        done = subprocess.run([*GUARD, asked], check=False, stdout=full, stderr=subprocess.PIPE, text=True, timeout=50)
    assert (done.returncode, done.stderr) == (125, "gatekeeper guard: write error: No space left on device\n")


def test_it_needs_no_folder_to_stand_in(tmp_path: Path) -> None:
    lost = tmp_path / "lost"
    lost.mkdir()
    line = f'rmdir "{lost}"; exec "$@"'
    done = subprocess.run(
        ["sh", "-c", line, "sh", *GUARD, "10", "echo", "here"], cwd=lost, check=False, capture_output=True
    )
    # Some shells complain of the folder that they stand in.
    assert (done.returncode, done.stdout) == (0, b"here\n"), done.stderr
