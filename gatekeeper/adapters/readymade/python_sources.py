"""Owns checking Python code: every file compiles, every module imports. Leaves no compiled file behind."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from tempfile import TemporaryFile

from gatekeeper.adapters.readymade.compiling import COMPILES, IMPORTS
from gatekeeper.adapters.readymade.globbing import matching
from gatekeeper.model.record import NamedTuple
from gatekeeper.policy.ready_made.checked import Checked, Spot

_LAST = 6
_LONGEST = 1 << 20


class _Failure(NamedTuple):
    message: str
    line: int = 0
    column: int = 0


def check_python(globs: Sequence[str], modules: Sequence[str], interpreter: str) -> tuple[Checked, ...]:
    """One check for each file that `globs` match, and one for each of `modules`."""
    python = interpreter or _found()
    if not python or shutil.which(python) is None:
        what = f"there is no {interpreter}" if interpreter else "there is no .venv, no venv, and no python3 on PATH"
        return (Checked("python", "has an interpreter", (Spot(f"{what}; write `interpreter:`"),)),)
    files, checks = matching(globs)
    try:
        compiled = tuple(_compiled(python, files)) if files else ()
        return (*checks, *compiled, *(_imported(python, module) for module in dict.fromkeys(modules)))
    except OSError as fault:
        spot = Spot(f"{python} can't be run: {fault.strerror or fault}; write `interpreter:`")
        return (*checks, Checked("python", "has an interpreter", (spot,)))


def _found() -> str:
    """The Python of the project: that of its own environment, else what PATH has."""
    for folder in (".venv", "venv"):
        for name in ("bin/python", "Scripts/python.exe"):
            if os.access(os.path.join(folder, name), os.X_OK):
                return os.path.join(os.getcwd(), folder, name)
    return shutil.which("python3") or shutil.which("python") or ""


def _compiled(python: str, files: Sequence[str]) -> Iterator[Checked]:
    names = "\0".join(files).encode("utf-8", "surrogateescape")
    # Isolated: what compiles files needs nothing of the project.
    run = subprocess.run(
        [python, "-I", "-S", "-B", "-c", COMPILES], input=names, capture_output=True, check=False, env=_environ()
    )
    answers = dict(_answers(run.stdout))
    version = answers.pop(-1, None)
    print(f"compiling {len(files)} files with {python} ({version.message if version else 'which says nothing'})")
    died = _end_of(run) if len(answers) < len(files) else ""
    for index, name in enumerate(files):
        if index not in answers:
            yield Checked(name, "compiles", (Spot(f"not compiled: the interpreter {died}", name),))
        elif (fault := answers[index]) is not None:
            yield Checked(name, "compiles", (Spot(fault.message, name, fault.line, fault.column),))
        else:
            yield Checked(name, "compiles")


def _answers(said: bytes) -> Iterator[tuple[int, _Failure | None]]:
    """What the compiling program said of each file by its number; what else stands there is none of its words."""
    for line in said.splitlines():
        try:
            match json.loads(line):
                case [int(number), None]:
                    yield number, None
                case [int(number), [str(message), int(at), int(column)]]:
                    yield number, _Failure(message, at, column)
                case _:
                    pass
        except ValueError:
            continue


def _imported(python: str, module: str) -> Checked:
    proof = secrets.token_hex(16)
    reading, writing = os.pipe()
    # A file, not a pipe: what the module leaves running would hold a pipe open, and us.
    with TemporaryFile() as errors:
        try:
            run = subprocess.run(
                [python, "-B", "-c", IMPORTS, module, proof, str(writing)],
                stdin=subprocess.DEVNULL,
                stderr=errors,
                check=False,
                env=_environ(),
                pass_fds=(writing,),
            )
        finally:
            os.close(writing)
        errors.seek(0)
        trace = errors.read(_LONGEST).decode("utf-8", "backslashreplace").rstrip()
    os.set_blocking(reading, False)
    try:
        said = os.read(reading, 1 << 16).decode("utf-8", "surrogateescape")
    except BlockingIOError:
        said = ""
    finally:
        os.close(reading)
    return Checked(module, "imports", tuple(_why_not(module, said.partition(proof), run, trace)))


def _why_not(
    module: str, said: tuple[str, str, str], run: subprocess.CompletedProcess[bytes], text: str
) -> Iterator[Spot]:
    _, proof, place = said
    if proof and run.returncode == 0:
        if place == "-":
            yield Spot(f"{module} is only a folder: there is no code in it that was imported; name a module in it")
        return
    last = text.splitlines()[-1] if text else ""
    if not proof and run.returncode == 0:
        yield Spot(f"{module} does not import: it ends the process while it is imported")
    elif not proof:
        hint = _elsewhere(module) if f"No module named '{module.partition('.')[0]}'" in last else ""
        where = _place(text)
        yield where._replace(message=f"{module} does not import: {last or _end_of(run)}{hint}")
        for line in [one for one in text.splitlines() if '"<' not in one][-_LAST:]:
            print(f"    {line}")
    else:
        yield Spot(f"{module} imports, and then the interpreter {_end_of(run)}")


def _elsewhere(module: str) -> str:
    first = module.partition(".")[0]
    folder = next((one for one in ("src", "lib") if os.path.exists(os.path.join(one, first))), "")
    return f"; {folder}/{first} is there: write `env: {{PYTHONPATH: {folder}}}`" if folder else ""


def _place(trace: str) -> Spot:
    """File and line of the last frame of a traceback that lies below the current folder."""
    here = os.getcwd()
    found = Spot("")
    for line in trace.splitlines():
        parts = line.strip().split('"')
        if line.strip().startswith('File "') and len(parts) >= 3:
            path = os.path.relpath(parts[1], here) if os.path.isabs(parts[1]) else parts[1]
            number = parts[2].partition("line ")[2].partition(",")[0].strip()
            if not path.startswith("..") and os.path.isfile(path) and number.isdecimal():
                found = Spot("", path, int(number))
    return found


def _end_of(run: subprocess.CompletedProcess[bytes]) -> str:
    if run.returncode < 0:
        return f"died of signal {-run.returncode}"
    return f"ended with exit code {run.returncode}"


def _environ() -> Mapping[str, str]:
    return {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONIOENCODING": "utf-8"}
