"""Owns the output file once nobody writes to it: cutting it to its limit, its digest, its last lines.

Knows nothing of processes. What is written here is evidence: it is brought to the disk before it is named.
"""

import os
from collections.abc import Callable

from gatekeeper.model.outcome import Output
from gatekeeper.model.record import NamedTuple

INLINE_UP_TO = 1 << 20
"""Files up to this size are sealed faster than a thread is reached."""

_TAIL = 16 * 1024
_LINES = 20
_LINE_LENGTH = 500
_CHUNK = 1 << 20
# The size goes with the data; the times of the file are nobody's evidence.
_to_disk: Callable[[int], None] = getattr(os, "fdatasync", os.fsync)


class Sealed(NamedTuple):
    """A finished output file and its end, ready for reading. `unfinished` is a last line that was not ended."""

    output: Output
    last_lines: tuple[str, ...]
    unfinished: str


def seal(path: str, folder: str, limit: int, *, still_written: bool = False) -> Sealed | None:
    """Finish the output file at `path`; None where there is none. Raises `OSError` when the disk does not take it.

    With `still_written` a service goes on writing: the growing file moves aside (``NAME.service.log``) and a copy
    of what there is takes its place, so that what is named by its digest never changes.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    except FileNotFoundError:
        return None
    try:
        size = os.fstat(descriptor).st_size
        dropped = max(0, size - limit)
        if dropped or still_written:
            parts = _head_and_tail(size, limit) if dropped else [(0, size)]
            note = _note(dropped, limit) if dropped else b""
            copy = _copied(descriptor, path, parts, note)
            if still_written:
                os.replace(path, service_output(path))
            os.replace(f"{path}.part", path)
            os.close(descriptor)
            descriptor = copy
            size = os.fstat(descriptor).st_size
            digest = _digest(descriptor)
        else:
            digest = _digest_of_stored(descriptor, size)
        output = Output(os.path.relpath(path, folder), size, f"sha256:{digest}", dropped)
        text = _end(descriptor, size)
        return Sealed(output, last_lines(text), text.rpartition("\n")[2])
    finally:
        os.close(descriptor)


def service_output(path: str) -> str:
    """Where what a service writes after its step ended is kept."""
    stem, extension = os.path.splitext(path)
    return f"{stem}.service{extension}"


def service_lines(path: str) -> tuple[str, ...]:
    """The last lines of the service that the step with the output `path` left; none where they cannot be read."""
    try:
        descriptor = os.open(service_output(path), os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    except OSError:
        return ()
    try:
        return last_lines(_end(descriptor, os.fstat(descriptor).st_size))
    except OSError:
        return ()
    finally:
        os.close(descriptor)


def last_lines(text: str) -> tuple[str, ...]:
    """The last lines of the end of an output; no empty ones at its very end."""
    lines = text.splitlines()
    while lines and not lines[-1].strip():
        lines.pop()
    return tuple(line[:_LINE_LENGTH] for line in lines[-_LINES:])


def _digest_of_stored(descriptor: int, size: int) -> str:
    """The digest of a file that is brought to the disk: the disk and the processor work at the same time."""
    if size <= INLINE_UP_TO:
        if size:
            _to_disk(descriptor)
        import hashlib

        return hashlib.sha256(os.pread(descriptor, size, 0)).hexdigest()
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(1) as beside:
        stored = beside.submit(_to_disk, descriptor)
        digest = _digest(descriptor)
        stored.result()
    return digest


def _digest(descriptor: int) -> str:
    import hashlib

    with open(descriptor, "rb", buffering=0, closefd=False) as whole:
        return hashlib.file_digest(whole, "sha256").hexdigest()


def _end(descriptor: int, size: int) -> str:
    start = max(0, size - _TAIL)
    text = os.pread(descriptor, size - start, start).decode(errors="replace") if size else ""
    # The first line is whole only where the file begins with it.
    return text.partition("\n")[2] if start and "\n" in text else text


def _head_and_tail(size: int, limit: int) -> list[tuple[int, int]]:
    head = limit // 2
    tail = limit - head
    return [(0, head), (size - tail, tail)]


def _note(dropped: int, limit: int) -> bytes:
    return f"\n[gatekeeper: {dropped} bytes of output were dropped here; the limit is {limit}]\n".encode()


def _copied(source: int, path: str, parts: list[tuple[int, int]], between: bytes) -> int:
    target = os.open(f"{path}.part", os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        for place, (start, length) in enumerate(parts):
            if place:
                os.write(target, between)
            while length:
                chunk = os.pread(source, min(length, _CHUNK), start)
                if not chunk:
                    break
                os.write(target, chunk)
                start, length = start + len(chunk), length - len(chunk)  # noqa: PLW2901 - a cursor, not the part itself
        _to_disk(target)
    except OSError:
        os.close(target)
        os.unlink(f"{path}.part")
        raise
    return target
