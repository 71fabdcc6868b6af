"""Owns running git: quiet, read-only, off the network, bounded in time. Knows nothing of what the answers mean."""

import contextlib
import os
import select
import signal
import subprocess
import threading
import time

from gatekeeper.adapters.repos.bounds import Bounds, OutOfTime
from gatekeeper.model.plan import Pairs
from gatekeeper.model.record import NamedTuple

_KEPT = (
    "GIT_EXEC_PATH",
    "GIT_CEILING_DIRECTORIES",
    "GIT_DISCOVERY_ACROSS_FILESYSTEM",
    "GIT_CONFIG_COUNT",
    "GIT_CONFIG_KEY_",
    "GIT_CONFIG_VALUE_",
    "GIT_CONFIG_GLOBAL",
    "GIT_CONFIG_SYSTEM",
    "GIT_CONFIG_NOSYSTEM",
)
"""What a person or a machine's set-up tells git. The rest of GIT_* comes from a surrounding hook and would point
us at its repository, its index or its trace file."""

_SETTINGS = (
    *("-c", "core.fsmonitor=false"),  # would start a daemon or a hook of the repository's own choosing
    *("-c", "core.trustctime=true"),  # a file whose mtime was set back is still a changed file
    *("-c", "core.checkStat=default"),
    *("-c", "core.preloadIndex=true"),
    *("-c", "core.quotePath=false"),
)


_LOOK_S = 0.1
"""How often it is looked whether there is less time than there was: a run may be told to end."""

_FAREWELL_S = 0.5
"""How long git has to leave when it is told to, before it is killed."""


class Answer(NamedTuple):
    """How git ended and what it said."""

    code: int
    out: bytes
    err: str

    @property
    def why(self) -> str:
        """In one line why git could not do it, as far as it said; without what it would advise a person to do."""
        lines = [line for line in self.err.splitlines() if line and not line.startswith("hint:")]
        fatal = (line for line in lines if line.startswith("fatal:"))
        return next(fatal, lines[0] if lines else f"git ended {self.code}")


class Question:
    """A git process that was started: `answer` waits for it, and whoever started it calls `end` in every case.

    Raises:
        OSError: git could not be started (`FileNotFoundError`: there is none on PATH).
    """

    def __init__(
        self, folder: bytes, arguments: tuple[str, ...], bounds: Bounds, fed: bytes = b"", added: Pairs = ()
    ) -> None:
        self._bounds = bounds
        self._lock = threading.Lock()
        # Files, not pipes: a filter that git starts may leave a daemon behind that holds a pipe open for ever.
        self._files = [_scratch()]
        try:
            self._files.append(_scratch())
            if fed:
                self._files.append(_scratch(fed))
            # A session of its own: Ctrl-C is for gatekeeper to handle, a kill must reach git's helpers, and none of
            # them finds a terminal to ask a person at.
            self._process = subprocess.Popen(
                ("git", *_SETTINGS, *arguments),
                cwd=folder,
                env=environment(os.environ) | dict(added),
                stdin=self._files[2] if fed else subprocess.DEVNULL,
                stdout=self._files[0],
                stderr=self._files[1],
                start_new_session=True,
            )
        except BaseException:
            self._close()
            raise
        bounds.enter(self)

    def answer(self) -> Answer:
        """What git said. Raises `OutOfTime` when it had to be killed."""
        while not self._wait(min(self._bounds.left_s, _LOOK_S)):
            if not self._bounds.left_s:
                self.kill()
                break
        code = self._reap()
        self._bounds.check()
        if code is None:
            raise OutOfTime("git cannot be ended")
        out, err = map(_content, self._files[:2])
        return Answer(code, out, err.decode("utf-8", "backslashreplace"))

    def kill(self) -> None:
        """End git and the helpers in its session at once."""
        with self._lock:
            # Not reaped yet, so that the number is still git's own.
            if self._process.returncode is None:
                with contextlib.suppress(PermissionError):  # macOS says this of a group that is dead but not reaped
                    # Told so, git takes away the lock of an index or a ref that it was writing.
                    os.killpg(self._process.pid, signal.SIGTERM)
                    if self._has_died(_FAREWELL_S) is None:
                        time.sleep(_FAREWELL_S / 5)
                    os.killpg(self._process.pid, signal.SIGKILL)

    def end(self) -> None:
        """See to it that nothing of git is left."""
        self.kill()
        self._reap()
        self._bounds.leave(self)
        self._close()

    def _reap(self) -> int | None:
        with self._lock:
            try:
                # Bounded: a git that is stuck in the kernel cannot be reaped, and must not hold us.
                return self._process.wait(2.0)
            except subprocess.TimeoutExpired:
                return None

    def _wait(self, within_s: float) -> bool:
        died = self._has_died(within_s)
        if died is None:
            try:
                self._process.wait(within_s)
            except subprocess.TimeoutExpired:
                return False
        return died is not False

    def _has_died(self, within_s: float) -> bool | None:
        """Whether git dies within that time, without reaping it; None where only reaping it would tell."""
        try:
            handle = os.pidfd_open(self._process.pid)
        except (AttributeError, OSError):  # macOS, or a kernel before 5.3
            return None
        try:
            waiting = select.poll()
            waiting.register(handle, select.POLLIN)
            return bool(waiting.poll(int(within_s * 1000) + 1))
        finally:
            os.close(handle)

    def _close(self) -> None:
        while self._files:
            os.close(self._files.pop())


def ask(
    folder: bytes, *questions: tuple[str, ...], bounds: Bounds, fed: bytes = b"", added: Pairs = ()
) -> tuple[Answer, ...]:
    """The answers to several git commands in `folder`, asked side by side.

    Each reads `fed` from its standard input, and has `added` in its environment.

    Raises:
        OSError: git could not be started (`FileNotFoundError`: there is none on PATH).
        OutOfTime: git had to be killed.
    """
    asked: list[Question] = []
    try:
        for question in questions:
            asked.append(Question(folder, question, bounds, fed, added))  # noqa: PERF401 - those before a failure count
        return tuple(question.answer() for question in asked)
    finally:
        for started in asked:
            started.end()


def environment(surrounding: os._Environ[str] | dict[str, str]) -> dict[str, str]:
    """The environment that git gets: the surrounding one, without what belongs to a surrounding hook."""
    kept = {key: value for key, value in surrounding.items() if not key.startswith("GIT_") or key.startswith(_KEPT)}
    kept.pop("LANGUAGE", None)
    kept |= {
        "LC_ALL": "C",
        "GIT_OPTIONAL_LOCKS": "0",  # never writes the index, so that it never disturbs a person's own git
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_NO_REPLACE_OBJECTS": "1",  # a commit is what it is, and not what somebody put in its place
        "GIT_GRAFT_FILE": os.devnull,
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_ALLOW_PROTOCOL": "none",  # a partial clone must not start to fetch
    }
    return kept


def _scratch(holding: bytes = b"") -> int:
    try:
        scratch = os.memfd_create("gatekeeper-git")
    except (AttributeError, OSError):
        import tempfile

        with tempfile.TemporaryFile(prefix="gatekeeper-git-") as file:
            scratch = os.dup(file.fileno())
    with memoryview(holding) as left:
        at = 0
        while at < len(left):
            at += os.write(scratch, left[at:])
    os.lseek(scratch, 0, os.SEEK_SET)
    return scratch


def _content(descriptor: int) -> bytes:
    os.lseek(descriptor, 0, os.SEEK_SET)
    parts: list[bytes] = []
    while part := os.read(descriptor, 1 << 20):
        parts.append(part)
    return b"".join(parts)
