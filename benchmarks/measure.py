"""Owns timing whole commands side by side: alternating, after a warm-up, medians and ratios. Judges nothing."""

from __future__ import annotations

import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

# The console script, as its users start it; the peers are started by theirs.
GATEKEEPER = (str(Path(sys.executable).with_name("gatekeeper")),)
TRUE = shutil.which("true") or "/bin/true"


def wall_ms(command: Sequence[str], folder: Path, environ: Mapping[str, str] | None = None) -> float:
    """Wall-clock milliseconds of one run of `command` in `folder`; its output is thrown away. It must exit with 0."""
    began = time.perf_counter()
    subprocess.run(command, cwd=folder, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=True)
    return (time.perf_counter() - began) * 1e3


def rounds(subjects: Mapping[str, Callable[[], float]], runs: int, warm_up: int = 2) -> dict[str, list[float]]:
    """Each subject's figures over `runs` rounds in which all of them take turns, after some that do not count."""
    figures: dict[str, list[float]] = {name: [] for name in subjects}
    for number in range(warm_up + runs):
        for name, subject in subjects.items():
            figure = subject()
            if number >= warm_up:
                figures[name].append(figure)
    return figures


def side_by_side(subjects: Mapping[str, Callable[[], float]], runs: int, warm_up: int = 2) -> dict[str, float]:
    """The median of each subject's figures over `runs` rounds in which all of them take turns."""
    return {name: statistics.median(values) for name, values in rounds(subjects, runs, warm_up).items()}


def table(title: str, figures: Mapping[str, float], unit: str, against: str | None = None) -> None:
    """Print one table: figure, and ratio against one of the rows."""
    print(f"\n{title}")
    width = max(map(len, figures))
    for name, figure in figures.items():
        ratio = f"   {figure / figures[against]:6.2f} x {against}" if against and name != against else ""
        print(f"  {name:<{width}}  {figure:9.2f} {unit}{ratio}")


def spread(title: str, figures: Mapping[str, Sequence[float]], unit: str, against: str | None = None) -> None:
    """Print one table: median, smallest and largest figure, and the ratio of the medians against one of the rows."""
    print(f"\n{title}")
    width = max(map(len, figures), default=0)
    for name, values in figures.items():
        median = statistics.median(values)
        ratio = (
            f"   {median / statistics.median(figures[against]):6.2f} x {against}" if against and name != against else ""
        )
        print(f"  {name:<{width}}  {median:9.2f} {unit}   {min(values):8.2f} … {max(values):<8.2f}{ratio}")


def memory() -> str | None:
    """A folder in memory, where there is one.

    A disk is no place to compare milliseconds: ext4 passes over every inode that was freed in the last minutes before
    it makes a file, so that a benchmark would measure what was deleted before it.
    """
    return "/dev/shm" if os.access("/dev/shm", os.W_OK) else None


@contextmanager
def project(definition: str, name: str = "bench", within: str | None = None) -> Iterator[Path]:
    """A fresh git repository with one definition, committed; `within` is the folder for it, if not that for all."""
    with tempfile.TemporaryDirectory(prefix="gatekeeper-bench-", dir=within) as folder:
        root = Path(folder)
        (root / "gates").mkdir()
        (root / "gates" / f"{name}.yaml").write_text(definition, encoding="utf-8")
        git = ("git", "-c", "user.name=bench", "-c", "user.email=bench@example.test", "-C", folder)
        subprocess.run([*git, "init", "-q"], check=True)
        subprocess.run([*git, "add", "-A"], check=True)
        subprocess.run([*git, "commit", "-qm", "bench"], check=True)
        yield root


def steps_of_true(count: int, name: str = "bench") -> str:
    """A definition of `count` steps that run `true`."""
    steps = "\n".join(f"      s{number}: {{run: ['{TRUE}']}}" for number in range(count))
    return f"gatekeeper: 1\ncycle: {name}\ngates:\n  g:\n    steps:\n{steps}\n"


def peak_mib(command: Sequence[str], folder: Path) -> float:
    """Peak resident memory of `command` in MiB."""
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{command} exited with {process.returncode}")
    scale = 1 << 20 if sys.platform == "darwin" else 1 << 10
    return usage.ru_maxrss / scale


def cpu_s(usage: resource.struct_rusage) -> float:
    """User and system time of a resource usage, in seconds."""
    return usage.ru_utime + usage.ru_stime
