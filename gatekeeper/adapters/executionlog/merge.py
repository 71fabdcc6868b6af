"""Owns merging gatekeeper's sections into a document that people own too. Pure: bytes in, bytes out.

Between ``<!-- gatekeeper:begin NAME -->`` and ``<!-- gatekeeper:end NAME -->``, each on a line of its own, the text is
ours; every other byte stays as it was. The last line inside a section is a comment with a digest of the text before
it: if the two no longer fit, somebody edited the section. It stands in the document, not beside it, so that it
travels with it through git. The digest takes no notice of line endings and of spaces at the end of lines, which
editors and git change without being asked.

Whatever is not understood for certain is a `Conflict`, and the document stays untouched.
"""

import re
from collections.abc import Iterable, Mapping

from gatekeeper.adapters.executionlog.placing import Document, Span, lines_of, place_missing
from gatekeeper.model.record import NamedTuple

SECTIONS = ("summary", "state-before", "configuration", "execution", "status")
"""The sections of a log, in the order in which they stand where a document does not say otherwise."""

_MARKER = r"<!-- gatekeeper:(begin|end) (\S+) -->"
_DIGEST = r"<!-- gatekeeper:digest (\S+) -->"
_LIKE_A_MARKER = r"(?i)<!-{1,2}\s*gatekeeper\s*:"
_HEADING = r"(#{1,6})(?= )"
_OWN_LEVEL = 2
_EXECUTION = "execution"


class Merged(NamedTuple):
    """The document with all sections in it."""

    document: bytes


class Conflict(NamedTuple):
    """Why the document cannot be merged into; the text names the place, and what to do."""

    reason: str


class _Refused(Exception):
    """Carries the reason of a conflict out of the parsing."""


def new_document(title: str, sections: Mapping[str, str]) -> bytes:
    """A whole document of our own: a heading, and all sections. `title` is Markdown already."""
    blocks = ["\n".join((_begin(name), *_sealed(sections[name]), _end(name), "")) for name in SECTIONS]
    return "\n".join([f"# {title}\n", *blocks[:-1], "---\n", blocks[-1]]).encode()


def merge(document: bytes, sections: Mapping[str, str], known: tuple[str, ...] = SECTIONS) -> Merged | Conflict:
    """`document` with every one of `sections` in its place; `known` are all that a document of its kind may hold.

    `sections` hold Markdown whose headings begin at the second level, each section's own heading included. Under a
    heading "Execution Log" of the document, they go one level below it. Merging twice changes nothing.
    """
    try:
        return Merged(_merge(document, sections, known))
    except _Refused as refused:
        return Conflict(str(refused))


def _merge(raw: bytes, sections: Mapping[str, str], known: tuple[str, ...]) -> bytes:
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as fault:
        raise _Refused(f"the document is not UTF-8 (byte {fault.start})") from None
    if "\x00" in text:
        raise _Refused("the document holds NUL bytes: it is not a text")
    document = lines_of(text)
    document = place_missing(document, _find(document, known), tuple(name for name in known if name in sections))
    spans = _find(document, known)
    lines: list[str] = []
    end = 0
    for span in sorted(spans.values()):
        if span.name in sections:
            lines += document.lines[end : span.begin + 1]
            text = _adapted(span.name, sections[span.name], document.level_above(span.begin, spans.values()))
            lines += (f"{line}{document.newline}" for line in _sealed(text))
            end = span.end
    return "".join([*lines, *document.lines[end:]]).encode()


def _find(document: Document, known: tuple[str, ...]) -> dict[str, Span]:
    """The sections of a document whose markers are all in order. Raises `_Refused`."""
    spans: dict[str, Span] = {}
    opened: tuple[str, int] | None = None
    like = [index for index, line in enumerate(document.texts) if "<!" in line and re.search(_LIKE_A_MARKER, line)]
    quoted = _quoted(document) if like else frozenset()
    for index in like:
        if index in quoted:
            continue
        line = document.texts[index]
        at = f"line {index + 1}"
        if re.fullmatch(_DIGEST, line.strip()) and opened:
            continue
        marker = re.fullmatch(_MARKER, line.strip())
        if marker is None:
            raise _Refused(f"{at} looks like a marker of gatekeeper's and is none: {line.strip()[:80]}")
        kind, name = marker.groups()
        if name not in known:
            raise _Refused(f"{at} marks a section {name!r} that gatekeeper does not have in such a document")
        if kind == "begin":
            if opened:
                raise _Refused(f"{at} begins {name} inside {opened[0]} (line {opened[1] + 1})")
            if name in spans:
                raise _Refused(f"{at} begins {name} for a second time (first on line {spans[name].begin + 1})")
            opened = name, index
        elif opened is None or opened[0] != name:
            raise _Refused(f"{at} ends {name}, which does not begin before it")
        else:
            spans[name] = Span(opened[1], index, name)
            opened = None
    if opened:
        raise _Refused(f"line {opened[1] + 1} begins {opened[0]}, which never ends")
    for span in spans.values():
        _check_ours(document, span)
    return spans


def _quoted(document: Document) -> frozenset[int]:
    """The lines of fenced blocks that show markers as an example: all that begins in one ends there, and is not sealed.

    A fence that a person forgot to close runs through sections of ours, or into one.
    """
    quoted: set[int] = set()
    for block in document.fences():
        if block.stop > len(document.texts):
            continue
        found = [re.search(r"gatekeeper\s*:\s*(begin|end|digest)", document.texts[index]) for index in block]
        kinds = [kind[1] for kind in found if kind]
        if "digest" not in kinds and kinds.count("begin") == kinds.count("end"):
            quoted.update(block)
    return frozenset(quoted)


def _check_ours(document: Document, span: Span) -> None:
    inside = document.texts[span.begin + 1 : span.end]
    if not any(line.strip() for line in inside):
        return
    sealed = re.fullmatch(_DIGEST, inside[-1].strip())
    if sealed is None:
        raise _Refused(
            f"the section {span.name} (line {span.begin + 1}) holds text that gatekeeper did not write; move it out "
            "of the markers"
        )
    if sealed[1] != _digest(inside[:-1]):
        raise _Refused(
            f"somebody edited the section {span.name} (line {span.begin + 1}); move the edit out of the markers and "
            "delete what is between them, and gatekeeper writes the section again"
        )


def _sealed(text: str) -> list[str]:
    # A marker inside our own text would end the section early; the renderer lets none through.
    if "<!" in text:
        text = re.sub(_LIKE_A_MARKER, "<! -- gatekeeper:", text)
    # Nor does it what a document that is read again may not hold.
    text = text.replace("\x00", "\ufffd").encode("utf-8", "replace").decode()
    body = text.strip("\n").split("\n")
    return [*body, "", f"<!-- gatekeeper:digest {_digest([*body, ''])} -->"]


def _digest(lines: Iterable[str]) -> str:
    import hashlib

    plain = "\n".join(line.rstrip() for line in lines).strip("\n")
    return "sha256:" + hashlib.sha256(plain.encode()).hexdigest()[:16]


def _adapted(name: str, text: str, level_above: int | None) -> str:
    """`text` with its headings one level below the document's own "Execution Log", where it stands under one."""
    if level_above is None:
        return text
    if name == _EXECUTION:
        # The heading is the document's own.
        text = text.lstrip("\n")
        text = text.partition("\n")[2] if text.startswith("#") else text
        deeper = level_above - _OWN_LEVEL
    else:
        deeper = level_above + 1 - _OWN_LEVEL
    return "\n".join(_deepened(text.split("\n"), deeper))


def _deepened(lines: list[str], by: int) -> list[str]:
    deeper, fence = [], ""
    for line in lines:
        ticks = re.match(r" *(`{3,})", line)
        if ticks and not fence:
            fence = ticks[1]
        elif fence and line.strip() == fence:
            fence = ""
        heading = None if fence else re.match(_HEADING, line)
        if heading:
            deeper.append("#" * min(max(len(heading[1]) + by, 1), 6) + line[heading.end() :])
        else:
            deeper.append(line)
    return deeper


def _begin(name: str) -> str:
    return f"<!-- gatekeeper:begin {name} -->"


def _end(name: str) -> str:
    return f"<!-- gatekeeper:end {name} -->"
