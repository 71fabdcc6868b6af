"""Owns a project's own templates for sections of the log: which files they are, and what stands where one fails.

The built-in sections are Python, so that a first log is written before the first step; a template begins from their
text. Knows no Jinja: that is `templating`'s, which only a project with templates ever loads.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator, Mapping
from typing import Any

from gatekeeper.adapters.executionlog.merge import SECTIONS
from gatekeeper.adapters.executionlog.placing import lines_of
from gatekeeper.adapters.executionlog.render import Overridden
from gatekeeper.model.record import NamedTuple

SUFFIX = ".md.j2"
MISSING = "templates of the log need jinja2: pip install 'gatekeeper-run[templates]'"

_LARGEST = 256 << 10
_MOST = 50
_DEADLINE_S = 5.0
_BOOT = "import sys; sys.path[:] = sys.argv[1:]; from gatekeeper.adapters.executionlog.templating import main; main()"
_STATUS = r"(?m)^[ \t]{0,3}(?:#{1,6}[ \t]+)?\*\*[^*\n]*?\b[Ss]tatus\b(?::\*\*|\*\*:|:).*$"
_EVIDENCE = r"(?m)^- \*\*Last digest:\*\*.*$"


class Templates(NamedTuple):
    """The texts of the templates of a folder by file name, and what is wrong with files there: name and what."""

    texts: Mapping[str, str]
    problems: tuple[tuple[str, str], ...] = ()


def read_templates(folder: str) -> Templates:
    """The templates of a folder: one a section, and what they include, whose names begin with ``_``."""
    try:
        names = sorted(name for name in os.listdir(folder) if name.endswith(".j2"))
    except (OSError, ValueError) as fault:
        why = fault.strerror if isinstance(fault, OSError) else fault
        return Templates({}, (("", f"the folder of templates cannot be read: {why}"),))
    texts: dict[str, str] = {}
    found: list[tuple[str, str]] = []
    for name in names[:_MOST]:
        if not name.startswith("_") and name.removesuffix(SUFFIX) not in SECTIONS:
            called = ", ".join(f"{section}{SUFFIX}" for section in SECTIONS)
            found.append((name, f"no section is called so; the files are {called}, and _NAME.j2 for what they include"))
            continue
        try:
            texts[name] = _read(os.path.join(folder, name))
        except (OSError, UnicodeDecodeError) as fault:
            said = fault.strerror or str(fault) if isinstance(fault, OSError) else "it is not UTF-8"
            found.append((name, f"it cannot be read: {said}"))
    if len(names) > _MOST:
        found.append(("", f"there are {len(names)} templates, and at most {_MOST} are read"))
    if not names:
        found.append(("", "the folder holds no template"))
    return Templates(texts, tuple(found))


def override(sections: Mapping[str, str], facts: Mapping[str, object], folder: str) -> Overridden:
    """The sections as the templates in `folder` have them. Never raises; a template that fails changes nothing."""
    templates = read_templates(folder)
    problems = [f"{os.path.join(folder, name)}: {said}".replace("/:", ":") for name, said in templates.problems]
    wanted = [name for name in sections if f"{name}{SUFFIX}" in templates.texts]
    said = dict(sections)
    if wanted:
        given = {name: {"default": sections[name].strip("\n"), "parts": parts_of(sections[name])} for name in wanted}
        told, failed = _ask({"templates": templates.texts, "sections": given, "facts": facts})
        rendered = {name: (text, why) for name, text, why in told}
        for name in wanted:
            text, why = rendered.get(name, ("", f"{name}{SUFFIX}: {failed}"))
            if not why and (said_against := objection(name, text, sections[name])):
                why = f"{name}{SUFFIX}: {said_against}"
            if why:
                problems.append(os.path.join(folder, why))
            else:
                said[name] = text
    return Overridden(said, tuple(problems))


def parts_of(section: str) -> dict[str, str]:
    """The blocks of a built-in section by their headings of the second and third level; ``head`` comes before any."""
    document = lines_of(section)
    parts: dict[str, list[str]] = {}
    begins = {index: title for index, level, title in document.headings() if level <= 3}
    name = "head"
    for index, text in enumerate(document.texts):
        if index in begins:
            name, number = begins[index], 2
            while name in parts:
                name, number = f"{begins[index]} ({number})", number + 1
        parts.setdefault(name, []).append(text)
    return {name: text for name, lines in parts.items() if (text := "\n".join(lines).strip("\n"))}


def objection(section: str, text: str, default: str) -> str:
    """Why the text that a template gives cannot stand for a section, or nothing where it can."""
    document = lines_of(text)
    if any(block.stop > len(document.texts) for block in document.fences()):
        return "it leaves a fenced block open, which would swallow what follows"
    if text.rfind("<!--") > text.rfind("-->"):
        return "it leaves a comment open, which would hide what follows"
    if section == "status" and default.strip() not in text:
        return "the verdict must stay: {{ default }} is missing"
    lost = set(re.findall(_EVIDENCE, default)) - set(re.findall(_EVIDENCE, text))
    if lost:
        return 'it leaves out the last digest, which `gatekeeper verify` asks for: it is in {{ parts["Deliverables"] }}'
    claimed = set(re.findall(_STATUS, text)) - set(re.findall(_STATUS, default))
    return f"it says a status of its own: {min(claimed).strip()[:80]}" if claimed else ""


def _ask(order: Mapping[str, object]) -> tuple[list[list[Any]], str]:
    """What the process that knows Jinja tells of an order, and why it does not tell more."""
    import importlib.util
    import json
    import subprocess
    import sys

    if importlib.util.find_spec("jinja2") is None:
        return [], MISSING
    command = [sys.executable, "-I", "-S", "-Xutf8=1", "-c", _BOOT, *(path for path in sys.path if os.path.isabs(path))]
    asked = json.dumps(order).encode()
    why = "it ended without a word"
    try:
        # Of a session of its own: who interrupts the run does not mean the log.
        ended = subprocess.run(
            command,
            input=asked,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=_DEADLINE_S,
            check=False,
            start_new_session=True,
            cwd="/",
        )
        told = ended.stdout
    except subprocess.TimeoutExpired as late:
        told, why = late.stdout or b"", f"it took longer than {_DEADLINE_S:.0f} s, or what was before it did"
    except OSError as fault:
        return [], f"it could not be rendered ({fault.strerror})"
    return [json.loads(line) for line in told.split(b"\n")[:-1]], why


def _read(path: str) -> str:
    with open(path, "rb", opener=lambda name, flags: os.open(name, flags | os.O_NONBLOCK)) as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise OSError(0, "it is no file")
        content = file.read(_LARGEST + 1)
    if len(content) > _LARGEST:
        raise OSError(0, f"it is larger than {_LARGEST >> 10} KiB")
    return content.decode("utf-8-sig")


def wrong_templates(folder: str) -> Iterator[tuple[str, int, str]]:
    """Everything that is wrong with a folder of templates, none of them rendered: file, line, what."""
    templates = read_templates(folder)
    yield from ((name, 0, said) for name, said in templates.problems)
    told, failed = _ask({"templates": templates.texts})
    yield from ((name, line, said) for name, line, said in told if name)
    if not told:
        yield "", 0, failed
