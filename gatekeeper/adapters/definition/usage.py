"""Owns whether references stand where they may and name what is there. Knows no value and no environment."""

import re
from collections.abc import Iterable, Mapping
from typing import Final

from gatekeeper.adapters.definition.mistakes import Mistakes
from gatekeeper.adapters.definition.place import Place
from gatekeeper.adapters.definition.variables import Variables
from gatekeeper.model.record import NamedTuple
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


class _Wrong(NamedTuple):
    message: str
    hint: str = ""


class Usage:
    """Checks references in texts, and remembers what they ask for."""

    def __init__(self, mistakes: Mistakes, known: Mapping[str, Iterable[str]], texts: Mapping[str, str]) -> None:
        """`known` are the names in each space; `texts` the values of the variables."""
        self._mistakes = mistakes
        self._known = {space: tuple(names) for space, names in known.items()}
        self._variables = Variables(texts, ("vars",), mistakes)
        self.environment: dict[str, None] = {}
        self.defaulted: dict[str, None] = {}
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
        seen: set[str] = set()
        line = counted = 0
        for token in _TOKEN.finditer(text):
            if token[0] == "$${" or token[0] in seen:
                continue
            seen.add(token[0])
            line += text.count("\n", counted, token.start())
            counted = token.start()
            if token[1] is None:
                hint = "close it with }, or write $${ for a literal ${"
                problem: _Wrong | None = _Wrong("a reference `${` is not closed", hint)
            elif dimension := _MATRIX.fullmatch(token[1]):
                problem = self._of_matrix(dimension[1], matrix)
            elif (reference := parse_reference(token[1])) is None:
                problem = self._unknown(token[1])
            else:
                if reference.space == "capture":
                    captures.append(reference.name)
                problem = self._of_reference(reference, allowed)
            if problem is not None:
                self._mistakes.add(place, *problem, line_of_text=line)
        return tuple(captures)

    def _of_reference(self, reference: Reference, allowed: frozenset[str]) -> _Wrong | None:
        space, name = reference.space, reference.name
        written = {"env": f"${{env:{name}}}", "repo": f"${{repo.{name}.path}}"}.get(space, f"${{{space}.{name}}}")
        if not allowed:
            return _Wrong(f"{written} is not filled in here; only ${{matrix.…}} is", "write the text itself")
        if space not in allowed:
            return _Wrong(f"{written} can't stand here: {_WHEN[space]}")
        if space == "env":
            (self.environment if reference.default is None else self.defaulted).setdefault(name)
        elif space == "vars":
            return self._of_variable(name, written, allowed)
        elif space in ("repo", "port") and name not in self._known[space]:
            hint = self._mistakes.guess(name, self._known[space], what="is")
            return _Wrong(f"no {space} is called `{name}`, as {written} has it", hint)
        return None

    def _of_variable(self, name: str, written: str, allowed: frozenset[str]) -> _Wrong | None:
        if name not in self._known["vars"]:
            hint = self._mistakes.guess(name, self._known["vars"], what="is")
            return _Wrong(f"the variable `{name}` in {written} is not defined", hint)
        for through in sorted(self._variables.spaces(name) - allowed):
            return _Wrong(f"{written} can't stand here, because it holds ${{{through}.…}}: {_WHEN[through]}")
        return None

    def _of_matrix(self, name: str, matrix: Iterable[str] | None) -> _Wrong | None:
        if matrix is None:
            return _Wrong(f"${{matrix.{name}}} can't stand here: there is no `matrix`")
        if name not in matrix:
            return _Wrong(
                f"the matrix has no `{name}`, as ${{matrix.{name}}} has it", self._mistakes.guess(name, matrix)
            )
        return None

    def _unknown(self, inside: str) -> _Wrong:
        message = f"`${{{inside}}}` is not a reference that gatekeeper knows"
        space, dot, rest = inside.partition(".")
        shell = re.fullmatch(r"([A-Za-z_][A-Za-z0-9_]*)(:-.*)?", inside, re.DOTALL)
        if inside in self._known["vars"]:
            return _Wrong(message, f"did you mean ${{vars.{inside}}}?")
        if shell:
            return _Wrong(message, f"write ${{env:{inside}}}; or $${{{inside}}}, if the shell is to fill it in")
        if space == "env" and dot:
            return _Wrong(message, f"write ${{env:{rest}}}")
        if space == "repo" and dot:
            return _Wrong(message, f"write ${{repo.{rest.partition('.')[0]}.path}}")
        if space in ("run", "cycle"):
            return _Wrong(
                message,
                "there are ${run.id}, ${run.date}, ${run.round}, ${run.attempt}, "
                "${cycle.name}, ${cycle.id} and ${cycle.title}",
            )
        if dot:
            hint = self._mistakes.guess(space, _SPACES)
            return _Wrong(message, hint.replace("known here", "references begin with"))
        return _Wrong(message, "references look like ${vars.NAME} or ${env:NAME}; $${ is a literal ${")
