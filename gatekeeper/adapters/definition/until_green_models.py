"""Owns the shape of what gets a run to green: its repos, its rounds, and who helps between them."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import BeforeValidator, Field, PlainValidator, Tag, WithJsonSchema

from gatekeeper.adapters.definition.fields import (
    MAPPING,
    TEXT,
    BriefSize,
    Calls,
    Deadline,
    Few,
    OneOrMany,
    PlainText,
    Rounds,
    Run,
    SomeText,
    Text,
    Truth,
    one_of,
    text_or,
    words,
    wrong,
)
from gatekeeper.adapters.definition.names import EnvName, PatternId, Remote
from gatekeeper.adapters.definition.rules import RULES
from gatekeeper.adapters.definition.scalars import Boolean, describe
from gatekeeper.adapters.definition.strict import Strict
from gatekeeper.model.cycle_parts import SHARED

_Paths = Annotated[tuple[PlainText, ...], OneOrMany()]


def _no_fixer(value: object) -> str:
    if value == "none":
        return "none"
    hint = f"write `fixer: {{run: {value}}}`" if type(value) is str and value.strip() else "write `fixer: {run: …}`"
    raise wrong(f"`none`, or a mapping with the command to `run`, is wanted here, found {describe(value)}", hint)


def _more_than_yes(what: str, instead: str) -> BeforeValidator:
    def read(value: object) -> object:
        if isinstance(value, Boolean):
            hint = f"write `{instead}`" if value == "true" else "remove it: that is so where nothing is said"
            raise wrong(f"{what} is wanted here, found {describe(value)}", hint)
        return value

    return BeforeValidator(read)


class Repo(Strict):
    """A working tree that the cycle touches."""

    path: Annotated[SomeText, Field(description="Where it lies; relative to the project root.")]
    branch: Annotated[PlainText | None, Field(description="The branch that it should be on.")] = None
    settle: Annotated[tuple[PlainText, ...], Field(description="Globs whose drift must be settled by the end.")] = ()
    commit: Annotated[
        SomeText | None,
        _more_than_yes("the message of the commit", 'commit: "Fixes of ${run.id}"'),
        Field(description="What a green run changed is committed, with this message."),
    ] = None
    push: Annotated[
        Remote | None,
        _more_than_yes("the name of a remote", "push: origin"),
        Field(description="The branch of a green run is pushed to this remote."),
    ] = None
    share: Annotated[
        _Paths, Field(description="Folders that git ignores and that a scratch worktree has all the same, as links.")
    ] = SHARED


class Fixer(Strict):
    """The command that is called between rounds when something fails that nothing else helps."""

    run: Annotated[Run, Field(description="A command line for bash, or a list that is run with no shell.")]
    in_: Annotated[SomeText | None, Field(alias="in", description="A repo's name, or a folder.")] = None
    timeout: Annotated[Deadline, Field(description="The hard timeout of one call.")] = 1800.0
    calls: Annotated[Calls, Field(description="How often it may be called in a run.")] = 3
    scope: Annotated[_Paths, Field(description="Globs of the files of its repo that it may change; none: all.")] = ()
    protected: Annotated[_Paths, Field(description="Globs of the files of its repo that it may not change.")] = ()
    provider: Annotated[SomeText | None, Field(description="Who it is, as the log has it.")] = None
    goal: Annotated[SomeText | None, Field(description="What it is to reach, in words.")] = None
    env: dict[EnvName, Text] = Field(default_factory=dict, description="Environment variables.")
    undo: Annotated[Truth, Field(description="true: what it changed beyond what it may is put back.")] = False
    brief: Annotated[BriefSize, Field(description="How large the brief is at most that it gets.")] = 16384


FixerField: TypeAlias = Annotated[
    Annotated[str, PlainValidator(_no_fixer), WithJsonSchema({"const": "none"}), Tag(TEXT)]
    | Annotated[Fixer, Tag(MAPPING)],
    text_or(MAPPING, dict),
]


class UntilGreen(Strict):
    """How far a run goes to get to green, and what it may call green."""

    rounds: Annotated[Rounds, Field(description="Rounds at most.")] = 3
    within: Annotated[Deadline, Field(description="The time of the whole run.")] = 7200.0
    round_within: Annotated[Deadline | None, Field(description="The time of one round.")] = None
    flaky: Annotated[
        Literal["fail", "warn", "pass"],
        one_of("fail", "warn", "pass"),
        words("fail", "warn", "pass"),
        Field(description="What a required step means that failed and then passed although nothing changed."),
    ] = "fail"
    retry_unchanged: Annotated[Few, Field(description="Re-runs of an unclassed failure on the same tree.")] = 1
    retry_infra: Annotated[Few, Field(description="Re-runs of a failure of the infrastructure.")] = 2
    confirm: Annotated[Few, Field(description="Clean passes that a step needs that was red before.")] = 1
    mitigate: Annotated[
        tuple[PatternId, ...], OneOrMany(), Field(description="Patterns whose mitigation may run; none: no one's.")
    ] = ()
    prove_fix: Annotated[
        Literal["always", "fixer", "never"],
        one_of("always", "fixer", "never"),
        words("always", "fixer", "never"),
        Field(description="For whose changes a step that was red must fail once more on the tree before them."),
    ] = "fixer"
    fixer: Annotated[FixerField, Field(description="Who is called when nothing else helps; none: nobody.")] = "none"
    allow: dict[Annotated[str, one_of(*RULES), words(*RULES)], PlainText] = Field(
        default_factory=dict, description="Findings of `gatekeeper check` that are meant: `rule: reason`."
    )
