"""Owns the layout of ``.gatekeeper/runs/``: naming runs, making their folders, finding them again.

Knows of a journal only where it lies and how it ended.
"""

import os
import re

from gatekeeper.adapters.journal.line import NotALine, OtherFormat, parse
from gatekeeper.adapters.journal.tail import lines_backwards
from gatekeeper.adapters.journal.unheld import unheld
from gatekeeper.adapters.journal.writer import NAME
from gatekeeper.model.errors import EnvironmentFault, UsageError
from gatekeeper.model.record import NamedTuple

SUBFOLDERS = ("output", "reports", "artifacts", "dossiers", "fixer")
"""What a run's folder may hold beside the journal; made when the first file goes there."""

_RUN_ID = re.compile(r"(?P<at>\d{4}-\d\d-\d\dT\d\d-\d\d-\d\dZ)-(?P<cycle>.+)-(?P<mark>[0-9a-z]{4})")
_STILL_OPEN_ABOUT = frozenset({"note.added", "baseline.accepted", "incident"})
_FEW = 5


class RunFolder(NamedTuple):
    """One run on disk. `cycle` is the cycle's name as far as a file name can hold it."""

    run: str
    path: str
    cycle: str

    @property
    def journal(self) -> str:
        """Where its journal lies."""
        return os.path.join(self.path, NAME)


class RunEnd(NamedTuple):
    """How a run ended, from the end of its journal alone. `verdict` is empty while nothing closed it.

    With a `selection` the verdict speaks of that part of the cycle only. `problem` says why it cannot be read at all.
    """

    run: str
    verdict: str
    time: str
    selection: str = ""
    problem: str = ""


def new_run_id(now: str, cycle: str, mark: str) -> str:
    """A run's name, as in ``2026-02-18T02-00-07Z-backend-cycle-7f3a``.

    `now` is UTC as ISO 8601, `mark` four random letters or digits that tell runs of one second apart.
    """
    return f"{now[:19].replace(':', '-')}Z-{_safe(cycle)}-{mark}"


def is_run_id(name: str) -> bool:
    """Whether `name` is one that `new_run_id` gives."""
    return _RUN_ID.fullmatch(name) is not None


def create_run_folder(state: str, run: str) -> str:
    """Make the run's folder (0700) under the state folder, and that one, which ignores itself in git, too.

    Raises:
        EnvironmentFault: it cannot be made, or is there already.
    """
    folder = os.path.join(state, "runs", run)
    try:
        make_state_folder(state)
        os.makedirs(os.path.join(state, "runs"), 0o700, exist_ok=True)
        os.mkdir(folder, 0o700)
    except OSError as fault:
        raise EnvironmentFault(
            f"the run's folder {folder} cannot be made: {fault.strerror}. gatekeeper keeps its evidence there."
        ) from fault
    return folder


def make_state_folder(state: str) -> None:
    """Make the state folder (0711, for the lock in it), which ignores itself in git, if need be. Raises `OSError`."""
    os.makedirs(state, 0o711, exist_ok=True)
    _ignore_itself(state)


def subfolder(run_folder: str, name: str) -> str:
    """The path of one of `SUBFOLDERS` in a run's folder, made (0700) if need be."""
    path = os.path.join(run_folder, name)
    os.makedirs(path, 0o700, exist_ok=True)
    return path


def list_runs(state: str, cycle: str | None = None) -> tuple[RunFolder, ...]:
    """All runs that left a folder, or those of one cycle, newest first."""
    runs = os.path.join(state, "runs")
    try:
        names = os.listdir(runs)
    except OSError:
        return ()
    found = ((match["at"], name, match["cycle"]) for name in names if (match := _RUN_ID.fullmatch(name)))
    wanted = [run for run in found if cycle is None or run[2] == _safe(cycle)]
    seconds = [at for at, _, _ in wanted]
    # The name tells the second; only runs of one second need a look inside.
    wanted.sort(key=lambda run: (run[0], _first_time(os.path.join(runs, run[1])) if seconds.count(run[0]) > 1 else ""))
    return tuple(RunFolder(name, os.path.join(runs, name), cycle) for _, name, cycle in reversed(wanted))


def run_end(folder: RunFolder) -> RunEnd:
    """How a run ended, reading no more of its journal than the end. A journal that cannot be read tells nothing.

    Of one in another format `problem` says so, and it has no verdict: what this version cannot read is not green.
    """
    try:
        descriptor = unheld(folder.journal, os.O_RDONLY)
    except OSError:
        return RunEnd(folder.run, "", "")
    try:
        for _, line in lines_backwards(descriptor):
            try:
                envelope = parse(line)
            except NotALine:
                if line.endswith(b"\n"):
                    break
                continue
            except OtherFormat as problem:
                return RunEnd(folder.run, "", "", problem=str(problem))
            if envelope.event == "run.finished":
                data = envelope.data
                return RunEnd(folder.run, str(data.get("verdict", "")), envelope.time, str(data.get("selection", "")))
            if envelope.event not in _STILL_OPEN_ABOUT:
                break
    finally:
        os.close(descriptor)
    return RunEnd(folder.run, "", "")


def last_verdict(state: str, cycle: str) -> RunEnd | None:
    """How the newest run of a cycle ended, or None where it never ran."""
    newest = next(iter(list_runs(state, cycle)), None)
    return None if newest is None else run_end(newest)


def verdict_before(state: str, cycle: str, run: str) -> str | None:
    """The verdict of the newest run of a cycle that has one, `run` itself left aside; None where there is none."""
    ends = (run_end(other) for other in list_runs(state, cycle) if other.run != run)
    return next((end.verdict for end in ends if end.verdict), None)


def resolve_run(state: str, text: str) -> RunFolder:
    """The run that a person means: its whole id, the beginning or the end of one, ``latest``, or a cycle's newest.

    Raises:
        UsageError: no run is meant, or more than one.
    """
    runs = list_runs(state)
    if not runs:
        raise UsageError(f"there are no runs yet in {os.path.join(state, 'runs')}; `gatekeeper run CYCLE` makes one")
    if text == "latest":
        return runs[0]
    for match in (
        [run for run in runs if run.run == text],
        [run for run in runs if run.cycle == _safe(text)][:1],
        [run for run in runs if text and (run.run.startswith(text) or run.run.endswith(text))],
    ):
        if len(match) == 1:
            return match[0]
        if match:
            several = "\n".join(f"    {run.run}" for run in match[:_FEW])
            more = f"\n    and {len(match) - _FEW} more" if len(match) > _FEW else ""
            raise UsageError(f"{text!r} could be any of {len(match)} runs:\n{several}{more}")
    newest = "\n".join(f"    {run.run}" for run in runs[:_FEW])
    raise UsageError(f"no run and no cycle that has run is called {text!r}. The newest runs:\n{newest}")


def _safe(cycle: str) -> str:
    return "".join(character if character.isalnum() or character in "-_." else "_" for character in cycle) or "_"


def _ignore_itself(state: str) -> None:
    try:
        descriptor = os.open(os.path.join(state, ".gitignore"), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return
    os.write(descriptor, b"*\n")
    os.close(descriptor)


def _first_time(folder: str) -> str:
    try:
        with open(os.path.join(folder, NAME), "rb", opener=unheld) as journal:
            return parse(journal.readline()).time
    except (OSError, NotALine, OtherFormat):
        return ""
