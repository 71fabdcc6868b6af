"""An orchestrator for machines with a fault: ``guarded.py FOLDER cgroup|no-cgroup``, one order a line.

An order on standard input is a JSON object with fields of `GuardOrder` (and ``rlimit``, a limit on this process's open
files from then on); the answer on standard output is one with what came of it. The first line out names the helpers'
token. Ends when standard input does.
"""

import json
import os
import resource
import sys

import anyio
import anyio.to_thread

from gatekeeper.adapters.guard.guard import Guard
from gatekeeper.adapters.guard.pool import GuardianPool
from gatekeeper.model.containment import GuardEnd, GuardOrder


def told(end: GuardEnd) -> dict[str, object]:
    """The end as JSON has it."""
    return {
        "outcome": repr(end.outcome),
        "duration_s": end.duration_s,
        "layers": end.layers,
        "strays": [(stray.pid, stray.layer) for stray in end.strays],
        "incidents": [(incident.kind.value, incident.message) for incident in end.incidents],
        "last_lines": end.last_lines,
        "lost": end.lost,
        "service": end.service,
    }


async def main() -> None:
    folder, layers = sys.argv[1:]
    helpers = GuardianPool(with_leaves=layers == "cgroup")
    guard = Guard(run="faults", folder=folder, ledger=f"{folder}/ledger.jsonl", helpers=helpers)
    print(guard._token, flush=True)
    number = 0
    while line := await anyio.to_thread.run_sync(sys.stdin.readline, abandon_on_cancel=True):
        number += 1
        fields = json.loads(line)
        limit = fields.pop("rlimit", None)
        if limit is not None:
            resource.setrlimit(resource.RLIMIT_NOFILE, (limit, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
        order = GuardOrder(
            label=f"gate.step.{number}",
            argv=tuple(fields.pop("argv")),
            cwd=folder,
            environ=tuple(os.environ.items()),
            output=f"{folder}/output/step.{number}.log",
            **{"timeout_s": 30.0, "grace_s": 0.1, **fields},
        )
        print(json.dumps(told(await guard.run(order))), flush=True)
    await guard.close()


anyio.run(main)
