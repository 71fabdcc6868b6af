"""Owns judging a set of changes as a whole: every file by the rules of its kind, tests as one suite."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import TypeAlias

from gatekeeper.model.integrity import IntegrityChange
from gatekeeper.model.plan import Plan
from gatekeeper.policy.integrity.change import FileChange, Note
from gatekeeper.policy.integrity.ci_rules import compare_ci
from gatekeeper.policy.integrity.diffing import bounded_diff
from gatekeeper.policy.integrity.facts import NOTHING, Facts
from gatekeeper.policy.integrity.guarded import is_collected
from gatekeeper.policy.integrity.hooks import compare_hooks
from gatekeeper.policy.integrity.kept_rules import compare_baselines, compare_locks, compare_quarantines
from gatekeeper.policy.integrity.languages import language_of
from gatekeeper.policy.integrity.lexing import without_comments
from gatekeeper.policy.integrity.moving import lines_elsewhere, moved_files
from gatekeeper.policy.integrity.pattern_rules import compare_patterns
from gatekeeper.policy.integrity.plan_rules import compare_plans
from gatekeeper.policy.integrity.plugins import compare_plugins
from gatekeeper.policy.integrity.python_facts import read_python
from gatekeeper.policy.integrity.rules import effect_of, ordered
from gatekeeper.policy.integrity.settings import compare_settings
from gatekeeper.policy.integrity.shell_rules import compare_programs, compare_scripts
from gatekeeper.policy.integrity.suite import Sides, compare_suite
from gatekeeper.policy.integrity.text_facts import read_text

_FILTER = re.compile(r"\s*(?:clean|process|attributesfile|path)\s*=|.*\bfilter=", re.IGNORECASE)
_KNOWN_FILTER = re.compile(r"=\s*git-lfs (?:clean -- %f|filter-process)\s*$|\bfilter=lfs\b")
_PROGRAMS = {"py", "js", "mjs", "cjs", "ts", "mts", "rb", "pl", "php"}
Plans: TypeAlias = Mapping[str, tuple[Plan | None, Plan | None]]
"""Compiled definitions by path, before and after; None where one is not there or does not compile."""


def classify(changes: Iterable[FileChange], plans: Plans | None = None) -> tuple[IntegrityChange, ...]:
    """What the changes come to, in the order of their paths; files that turn out to judge nothing are left out."""
    listed = sorted(changes, key=lambda change: change.path)
    readable = [change for change in listed if not change.problem]
    suite = [sides for change in readable if (sides := _sides(change)) is not None]
    weighed = compare_suite(suite)
    notes = defaultdict(list, weighed.notes)
    in_suite = {sides.path for sides in suite}
    rest = _Rest(readable, plans or {}, weighed.succeeded)
    found = []
    for change in listed:
        if change.path.endswith(".rs") and change.path not in in_suite:
            continue
        said = notes[change.path] + (_unread(change) if change.problem else rest.notes(change))
        found.append(
            IntegrityChange(
                change.path,
                change.kind,
                effect_of(said),
                ordered(said),
                "" if change.problem else bounded_diff(change.path, change.before, change.after),
            )
        )
    return tuple(found)


def _unread(change: FileChange) -> list[Note]:
    # What nobody reads by eye is pinned by digests of its own.
    if change.kind == "lock":
        return []
    harmless = change.kind == "test" and language_of(change.path) is None
    return [Note("not-text" if harmless else "not-compared", change.problem)]


class _Rest:
    """Everything that is no test, by the rules of its kind; what only moved is compared with what it was."""

    def __init__(self, changes: list[FileChange], plans: Plans, succeeded: frozenset[str]) -> None:
        self._plans = plans
        self._succeeded = succeeded
        self._from = moved_files(changes)
        self._to = {old.path: new for new, old in self._from.items()}
        self._elsewhere = lines_elsewhere(change for change in changes if change.kind in {"script", "ci", "hook"})
        self._new_lock = any(change.kind == "lock" and change.before is None for change in changes)
        settings = [change for change in changes if _holds_settings(change)]
        given_up = [change for change in settings if change.after is None and change.path not in self._to]
        # One file's settings may have gone to another: then all of them are compared as one.
        self._joined = settings if given_up and len(settings) > len(given_up) else []

    def notes(self, change: FileChange) -> list[Note]:
        """What is said of one file."""
        if change.path in self._to:
            return [Note("moved-file", f"it is {self._to[change.path]} now")]
        if (old := self._from.get(change.path)) is not None:
            plans = self._plans.get(old.path, (None, None))[0], self._plans.get(change.path, (None, None))[1]
            return self._by_kind(change._replace(before=old.before), plans)
        return self._by_kind(change, self._plans.get(change.path, (None, None)))

    def _by_kind(self, change: FileChange, plans: tuple[Plan | None, Plan | None]) -> list[Note]:
        before, after = change.before, change.after
        match change.kind:
            case "baseline":
                return compare_baselines(before, after, self._succeeded)
            case "quarantine":
                return compare_quarantines(before, after)
            case "pattern":
                return compare_patterns(before, after)
            case "lock":
                return compare_locks(before, after, other=self._new_lock)
            case "definition":
                return _definition(change, *plans)
            case "hook" if change.path.startswith("/"):
                return _aside(before, after or "")
            case "evidence":
                return [Note("evidence-altered", "it is not what this run wrote")]
            case "test" | "other":
                return []
            case "script" | "ci" | "hook" | "test-config":
                return self._configuration(change)

    def _configuration(self, change: FileChange) -> list[Note]:
        if change in self._joined:
            return self._as_one() if change.after is None else []
        if change.after is None:
            return [Note("guard-removed", "it is gone")]
        before, after = (_clean(change.path, text or "") for text in (change.before, change.after))
        name = change.path.rpartition("/")[2]
        elsewhere = self._elsewhere.get(change.path, frozenset())
        match change.kind:
            case "script":
                return _script(name, before, after, elsewhere) if change.before is not None else []
            case "ci" | "hook":
                return compare_ci(before, after, elsewhere) if change.before is not None else []
            case _ if name.endswith(".py"):
                hooks = compare_hooks(name, change.before or "", change.after)
                return hooks + (compare_settings(before, after) if name == "noxfile.py" else [])
            case _ if name == "package.json":
                return _package(before, after)
            case _:
                notes = [*compare_settings(before, after), *compare_plugins(before, after)]
                # Commands stand in it too; what else changes in such files is no command.
                return [*notes, *(compare_scripts(before, after) if name == "tox.ini" else [])]

    def _as_one(self) -> list[Note]:
        was, now = (
            "\n".join(_clean(change.path, text or "") for change, text in texts)
            for texts in (
                [(change, change.before) for change in self._joined],
                [(change, change.after) for change in self._joined],
            )
        )
        return compare_settings(was, now)


def _holds_settings(change: FileChange) -> bool:
    return change.kind == "test-config" and not change.path.endswith((".py", "package.json"))


def _definition(change: FileChange, before: Plan | None, after: Plan | None) -> list[Note]:
    if before is not None and after is not None:
        return compare_plans(before, after)
    if change.before is None:
        return []
    if change.after is None:
        return [Note("guard-removed", "the definition is gone")]
    if before is not None:
        return [Note("not-compared", "the definition does not compile any more")]
    if re.search(r"^cycle\s*:", change.before, re.MULTILINE):
        return [Note("not-compared", "the definition before does not compile")]
    return []


def _aside(before: str | None, after: str) -> list[Note]:
    filters = [line.strip() for line in after.splitlines() if _FILTER.match(line) and not _KNOWN_FILTER.search(line)]
    if come := [line for line in filters if line not in (before or "")]:
        return [Note("git-filtered", f"git compares what `{come[0]}` makes of files, and not the files")]
    came = before is None
    return [] if came else [Note("hook-changed", "it lies outside of the tree, and is not what it was")]


def _script(name: str, before: str, after: str, elsewhere: frozenset[str]) -> list[Note]:
    if name == "composer.json":
        return _package(before, after)
    if name.startswith("Taskfile."):
        return compare_ci(before, after, elsewhere)
    ending = name.rpartition(".")[2] if "." in name else ""
    if ending in _PROGRAMS:
        return compare_programs(before, after)
    return compare_scripts(before, after, elsewhere)


def _package(before: str, after: str) -> list[Note]:
    old, new = _scripts(before), _scripts(after)
    notes: list[Note] = []
    for name, command in old.items():
        if name not in new:
            notes.append(Note("removed-command", f"the script {name}: `{command[:80]}`"))
        elif new[name] != command:
            notes += [note._replace(text=f"{name}: {note.text}") for note in compare_scripts(command, new[name])]
    return notes + compare_settings(_without_scripts(before), _without_scripts(after))


def _scripts(text: str) -> dict[str, str]:
    data = _json(text)
    scripts = data.get("scripts") if isinstance(data, dict) else None
    return {str(key): str(value) for key, value in scripts.items()} if isinstance(scripts, dict) else {}


def _without_scripts(text: str) -> str:
    data = _json(text)
    if not isinstance(data, dict):
        return text
    judging = ("jest", "mocha", "nyc", "c8", "ava", "vitest", "lint-staged", "husky")
    return json.dumps({key: value for key, value in data.items() if key in judging}, indent=1)


def _json(text: str) -> object:
    try:
        found: object = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return found


def _clean(path: str, text: str) -> str:
    ending = path.rpartition(".")[2]
    if ending in {"json", "xml", "md"}:
        return re.sub(r"<!--.*?-->", "", text, flags=re.DOTALL)
    if ending in {"js", "ts", "mjs", "cjs", "mts", "cts", "gradle", "kts", "groovy"}:
        return without_comments(text, "slashes")
    return without_comments(text, "hash")


def _sides(change: FileChange) -> Sides | None:
    """The file as part of the suite; None where no test or assertion can be read from it."""
    reads = change.kind == "test" or (change.kind == "test-config" and change.path.endswith(".py"))
    language = language_of(change.path)
    if not reads or language is None:
        return None
    before, after = change.before, change.after
    if change.path.endswith(".py"):
        old, new = (None if text is None else read_python(text) for text in (before, after))
        if (before is None or old is not None) and (after is None or new is not None):
            return _collected(change, old or NOTHING, new or NOTHING)
    old, new = (NOTHING if text is None else read_text(text, language) for text in (before, after))
    if change.path.endswith(".rs") and not old.tests and not new.tests:
        return None
    return Sides(change.path, old, new)


def _collected(change: FileChange, old: Facts, new: Facts) -> Sides:
    """Without the tests of a file whose name no runner looks for, unless it had that name before, too."""
    if is_collected(change.path) or (change.before is not None and change.after is not None):
        return Sides(change.path, old, new)
    return Sides(change.path, _all_hidden(old), _all_hidden(new))


def _all_hidden(facts: Facts) -> Facts:
    hidden = (*facts.hidden, *((test.name, test.body) for test in facts.tests))
    return facts._replace(tests=(), hidden=hidden)
