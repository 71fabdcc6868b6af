"""Many `gatekeeper guard`, each in a process of its own, but none in a new Python: their words as JSON on stdin.

Prints the wait statuses in the same order. Some run at a time.
"""

import json
import os
import sys

from gatekeeper.cli import guard

AT_ONCE = 16


def start(words: list[str]) -> int:
    """A process that is `gatekeeper guard WORDS`."""
    pid = os.fork()
    if pid == 0:
        try:
            os._exit(guard.main(words))
        finally:
            os._exit(70)
    return pid


if __name__ == "__main__":
    lines = json.load(sys.stdin)
    sys.argv[0] = "gatekeeper"
    statuses = {}
    running = {}
    for number, words in enumerate(lines):
        if len(running) >= AT_ONCE:
            pid, status = os.wait()
            statuses[running.pop(pid)] = status
        running[start(words)] = number
    while running:
        pid, status = os.wait()
        statuses[running.pop(pid)] = status
    print(json.dumps([statuses[number] for number in range(len(lines))]))
