"""Owns the names that telemetry is told by, so that they stand in one place. Knows no run.

Those of OpenTelemetry are from its semantic conventions as of `VERSION` (model/cicd, model/vcs, model/test and others
of open-telemetry/semantic-conventions; the part on CI/CD is a release candidate there). What they have no name for is
ours, and begins with ``gatekeeper.``.
"""

from __future__ import annotations

VERSION = "1.44.0"
SCHEMA_URL = f"https://opentelemetry.io/schemas/{VERSION}"
SCOPE = "gatekeeper"
RUN = "RUN"
"""The well-known value of `ACTION` for a pipeline that is run."""

EXECUTING = "executing"
"""The well-known value of `RUN_STATE` while tasks are run."""

SERVICE_NAME = "service.name"
SERVICE_VERSION = "service.version"
HOST_NAME = "host.name"
ERROR_TYPE = "error.type"
EXIT_CODE = "process.exit.code"
COMMAND_LINE = "process.command_line"

PIPELINE_NAME = "cicd.pipeline.name"
ACTION = "cicd.pipeline.action.name"
RESULT = "cicd.pipeline.result"
RUN_ID = "cicd.pipeline.run.id"
RUN_STATE = "cicd.pipeline.run.state"
RUN_URL = "cicd.pipeline.run.url.full"
TASK_NAME = "cicd.pipeline.task.name"
TASK_TYPE = "cicd.pipeline.task.type"
TASK_ID = "cicd.pipeline.task.run.id"
TASK_RESULT = "cicd.pipeline.task.run.result"
TASK_URL = "cicd.pipeline.task.run.url.full"

REPO_NAME = "vcs.repository.name"
HEAD_NAME = "vcs.ref.head.name"
HEAD_TYPE = "vcs.ref.head.type"
HEAD_REVISION = "vcs.ref.head.revision"

SUITE_NAME = "test.suite.name"
SUITE_STATUS = "test.suite.run.status"
INPUT_TOKENS = "gen_ai.usage.input_tokens"
OUTPUT_TOKENS = "gen_ai.usage.output_tokens"

RUN_DURATION = "cicd.pipeline.run.duration"
RUN_ERRORS = "cicd.pipeline.run.errors"

CONVENTIONAL = frozenset({
    SERVICE_NAME, SERVICE_VERSION, HOST_NAME, ERROR_TYPE, EXIT_CODE, COMMAND_LINE, PIPELINE_NAME, ACTION, RESULT,
    RUN_ID, RUN_STATE, RUN_URL, TASK_NAME, TASK_TYPE, TASK_ID, TASK_RESULT, TASK_URL, REPO_NAME, HEAD_NAME, HEAD_TYPE,
    HEAD_REVISION, SUITE_NAME, SUITE_STATUS, INPUT_TOKENS, OUTPUT_TOKENS,
})  # fmt: skip
"""Every attribute that is not ours."""

OURS = "gatekeeper."
STEP_DURATION = "gatekeeper.step.duration"
TESTS = "gatekeeper.tests"
INCIDENTS = "gatekeeper.incidents"
