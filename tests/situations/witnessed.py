"""An orchestrator with a witness inside: ``witnessed.py FOLDER CGROUP|- ``, started by ``outer.py``.

Tells who it is, then runs one command after the other, as they come in on standard input: one JSON object a line, and
one line back for each. Whoever is alive is counted at the very moment when the guard returns. Without an outer cgroup
the guard has to do without cgroups too.
"""

import json
import os
import sys
import time
from pathlib import Path

import anyio

sys.path.append(str(Path(__file__).parent))
import census

from gatekeeper.adapters.guard.guard import Guard
from gatekeeper.adapters.guard.pool import GuardianPool
from gatekeeper.model.containment import GuardOrder


def say(**fields):
    print(json.dumps(fields), flush=True)


async def main():
    folder, group = sys.argv[1:]
    group = group.removeprefix("-")
    os.makedirs(folder)
    guard = Guard(
        run="witnessed", folder=folder, ledger=f"{folder}/ledger.jsonl", helpers=GuardianPool(with_leaves=group != "")
    )
    guard.start()
    outer = os.getppid()
    say(pid=os.getpid(), outer=outer, token=guard._token, layers=guard.layers())
    async for line in anyio.wrap_file(sys.stdin):
        asked = json.loads(line)
        order = GuardOrder(
            label=asked["label"],
            argv=tuple(asked["argv"]),
            cwd=folder,
            environ=tuple(os.environ.items()),
            output=f"{folder}/output/{asked['label']}.log",
            timeout_s=asked["timeout_s"],
            grace_s=asked["grace_s"],
        )
        began = time.monotonic()
        end = await guard.run(order)
        returned = time.monotonic()
        alive = census.alive(outer, group, {os.getpid(), outer}, guard._token)
        beats = census.beats(asked["announced"])
        say(
            alive=alive,
            beats=beats[0],
            outcome=type(end.outcome).__name__,
            wall_s=returned - began,
            duration_s=end.duration_s,
            strays=[stray.pid for stray in end.strays],
            layers=end.layers,
            incidents=[f"{one.kind.value}: {one.message}" for one in end.incidents],
        )
    await guard.close()


anyio.run(main)
