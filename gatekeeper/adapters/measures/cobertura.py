"""Owns reading Cobertura XML, as a stream, whoever wrote it. Knows no folder; trusts no rate and no count in a header.

Many writers name the format's DTD. It is never loaded; one that is written into the document itself is refused,
which leaves nothing for entity bombs to be made of. A class's own lines count; those of its methods repeat them, and
some writers (istanbul) list a method's first line there although it is not executable.
"""

from __future__ import annotations

import re
from typing import BinaryIO
from xml.parsers import expat

from gatekeeper.adapters.measures.ran import FileRan, Ran
from gatekeeper.model.report import ReportProblem

_DEEPEST = 100
_LONGEST_SOURCE = 4096
_NUMBER = re.compile(r"[0-9]{1,9}")
_HITS = re.compile(r"-?[0-9]{1,30}")
_CONDITIONS = re.compile(r"\s*[0-9.,]+\s*%\s*\(\s*([0-9]{1,4})\s*/\s*([0-9]{1,4})\s*\)\s*")


class _Refused(Exception):
    """The document is not one that is read; the text says why."""


def looks_like_cobertura(beginning: bytes) -> bool:
    """Whether a file that begins so is a Cobertura report."""
    return re.search(rb"<coverage[\s>]", beginning) is not None


def read_cobertura(file: BinaryIO, name: str) -> Ran | ReportProblem:
    """What ran according to `file`; `name` is what it is called in problems."""
    reading = _Reading()
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = reading.start
    parser.EndElementHandler = reading.end
    parser.CharacterDataHandler = reading.text
    parser.StartDoctypeDeclHandler = reading.doctype
    parser.EntityDeclHandler = reading.entity
    try:
        parser.ParseFile(file)
    except _Refused as refused:
        return ReportProblem("unreadable", f"{name} {refused}")
    except (expat.ExpatError, ValueError, LookupError) as fault:
        return ReportProblem("unreadable", f"{name} is cut short or not XML: {fault}")
    return reading.ran


class _Reading:
    """The state of one pass over a document."""

    def __init__(self) -> None:
        self.ran = Ran()
        self._path: list[str] = []
        self._file: FileRan | None = None
        self._of_methods: dict[int, tuple[bool, str]] = {}
        self._own_lines = False
        self._source: list[str] | None = None

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if not self._path and tag != "coverage":
            raise _Refused(f"is not a Cobertura report: its root is <{tag[:40]}>, not <coverage>")
        if len(self._path) >= _DEEPEST:
            raise _Refused(f"is nested more than {_DEEPEST} deep")
        if not self._path and attributes.get("branches-valid", "0").strip("0"):
            self.ran.branches_measured = True
        self._path.append(tag)
        match tag:
            case "source" if self._path[-2:] == ["sources", "source"]:
                self._source = []
            case "class":
                if not attributes.get("filename"):
                    raise _Refused("has a <class> without a filename")
                self._file = self.ran.file(attributes["filename"])
                self._of_methods, self._own_lines = {}, False
            case "line" if self._file is not None:
                self._line(self._file, attributes)
            case _:
                pass

    def end(self, _tag: str) -> None:
        match self._path.pop():
            case "source" if self._source is not None:
                self.ran.sources["".join(self._source).strip()] = None
                self._source = None
            case "class" if self._file is not None:
                if not self._own_lines:
                    for number, (ran, conditions) in self._of_methods.items():
                        self._take(self._file, number, conditions, ran=ran)
                self._file = None
            case _:
                pass

    def text(self, text: str) -> None:
        if self._source is not None and sum(map(len, self._source)) < _LONGEST_SOURCE:
            self._source.append(text)

    def doctype(self, _name: str, _system: str | None, _public: str | None, has_internal_subset: int) -> None:
        if has_internal_subset:
            raise _Refused("declares a document type of its own, which no coverage report needs; it was not read")

    def entity(self, *_declared: object) -> None:
        raise _Refused("declares an entity, which no coverage report needs; it was not read")

    def _line(self, file: FileRan, attributes: dict[str, str]) -> None:
        number, hits = attributes.get("number", ""), attributes.get("hits", "")
        if not _NUMBER.fullmatch(number) or not _HITS.fullmatch(hits):
            raise _Refused(f"has a <line> without a number and its hits (number={number[:20]!r}, hits={hits[:20]!r})")
        ran = not hits.startswith("-") and bool(hits.strip("0"))
        conditions = attributes.get("condition-coverage", "")
        if "method" in self._path:
            before, told = self._of_methods.get(int(number), (False, ""))
            self._of_methods[int(number)] = (before or ran, conditions or told)
        else:
            self._own_lines = True
            self._take(file, int(number), conditions, ran=ran)

    def _take(self, file: FileRan, number: int, conditions: str, *, ran: bool) -> None:
        file.line(number, ran=ran)
        if not conditions:
            return
        found = _CONDITIONS.fullmatch(conditions)
        if found is None or int(found[1]) > int(found[2]):
            raise _Refused(f"says {conditions[:40]!r} of line {number}; it is read as 50% (1/2)")
        self.ran.branches_measured = True
        # Which ones were taken is not told, so that the same line of another report can add nothing to these.
        for way in range(int(found[2])):
            file.branch((number, way), taken=way < int(found[1]))
