"""Owns which commands a project runs itself, by CI, hooks and tasks: hints to what it asks of itself. Trusts none."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import Final

from gatekeeper.model.record import NamedTuple
from gatekeeper.policy.surveying.survey import Data, Manifest, Place, Survey

_WORKFLOW: Final = re.compile(r"\.github/workflows/[^/]+\.ya?ml")
_HOOKS: Final = re.compile(r"\.husky/(?:pre-commit|pre-push)")
_LEFTHOOK: Final = re.compile(r"\.?lefthook\.ya?ml")
_RECIPES: Final = {
    re.compile(r"(?:GNU)?[Mm]akefile|\.?[Jj]ustfile"): re.compile(r"^[ \t]+[@-]*(\S.*)$", re.MULTILINE),
    re.compile(r"tox\.ini"): re.compile(r"^(?:commands[ \t]*=[ \t]*|[ \t]+)([\w{].*)$", re.MULTILINE),
    re.compile(r"noxfile\.py"): re.compile(r"\bsession\.run\w*\((.*)$", re.MULTILINE),
}
"""Task files, and what a command looks like there."""
_RARELY: Final = re.compile(r"release|publish|deploy|bench|nightly|nigthly|docs?\b|autofix|stale|label|close|template")
_MOST: Final = 400
_NO_CHECK: Final = re.compile(
    r"\b(?:publish|release|deploy|push|upload|login|docs?|pages|codecov|coveralls|sudo|apt-get|apt|brew|choco|curl|wget"
    r"|terraform|kubectl|helm|gcloud|aws|rustup|git|gh|install|i|ci|add|remove|update|config|pipx|perl|sed|find|xargs"
    r"|docker|pack|info|sleep|tar|shasum|sha256sum)(?![\w-])|--version|--help",
    re.IGNORECASE,
)
_LITTLE: Final = re.compile(
    r"(?:echo|printf|cd|mkdir|export|set|if|then|else|fi|for|do|done|while|cat|cp|mv|rm|ls|chmod|true|exit|source|\.)\b"
    r"|[\[#{}&|(\$]|\w+="
)


class Hint(NamedTuple):
    """A line of a command that the project has run somewhere, and where that is said."""

    command: str
    at: Place

    @property
    def who(self) -> str:
        """Who runs it, for people."""
        if _WORKFLOW.fullmatch(self.at.file):
            return "CI"
        hook = _HOOKS.fullmatch(self.at.file) or _LEFTHOOK.fullmatch(self.at.file)
        return "a hook" if hook else "a task"


class Hints(NamedTuple):
    """What CI and hooks run, and what the project's tasks do, which a person calls."""

    automatic: tuple[Hint, ...]
    tasks: tuple[Hint, ...]

    def of(self, marks: tuple[str, ...]) -> Hint | None:
        """The first command that has one of `marks` in it as words, CI's before those of tasks."""
        patterns = [_words(mark) for mark in marks]
        for hint in (*self.automatic, *self.tasks):
            if any(pattern.search(hint.command) for pattern in patterns):
                return hint
        return None

    def untaken(self, marks: frozenset[str]) -> Iterator[Hint]:
        """The commands of CI and hooks that may be checks and that none of `marks` stands for, each once."""
        patterns = [_words(mark) for mark in sorted(marks)]
        seen: set[str] = set()
        for hint in self.automatic:
            known = any(pattern.search(hint.command) for pattern in patterns)
            if known or hint.command in seen or _LITTLE.match(hint.command) or _NO_CHECK.search(hint.command):
                continue
            seen.add(hint.command)
            yield hint


def _words(mark: str) -> re.Pattern[str]:
    return re.compile(rf"(?:(?<![\w./-])|(?<=bin/)){re.escape(mark)}(?![\w:-])")


def hints(survey: Survey) -> Hints:
    """What GitHub's workflows, husky and lefthook run, and what Make, just, tox, nox and Composer do."""
    automatic: list[Hint] = []
    tasks: list[Hint] = []
    for path in sorted(survey.manifests, key=lambda path: (_RARELY.search(path) is not None, path)):
        manifest = survey.manifests[path]
        if _WORKFLOW.fullmatch(path):
            automatic += _lines(manifest, _runs_of_jobs(manifest.get("jobs")))
        elif _LEFTHOOK.fullmatch(path):
            automatic += _lines(manifest, _runs(manifest.data, 8))
        elif _HOOKS.fullmatch(path):
            automatic += _found(manifest, re.compile(r"^[ \t]*([^#\s].*)$", re.MULTILINE))
        elif pattern := next((each for name, each in _RECIPES.items() if name.fullmatch(path)), None):
            tasks += _found(manifest, pattern)
        elif path == "pyproject.toml" and (start := re.search(r"^\[tool\.tox\b", manifest.text, re.MULTILINE)):
            tasks += _found(manifest, re.compile(r"^[ \t]*(\[[ \t]*[\"'].*|[\"'].*)$", re.MULTILINE), start.start())
        elif path == "composer.json":
            scripts = manifest.table("scripts").items()
            tasks += (Hint(each, manifest.at("scripts", name)) for name, each in scripts if isinstance(each, str))
    return Hints(tuple(automatic[:_MOST]), tuple(tasks[:_MOST]))


def _found(manifest: Manifest, pattern: re.Pattern[str], start: int = 0) -> Iterator[Hint]:
    for found in islice(pattern.finditer(manifest.text, start), _MOST):
        line = manifest.text.count("\n", 0, found.start(1)) + 1
        yield Hint(re.sub(r"[\"',\[\]]+", " ", found[1]).strip(), Place(manifest.path, line))


def _runs_of_jobs(jobs: Data) -> Iterator[str]:
    for job in jobs.values() if isinstance(jobs, dict) else ():
        steps = job.get("steps") if isinstance(job, dict) else None
        for step in steps if isinstance(steps, list) else ():
            run = step.get("run") if isinstance(step, dict) else None
            if isinstance(run, str):
                yield run


def _runs(data: Data, deep: int) -> Iterator[str]:
    if not deep:
        return
    for key, value in data.items() if isinstance(data, dict) else ():
        if key == "run" and isinstance(value, str):
            yield value
        else:
            yield from _runs(value, deep - 1)
    for each in data if isinstance(data, list) else ():
        yield from _runs(each, deep - 1)


def _lines(manifest: Manifest, scripts: Iterator[str]) -> Iterator[Hint]:
    """Each command with its line: scripts stand in the file in the order in which they were found."""
    written = [" ".join(line.split()) for line in manifest.text.split("\n")]
    at = 0
    for script in islice(scripts, _MOST):
        for command in re.split(r"(?<!\\)\n", script)[:_MOST]:
            first = " ".join(command.partition("\\\n")[0].split())
            text = " ".join(command.replace("\\\n", " ").split())
            if not text:
                continue
            same = re.compile(rf"(?:- )?(?:run:\s*)?[\"']?{re.escape(first[:60])}")
            where = next((number for number in range(at, len(written)) if same.match(written[number])), None)
            at = at if where is None else where
            yield Hint(text, Place(manifest.path, 0 if where is None else where + 1))
