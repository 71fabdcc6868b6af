"""Owns the text of an installed hook, and telling it from everybody else's. Writes no file."""

from __future__ import annotations

import hashlib
import os
import shlex
import sys

from gatekeeper.adapters.hooks.answer import gatekeeper_answer
from gatekeeper.model.record import NamedTuple

KEPT = ".before-gatekeeper"
"""What the hook that was there before is called, after its own name."""

_MARK = "# gatekeeper hook 1 "
_TEXT = """\
#!/bin/sh
{mark}{seal}
# Written by `gatekeeper hook install {name}`, which writes it anew; `gatekeeper hook uninstall {name}` takes it away
# and puts back what was there. Beside it, {name}{kept} is run first.
python={python}
answer={answer}
case $0 in */*) here=${{0%/*}} ;; *) here=. ;; esac
if [ ! -x "$python" ] || [ ! -f "$answer/gatekeeper_answer.py" ]; then
  echo "gatekeeper: $0 was written for the Python at $python, and it or gatekeeper in it is gone." >&2
  echo "  Install gatekeeper again and run: gatekeeper hook install {name}" >&2
  echo "  Or take the hook away: rm '$0'" >&2
  exit 1
fi
exec "$python" -I -S -c 'import sys; sys.path.insert(0, sys.argv[1]); from gatekeeper_answer import main; main()' \\
  "$answer" {name} "$here/{name}{kept}" {project} {cycle} {judge_by} "$@"
"""


class Wanted(NamedTuple):
    """A hook to be written. `project` is where the project root lies, from the top of the working tree.

    `cycle` is the one that judges where the definition's `hook:` says nothing else, empty for the only one there is;
    `judge_by` the ref that definitions are read at, empty for the pushed commit itself.
    """

    name: str
    project: str
    cycle: str = ""
    judge_by: str = ""


def text_of(wanted: Wanted) -> bytes:
    """The hook's file."""
    words = {field: shlex.quote(value) for field, value in wanted._asdict().items()}
    places = {
        "python": shlex.quote(sys.executable),
        "answer": shlex.quote(os.path.dirname(os.path.abspath(gatekeeper_answer.__file__))),
    }
    bare = _TEXT.format(mark=_MARK, seal="", kept=KEPT, **words, **places).encode("utf-8", "surrogateescape")
    return bare.replace(_MARK.encode(), _MARK.encode() + _seal(bare), 1)


def is_ours(text: bytes) -> bool:
    """Whether gatekeeper wrote it, and nobody has changed it since."""
    line = _line(text)
    return bool(line) and line == _MARK.encode() + _seal(text.replace(line, _MARK.encode(), 1))


def was_ours(text: bytes) -> bool:
    """Whether gatekeeper wrote it, whatever somebody did to it since."""
    return bool(_line(text))


def _line(text: bytes) -> bytes:
    """The line that says that it is ours; empty where there is none."""
    return next((line for line in text.split(b"\n")[:2] if line.startswith(_MARK.encode())), b"")


def _seal(bare: bytes) -> bytes:
    return b"sha256:" + hashlib.sha256(bare).hexdigest().encode()
