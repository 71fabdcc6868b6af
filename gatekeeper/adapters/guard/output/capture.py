"""Owns the output file once nobody writes to it: what of it is stored, its digest, its last lines.

Knows nothing of processes. What is written here is evidence: it is brought to the disk before it is named.
"""

import os
from collections.abc import Callable
from contextlib import suppress
from functools import lru_cache
from itertools import chain

from gatekeeper.adapters.guard.output import timeline
from gatekeeper.adapters.guard.output.storing import Copy, secrets_in
from gatekeeper.adapters.guard.output.timeline import Times
from gatekeeper.adapters.guard.system import files
from gatekeeper.model.outcome import Output
from gatekeeper.model.record import NamedTuple
from gatekeeper.policy.redaction import AROUND, Redaction
from gatekeeper.policy.terminal_text import last_state

INLINE_UP_TO = 1 << 20
"""Files up to this size are sealed faster than a thread is reached."""

_TAIL = 16 * 1024
_LINES = 20
_LINE_LENGTH = 500
# The size goes with the data; the times of the file are nobody's evidence.
_to_disk: Callable[[int], None] = getattr(os, "fdatasync", os.fsync)


class Sealed(NamedTuple):
    """A finished output file and its end, ready for reading. `unfinished` is a last line that was not ended."""

    output: Output
    last_lines: tuple[str, ...]
    unfinished: str


def seal(
    path: str, folder: str, limit: int, masked: tuple[bytes, ...] = (), *, still_written: bool = False
) -> Sealed | None:
    """Finish the output file at `path`; None where there is none. Raises `OSError` when the disk does not take it.

    It stays as it is, byte for byte, unless it is larger than `limit` or holds one of the secrets of which `masked`
    are the forms. With `still_written` a service goes on writing: the growing file moves aside (``NAME.service.log``)
    and a copy of what there is takes its place, so that what is named by its digest never changes. Its time index
    (see `timeline`) always tells of the file as it is stored.
    """
    try:
        descriptor = files.open_ordinary(path, os.O_RDONLY)
    except FileNotFoundError:
        return None
    try:
        size = os.fstat(descriptor).st_size
        dropped = max(0, size - limit)
        copy = _stored(descriptor, path, size, limit, _redaction_of(masked), anyway=still_written)
        if copy is not None:
            if still_written:
                _move_aside(path)
            os.replace(f"{path}.part", path)
            # Evidence does not hang on a help to reading it.
            with suppress(OSError):
                _store_times(copy.times(), path)
            os.close(descriptor)
            descriptor = copy.descriptor
            size = os.fstat(descriptor).st_size
            digest = _digest(descriptor)
        else:
            digest = _digest_of_stored(descriptor, size)
        output = Output(os.path.relpath(path, folder), size, f"sha256:{digest}", dropped)
        text = _end(descriptor, size)
        return Sealed(output, last_lines(text), last_state(text.rpartition("\n")[2]))
    finally:
        os.close(descriptor)


def service_output(path: str) -> str:
    """Where what a service writes after its step ended is kept."""
    stem, extension = os.path.splitext(path)
    return f"{stem}.service{extension}"


def last_lines(text: str) -> tuple[str, ...]:
    """The last lines of the end of an output, each as it was last rewritten; no empty ones at its very end."""
    lines = text.split("\n")
    while lines and not lines[-1].strip():
        lines.pop()
    return tuple(last_state(line)[:_LINE_LENGTH] for line in lines[-_LINES:])


@lru_cache(maxsize=2)
def _redaction_of(masked: tuple[bytes, ...]) -> Redaction:
    return Redaction(masked)


def _stored(source: int, path: str, size: int, limit: int, redaction: Redaction, *, anyway: bool) -> Copy | None:
    """What is to be stored instead of the file, on the disk at ``PATH.part``; None where that is the file itself."""
    if size > limit:
        head, tail = limit // 2, limit - limit // 2
        parts = [(0, head), (size - tail, size)]
    else:
        parts = [(0, size)]
    # A secret across an edge of what is kept is told only as a whole.
    secrets = [secrets_in(source, max(0, start - AROUND), min(size, end + AROUND), redaction) for start, end in parts]
    if size <= limit and not anyway:
        first = next(secrets[0], None)
        if first is None:
            return None
        secrets[0] = chain((first,), secrets[0])
    copy = Copy(source, f"{path}.part", timeline.read(path))
    try:
        for place, (start, end) in enumerate(parts):
            if place:
                copy.text(_note(size - limit, limit))
            copy.part(start, end, secrets[place])
        _to_disk(copy.descriptor)
    except OSError:
        copy.give_up()
        raise
    return copy


def _move_aside(path: str) -> None:
    os.replace(path, service_output(path))
    with suppress(OSError):
        os.replace(timeline.beside(path), timeline.beside(service_output(path)))


def _store_times(times: Times, path: str) -> None:
    if times.began_ns:
        times.write(f"{timeline.beside(path)}.part")
        os.replace(f"{timeline.beside(path)}.part", timeline.beside(path))


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

    os.lseek(descriptor, 0, os.SEEK_SET)
    with open(descriptor, "rb", buffering=0, closefd=False) as whole:
        return hashlib.file_digest(whole, "sha256").hexdigest()


def _end(descriptor: int, size: int) -> str:
    start = max(0, size - _TAIL)
    text = os.pread(descriptor, size - start, start).decode(errors="replace") if size else ""
    # The first line is whole only where the file begins with it.
    return text.partition("\n")[2] if start and "\n" in text else text


def _note(dropped: int, limit: int) -> bytes:
    return f"\n[gatekeeper: {dropped} bytes of output were dropped here; the limit is {limit}]\n".encode()
