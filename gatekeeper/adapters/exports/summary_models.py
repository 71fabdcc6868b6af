"""Owns the shape of the summary of a run: a versioned format that others read. Its schema is made from here."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

from gatekeeper.model.verdict import RunVerdict, StepVerdict

SCHEMA_ID = "summary.schema.json"

_Count: TypeAlias = Annotated[int, Field(ge=0)]
_Seconds: TypeAlias = Annotated[float, Field(ge=0)]
_Time: TypeAlias = Annotated[str, Field(description="UTC, ISO 8601")]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Tests(_Part):
    """Tests by what came of them; each counts in one of the others beside `total`."""

    total: _Count = Field(description="All tests of the reports")
    passed: _Count = Field(description="Passed at once")
    failed: _Count = Field(description="Failed")
    errors: _Count = Field(description="Ended with an error, or could not be collected")
    skipped: _Count = Field(description="Were not run")
    xfailed: _Count = Field(description="Failed as they were expected to")
    xpassed: _Count = Field(description="Passed although they were expected to fail")
    flaky: _Count = Field(description="Passed, but only after they had failed in the same attempt")


class FindingTold(_Part):
    """One thing that speaks against a step, or is told of it."""

    kind: str = Field(description="What kind of thing it is, such as `exit-code` or `test-failed`")
    message: str = Field(description="What it is, in words")
    place: str = Field(description="`file:line` beside the step's folder, or empty")
    blocks: bool = Field(description="Whether it stands in the way of a pass")


class StepSummed(_Part):
    """One step at the end of the run."""

    gate: str = Field(description="The step's gate")
    step: str = Field(description="The step's name in its gate")
    tier: Literal["required", "advisory", "informational"] = Field(description="How much its verdict counts")
    verdict: StepVerdict | Literal["interrupted", "never-ran"] = Field(
        description="The newest verdict; `interrupted` was running when the run ended, `never-ran` had not begun"
    )
    flaky: bool = Field(description="Whether it passed and failed although nothing had changed")
    reused: bool = Field(description="Whether it was not run again, because its inputs were as when it passed")
    attempts: _Count = Field(description="How often it ran in this run")
    duration_s: _Seconds = Field(description="Seconds that its newest attempt took")
    exit_code: int | None = Field(description="The command's exit code; null where there is none")
    tests: Tests | None = Field(description="The tests of its report; null where none was read")
    pattern: str | None = Field(description="The pattern that knows its failure; null where none does")
    findings: tuple[FindingTold, ...] = Field(description="What speaks against it, and what is told beside")
    output: str | None = Field(description="Its output, in the run's folder; null where there is none")


class RoundSummed(_Part):
    """One pass over the gates."""

    round: _Count = Field(description="Its number, from 1; a round that is taken up again keeps its number")
    reason: str = Field(description="Why it was made")
    started_at: _Time
    finished_at: _Time | None = Field(description="UTC, ISO 8601; null where it was not seen to its end")
    failed: tuple[str, ...] = Field(description="`gate/step` of what did not pass")


class HelpSummed(_Part):
    """What was tried between rounds."""

    fixer_calls: _Count = Field(description="How often the fixer was called")
    mitigations: _Count = Field(description="How many mitigations of patterns were run")
    retries: _Count = Field(description="How often a step was run again on the same tree")
    resumptions: _Count = Field(description="How often the run was taken up again after its process had died")


class Summary(_Part):
    """A run of gatekeeper, summed up. Readers ignore no key: another `version` may have others."""

    format: Literal["gatekeeper-summary"] = Field(description="What this document is")
    version: Literal[1] = Field(description="The version of this format")
    run: str = Field(description="The run's id")
    cycle: str = Field(description="The cycle that was run")
    title: str = Field(description="The cycle's title")
    gatekeeper: str = Field(description="The version of gatekeeper that ran it")
    at: str = Field(description="The commit judged in a scratch worktree (`run --at`); empty for the working tree")
    verdict: RunVerdict = Field(description="What is said of the run")
    exit_code: int = Field(description="What the run ended with; 0 where everything is well")
    reason: str = Field(description="Why the verdict is what it is, in words")
    selection: str = Field(description="What part of the cycle was run; empty for all of it")
    started_at: _Time
    finished_at: _Time
    duration_s: _Seconds | None = Field(description="Seconds it took; null where nobody saw its end")
    tree: str = Field(description="The digest of the tree that the verdict is about")
    steps: tuple[StepSummed, ...] = Field(description="Every step that was planned, and those of the teardown")
    tests: Tests | None = Field(description="The tests of all reports; null where no report was read")
    rounds: tuple[RoundSummed, ...] = Field(description="The rounds, in their order")
    help: HelpSummed = Field(description="What was tried between rounds")
    incidents: dict[str, _Count] = Field(description="How many incidents of each kind there were")
