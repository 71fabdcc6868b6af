"""Owns finding, in the stack dump of a runtime, the place that says most. Pure: lines in, a place out.

Understands py-spy, faulthandler, a JVM's thread dump and a Go traceback; what it does not understand has no place.
"""

from __future__ import annotations

import re

from gatekeeper.model.record import NamedTuple


class Place(NamedTuple):
    """Where a program was.

    `words` are like ``app.py:12 worker``. `waits` is what the runtime says of it, in the words of `Sight` or its own,
    or empty. `direct` tells that the program's own code waits there, and not a library that it called.
    """

    words: str
    waits: str = ""
    direct: bool = False


class _Frame(NamedTuple):
    function: str
    file: str
    line: str

    @property
    def words(self) -> str:
        return f"{self.file.rpartition('/')[2]}:{self.line} {self.function}"


_SPY_THREAD = re.compile(r"Thread \S+ \(")
_SPY_FRAME = re.compile(r"    (.+) \((.+):(\d+)\)$")
_FAULT_THREAD = re.compile(r"(Current thread|Thread) 0x[0-9a-f]+ .*\(most recent call first\):")
_FAULT_FRAME = re.compile(r'  File "(.+)", line (\d+) in (.+)$')
_LIBRARY = re.compile(r"/(?:lib(?:64)?|Lib)/(?:python|pypy)[0-9.]+/(?!site-packages/|dist-packages/)|^<frozen ")
_JOINS = ("join", "_wait_for_tstate_lock", "shutdown", "_python_exit")
_JVM_MAIN = re.compile(r'"main" .*(?:prio|tid)=')
_JVM_STATE = re.compile(r"\s+java\.lang\.Thread\.State: (\w+)(?: \((.+)\))?")
_JVM_FRAME = re.compile(r"\s+at (?:[^/\s(]+/)?([\w.$<>]+)\.([\w$<>]+)\((.+):(\d+)\)")
_JVM_OWN_LIBRARY = ("java.", "javax.", "jdk.", "sun.", "com.sun.")
_GO_ROUTINE = re.compile(r"goroutine (\d+) (?:gp=\S+ m=\S+ (?:mp=\S+ )?)?\[([^\]]+)\]:")
_GO_FRAME = re.compile(r"\s+(/.+|.+\.go):(\d+)(?: \+0x[0-9a-f]+)?$")


def place_in(runtime: str, lines: tuple[str, ...]) -> Place | None:
    """The place that a dump of this runtime is about, or None where there is none to be seen."""
    match runtime:
        case "python":
            return _python(_threads(lines))
        case "jvm":
            return _jvm(lines)
        case "go":
            return _go(lines)
        case _:
            return None


def _python(threads: list[list[_Frame]]) -> Place | None:
    if not threads:
        return None
    main = threads[0]
    # A main thread that only waits for another one says nothing; the other one does.
    joins = any(frame.function.rpartition(".")[2] in _JOINS for frame in main[:2])
    chosen = next((other for other in threads[1:] if _own(other)), main) if joins else main
    own = _own(chosen)
    if not own:
        return None
    return Place(own[0].words, direct=own[0] is chosen[0])


def _own(frames: list[_Frame]) -> list[_Frame]:
    return [frame for frame in frames if not _LIBRARY.search(frame.file)]


def _threads(lines: tuple[str, ...]) -> list[list[_Frame]]:
    """The threads of a Python, the main one first, each with its frames, the innermost first."""
    threads: list[list[_Frame]] = []
    main = 0
    for line in lines:
        if _SPY_THREAD.match(line):
            threads.append([])
        elif fault := _FAULT_THREAD.match(line):
            # Python takes signals in the main thread: it is the one that dumps.
            main = len(threads) if fault[1] == "Current thread" else main
            threads.append([])
        elif threads and (found := _SPY_FRAME.match(line)):
            threads[-1].append(_Frame(found[1], found[2], found[3]))
        elif threads and (found := _FAULT_FRAME.match(line)):
            threads[-1].append(_Frame(found[3], found[1], found[2]))
    return [*threads[main : main + 1], *threads[:main], *threads[main + 1 :]]


def _jvm(lines: tuple[str, ...]) -> Place | None:
    start = next((at for at, line in enumerate(lines) if _JVM_MAIN.match(line)), -1)
    if start < 0:
        return None
    state, detail = "", ""
    frames: list[tuple[str, _Frame]] = []
    for line in lines[start + 1 :]:
        if not line.strip():
            break
        if found := _JVM_STATE.match(line):
            state, detail = found[1], found[2] or ""
        elif found := _JVM_FRAME.match(line):
            name = f"{found[1].rpartition('.')[2]}.{found[2]}"
            frames.append((found[1], _Frame(name, found[3], found[4])))
    own = [frame for name, frame in frames if not name.startswith(_JVM_OWN_LIBRARY)]
    chosen = own[0] if own else frames[0][1] if frames else None
    return Place(chosen.words if chosen else "", _jvm_waits(state, detail), state == "BLOCKED") if state else None


def _jvm_waits(state: str, detail: str) -> str:
    if state == "BLOCKED":
        return "lock"
    if detail == "sleeping":
        return "sleep"
    return detail or state.lower().replace("_", " ")


def _go(lines: tuple[str, ...]) -> Place | None:
    routines: list[tuple[str, str, list[_Frame]]] = []
    function = ""
    for line in lines:
        if found := _GO_ROUTINE.match(line):
            routines.append((found[1], found[2], []))
        elif routines and (found := _GO_FRAME.match(line)):
            routines[-1][2].append(_Frame(function, found[1], found[2]))
        else:
            function = line.strip().rpartition("(")[0] if not line.startswith(("created by", "\t")) else ""
    first = [one for one in routines if one[0] == "1"] or routines
    if not first:
        return None
    _, state, frames = first[0]
    own = [frame for frame in frames if "/src/runtime/" not in frame.file and "/src/internal/" not in frame.file]
    waits = state.partition(",")[0]
    return Place(own[0].words if own else "", "sleep" if waits == "sleep" else waits)
