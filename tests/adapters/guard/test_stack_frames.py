"""What is read out of the stack dumps of runtimes, by dumps as they were printed."""

from __future__ import annotations

import pytest

from gatekeeper.adapters.guard.dossier.frames import Place, place_in

JOINING_SPY = """\
Process 27674: python3 app.py
Python v3.11.7 (/usr/bin/python3.11)

Thread 27674 (idle): "MainThread"
    Thread._wait_for_tstate_lock (/usr/lib/python3.11/threading.py:1139)
    Thread.join (/usr/lib/python3.11/threading.py:1119)
    <module> (/srv/app.py:7)
Thread 27725 (idle): "Thread-1 (worker)"
    worker (/srv/app.py:4)
    Thread.run (/usr/lib/python3.11/threading.py:982)
    Thread._bootstrap_inner (/usr/lib/python3.11/threading.py:1045)
"""
JOINING_FAULT = """\
Fatal Python error: Aborted

Thread 0x00007fd0acecf6c0 (most recent call first):
  File "/srv/app.py", line 4 in worker
  File "/usr/lib/python3.11/threading.py", line 982 in run

Current thread 0x00007fd0adc32b80 (most recent call first):
  File "/usr/lib/python3.11/threading.py", line 1139 in _wait_for_tstate_lock
  File "/usr/lib/python3.11/threading.py", line 1119 in join
  File "/srv/app.py", line 7 in <module>
Aborted
"""
QUEUE_SPY = """\
Thread 7 (idle): "MainThread"
    wait (/usr/lib/python3.11/threading.py:320)
    get (/usr/lib/python3.11/queue.py:171)
    collect (/srv/venv/lib/python3.11/site-packages/tool/run.py:30)
    <module> (/srv/app.py:7)
"""
ONLY_LIBRARY = """\
Thread 7 (idle): "MainThread"
    wait (/usr/lib/python3.11/threading.py:320)
    <module> (<frozen runpy>:88)
"""
HOTSPOT = """\
2026-11-27 07:40:40
Full thread dump OpenJDK 64-Bit Server VM (17.0.13+11 mixed mode, sharing):

"main" #1 prio=5 os_prio=0 cpu=30.52ms elapsed=1.00s tid=0x00007f nid=0x6c waiting for monitor entry [0x00007f]
   java.lang.Thread.State: BLOCKED (on object monitor)
\tat Deadlock.take(Deadlock.java:9)
\t- waiting to lock <0x000000062b> (a java.lang.Object)
\tat Deadlock.main(Deadlock.java:20)

"Reference Handler" #2 daemon prio=10 os_prio=0 cpu=0.1ms elapsed=1.00s tid=0x0 nid=0x1 waiting on condition [0x0]
   java.lang.Thread.State: RUNNABLE
\tat java.lang.ref.Reference.waitForReferencePendingList(java.base@17.0.13/Native Method)
"""
SLEEPING_JVM = """\
"main" #1 prio=5 os_prio=0 tid=0x00007f nid=0x6c waiting on condition [0x00007f]
   java.lang.Thread.State: TIMED_WAITING (sleeping)
\tat java.lang.Thread.sleep(java.base@17.0.13/Native Method)
\tat java.lang.Thread.run(java.base@17.0.13/Thread.java:840)
"""
GO = """\
SIGQUIT: quit
PC=0x46d5e1 m=0 sigcode=0

goroutine 0 [idle]:
runtime.futex()
\t/usr/lib/go-1.19/src/runtime/sys_linux_amd64.s:560 +0x21

goroutine 1 [sleep, 3 minutes]:
time.Sleep(0x8bb2c97000)
\t/usr/lib/go-1.19/src/runtime/time.go:195 +0x135
main.(*Pool).wait(...)
\t/srv/main.go:9
main.main()
\t/srv/main.go:5 +0x25
"""


@pytest.mark.parametrize(
    ("runtime", "dump", "place"),
    [
        ("python", JOINING_SPY, Place("app.py:4 worker", direct=True)),
        ("python", JOINING_FAULT, Place("app.py:4 worker", direct=True)),
        ("python", QUEUE_SPY, Place("run.py:30 collect")),
        ("python", ONLY_LIBRARY, None),
        ("python", "no dump at all\n", None),
        ("jvm", HOTSPOT, Place("Deadlock.java:9 Deadlock.take", "lock", direct=True)),
        ("jvm", SLEEPING_JVM, Place("Thread.java:840 Thread.run", "sleep")),
        ("jvm", "nothing\n", None),
        ("go", GO, Place("main.go:9 main.(*Pool).wait", "sleep")),
        ("go", "nothing\n", None),
        ("node", "anything\n", None),
        ("", "", None),
    ],
)
def test_the_place_that_a_dump_is_about(runtime: str, dump: str, place: Place | None) -> None:
    """The program's own code in the thread that is waited for, not the library that it waits in."""
    assert place_in(runtime, tuple(dump.splitlines())) == place
