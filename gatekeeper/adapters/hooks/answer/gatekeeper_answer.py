"""Owns the answer of an installed hook, where it is known already. Knows nothing of gatekeeper, and imports none of it.

The interpreter starts with ``-I -S`` on this alone, because a push that changes nothing should cost nothing. First the
hook that was there before runs, with the very bytes that git gave us. Then each line of a push is looked up in what
`gatekeeper hook run` wrote down when it found a commit green: whatever that answer depended on must be as it was then.
If anything is not, or is not understood, `gatekeeper hook run` takes over with the same bytes and says it anew.
"""

import os
import sys
import time

FORMAT = b"gatekeeper-answer 1"
FOLDER = os.path.join(".gatekeeper", "verdicts", "answers")
CHAINED = "GATEKEEPER_HOOK_CHAINED"
SKIP = "GATEKEEPER_SKIP"
_LARGEST = 1 << 18
_MOST_LINES = 16
_INTERRUPTED = 130
_OPTIONS = ("--project", "--cycle", "--judge-by")
_SLOW = "import sys; sys.path.append(sys.argv.pop(1)); from gatekeeper.__main__ import main; main()"


def main() -> None:
    """Answer and leave. Its words: hook, the hook before it, project, cycle, the ref that judges, git's own words."""
    try:
        hook, before, project, cycle, judge_by, *words = sys.argv[2:]
        fed = _all_of(0) if hook == "pre-push" else b""
        _run_before(hook, before, words, fed)
        if hook == "pre-push" and (not fed or is_green(fed, project, [hook, cycle, judge_by], words)):
            os._exit(0)
        _take_over(hook, [project, cycle, judge_by], words, fed)
    except KeyboardInterrupt:
        os._exit(_INTERRUPTED)
    except OSError as fault:
        _say(f"the hook cannot do its work: {fault}")
        os._exit(1)


def identity(path: bytes) -> bytes:
    """What a file is known by: device, inode, size, mode and times; ``-`` where there is none."""
    try:
        found = os.stat(path)
    except OSError:
        return b"-"
    facts = (found.st_dev, found.st_ino, found.st_size, found.st_mode, found.st_mtime_ns, found.st_ctime_ns)
    return b":".join(b"%d" % fact for fact in facts)


def digest(value: bytes | None, salt: bytes) -> bytes:
    """What a variable's value is known by; ``-`` where it is not set."""
    if value is None:
        return b"-"
    from _blake2 import blake2b  # hashlib would load OpenSSL for this

    return blake2b(value, key=salt, digest_size=32).hexdigest().encode()


def file_name(oid: bytes, ref: bytes) -> bytes:
    """Under which name the answer for an object and a ref is kept."""
    return oid + b"@" + ref.replace(b"%", b"%25").replace(b"/", b"%2F")


def _all_of(descriptor: int) -> bytes:
    parts = []
    while part := os.read(descriptor, 1 << 16):
        parts.append(part)
    return b"".join(parts)


def _run_before(hook: str, before: str, words: list[str], fed: bytes) -> None:
    """Run the hook that was there before us, as git would have; leave with its code where it refuses."""
    # Somebody who keeps us beside a hook of their own may be what we are to call: then we have been here already.
    if os.environ.get(CHAINED) == hook or not os.access(before, os.X_OK) or _is_calling_us(hook, before):
        return
    actions = [(os.POSIX_SPAWN_DUP2, _holding(fed), 0)] if hook == "pre-push" else []
    environ = {**os.environ, CHAINED: hook}
    try:
        child = os.posix_spawn(before, [before, *words], environ, file_actions=actions)
    except OSError as fault:
        import errno

        if fault.errno != errno.ENOEXEC:
            _say(f"{before} cannot be run: {fault.strerror}")
            os._exit(1)
        child = os.posix_spawn("/bin/sh", ["sh", before, *words], environ, file_actions=actions)
    try:
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    except KeyboardInterrupt:
        os.waitpid(child, 0)  # it was asked, too
        raise
    if code:
        os._exit(code if code > 0 else 128 - code)


def _is_calling_us(hook: str, before: str) -> bool:
    """Whether the hook from before has been installed anew since, and it is that which runs us now."""
    try:
        with open(before, "rb") as old, open(os.path.join(os.path.dirname(before), hook), "rb") as new:
            return old.read(_LARGEST) == new.read(_LARGEST)
    except OSError:
        return False


def is_green(fed: bytes, project: str, settings: list[str], words: list[str]) -> bool:
    """Whether each line is known to be green; then that is told and written down."""
    if SKIP in os.environ or not fed.endswith(b"\n") or not words:
        return False
    lines = fed.split(b"\n")[:-1]
    asked = [os.fsencode(word) for word in (*settings, words[0])]
    folder = os.path.join(os.fsencode(os.path.normpath(project)), os.fsencode(FOLDER))
    found = [_look_up(folder, asked, line) for line in lines[:_MOST_LINES]]
    if len(lines) > _MOST_LINES or not all(found):
        return False
    for told, log, record in (answer for answer in found if answer):
        if not _append(log, record):
            return False
        os.write(2, told)
    return True


def _look_up(folder: bytes, asked: list[bytes], line: bytes) -> "tuple[bytes, bytes, bytes] | None":
    """What is told, and what is written down where, if the answer that was kept holds to this moment."""
    try:
        _, new, ref, old = line.rsplit(b" ", 3)
        if not old.strip(b"0") or old.strip(b"0123456789abcdef"):
            return None  # what goes out with a new ref is for git to say
        place = os.path.join(folder, file_name(new, ref))
        opened = os.open(place, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with open(opened, "rb", buffering=0) as file:
            about = os.fstat(opened)
            # Whoever else can write there does not say what is green.
            if about.st_uid != os.geteuid() or about.st_mode & 0o022 or about.st_size > _LARGEST:
                return None
            kept = file.read()
        head, of, holds, told, record, *facts, end = kept.split(b"\n")
        if (head, of, end) != (FORMAT, b"\t".join((*asked, ref, new)), b"end"):
            return None
        since, until = map(int, holds.split(b"\t"))
        now = time.time()
        if not since <= now < until or not all(map(_is_as_it_was, facts)):
            return None
        log, written = record.split(b"\t")
        stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now)).encode()
        return b"%s, %s\n" % (told, _age(now - since)), log, b'{"time": "%s", "old": "%s", %s\n' % (stamp, old, written)
    except (OSError, ValueError):
        return None


def _is_as_it_was(fact: bytes) -> bool:
    kind, *words = fact.split(b"\t")
    if kind == b"file":
        return identity(words[0]) == words[1]
    if kind == b"real":
        return os.path.realpath(words[0]) == words[1]
    if kind == b"var":
        return digest(os.environb.get(words[0]), bytes.fromhex(words[2].decode())) == words[1]
    if kind == b"system":
        about = os.uname()
        return [about.sysname.encode(), about.machine.encode()] == words
    return False


def _age(seconds: float) -> bytes:
    for unit, name in ((86400, b"d"), (3600, b"h"), (60, b"min")):
        if seconds >= unit:
            return b"%d %s ago" % (seconds // unit, name)
    return b"%d s ago" % seconds


def _append(log: bytes, line: bytes) -> bool:
    try:
        opened = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with open(opened, "wb", buffering=0) as file:
            return file.write(line) == len(line)
    except OSError:
        return False


def _take_over(hook: str, settings: list[str], words: list[str], fed: bytes) -> None:
    """Become `gatekeeper hook run`."""
    here = os.path.abspath(__file__)
    for _ in range(5):
        here = os.path.dirname(here)
    if hook == "pre-push":
        os.dup2(_holding(fed), 0)
    options = [f"{name}={value}" for name, value in zip(_OPTIONS, settings, strict=True) if value]
    command = [sys.executable, "-P", "-c", _SLOW, here, "hook", "run", *options, hook, "--", *words]
    os.execv(sys.executable, command)  # noqa: S606 - ourselves, with no shell between


def _holding(content: bytes) -> int:
    """A descriptor that `content` is read from, by whoever has it."""
    try:
        memory = os.memfd_create("gatekeeper-hook")
    except (AttributeError, OSError):
        return _holding_in_a_file(content)
    left = memoryview(content)
    while left:
        left = left[os.write(memory, left) :]
    os.lseek(memory, 0, os.SEEK_SET)
    return memory


def _holding_in_a_file(content: bytes) -> int:
    import tempfile

    with tempfile.TemporaryFile() as file:
        file.write(content)
        file.seek(0)
        return os.dup(file.fileno())


def _say(text: str) -> None:
    os.write(2, os.fsencode(f"gatekeeper: {text}\n"))
