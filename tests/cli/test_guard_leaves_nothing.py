"""Nothing gets away from `gatekeeper guard`: escapes, at every end, counted by a witness at the moment of return."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.adapters.guard.guard_situations import BARE_PYTHON, SITUATIONS, Witness, eventually
from tests.cli.guarding import GUARD, PYTHON, gone, guard, guarded, said

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="the command needs Linux, and says so on macOS"),
]

ESCAPES = {
    "orphan": 2,
    "setsid": 2,
    "double_fork_empty_environment": 2,
    "term_ignored": 2,
    "stopped": 2,
    "subreaper_daemon": 3,
    "hundred": 101,
}

# What an ordinary user has: a machine whose cgroups cannot be written to.
_WITHOUT_CGROUP = ("unshare", "--mount", "sh", "-c", 'umount -a -t cgroup2 && exec "$@"', "sh")


@pytest.fixture(params=["every layer", "no cgroup"])
def layers(request: pytest.FixtureRequest) -> tuple[str, ...]:
    if request.param == "every layer":
        return ()
    if os.geteuid() != 0:
        pytest.skip("needs root to hide the cgroups; an ordinary user has none, so the other case is this one")
    if subprocess.run([*_WITHOUT_CGROUP, "true"], check=False, capture_output=True).returncode:
        pytest.skip("no mount namespace can be made here")
    return _WITHOUT_CGROUP


@pytest.fixture
def witness(tmp_path: Path) -> Witness:
    return Witness(tmp_path / "announced")


def escape(kind: str, witness: Witness, then: str) -> tuple[str, ...]:
    return (*BARE_PYTHON, str(SITUATIONS / "escape.py"), kind, str(witness.path), then)


@pytest.mark.parametrize("kind", ESCAPES)
def test_the_command_exits_and_leaves_something(layers: tuple[str, ...], witness: Witness, kind: str) -> None:
    code = subprocess.run(
        [*layers, *GUARD, "50", *escape(kind, witness, "exit")], check=False, stdout=subprocess.DEVNULL
    ).returncode
    survivors = witness.alive()
    assert survivors == []
    assert code == 0
    assert len(witness.announced()) == ESCAPES[kind]


@pytest.mark.parametrize("kind", ESCAPES)
def test_the_deadline_passes(layers: tuple[str, ...], witness: Witness, kind: str) -> None:
    for duration in ("0.5", "3", "20"):
        witness.path.unlink(missing_ok=True)
        code = subprocess.run(
            [*layers, *GUARD, "-k", ".1", duration, *escape(kind, witness, "stay")],
            check=False,
            stdout=subprocess.DEVNULL,
        ).returncode
        survivors = witness.alive()
        assert survivors == []
        assert code in (124, 137)
        # On a busy machine they may not all have been there before the deadline: then it proved too little.
        if len(witness.announced()) == ESCAPES[kind]:
            return
    pytest.fail("the processes did not come up in 20 s")


@pytest.mark.parametrize("kind", ESCAPES)
def test_we_are_killed(layers: tuple[str, ...], witness: Witness, kind: str) -> None:
    """Whatever SIGKILL cannot tell us, the guardian hears; within moments everything is gone, itself included."""
    with subprocess.Popen(
        [*layers, *GUARD, "50", *escape(kind, witness, "stay")], stdout=subprocess.PIPE, text=True
    ) as process:
        assert said(process) == "ready"
        assert len(witness.alive()) == ESCAPES[kind]
        guardian = int(Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text())
        process.kill()
        eventually(lambda: not witness.alive())
        eventually(lambda: gone(guardian))


def test_our_whole_group_is_killed(layers: tuple[str, ...], witness: Witness) -> None:
    """As a supervisor does that means the job: the guardian stands outside of it, and ends what had left the group."""
    with subprocess.Popen(
        [*layers, *GUARD, "50", *escape("double_fork", witness, "stay")], stdout=subprocess.PIPE, text=True
    ) as process:
        assert said(process) == "ready"
        os.killpg(process.pid, signal.SIGKILL)
        eventually(lambda: not witness.alive())


@pytest.mark.parametrize("then", ["exit", "stay"])
def test_a_command_that_kills_its_guardian(layers: tuple[str, ...], witness: Witness, then: str) -> None:
    """Then all of it falls to us, is ended, and we say that we failed."""
    done = subprocess.run(
        [*layers, *GUARD, "50", *escape("kills_its_guardian", witness, then)],
        check=False,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    survivors = witness.alive()
    assert survivors == []
    assert len(witness.announced()) >= 1
    assert done.returncode == 125
    assert done.stderr == "gatekeeper guard: the guardian of the command was killed, so the command was ended\n"


LEAVES = "setsid sleep 600 & until [ \"$(tr -d '\\0' </proc/$!/cmdline)\" = sleep600 ]; do :; done"


def test_what_was_left_is_named_to_whoever_asks() -> None:
    done = guard("-v", "10", "sh", "-c", LEAVES)
    assert done.returncode == 0
    assert done.stderr.startswith("gatekeeper guard: ending what was left: 'sleep 600' (pid ")
    assert guard("10", "sh", "-c", LEAVES).stderr == ""


DAEMON = """
import os, socket, sys, time
listening = socket.create_server(("127.0.0.1", 0))
if os.fork() == 0:
    os.setsid()
    time.sleep(600)
print(listening.getsockname()[1])
"""


def test_a_daemon_that_listens_is_named_with_its_port() -> None:
    done = guard("-v", "10", sys.executable, "-I", "-c", DAEMON)
    assert f", port {done.stdout.strip()})" in done.stderr


def test_the_command_reads_what_we_are_given_and_has_our_descriptors(tmp_path: Path) -> None:
    """It is a drop-in: input, output, open files and the environment are the command's as they are ours."""
    assert guard("10", "cat", input="words\n").stdout == "words\n"
    (tmp_path / "file").write_text("held open\n")
    with (tmp_path / "file").open() as file:
        number = file.fileno()
        assert guard("10", "sh", "-c", f"cat /proc/self/fd/{number}", pass_fds=(number,)).stdout == "held open\n"
    listed = guard("10", *PYTHON, "import os; print(sorted(os.listdir('/proc/self/fd'))[:-1])")
    assert listed.stdout == "['0', '1', '2']\n"


def test_the_environment_is_handed_on_as_it_is() -> None:
    """Python sets LC_CTYPE in a C locale, and gatekeeper marks its steps; neither is the command's business."""
    given = {"PATH": os.environ["PATH"], "LANG": "C", "BYTES": "\udcff"}
    # Not the console script: where its path is long or has a space in it, it begins as a shell, which exports PWD.
    line = [sys.executable, "-m", "gatekeeper", "guard", "10", "env", "-0"]
    done = subprocess.run(line, env=given, check=False, capture_output=True)
    assert sorted(done.stdout.split(b"\0")[:-1]) == sorted(os.fsencode(f"{k}={v}") for k, v in given.items())
    asked = guard("10", "env", env={"PATH": os.environ["PATH"], "LC_CTYPE": "C.UTF-8"}).stdout
    assert "LC_CTYPE=C.UTF-8\n" in asked


def test_closed_streams_stay_closed() -> None:
    asked = "[ -e /proc/self/fd/0 ] || [ -e /proc/self/fd/1 ] || [ -e /proc/self/fd/2 ] || exit 7"
    line = ["sh", "-c", 'exec "$@" <&- >&- 2>&-', "sh", *GUARD, "10", "sh", "-c", asked]
    assert subprocess.run(line, check=False).returncode == 7


def test_a_guard_in_a_guard(witness: Witness) -> None:
    """The outer one ends the inner one, and everything of both is gone."""
    inner = (*GUARD, "50", *escape("setsid", witness, "stay"))
    for duration in ("0.5", "3", "20"):
        witness.path.unlink(missing_ok=True)
        code = subprocess.run([*GUARD, duration, *inner], check=False, stdout=subprocess.DEVNULL).returncode
        survivors = witness.alive()
        assert survivors == []
        assert code == 124
        if len(witness.announced()) == ESCAPES["setsid"]:
            return
    pytest.fail("the processes did not come up in 20 s")


def test_its_cgroup_is_its_own_and_is_taken_away() -> None:
    with guarded("50", "sh", "-c", "cat /proc/self/cgroup; echo ready; sleep 50") as process:
        mine = ""
        while (line := said(process)) != "ready":
            mine = line[3:] if line.startswith("0::") else mine
        if "/gk-" not in mine:
            pytest.skip("no writable cgroup v2 here")
        leaves = list(Path("/sys/fs/cgroup").rglob(mine.rpartition("/")[2]))
        assert len(leaves) == 1
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == -signal.SIGTERM
        assert not leaves[0].exists()
