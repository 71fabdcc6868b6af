"""Owns comparing scripts that a run is judged by: commands that may fail unseen, ways out, commands that are gone."""

from __future__ import annotations

import re
from collections import Counter

from gatekeeper.policy.integrity.change import Note, some
from gatekeeper.policy.integrity.plugins import compare_plugins
from gatekeeper.policy.integrity.settings import compare_settings, compare_switches, lax, strict

_FORGIVEN = re.compile(
    r"^(?P<command>.*?)(?:"
    r"\|\|\s*(?:true|:|exit 0|return 0|echo\b[^\n]*|/bin/true)"
    r"|;\s*(?:true|:|exit 0)\s*$"
    r"|&\s*$(?<!&&))"
)
# What only tidies up or looks may fail: it checks nothing.
_TIDIES = re.compile(
    r"(?:^|[\s(;&|])(?:sudo\s+)?(?:kill|pkill|killall|rm|rmdir|mkdir|umount|unset|trap|cd|popd|pushd|deactivate|"
    r"docker(?:-compose)?(?:\s+compose)?\s+(?:rm|stop|down|kill|network|volume|logs)|command -v|which|type|date|"
    r"git\s+(?:rev-parse|describe|config|fetch)|cat|ls|df|ps|tail|head|tput|stty|chmod|touch)\b"
)
_RUNS_IN_BACKGROUND = re.compile(r"[^&>|]&\s*$")
_IDLE = re.compile(
    r"^(?:echo|printf|true|:|exit|return|fi|done|esac|then|else|do|\}|\{|\)|;;|set|shopt|export|local|readonly|declare|"
    r"source|\.|cd|pushd|popd|sleep|function|trap|unset|umask|mkdir|rm|if|elif|while|for|case|wait|@echo|@:|date)\b"
    r"|^[\w{}()!;&|]*$(?<!\w)|^\w+=(?!\$\()\S*$|^\w+\(\)|^[\w.$()/%-]+\s*:(?!=)|^[\w.]+\s*[:?+]?=(?!.*\$\()"
)
# A word that is no flag and no number: what a command is about.
_WORD = re.compile(r"(?<![\w-])[A-Za-z_./*][\w./*-]*")
_FETCHES = re.compile(r"\b(?:install|ci|sync|add|fetch|pull|restore|download|apk|apt(?:-get)?)\b")
_TRIED_AGAIN = re.compile(r"&&\s*(?:exit 0|break|return 0)\b|^(?:until|while !)\s", re.MULTILINE)
_PRINTED = re.compile(r"^\s*(?:echo|printf)\s+[\"']?(?P<label>[^\"'$\n]*?\D)(?P<value>\d[\d.]*|\$\S+)", re.MULTILINE)
_OFF = r"(?:SKIP|NO_TEST|DISABLE|BYPASS)"
_SWITCHES = (
    lax(
        *("exit-code-lost", "exit-code-kept"),
        r"^\s*set (?:\+[a-z]*e\w*|\+o (?:errexit|pipefail))",
        r"\btrap\s+['\"][^'\"\n]*exit 0[^'\"\n]*['\"][^\n]*",
        r"^\t\s*@?-(?=\S)[^\n]*|^\.IGNORE\b[^\n]*|\bmake\s+(?:-\w*[ik]\w*|--ignore-errors|--keep-going)\b",
        r"(?:continue-on-error|allow_failure|soft_fail)[\"']?:\s*true",
    ),
    strict(*("exit-code-kept", "exit-code-lost"), r"^\s*set -\w*e\w*", r"\bpipefail\b", r"^\s*set -o errexit"),
    lax(*("early-exit", "more-commands"), r"^\s*(?:exit 0|exec true|exit)\s*;?\s*$"),
    lax(
        *("skip-switch", "condition-removed"),
        rf"(?:^|[\s;])(?:export\s+)?\w*{_OFF}\w*=(?:1|true|yes|on)\b",
        rf"(?:^|[\s;])(?:if\s+)?(?:\[\[?|test)\s[^\n]*\$\{{?\w*{_OFF}\w*[^\n]*",
        flags=re.MULTILINE | re.IGNORECASE,
    ),
    # What these name is loaded into the runner, or found in its stead.
    lax(
        *("runner-hook", "stricter-setting"),
        r"(?<![\w$-])(?:PYTEST_PLUGINS|BASH_ENV|LD_PRELOAD|PERL5OPT|RUBYOPT)=[^\s;]+",
        # A folder that installed programs usually lie in is no reason to ask; each of them is looked at.
        r"""(?<![\w$-])PATH=["']?(?:[^\s;:"']*:)*(?!\$\{?PATH\b|/usr/|/s?bin\b|/opt/"""
        r"""|[^\s;:"']*(?:node_modules/\.bin|v?env/bin|go/bin|\.cargo/bin|\.local/bin))[^\s;:"']+""",
        r"(?<![\w$-])NODE_OPTIONS=[^\n;]*--(?:require|import|loader|experimental-loader|test-\S+)\b[^\s;]*",
        r"(?<![\w$-])GOFLAGS=[^\n;]*-(?:run|skip|short|tags|list|exec|overlay|toolexec)\b[^\s;]*",
    ),
)
_PROGRAMS = (
    lax(*("early-exit", "more-commands"), r"\b(?:sys\.exit|process\.exit|os\._exit|exit)\(0?\)"),
    lax(*("exit-code-lost", "exit-code-kept"), r"\bcheck=False\b", r"\|\| true\b", r"\bstdio: ?['\"]ignore"),
    strict(
        *("exit-code-kept", "exit-code-lost"), r"\bcheck=True\b|\.check_returncode\(|\bcheck_call\(|\bcheck_output\("
    ),
)
_RUNNER = re.compile(
    r"\b(?:pytest|unittest|nosetests|tox|nox|jest|vitest|mocha|ava|node --test|npm (?:run )?test|go test|"
    r"cargo (?:nextest|test)|phpunit|pest|bats|ctest|mvn|gradle\w*|rspec|rake)\b"
)


def compare_scripts(before: str, after: str, elsewhere: frozenset[str] = frozenset()) -> list[Note]:
    """What two texts of a script, without comments, say of how strict it is.

    `elsewhere` are lines that came to other files of the change: a command that is one of them is not gone.
    """
    return [
        *_forgiven(before, after),
        *_ways(before, after),
        *_tried_again(before, after),
        *_printed(before, after),
        *_commands(before, after, elsewhere),
        *compare_settings(before, after),
        *compare_plugins(before, after),
    ]


def compare_programs(before: str, after: str) -> list[Note]:
    """What two texts of a script in a programming language say: its ways out, and what its commands come to."""
    return compare_switches(_PROGRAMS, before, after)


def _ways(before: str, after: str) -> list[Note]:
    notes = compare_switches(_SWITCHES, before, after)
    if not after.rstrip().endswith(("exit 0", "exit")) or before.rstrip().endswith(("exit 0", "exit")):
        return notes
    # At the very end it is the last command's exit code that is lost, and no command is skipped.
    return [note._replace(rule="exit-code-lost") if note.rule == "early-exit" else note for note in notes]


def _tried_again(before: str, after: str) -> list[Note]:
    """Test commands that run until they pass."""
    old, new = (
        Counter(line for line in map(_squeezed, text.split("\n")) if _RUNNER.search(line) and _TRIED_AGAIN.search(line))
        for text in (before, after)
    )
    notes = [Note("more-retries", f"`{_short(line)}`") for line in new - old]
    return notes + [Note("fewer-retries", f"`{_short(line)}`") for line in old - new]


def _printed(before: str, after: str) -> list[Note]:
    """Numbers that a script printed as it found them, and now prints as they are written there."""
    found = {each["label"] for each in _PRINTED.finditer(before) if each["value"].startswith("$")}
    fixed = [each for each in _PRINTED.finditer(after) if each["label"] in found and not each["value"].startswith("$")]
    return [Note("fixed-number", f"`{_squeezed(each[0])}`") for each in fixed]


def _forgiven(before: str, after: str) -> list[Note]:
    old, new = Counter(_forgiving(before)), Counter(_forgiving(after))
    notes = []
    for line in new - old:
        rule = "tolerated-cleanup" if _TIDIES.search(line) and not _RUNNER.search(line) else "exit-code-lost"
        notes.append(Note(rule, f"`{_short(line)}`"))
    whole = {_squeezed(line) for line in after.split("\n")}
    for line in old - new:
        found = _FORGIVEN.match(line)
        if found and _squeezed(found["command"]) in whole:
            notes.append(Note("exit-code-kept", f"`{_short(found['command'])}`"))
    return notes


def _forgiving(text: str) -> list[str]:
    lines = [_squeezed(line) for line in _joined(text).split("\n")]
    return [
        line
        for line in lines
        if (found := _FORGIVEN.match(line)) and found["command"].strip() and not _is_kept_process(line)
    ]


def _is_kept_process(line: str) -> bool:
    """Whether a line only starts something in the background that is no test runner: a server, most likely."""
    return bool(_RUNS_IN_BACKGROUND.search(line)) and not _RUNNER.search(line)


def _commands(before: str, after: str, elsewhere: frozenset[str]) -> list[Note]:
    old, new = Counter(commands_of(before)), Counter(commands_of(after))
    gone = [line for line in (old - new).elements() if line not in elsewhere]
    come = list((new - old).elements())
    notes: list[Note] = []
    for line in list(gone):
        match = next((other for other in come if _same_program(line, other)), None)
        if match is None:
            continue
        gone.remove(line)
        come.remove(match)
        if _is_narrower(line, match):
            notes.append(Note("narrower-command", f"`{_short(line)}` became `{_short(match)}`"))
        elif not _only_forgives(line, match):
            notes.append(Note("changed-command-line", f"`{_short(line)}` became `{_short(match)}`"))
    if len(gone) > len(come) or any(_RUNNER.search(line) for line in gone):
        runners = [line for line in gone if _RUNNER.search(line)]
        if len(gone) > len(come) or not any(_RUNNER.search(line) for line in come):
            notes.append(Note("removed-command", some([f"`{_short(line)}`" for line in runners or gone], 3)))
    elif gone:
        notes.append(Note("changed-command-line", some([f"`{_short(line)}`" for line in gone], 3)))
    if len(come) > len(gone):
        notes.append(Note("more-commands", some([f"`{_short(line)}`" for line in come], 3)))
    return notes


def commands_of(text: str) -> list[str]:
    """The lines that do something, without what decorates them."""
    lines = (_squeezed(line).lstrip("@-").strip() for line in _joined(text).split("\n"))
    return [line for line in lines if line and not _IDLE.match(line)]


def _same_program(old: str, new: str) -> bool:
    mine, other = _RUNNER.search(old), _RUNNER.search(new)
    if mine and other:
        return mine[0] == other[0]
    return old.split(maxsplit=1)[0] == new.split(maxsplit=1)[0]


def _is_narrower(old: str, new: str) -> bool:
    """Whether a command looks at less than it did: fewer places, or fewer words with nothing in their stead."""
    if _RUNNER.search(old):
        were, are = _places(old), _places(new)
        gone, come = were - are, {place for place in are - were if place not in old.split()}
        if not were:
            return bool(come)  # it looked everywhere, and now only there
        deeper = any(place.startswith(f"{former.rstrip('/')}/") or "::" in place for former in gone for place in come)
        return deeper or bool(gone and not come and are)
    if _FETCHES.search(old):
        return False
    words, left = Counter(_WORD.findall(old)), Counter(_WORD.findall(new))
    return bool(words - left) and not left - words


def _places(line: str) -> set[str]:
    """The places that a test command names: paths, and words that are no flag and not a flag's value."""
    runner = _RUNNER.search(line)
    words = line[runner.end() if runner else 0 :].partition("||")[0].partition("&&")[0].split()
    places = set()
    for before, word in zip(["", *words], words, strict=False):
        plain = word.strip("\"'")
        is_path = "/" in plain or "::" in plain or plain.endswith(".py")
        if "=" not in plain and not plain.startswith(("-", "$")) and (is_path or _is_name(plain, before)):
            places.add(plain)
    return places


def _is_name(word: str, before: str) -> bool:
    return word.isidentifier() and not before.startswith("-") and word not in {"run", "test", "exec"}


def _only_forgives(old: str, new: str) -> bool:
    """Whether nothing but a way to fail unseen came to the line, which has its own rule."""
    return new.startswith(old) or old.startswith(new)


def _joined(text: str) -> str:
    return re.sub(r"\\\n\s*", " ", text)


def _squeezed(line: str) -> str:
    return " ".join(line.split())


def _short(line: str) -> str:
    return line if len(line) <= 100 else f"{line[:99]}…"
