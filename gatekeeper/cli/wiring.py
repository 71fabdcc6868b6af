"""Owns opening what one run needs, in the order that makes a run start fast, and closing it whatever happens.

The warden and git start first, so that they work while the rest of the program is still being imported.
"""

import os
import sys
from contextlib import ExitStack

from gatekeeper.adapters.definition.cache import load_cached
from gatekeeper.adapters.guard.choice import new_guard, offered
from gatekeeper.adapters.journal.runs import create_run_folder, new_run_id
from gatekeeper.adapters.locks.treelock import TreeLock
from gatekeeper.adapters.ports.lease import PortLease
from gatekeeper.adapters.repos.reading import BoundRepo
from gatekeeper.adapters.repos.trees import GitTrees
from gatekeeper.cli.judging import Judged, judged_by, require_base
from gatekeeper.cli.leftovers import OpenRun, tidy
from gatekeeper.cli.opening import Bound, bind_plan, read_required, require_environment
from gatekeeper.cli.project import make_state_folder
from gatekeeper.cli.room import require_room
from gatekeeper.cli.run_request import RunRequest
from gatekeeper.engine.clock import SystemClock
from gatekeeper.model.containment import Level
from gatekeeper.model.errors import EnvironmentFault
from gatekeeper.model.event_parts import ReadingState
from gatekeeper.model.plan import Plan, StepId
from gatekeeper.model.record import NamedTuple
from gatekeeper.policy.binding import Context, fill
from gatekeeper.policy.claims import NOTHING_CLAIMED, Claims, claims_of
from gatekeeper.policy.masking import Masker, unmasked
from gatekeeper.policy.selection import select

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gatekeeper.adapters.guard.guard import Guard
    from gatekeeper.adapters.guard.pool import GuardianPool
    from gatekeeper.adapters.guard.sampling.guard import SamplingGuard
    from gatekeeper.adapters.locks.named import NamedLocks


class OpenedRun(NamedTuple):
    """Everything that one run works with. `base` is the ref that what judges is compared with; empty for none.

    `claims` is what it must have for itself, with `locks`, where that is anything.
    """

    run: str
    request: RunRequest
    plan: Plan
    selected: tuple[StepId, ...]
    bound: Bound
    reading: tuple[ReadingState, ...]
    state: str
    folder: str
    clock: SystemClock
    guard: "Guard | SamplingGuard"
    trees: GitTrees
    ports: dict[str, PortLease]
    masker: Masker
    judged: Judged
    base: str
    claims: Claims
    locks: "NamedLocks | None"


def open_run(request: RunRequest, closing: ExitStack, helpers: "GuardianPool | None") -> OpenedRun:
    """Open one run; `closing` closes all of it. `helpers` are the guard's, started before this was even imported.

    Raises the errors of `gatekeeper.model.errors`.
    """
    _require_containment(request.required, helpers)
    state = make_state_folder(request.root)
    require_room(state, request.least_free)
    trial = request.trial
    around = trial.within if trial is not None else None
    judged, plan = _judged(request, state) if around is None else (around.judged, around.plan)
    if (request.isolate or plan.isolate) and request.placement is None and trial is None:
        from gatekeeper.cli.isolating import place_isolated

        request = place_isolated(request, plan, closing)
    if (placement := request.placement) is not None:
        plan, request = placement.placed(plan), request._replace(root=placement.root)
    if request.rounds is not None:
        plan = plan._replace(until_green=plan.until_green._replace(rounds=request.rounds))
    selected = select(plan, request.only)
    require_environment(plan, os.environ)
    clock = SystemClock()
    resumed = request.resumption
    now = resumed.began if resumed else clock.now()
    run = resumed.run if resumed else new_run_id(now, plan.cycle, os.urandom(2).hex())
    ports = _take_ports(plan, closing) if around is None else around.ports
    numbers = {name: str(lease.port) for name, lease in ports.items()}
    bound = bind_plan(
        plan,
        root=request.root,
        environ=os.environ,
        overrides=dict(request.overrides),
        ports=numbers,
        run=run,
        now=now,
    )
    _require_repos(bound)
    claims, locks = _claimed(plan, selected, bound, run=run, clock=clock, around=around)
    if trial is not None:
        bound = bound._replace(log="", leave_out=_beside_repos(bound))
    trees = GitTrees(tuple(BoundRepo(*repo) for repo in bound.repos), leave_out=bound.leave_out)
    if trial is None:
        lock = TreeLock.acquire((request.root, *(repo.path for repo in bound.repos)), run=run, now=now)
        closing.callback(lock.release)
        trees.prefetch()
    base = plan.integrity.base or request.judge_by
    require_base(base, bound)
    closing.callback(trees.close)
    reading = read_required(plan, bound, request.root)
    if around is None:
        _tell_beforehand(plan, state, clock)
    folder = resumed.folder if resumed else create_run_folder(state if trial is None else trial.keep, run)
    if placement is not None and trial is None:
        # The document that the plan names would be gone with the worktree, or be a change of the working tree.
        bound = bound._replace(
            log=os.path.join(folder, "execution-log.md"),
            # Read again whenever the log is written, so those of the working tree, which stay.
            log_templates=bound.log_templates.replace(placement.root, placement.home, 1),
        )
    mark = OpenRun(state, run)
    closing.callback(mark.close)
    masker = Masker((*(os.environ[name] for name in plan.secrets if name in os.environ), *_tokens(plan, bound)))
    guard = new_guard(run=run, folder=folder, ledger=mark.ledger, helpers=helpers, mask=masker.mask)
    guard.start()
    return OpenedRun(
        run,
        request,
        plan,
        selected,
        bound,
        reading,
        state,
        folder,
        clock,
        guard,
        trees,
        ports,
        masker,
        judged,
        base,
        claims,
        locks,
    )


def _judged(request: RunRequest, state: str) -> tuple[Judged, Plan]:
    judged = judged_by(request)
    cache = os.path.join(state, "cache")
    return judged, load_cached(request.path, root=request.root, cache=cache, content=judged.definition)


def _tokens(plan: Plan, bound: Bound) -> tuple[str, ...]:
    """What of the addresses of notifications may be a token: all of it that does not stand in the definition."""
    if not any("$" in each.to for each in plan.notify):
        return ()
    from gatekeeper.policy.recipients import recipients, secrets_of

    told = recipients((each for each in plan.notify if "$" in each.to), bound.context)
    return tuple(part for each in told for part in secrets_of(each.to))


def _claimed(
    plan: Plan, selected: tuple[StepId, ...], bound: Bound, *, run: str, clock: SystemClock, around: OpenedRun | None
) -> "tuple[Claims, NamedLocks | None]":
    claims = claims_of(plan, selected, lambda name: fill(name, bound.context))
    if claims.are_none or (around is not None and around.claims.run):
        return NOTHING_CLAIMED, None  # or that has it all, for what is run in it, too
    from gatekeeper.adapters.locks.named import FOLDER, NamedLocks

    return claims, NamedLocks(run, clock.now, os.environ.get(FOLDER, ""))


def _require_containment(level: Level | None, helpers: "GuardianPool | None") -> None:
    if level is None:
        return  # whoever asks for nothing need not wait for what a leaf takes
    from gatekeeper.policy.containment import falls_short

    if short := falls_short(level, offered(helpers)):
        raise EnvironmentFault(
            f"{short}\n  nothing was started; what this machine lacks, and how to get it, is told by: gatekeeper doctor"
        )


def _require_repos(bound: Bound) -> None:
    missing = [repo for repo in bound.repos if not os.path.isdir(repo.path)]
    if missing:
        lines = "".join(f"\n  {repo.name}: {repo.path}" for repo in missing)
        raise EnvironmentFault(f"a repo of this cycle is not there:{lines}")


def _beside_repos(bound: Bound) -> tuple[str, ...]:
    """What does not count, but where a repo lies in it: scratch worktrees lie in a folder that does not."""
    return tuple(path for path in bound.leave_out if not any(r.path.startswith(f"{path}/") for r in bound.repos))


def _tell_beforehand(plan: Plan, state: str, clock: SystemClock) -> None:
    for line in tidy(state, clock.now):
        print(f"gatekeeper: {line}", file=sys.stderr)
    if passed_over := unmasked(plan.secrets, os.environ):
        named = ", ".join(f"{name} ({why})" for name, why in passed_over)
        print(f"gatekeeper: secrets: nothing is hidden for {named}", file=sys.stderr)


def _take_ports(plan: Plan, closing: ExitStack) -> dict[str, PortLease]:
    leases = {}
    for name, wanted in plan.ports:
        leases[name] = PortLease.take(name, fill(wanted, Context(environ=os.environ)))
        closing.callback(leases[name].close)
    return leases
