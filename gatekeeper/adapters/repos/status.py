"""Owns git's machine formats: what `status` and `ls-files` print, as records. Runs nothing and opens no file."""

import re

from gatekeeper.model.record import NamedTuple


class Head(NamedTuple):
    """Where the head stands. `commit` is empty before the first one, `branch` when detached."""

    commit: str = ""
    branch: str = ""
    upstream: str = ""
    ahead: int | None = None
    behind: int | None = None


class Entry(NamedTuple):
    """A path (from the top of the git repository) that differs from the commit.

    `xy` is git's short form (``??`` untracked). `head_mode` and `head_blob` are what the commit holds there, both
    zeros or empty where it holds nothing. `absent` tells that nothing of git's is at that path in the working tree.
    """

    xy: str
    path: bytes
    head_mode: str = ""
    head_blob: str = ""
    absent: bool = False

    @property
    def in_head(self) -> bool:
        """Whether the commit holds something at this path."""
        return bool(self.head_mode.strip("0"))


class Hidden(NamedTuple):
    """A tracked path that git was told not to look at. `sparse` (skip-worktree) may be missing without a change."""

    path: bytes
    mode: str
    blob: str
    sparse: bool


def parse_status(text: bytes) -> tuple[Head, tuple[Entry, ...]]:
    """The records of ``git status --porcelain=v2 --branch -z --no-renames``. Raises `ValueError` at an unknown one."""
    head = Head()
    entries: list[Entry] = []
    for record in text.split(b"\0"):
        match record[:2]:
            case b"# ":
                head = _with_header(head, record[2:].decode("utf-8", "backslashreplace"))
            case b"? ":
                entries.append(Entry("??", record[2:]))
            case b"1 ":
                xy, _sub, m_head, _m_index, m_worktree, h_head, _h_index, path = record[2:].split(b" ", 7)
                entries.append(_entry(xy, path, m_worktree, m_head.decode(), h_head.decode()))
            case b"u ":
                xy, _sub, _m1, m_ours, _m3, m_worktree, _h1, h_ours, _h3, path = record[2:].split(b" ", 9)
                entries.append(_entry(xy, path, m_worktree, m_ours.decode(), h_ours.decode()))
            case b"":
                pass
            case _:
                raise ValueError(f"git status said {record[:80]!r}, which gatekeeper does not know")
    return head, tuple(entries)


def _entry(xy: bytes, path: bytes, m_worktree: bytes, head_mode: str, head_blob: str) -> Entry:
    short = xy.decode().replace(".", " ")
    return Entry(short, path, head_mode, head_blob, absent=not m_worktree.strip(b"0"))


def _with_header(head: Head, line: str) -> Head:
    key, _, value = line.partition(" ")
    match key:
        case "branch.oid":
            return head._replace(commit="" if value == "(initial)" else value)
        case "branch.head":
            return head._replace(branch="" if value == "(detached)" else value)
        case "branch.upstream":
            return head._replace(upstream=value)
        case "branch.ab":
            ahead, _, behind = value.partition(" ")
            if ahead[1:].isdecimal() and behind[1:].isdecimal():
                return head._replace(ahead=int(ahead[1:]), behind=int(behind[1:]))
            return head
        case _:
            return head


# A lower-case tag is assume-unchanged, S is skip-worktree. Unmerged stages are status's business.
# It begins with the one byte that a search can jump to: the list may have a hundred thousand lines.
_HIDDEN = re.compile(rb"\0(?P<tag>[a-zS]) (?P<mode>\d+) (?P<blob>[0-9a-f]+) 0\t(?P<path>[^\0]+)")


def parse_hidden(text: bytes) -> tuple[Hidden, ...]:
    """What ``git ls-files -v -s -z`` lists with a flag that keeps `status` from looking at it."""
    return tuple(
        Hidden(found["path"], found["mode"].decode(), found["blob"].decode(), found["tag"] in b"Ss")
        for found in _HIDDEN.finditer(b"\0" + text)
    )


_UNSEEN = (
    r"^(?:warning: could not open directory '(?P<folder>.+?)/?'|(?P<path>(?!warning: |error: |fatal: |hint: ).+)): "
    r"(?P<why>Permission denied|Input/output error|Stale file handle|Too many open files)$"
)


def parse_unseen(err: str) -> tuple[tuple[str, str], ...]:
    """(path, why) of what git could not look at, from what it said beside a successful `status`."""
    if not err:
        return ()
    return tuple((found["folder"] or found["path"], found["why"]) for found in re.finditer(_UNSEEN, err, re.MULTILINE))


def shown(path: bytes) -> str:
    """`path` on one line, as text: like git, in double quotes with escapes where it needs them."""
    try:
        text = path.decode("utf-8")
    except UnicodeDecodeError:
        text = ""
    if text and text.isprintable() and '"' not in text and "\\" not in text:
        return text
    return '"' + "".join(_escaped(character) for character in path.decode("utf-8", "surrogateescape")) + '"'


def _escaped(character: str) -> str:
    if character in '"\\':
        return "\\" + character
    if character.isprintable():
        return character
    named = {"\n": "\\n", "\t": "\\t", "\r": "\\r"}
    return named.get(character) or "".join(f"\\{byte:03o}" for byte in character.encode("utf-8", "surrogateescape"))


_ESCAPE = re.compile(rb"\\(?:([0-7]{3})|(.))")
_MEANT = {b"n": b"\n", b"t": b"\t", b"r": b"\r"}


def unshown(text: str) -> bytes:
    """The path of which `shown` made `text`."""
    if not text.startswith('"'):
        return text.encode()
    return _ESCAPE.sub(
        lambda escape: bytes([int(escape[1], 8)]) if escape[1] else _MEANT.get(escape[2], escape[2]),
        text[1:-1].encode(),
    )
