"""Owns whether references stand where they may and name what is there. Knows no value and no environment."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final

from gatekeeper.adapters.definition.mistakes import Mistakes
from gatekeeper.adapters.definition.place import Place
from gatekeeper.adapters.definition.variables import Variables
from gatekeeper.policy.binding import Reference, parse_reference

_TOKEN = re.compile(r"\$\$\{|\$\{([^{}]*)\}|\$\{")
_MATRIX = re.compile(r"matrix\.(.*)", re.DOTALL)

EARLY: Final = frozenset({"env", "vars"})
"""What may be referred to before anything is set up: where repos lie, which port is wanted."""
SETTLED: Final = EARLY | {"repo", "run", "cycle"}
"""What may be referred to once the run has begun: the log's name."""
EVERYWHERE: Final = SETTLED | {"port", "capture"}
"""What a step may refer to."""

_SPACES = ("vars", "env", "repo", "port", "capture", "run", "cycle", "matrix")
_WHEN = {
    "capture": "a captured value is known only to steps and to the teardown",
    "port": "ports are known only to steps",
    "repo": "where the repos lie is not known yet when this is needed",
    "run": "there is no run yet when this is needed",
    "cycle": "this is needed before anything else is settled",
}


class Usage:
    """Checks references in texts, and remembers what they ask for."""

    def __init__(self, mistakes: Mistakes, known: Mapping[str, Iterable[str]], texts: Mapping[str, str]) -> None:
        """`known` are the names in each space; `texts` the values of the variables."""
        self._mistakes = mistakes
        self._known = {space: tuple(names) for space, names in known.items()}
        self._variables = Variables(texts, ("vars",), mistakes)
        self.environment: dict[str, None] = {}
        for name, text in texts.items():
            self.check(("vars", name), text, EVERYWHERE - {"capture"})

    def check(
        self, place: Place, text: str, allowed: frozenset[str], matrix: Iterable[str] | None = None
    ) -> tuple[str, ...]:
        """Note what is wrong with the references in `text`, and give the names of captures that it uses.

        `matrix` are the names that ``${matrix.NAME}`` may take, None where there is no matrix.
        """
        if "${" not in text:
            return ()
        captures = []
        for token in _TOKEN.finditer(text):
            if token[0] == "$${":
                continue
            if token[1] is None:
                hint = "close it with }, or write $${ for a literal ${"
                self._mistakes.add(place, "a reference `${` is not closed", hint)
                continue
            dimension = _MATRIX.fullmatch(token[1])
            if dimension:
                self._check_matrix(place, dimension[1], matrix)
                continue
            reference = parse_reference(token[1])
            if reference is None:
                self._mistakes.add(place, *self._unknown(token[1]))
                continue
            if reference.space == "capture":
                captures.append(reference.name)
            self._check(place, reference, allowed)
        return tuple(captures)

    def _check(self, place: Place, reference: Reference, allowed: frozenset[str]) -> None:
        space, name = reference.space, reference.name
        written = f"${{{space}.{name}}}" if space != "repo" else f"${{repo.{name}.path}}"
        if space not in allowed:
            self._mistakes.add(place, f"{written} can't stand here: {_WHEN[space]}")
            return
        if space == "env":
            if reference.default is None:
                self.environment.setdefault(name)
        elif space == "vars":
            if name not in self._known["vars"]:
                hint = self._mistakes.guess(name, self._known["vars"], what="is")
                self._mistakes.add(place, f"the variable `{name}` in {written} is not defined", hint)
            for through in sorted(self._variables.spaces(name) - allowed):
                self._mistakes.add(
                    place, f"{written} can't stand here, because it holds ${{{through}.…}}: {_WHEN[through]}"
                )
        elif space in ("repo", "port") and name not in self._known[space]:
            hint = self._mistakes.guess(name, self._known[space], what="is")
            self._mistakes.add(place, f"no {space} is called `{name}`, as {written} has it", hint)

    def _check_matrix(self, place: Place, name: str, matrix: Iterable[str] | None) -> None:
        if matrix is None:
            self._mistakes.add(place, f"${{matrix.{name}}} can't stand here: there is no `matrix` in this step")
        elif name not in matrix:
            hint = self._mistakes.guess(name, matrix)
            self._mistakes.add(place, f"the matrix has no `{name}`, as ${{matrix.{name}}} has it", hint)

    def _unknown(self, inside: str) -> tuple[str, str]:
        message = f"`${{{inside}}}` is not a reference that gatekeeper knows"
        space, dot, rest = inside.partition(".")
        if space.startswith("env") and dot:
            return message, f"write ${{env:{rest}}}"
        if space == "repo" and dot:
            return message, f"write ${{repo.{rest.partition('.')[0]}.path}}"
        if space in ("run", "cycle"):
            return message, "there are ${run.id}, ${run.date}, ${cycle.name}, ${cycle.id} and ${cycle.title}"
        if inside in self._known["vars"]:
            return message, f"did you mean ${{vars.{inside}}}?"
        if dot:
            hint = self._mistakes.guess(space, _SPACES)
            return message, hint.replace("known here", "references begin with")
        shell = f" (for a variable of the shell write ${inside} or $${{{inside}}})" if inside else ""
        return message, f"references look like ${{vars.NAME}} or ${{env:NAME}}{shell}"
