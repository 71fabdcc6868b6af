"""Owns the whole way of an import: the bytes of a plan in, the text of a definition out. Writes no file."""

from __future__ import annotations

from gatekeeper.adapters.definition.bounds import LARGEST_FILE
from gatekeeper.adapters.definition.importing.markdown import read_markdown
from gatekeeper.adapters.definition.importing.writing import write_draft
from gatekeeper.adapters.definition.lint_suites import is_suite
from gatekeeper.adapters.definition.shell import simple_commands
from gatekeeper.model.record import NamedTuple
from gatekeeper.policy.importing.draft import Draft, NotAPlan, Unplaced
from gatekeeper.policy.importing.drafting import draft


class Imported(NamedTuple):
    """A definition, and what it does not hold yet."""

    text: str
    to_fill: tuple[str, ...]
    unplaced: tuple[Unplaced, ...]


class Refused(NamedTuple):
    """Why there is none, and what was looked for."""

    why: str
    looked_for: tuple[str, ...] = ()


def import_plan(content: bytes, source: str) -> Imported | Refused:
    """The definition that the Markdown in `content` describes; `source` is what its comments call the file."""
    if len(content) > LARGEST_FILE:
        return Refused("it is larger than 1 MiB; a plan is not")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        return Refused(f"it is not text in UTF-8 (byte {error.start + 1} is 0x{content[error.start]:02x})")
    if "\0" in text:
        return Refused("it is not text: there is a NUL in it")
    match draft(read_markdown(text), _runs_tests):
        case NotAPlan(looked_for, _):
            return Refused("nothing in it says what to run, so it is no plan", looked_for)
        case Draft() as found:
            written = write_draft(found, source)
            if len(written.encode()) > LARGEST_FILE:
                return Refused("what it comes to is larger than 1 MiB, the most that a definition may be")
            return Imported(written, found.to_fill, found.unplaced)


def _runs_tests(script: str) -> bool:
    return any(map(is_suite, simple_commands(script)))
