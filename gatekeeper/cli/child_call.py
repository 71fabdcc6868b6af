"""Owns calling gatekeeper as a child of an event loop: its lines as they come, and an end with whoever waits for it."""

from __future__ import annotations

import subprocess
from collections.abc import Awaitable, Callable
from typing import TypeAlias

import anyio
from anyio.abc import Process
from anyio.streams.buffered import BufferedByteReceiveStream

from gatekeeper.cli.with_parent import command
from gatekeeper.model.record import NamedTuple

CLOSING_S = 20.0
"""So long a child has to end properly before it is killed."""

LARGEST_LINE = 16 << 20
_KEPT_ERRORS = 8 << 10

EachLine: TypeAlias = Callable[[bytes], Awaitable[None]]


class Called(NamedTuple):
    """A child that has ended: its exit code, and the end of what it complained of."""

    code: int
    err: str


async def call(words: tuple[str, ...], folder: str, each_line: EachLine) -> Called:
    """Run gatekeeper with `words` in `folder`; `each_line` gets the lines of its standard output.

    Where the caller is cancelled the child is told to end, and is gone when this returns.
    """
    process = await anyio.open_process(
        command(*words), cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    errors: list[bytes] = []
    try:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(_take_errors, process, errors)
            await _take_lines(process, each_line)
        code = await process.wait()
    finally:
        with anyio.CancelScope(shield=True):
            await _end(process)
    return Called(code, b"".join(errors)[-_KEPT_ERRORS:].decode("utf-8", "replace"))


async def _take_lines(process: Process, each_line: EachLine) -> None:
    assert process.stdout is not None
    lines = BufferedByteReceiveStream(process.stdout)
    while True:
        try:
            line = await lines.receive_until(b"\n", LARGEST_LINE)
        except (anyio.EndOfStream, anyio.IncompleteRead):
            if lines.buffer:
                await each_line(lines.buffer)
            return
        await each_line(line)


async def _take_errors(process: Process, errors: list[bytes]) -> None:
    assert process.stderr is not None
    async for part in process.stderr:
        errors[:] = [b"".join((*errors, part))[-_KEPT_ERRORS:]]


async def _end(process: Process) -> None:
    if process.returncode is None:
        process.terminate()
        with anyio.move_on_after(CLOSING_S):
            await process.wait()
    if process.returncode is None:
        process.kill()
        await process.wait()
    await process.aclose()
