"""The one sentence on why a step hung: from made-up sights to words, and nothing is made up in the words."""

from __future__ import annotations

import signal

import pytest

from gatekeeper.adapters.guard.dossier.diagnosis import largest, sentence
from gatekeeper.adapters.guard.messages.sight import Sight


def sight(pid: int, ppid: int = 1, *argv: str, **fields: object) -> Sight:
    given = {"state": "S", "cpu_share": 0.0, **fields}
    return Sight(argv=argv or ("app",), pid=pid, ppid=ppid, **given)  # type: ignore[arg-type]  # as the tests write them


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"waits": "sleep"}, "sleeping"),
        ({"waits": "lock"}, "waiting for a lock"),
        ({"waits": "lock", "threads": 4}, "waiting for a lock or another thread"),
        ({"waits": "file-lock", "target": "/x/apt.lock"}, "waiting for a lock on the file /x/apt.lock"),
        ({"waits": "file-lock"}, "waiting for a lock on the file"),
        ({"waits": "signal"}, "waiting for a signal"),
        ({"waits": "events"}, "waiting for events"),
        ({"waits": "child"}, "waiting for a child"),
        ({"waits": "input", "target": "/dev/pts/3"}, "waiting for input from /dev/pts/3"),
        ({"waits": "read", "target": "127.0.0.1:5432"}, "waiting to read from 127.0.0.1:5432"),
        ({"waits": "read"}, "waiting to read from a descriptor"),
        (
            {"waits": "read", "target": "its standard input, a pipe"},
            "waiting to read from its standard input, a pipe that no other process of the step writes to",
        ),
        (
            {"waits": "write", "target": "a pipe"},
            "waiting to write to a pipe that no other process of the step reads from",
        ),
        ({"waits": "write", "target": "[::1]:80"}, "waiting to write to [::1]:80"),
        ({"waits": "open", "target": "/tmp/f"}, "waiting for somebody to open the other end of /tmp/f"),
        ({"waits": "connect", "target": "127.0.0.1:5432"}, "waiting to connect to 127.0.0.1:5432"),
        ({"waits": "connect"}, "waiting to connect to a socket"),
        ({"waits": "accept", "target": "port 3000"}, "waiting for connections on port 3000"),
        ({"wchan": "some_new_wait"}, "waiting in some_new_wait"),
        ({"syscall": "system call 499"}, "waiting in system call 499"),
        ({}, "waiting"),
        ({"state": "D", "wchan": "nfs_wait", "waits": "read"}, "in an uninterruptible wait (nfs_wait)"),
        ({"state": "D"}, "in an uninterruptible wait"),
        ({"state": "T", "stopped_by": int(signal.SIGSTOP)}, "stopped by SIGSTOP"),
        ({"state": "T", "stopped_by": int(signal.SIGTTIN)}, "stopped by SIGTTIN"),
        ({"state": "T"}, "stopped"),
        ({"state": "t"}, "stopped by a debugger"),
    ],
)
def test_each_way_of_hanging_has_its_words(fields: dict[str, object], words: str) -> None:
    """What the kernel says of the only process is what the sentence says of it."""
    assert sentence((sight(7, 1, "python", "app.py", **fields),), "") == f"hung: `python app.py` (pid 7) was {words}"


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"state": "R", "cpu_share": 0.98}, "using 98 % of one core"),
        ({"state": "R", "cpu_share": 1.04}, "using 100 % of one core"),
        # Ready all the time, beside others who are too.
        ({"state": "R", "cpu_share": 0.29}, "using 29 % of one core"),
        ({"state": "S", "cpu_share": 3.52, "waits": "lock"}, "using 3.5 cores"),
        ({"state": "R", "cpu_share": -1.0}, "running"),
    ],
)
def test_what_computes_is_busy_and_not_hung(fields: dict[str, object], words: str) -> None:
    """A step that is merely slow is not accused of hanging."""
    assert sentence((sight(7, 1, "cc1", **fields),), "") == f"busy: `cc1` (pid 7) was {words}"


def test_running_for_a_moment_is_not_busy() -> None:
    """One that was caught awake and has used nothing in the moments before does not spin."""
    assert sentence((sight(7, 1, "poller", state="R", cpu_share=0.02),), "") == "hung: `poller` (pid 7) was running"


QUESTIONS = pytest.mark.parametrize("line", ["Password: ", "Continue? [y/N]", "mysql> ", "Overwrite (y/n)", "Sure?"])


@QUESTIONS
@pytest.mark.parametrize("waits", ["", "events"])
def test_question_where_nobody_knows_what_is_waited_for(line: str, waits: str) -> None:
    """Who asks in its last, unfinished line, and is in no other wait, waits for an answer."""
    asking = sight(7, waits=waits, stdin="/dev/pts/3")
    assert sentence((asking,), line) == f"hung: waiting for input at '{line.strip()}'"


@QUESTIONS
@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"waits": "sleep"}, "sleeping"),
        ({"waits": "connect", "target": "[::1]:5432"}, "waiting to connect to [::1]:5432"),
        ({"waits": "lock"}, "waiting for a lock"),
        ({"state": "T", "stopped_by": int(signal.SIGTTIN)}, "stopped by SIGTTIN"),
        ({"state": "D"}, "in an uninterruptible wait"),
        ({"waits": "events", "stdin": "/dev/null"}, "waiting for events"),
    ],
)
def test_what_was_seen_is_told_before_what_a_line_looks_like(fields: dict[str, object], words: str, line: str) -> None:
    """`Compiling: ` ends like a question; who sleeps, or has nobody to ask, waits for no answer."""
    said = sentence((sight(7, 1, "app", **fields),), line)
    assert said == f"hung: `app` (pid 7) was {words}, after it wrote '{line.strip()}'"


def test_line_that_was_written_again_and_again() -> None:
    """Of progress only the last state is shown, without what a terminal obeys."""
    said = sentence((sight(7, waits="sleep"),), "\x1b[32m10 %\r20 %\r30 %\x1b[0m")
    assert said.endswith(", after it wrote '30 %'")


def test_any_unfinished_line_is_a_prompt_where_a_terminal_is_read() -> None:
    """`Enter PIN` looks like nothing, but the process reads from its terminal."""
    reading = sight(7, waits="input", target="/dev/pts/3")
    assert sentence((reading,), "Enter PIN ") == "hung: waiting for input at 'Enter PIN'"


def test_progress_bar_of_a_busy_compiler_is_no_prompt() -> None:
    """`[=====>   ]` ends like a question, but whoever computes does not wait for an answer."""
    assert sentence((sight(7, 1, "cc1", cpu_share=1.0),), "[====>    ]").startswith("busy: ")


def test_long_prompt_is_cut_at_its_beginning() -> None:
    """What is asked stands at the end."""
    assert sentence((), "x" * 200 + " Proceed?") == f"hung: waiting for input at '{'x' * 71} Proceed?'"


def test_nothing_seen_is_nothing_said() -> None:
    """No process, no prompt: no sentence."""
    assert sentence((), "all done") == ""


def test_leader_that_waits_for_its_child() -> None:
    """The sentence goes on to what the child does."""
    shell = sight(7, 1, "sh", "-c", "x", waits="child", peer=9)
    slow = sight(9, 7, "sleep", "600", waits="sleep")
    assert sentence((shell, slow), "") == "hung: waiting for its child `sleep 600` (pid 9), which was sleeping"


def test_chain_of_waiting_ends_where_nobody_else_is_waited_for() -> None:
    """sh waits for make, make for node, and node for a database that does not answer."""
    sights = (
        sight(7, 1, "sh", waits="child", peer=8),
        sight(8, 7, "make", waits="child", peer=9),
        sight(9, 8, "node", "seed.js", waits="connect", target="127.0.0.1:5432"),
    )
    assert sentence(sights, "") == (
        "hung: waiting for its descendant `node seed.js` (pid 9), which was waiting to connect to 127.0.0.1:5432"
    )


def test_pipeline_is_followed_to_the_one_that_should_write() -> None:
    """The shell waits for `tee`, `tee` reads what `server` does not write."""
    sights = (
        sight(7, 1, "sh", waits="child", peer=9),
        sight(8, 7, "server", waits="accept", target="port 3000"),
        sight(9, 7, "tee", waits="read", target="its standard input, a pipe", peer=8),
    )
    assert sentence(sights, "") == (
        "hung: `server` (pid 8) was waiting for connections on port 3000, and `sh` (pid 7) waits for it"
    )


def test_event_loop_with_a_child_is_followed_to_the_child() -> None:
    """npm waits for events; what it started is what hangs."""
    sights = (sight(7, 1, "npm", "test", waits="events"), sight(8, 7, "vite", waits="accept", target="port 5173"))
    assert sentence(sights, "") == (
        "hung: `vite` (pid 8) was waiting for connections on port 5173, and `npm test` (pid 7) waits for it"
    )


def test_two_that_wait_for_each_other_end_the_walk() -> None:
    """A deadlock between processes has no end, but the sentence has."""
    sights = (
        sight(7, 1, "a", waits="read", target="a pipe", peer=8),
        sight(8, 7, "b", waits="read", target="a pipe", peer=7),
    )
    assert sentence(sights, "") == "hung: `b` (pid 8) was waiting to read from a pipe, and `a` (pid 7) waits for it"


def test_child_that_is_not_there_any_more() -> None:
    """The peer may have ended between two looks."""
    assert sentence((sight(7, waits="child", peer=99),), "") == "hung: `app` (pid 7) was waiting for a child"


def test_spinning_worker_below_a_leader_that_waits_for_a_lock() -> None:
    """Where the leader's wait says nothing, the one that uses the processor does."""
    sights = (sight(7, 1, "pytest", waits="lock", threads=3), sight(8, 7, "worker", state="R", cpu_share=0.97))
    assert sentence(sights, "") == "busy: `worker` (pid 8) was using 97 % of one core, below `pytest` (pid 7)"


def test_spinning_bystander_does_not_hide_a_clear_reason() -> None:
    """Who waits for a connection hangs, whatever else the step has running."""
    sights = (sight(7, 1, "app", waits="connect", target="[::1]:5432"), sight(8, 7, "spinner", cpu_share=1.0))
    assert sentence(sights, "") == "hung: `app` (pid 7) was waiting to connect to [::1]:5432"


def test_commands_are_shown_short_and_in_one_line() -> None:
    """The folder of the program goes, so that its script can be read; line ends go, and what is too long."""
    argv = ("/opt/venv/bin/python3", "-c", "import time\ntime.sleep(600)", "x" * 100)
    said = sentence((sight(7, 1, *argv, waits="sleep"),), "")
    assert said.startswith("hung: `python3 -c import time time.sleep(600) xxx")
    assert said.endswith("...` (pid 7) was sleeping")
    assert len(said) < 100


def test_python_says_where_it_waits() -> None:
    """The place in the program's own code stands in the sentence."""
    stack = (
        'Thread 7 (idle): "MainThread"',
        "    worker (/srv/app.py:12)",
        "    <module> (/srv/app.py:20)",
    )
    one = sight(7, 1, "python", "app.py", waits="lock", threads=5, runtime="python", stack=stack)
    assert sentence((one,), "") == "hung: `python app.py` (pid 7) was waiting for a lock in app.py:12 worker"


def test_python_that_spins_says_where() -> None:
    """An endless loop is told by its line."""
    stack = ('Thread 7 (active): "MainThread"', "    spin (/srv/app.py:3)")
    one = sight(7, 1, "python", state="R", cpu_share=1.0, runtime="python", stack=stack)
    assert sentence((one,), "") == "busy: `python` (pid 7) was using 100 % of one core in app.py:3 spin"


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("BLOCKED (on object monitor)", "waiting for a lock in App.java:12 App.work"),
        ("TIMED_WAITING (sleeping)", "sleeping in App.java:12 App.work"),
        ("WAITING (parking)", "waiting (parking) in App.java:12 App.work"),
        ("RUNNABLE", "waiting (runnable) in App.java:12 App.work"),
    ],
)
def test_jvm_says_what_its_main_thread_does(state: str, words: str) -> None:
    """The first thread of a JVM always waits for another one; what counts is what the dump says of `main`."""
    stack = (
        '"main" #1 prio=5 os_prio=0 cpu=30ms elapsed=1s tid=0x1 nid=0x2 waiting [0x3]',
        f"   java.lang.Thread.State: {state}",
        "\tat java.lang.Object.wait(java.base@17/Native Method)",
        "\tat shop.App.work(App.java:12)",
    )
    one = sight(7, 1, "java", "App", waits="lock", threads=20, runtime="jvm", stack=stack)
    assert sentence((one,), "") == f"hung: `java App` (pid 7) was {words}"


def test_go_says_what_its_main_goroutine_waits_for() -> None:
    """The threads of a Go program all sleep in the runtime; the goroutine says for what."""
    stack = ("SIGQUIT: quit", "", "goroutine 1 [chan receive]:", "main.wait(...)", "\t/srv/main.go:8", "main.main()")
    one = sight(7, 1, "app", waits="lock", threads=6, runtime="go", stack=stack)
    assert sentence((one,), "") == "hung: `app` (pid 7) was waiting (chan receive) in main.go:8 main.wait"


@pytest.mark.parametrize("runtime", ["jvm", "go"])
def test_runtime_without_a_dump_claims_no_lock(runtime: str) -> None:
    """Without a dump nobody knows what the program behind the runtime's own wait does."""
    assert sentence((sight(7, waits="lock", threads=9, runtime=runtime),), "") == "hung: `app` (pid 7) was waiting"


def test_who_held_most_of_the_memory() -> None:
    """Of those that were seen: the kernel may have ended a larger one."""
    seen = (sight(7, 1, "sh", memory=1 << 20), sight(8, 7, "hog", memory=80 << 20), sight(9, 7, "cat"))
    assert largest("memory", seen) == "`hog` (pid 8) held 80 MiB, more than any other that was seen"
    assert largest("memory", ()) == ""


def test_who_became_so_many() -> None:
    """Processes and threads of one and the same command."""
    seen = (sight(7, 1, "sh"), *(sight(pid, 7, "b") for pid in range(8, 20)), sight(20, 7, "b", threads=5))
    assert largest("processes", seen) == "17 of those that were seen were `b`"


def test_signal_without_a_name() -> None:
    """Real-time signals have none."""
    assert sentence((sight(7, state="T", stopped_by=40),), "") == "hung: `app` (pid 7) was stopped by signal 40"
