"""Owns the whole way of an import: the bytes of a plan in, the text of a definition out. Writes no file."""

from __future__ import annotations

from gatekeeper.adapters.definition.drafting.checked import refusal
from gatekeeper.adapters.definition.drafting.writing import one_line, write_draft
from gatekeeper.adapters.definition.importing.markdown import read_markdown
from gatekeeper.adapters.definition.lint_suites import is_suite
from gatekeeper.adapters.definition.shell import simple_commands
from gatekeeper.model.record import NamedTuple
from gatekeeper.policy.drafting.draft import Draft, NotAPlan, Unplaced
from gatekeeper.policy.importing.drafting import draft
from gatekeeper.policy.importing.outline import walk

_LARGEST_PLAN = 256 << 10
_MOST_LINES = 3000


class Imported(NamedTuple):
    """A definition of `cycle`, and what it does not hold yet."""

    text: str
    cycle: str
    to_fill: tuple[str, ...]
    unplaced: tuple[Unplaced, ...]


class Refused(NamedTuple):
    """Why there is none, and what was looked for."""

    why: str
    looked_for: tuple[str, ...] = ()


def import_plan(content: bytes, source: str) -> Imported | Refused:
    """The definition that the Markdown in `content` describes; `source` is what its comments call the file."""
    if len(content) > _LARGEST_PLAN:
        return Refused("it is larger than 256 KiB; cut the account of former work")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        return Refused(f"it is not text in UTF-8 (byte {error.start + 1} is 0x{content[error.start]:02x})")
    if "\0" in text:
        return Refused("it is not text: there is a NUL in it")
    outline = read_markdown(text)
    if sum(1 for _ in walk(outline)) > _MOST_LINES:
        return Refused(f"it has more than {_MOST_LINES} headings, items and paragraphs; cut the account of former work")
    match draft(outline, _runs_tests):
        case NotAPlan(looked_for):
            return Refused("nothing in it says what to run, so it is no plan", looked_for)
        case Draft() as found:
            written = write_draft(found, source, _about(source))
            if why := refusal(written):
                return Refused(why)
            return Imported(written, found.cycle, found.to_fill, found.unplaced)


def _about(source: str) -> tuple[str, ...]:
    return (
        "yaml-language-server: $schema=../schema/cycle.schema.json",
        f"Imported from {one_line(source)} by `gatekeeper import`. A key says from which line it came, and how surely:",
        "high: the plan says so; medium: it follows from where or how; low: likely, but the plan does not say it.",
    )


def _runs_tests(script: str) -> bool:
    return any(map(is_suite, simple_commands(script)))
