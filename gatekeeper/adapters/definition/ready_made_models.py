"""Owns the shape of ready-made steps: what gatekeeper checks without a command of the user's."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from gatekeeper.adapters.definition.fields import SomeText, SomeTexts, Text, Texts, one_of, words, wrong
from gatekeeper.adapters.definition.names import EnvName
from gatekeeper.adapters.definition.strict import Strict

_WHERE = ("prose", "code", "everywhere")
_TOOLS = ("auto", "oasdiff", "own")


class Python(Strict):
    """Python files compile, and modules import."""

    files: Annotated[Texts, Field(description="Globs of files that must compile, relative to the step's folder.")] = ()
    imports: Annotated[Texts, Field(description="Modules that must import, each in a process of its own.")] = ()
    interpreter: Annotated[
        SomeText | None, Field(description="The Python to ask; the folder's .venv or venv, else python3, if not given.")
    ] = None


class Rule(Strict):
    """A text or a pattern in documents."""

    text: Annotated[SomeText | None, Field(description="Whole words; a space stands for any run of blanks.")] = None
    pattern: Annotated[SomeText | None, Field(description="A regular expression of Python.")] = None
    reason: Annotated[Text | None, Field(description="Why; it is told with the finding.")] = None


class Forbidden(Rule):
    """What no document may hold."""

    where: Annotated[
        Literal["prose", "code", "everywhere"],
        one_of(*_WHERE),
        words(*_WHERE),
        Field(description="Outside of code, only in code (fences, indented, inline), or both."),
    ] = "prose"


class Required(Rule):
    """What documents must hold."""

    file: Annotated[SomeTexts, Field(description="Globs of files, each of which must hold it.")]
    where: Annotated[
        Literal["prose", "code", "everywhere"],
        one_of(*_WHERE),
        words(*_WHERE),
        Field(description="Outside of code, only in code (fences, indented, inline), or both."),
    ] = "everywhere"


class Docs(Strict):
    """Documents hold what they must, and not what they may not."""

    files: Annotated[Texts, Field(description="Globs of files for `forbidden`, relative to the step's folder.")] = ()
    forbidden: Annotated[tuple[Forbidden, ...], Field(description="What none of `files` may hold.")] = ()
    required: Annotated[tuple[Required, ...], Field(description="What files must hold.")] = ()


class OpenApi(Strict):
    """An OpenAPI document keeps what an earlier one promised."""

    base: Annotated[SomeText, Field(description="The earlier document: a file, or `ref:path` as git has it.")]
    head: Annotated[SomeText, Field(description="The document as it is now: a file.")]
    tool: Annotated[
        Literal["auto", "oasdiff", "own"],
        one_of(*_TOOLS),
        words(*_TOOLS),
        Field(description="What compares them; auto: oasdiff where it is installed, else our own check."),
    ] = "auto"


class Environment(Strict):
    """Environment variables are set, and do not lead to production."""

    required: Annotated[
        tuple[EnvName, ...], Field(description="Variables that must be set, and not to an empty text.")
    ] = ()
    refuse_production: Annotated[
        tuple[EnvName, ...], Field(description="Variables whose databases and hosts must not look like production.")
    ] = ()


def _checks_variables(value: object) -> object:
    # Other tools call `environment` what is `env` here.
    if isinstance(value, dict) and value and not value.keys() & {"required", "refuse_production"}:
        hint = "write `env:` to set variables, or `environment: {required: [NAME]}` to check them"
        raise wrong("`environment` checks variables, and this sets them", hint)
    return value


EnvironmentField = Annotated[Environment, BeforeValidator(_checks_variables)]
