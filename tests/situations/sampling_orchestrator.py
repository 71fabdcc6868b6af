"""An orchestrator with the guard of other systems, to be killed or stopped.

Called as ``sampling_orchestrator.py FOLDER TIMEOUT COMMAND…``. Prints ``helpers TOKEN`` first, so that its watchdog can
be found, and at the end how the command ended.
"""

import os
import sys

import anyio

from gatekeeper.adapters.guard.sampling.guard import SamplingGuard
from gatekeeper.model.containment import GuardOrder


async def main() -> None:
    folder, timeout, *argv = sys.argv[1:]
    guard = SamplingGuard(run="killed", folder=folder, ledger=f"{folder}/ledger.jsonl")
    print("helpers", guard._token, flush=True)
    order = GuardOrder(
        label="gate-step-1",
        argv=tuple(argv),
        cwd=folder,
        environ=tuple(os.environ.items()),
        output=f"{folder}/output/step.log",
        timeout_s=float(timeout),
        grace_s=0.1,
    )
    print(await guard.run(order), flush=True)
    await guard.close()


anyio.run(main)
