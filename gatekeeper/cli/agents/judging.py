"""Owns finding out for an agent what its tree comes to: from what is kept, else by a run that ends in time."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from gatekeeper.adapters.journal.reading import load
from gatekeeper.adapters.repos.at_ref import CannotRead
from gatekeeper.cli.exit_codes import LOCKED
from gatekeeper.cli.judged_trees import Answer, Question, ask_verdict
from gatekeeper.cli.project import state_folder
from gatekeeper.cli.with_parent import command
from gatekeeper.engine.clock import SystemClock
from gatekeeper.model.errors import GatekeeperError
from gatekeeper.model.record import NamedTuple
from gatekeeper.model.verdict import RunVerdict
from gatekeeper.policy.agents.stopping import Judged
from gatekeeper.policy.fold import RunRecord
from gatekeeper.policy.number_words import duration
from gatekeeper.policy.switches import Switch
from gatekeeper.policy.tree_verdicts import Flaky, Green, Red, Unknown

_CLOSING_S = 20.0
_LOCK_PAUSE_S = 1.0
_LEAST_S = 1.0
_STOPPING = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)


class CutOffError(Exception):
    """Whoever called us wants no answer any more."""


class _Ended(NamedTuple):
    """A run that was asked for: its exit code, its id if it began, what its last event said, and what it complained of.

    With `late` it had to be ended because the time was over.
    """

    code: int
    run: str
    finished: dict[str, object]
    err: str
    late: bool


def ask(root: str, cycle: str) -> Answer | str:
    """What is kept of the tree as it lies there, or why that cannot be asked."""
    try:
        return ask_verdict(Question(root, cycle), SystemClock().now())
    except (GatekeeperError, CannotRead, OSError) as fault:
        return str(fault)


def record_of(root: str, run: str) -> RunRecord | None:
    """The record of a run of the project; None where it cannot be read, or is gone."""
    try:
        return load(folder_of(root, run)) if run else None
    except GatekeeperError:
        return None


def folder_of(root: str, run: str) -> str:
    """Where a run of the project keeps its evidence."""
    return os.path.join(state_folder(root), "runs", run)


def judge(root: str, answer: Answer, *, within_s: float, known_only: bool) -> Judged:
    """What the tree comes to: as `answer` says, or by a run of at most `within_s` seconds, waiting for locks included.

    Raises `CutOffError` where this process is told to stop meanwhile; the run has ended then, too.
    """
    tree = answer.subject
    match answer.standing:
        case Green(found):
            return Judged("green", tree, found.run, passes=True)
        case Red(found):
            return Judged("red", tree, found.run)
        case Flaky(found):
            return _flaky(tree, found.run, record_of(root, found.run))
        case Unknown(why):
            pass
    if known_only:
        return Judged("not judged", tree, why=why)
    deadline = time.monotonic() + within_s
    ended = _run(root, answer.cycle, deadline)
    while ended.code == LOCKED and deadline - time.monotonic() > _LOCK_PAUSE_S + _LEAST_S:
        time.sleep(_LOCK_PAUSE_S)
        match ask(root, answer.cycle):
            # The other run was of this very tree.
            case Answer(standing=Green() | Red() | Flaky()) as known:
                return judge(root, known, within_s=0.0, known_only=True)
            case _:
                ended = _run(root, answer.cycle, deadline)
    return _concluded(root, answer, ended, within_s)


def _flaky(tree: str, run: str, record: RunRecord | None) -> Judged:
    finished = record.finished if record is not None else None
    passes = finished is not None and finished.exit_code == 0
    return Judged("flaky", tree, run, "a required step failed and passed on this very tree", passes=passes)


def _concluded(root: str, before: Answer, ended: _Ended, within_s: float) -> Judged:
    now = ask(root, before.cycle)
    found = now.standing.found if isinstance(now, Answer) else None
    tree = now.subject if isinstance(now, Answer) else before.subject
    of_this_tree = found is not None and found.run == ended.run

    def unjudged(why: str) -> Judged:
        return Judged("not judged", tree, ended.run, why, fresh=True)

    if ended.late:
        return unjudged(f"it was not done within {duration(within_s)}, and was ended; what it had begun is closed")
    why = str(ended.finished.get("reason", ""))
    match ended.finished.get("verdict"):
        case RunVerdict.GREEN | RunVerdict.GREEN_AFTER_FIX:
            if of_this_tree:
                return Judged("green", tree, ended.run, passes=True, fresh=True)
            return unjudged("the run was green, but the tree was changed while it went on")
        case RunVerdict.FLAKY:
            return Judged("flaky", tree, ended.run, why, passes=of_this_tree and ended.code == 0, fresh=True)
        case RunVerdict.RED:
            return Judged("red", tree, ended.run, why, fresh=True)
        case RunVerdict.INCONCLUSIVE:
            return Judged("inconclusive", tree, ended.run, why, fresh=True)
        case RunVerdict.ABORTED:
            return unjudged(why or "the run was stopped")
        case _:
            said = " ".join(ended.err.removeprefix("gatekeeper: ").split())
            return unjudged(said[:600] or f"the run ended with exit code {ended.code} and said nothing")


def _run(root: str, cycle: str, deadline: float) -> _Ended:
    # The agent that waits for us is who mends here: no other one is called meanwhile.
    environ = {**os.environ, Switch.NO_FIXER.variable: "1"}
    with _told_to_stop():
        process = subprocess.Popen(
            command("run", cycle, "--format", "json"),
            cwd=root,
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        late = False
        try:
            try:
                out, err = process.communicate(timeout=max(deadline - time.monotonic(), _LEAST_S))
            except subprocess.TimeoutExpired:
                late = True
                process.terminate()
                out, err = process.communicate(timeout=_CLOSING_S)
        except (CutOffError, subprocess.TimeoutExpired):
            out, err = _ended_now(process)
            if not late:
                raise
    run, finished = _told(out)
    return _Ended(process.returncode, run, finished, err.decode("utf-8", "replace"), late)


def _ended_now(process: subprocess.Popen[bytes]) -> tuple[bytes, bytes]:
    """End it: properly if it has not been asked yet, and in any case soon."""
    for end in (process.terminate, process.kill):
        end()
        try:
            return process.communicate(timeout=_CLOSING_S / 2)
        except (subprocess.TimeoutExpired, CutOffError):
            continue
    return b"", b""


@contextmanager
def _told_to_stop() -> Iterator[None]:
    def heard(_number: int, _frame: FrameType | None) -> None:
        raise CutOffError

    before = {number: signal.signal(number, heard) for number in _STOPPING}
    try:
        yield
    finally:
        for number, former in before.items():
            signal.signal(number, former)


def _told(out: bytes) -> tuple[str, dict[str, object]]:
    """The run's id, empty where it never began, and the data of its last event, empty where it was not its end."""
    lines = out.splitlines()
    try:
        last = json.loads(lines[-1])
        return str(last["run"]), dict(last["data"]) if last["event"] == "run.finished" else {}
    except (IndexError, ValueError, LookupError, TypeError):
        return "", {}
