"""Owns getting from a path to clean text: bounded, UTF-8, without control characters. Knows no YAML."""

from __future__ import annotations

import os
import re
import stat

from gatekeeper.adapters.definition.bounds import LARGEST_FILE
from gatekeeper.model.errors import DefinitionError, EnvironmentFault, Problem, UsageError

_UNWANTED = "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff]"
_BOM = b"\xef\xbb\xbf"


def read_bytes(path: str, *, what: str = "definition") -> bytes:
    """The bytes of the file at `path`, one more than is allowed at most; `what` it is called in messages.

    Raises:
        UsageError: there is no such file, or it is not a regular one (which could make us wait for ever).
        EnvironmentFault: the machine does not let us read it.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        raise UsageError(f"{path}: there is no such file") from None
    except (OSError, ValueError) as error:
        raise EnvironmentFault(f"{path}: the {what} cannot be read: {_reason(error)}") from None
    # No file object: it can't be made of a folder's descriptor, and would leave that open.
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise UsageError(f"{path}: a {what} is a regular file, and this is not one")
        content = bytearray()
        while len(content) <= LARGEST_FILE and (more := os.read(descriptor, LARGEST_FILE + 1 - len(content))):
            content += more
        return bytes(content)
    except OSError as error:
        raise EnvironmentFault(f"{path}: the {what} cannot be read: {_reason(error)}") from None
    finally:
        os.close(descriptor)


def decode(content: bytes, file: str) -> str:
    """The text of a definition, without a byte order mark.

    Raises:
        DefinitionError: too large, not UTF-8, or with characters that no text file should hold.
    """
    if len(content) > LARGEST_FILE:
        raise _refuse(file, 1, 1, "the file is larger than 1 MiB", "split the cycle, or use `matrix:` for what repeats")
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise _refuse(file, 1, 1, "the file is UTF-16, and a definition is UTF-8", "save it as UTF-8")
    content = content.removeprefix(_BOM)
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        before = content[: error.start].decode("utf-8")
        line, column = _position(before)
        found = f"the byte 0x{content[error.start]:02x} is not UTF-8"
        raise _refuse(file, line, column, found, "save the file as UTF-8") from None
    unwanted = re.search(_UNWANTED, text)
    if unwanted:
        line, column = _position(text[: unwanted.start()])
        raise _refuse(
            file,
            line,
            column,
            f"the character U+{ord(unwanted[0]):04X} has no place in a definition",
            'remove it, or write it as an escape in double quotes, like "\\u2028"'
            if ord(unwanted[0])
            else "remove it; a file that is full of these is UTF-16: save it as UTF-8",
        )
    return text


def _position(before: str) -> tuple[int, int]:
    lines = before.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return len(lines), len(lines[-1]) + 1


def _refuse(file: str, line: int, column: int, message: str, hint: str) -> DefinitionError:
    return DefinitionError((Problem(file, line, column, "", message, hint),))


def _reason(error: OSError | ValueError) -> str:
    return error.strerror or str(error) if isinstance(error, OSError) else str(error)
