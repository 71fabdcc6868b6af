"""An orchestrator to be killed: runs one guarded command and tells on standard output how it ended.

``orchestrator.py FOLDER cgroup|no-cgroup TIMEOUT COMMAND…``; prints ``helpers TOKEN`` first, so that its helpers
can be found.
"""

import os
import sys

import anyio

from gatekeeper.adapters.guard.guard import Guard
from gatekeeper.adapters.guard.pool import GuardianPool
from gatekeeper.model.containment import GuardOrder


async def main() -> None:
    folder, layers, timeout, *argv = sys.argv[1:]
    helpers = GuardianPool(with_leaves=layers == "cgroup")
    guard = Guard(run="killed", folder=folder, ledger=f"{folder}/ledger.jsonl", helpers=helpers)
    print("helpers", guard._token, flush=True)
    guard.start()
    order = GuardOrder(
        label="gate-step-1",
        argv=tuple(argv),
        cwd=folder,
        environ=tuple(os.environ.items()),
        output=f"{folder}/output/step.log",
        timeout_s=float(timeout),
        grace_s=0.1,
        private=("TMPDIR",),
    )
    print(await guard.run(order), flush=True)
    await guard.close()


anyio.run(main)
