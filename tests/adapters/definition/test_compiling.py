"""What a definition says is what the plan holds, with defaults filled in."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from gatekeeper.adapters.definition.loading import load
from gatekeeper.adapters.definition.reading import locate
from gatekeeper.model.cycle_parts import LogSpec, Notification, Reading, RepoSpec, TimeoutClass
from gatekeeper.model.demands import ReportSpec
from gatekeeper.model.errors import DefinitionError, UsageError
from gatekeeper.model.plan import (
    Argv,
    Check,
    Conditions,
    FileProbe,
    FixerSpec,
    HttpExpectation,
    HttpProbe,
    Limits,
    Shell,
    StepId,
    TcpProbe,
    Tier,
    UntilGreen,
)
from tests.adapters.definition.definitions import GATES, HEAD, plan_of, step_of, steps_of

WHOLE = """\
gatekeeper: 1
cycle: backend-cycle
id: 17
title: Backend quality gate
vars:
  backend: ${env:BACKEND_REPO:-examples/backend}
  url: http://127.0.0.1:${port.api}
ports: {api: "${env:PORT:-auto}", fixed: 8080}
secrets: [API_TOKEN, API_TOKEN]
repos:
  backend: {path: "${vars.backend}", branch: development, settle: [dev-scripts, config]}
  plan:    {path: "${env:PLAN_REPO:-.}", commit: "Fixes of ${run.id}", push: origin, share: vendor}
reading:
  - {repo: plan, path: 00_quality_gates.md}
  - {path: README.md}
deliverables: [Root causes, Fixes]
log:
  file: "${repo.plan.path}/logs/${cycle.id}_${cycle.name}_${run.date}.md"
classes:
  restart: {timeout: 120s..300s}
  suite:   {timeout: 10m..15m}
until_green:
  {rounds: 5, within: 2h, round_within: 30m, flaky: warn, retry_unchanged: 0, retry_infra: 3, confirm: 2,
   mitigate: [port_in_use, git_lock], prove_fix: always,
   fixer: {run: [./fix.sh, "${port.api}"], in: backend, timeout: 10m, calls: 2, scope: ["src/**"], protected: gates/**,
           provider: acme/fix-1, goal: "Fix ${cycle.title}", env: {TOKEN: "${env:API_TOKEN}"}, undo: true, brief: 8KiB}}
gates:
  stack:
    steps:
      restart-stack:
        run: ./dev-scripts/restart-stack.sh
        in: backend
        class: restart
        keep: stack
        ready: {http: "GET ${vars.url}/health", expect: {status: 200}, within: 60s}
  negative-paths:
    needs: [stack]
    tier: advisory
    timeout: 1h
    stop_on_failure: true
    after_each: {http: "GET ${vars.url}/health", expect: {status: 200}}
    steps:
      signup:
        http: POST ${vars.url}/auth/signup
        headers: {X-Run: "${run.id}", X-N: 1.10}
        json: {email: "a-${run.id}@example.test"}
        expect: {status: [200, 201], within: 2s, contains: ok, headers: {Content-Type: json}}
      port: {tcp: "127.0.0.1:${port.api}", after_each: [{file: a.txt}]}
      closed: {tcp: {address: "[::1]:99", open: false}}
      gone: {file: {path: x.pid, exists: false}}
  suite:
    steps:
      npm-test:
        run: [npm, test]
        class: suite
        timeout: 11m
        quiet: 120s
        grace: 10s
        env: {CI: "1"}
        report: {junit: "reports/*.xml", optional: true}
        artifacts: [a, b]
        mutates: "*.lock"
        inputs: ["src/**", package.json]
        limits: {output: 1MiB, memory: 4GiB, processes: 512, cpu: 10m, open_files: 1024, nice: 5}
        strays: fail
        tty: true
        redact: strict
        if: {env: {CI: "true"}, branch: main, os: [linux, macos], changed: ["api/**"]}
teardown:
  - {run: ./stop.sh, in: backend, timeout: 30s}
notify:
  - {to: "${env:NOTIFY_URL:-}", on: [red, recovered]}
"""


def test_the_whole_format_reaches_the_plan() -> None:
    """Every key that is acted on, once."""
    plan = plan_of(WHOLE)
    assert (plan.cycle, plan.id, plan.title) == ("backend-cycle", "17", "Backend quality gate")
    assert plan.ports == (("api", "${env:PORT:-auto}"), ("fixed", "8080"))
    assert plan.secrets == ("API_TOKEN",)
    assert plan.repos == (
        RepoSpec("backend", "${vars.backend}", "development", ("dev-scripts", "config")),
        RepoSpec("plan", "${env:PLAN_REPO:-.}", commit="Fixes of ${run.id}", push="origin", share=("vendor",)),
    )
    assert plan.reading == (Reading("plan", "00_quality_gates.md"), Reading(None, "README.md"))
    assert plan.deliverables == ("Root causes", "Fixes")
    assert plan.log == LogSpec("${repo.plan.path}/logs/${cycle.id}_${cycle.name}_${run.date}.md")
    assert plan.classes == (TimeoutClass("restart", 120, 300), TimeoutClass("suite", 600, 900))
    fixer = FixerSpec(
        command=Argv(("./fix.sh", "${port.api}")),
        cwd="${repo.backend.path}",
        timeout_s=600,
        calls=2,
        scope=("src/**",),
        protected=("gates/**",),
        provider="acme/fix-1",
        goal="Fix ${cycle.title}",
        env=(("TOKEN", "${env:API_TOKEN}"),),
        undo=True,
        brief_size=8192,
        line=25,
    )
    assert plan.until_green == UntilGreen(
        5, 7200, 1800, "warn", 0, 3, 2, mitigate=("port_in_use", "git_lock"), prove_fix="always", fixer=fixer
    )
    assert plan.notify == (Notification("${env:NOTIFY_URL:-}", ("red", "recovered")),)
    assert plan.environment == ("API_TOKEN",)
    assert [(g.name, g.tier, g.needs, g.timeout_s, g.stop_on_failure) for g in plan.gates] == [
        ("stack", Tier.REQUIRED, (), None, False),
        ("negative-paths", Tier.ADVISORY, ("stack",), 3600, True),
        ("suite", Tier.REQUIRED, (), None, False),
    ]


def test_each_step_reaches_the_plan_with_what_it_inherits() -> None:
    """The class gives the timeout, the gate its probes, the line is that of the step's name."""
    steps = steps_of(plan_of(WHOLE))
    restart, suite = steps["stack/restart-stack"], steps["suite/npm-test"]
    health = HttpProbe("GET", "${vars.url}/health", expect=HttpExpectation(status=(200,)))
    assert restart.work == Shell("./dev-scripts/restart-stack.sh")
    assert (restart.timeout_s, restart.timeout_class, restart.timeout_from) == (300, "restart", "class")
    assert (restart.cwd, restart.keep, restart.line) == ("${repo.backend.path}", "stack", 30)
    assert restart.ready == Check("ready", health, 60)
    signup = steps["negative-paths/signup"]
    assert signup.work == HttpProbe(
        "POST",
        "${vars.url}/auth/signup",
        headers=(("X-Run", "${run.id}"), ("X-N", "1.10")),
        json='{"email": "a-${run.id}@example.test"}',
        expect=HttpExpectation((200, 201), headers=(("Content-Type", "json"),), contains="ok", within_s=2.0),
    )
    assert (signup.timeout_s, signup.timeout_from) == (600, "default")
    assert signup.after_each == (Check("after_each", health),)
    assert steps["negative-paths/port"].work == TcpProbe("127.0.0.1:${port.api}")
    assert steps["negative-paths/port"].after_each == (
        Check("after_each", FileProbe("a.txt")),
        Check("after_each", health),
    )
    assert steps["negative-paths/closed"].work == TcpProbe("[::1]:99", open=False)
    assert steps["negative-paths/gone"].work == FileProbe("x.pid", exists=False)
    assert suite.work == Argv(("npm", "test"))
    assert (suite.timeout_s, suite.timeout_from, suite.quiet_s, suite.grace_s) == (660, "own", 120, 10)
    assert suite.report == ReportSpec("junit", ("reports/*.xml",), optional=True)
    assert (suite.artifacts, suite.mutates, suite.inputs) == (("a", "b"), ("*.lock",), ("src/**", "package.json"))
    assert suite.limits == Limits(1 << 20, 4 << 30, 512, 600, 1024, 5)
    assert (suite.strays, suite.tty, suite.redact) == ("fail", True, "strict")
    assert suite.condition == Conditions((("CI", "true"),), ("main",), ("linux", "macos"), ("api/**",))


def test_teardown_steps_are_called_by_their_programs() -> None:
    """They have no names of their own; a number where the program says nothing, or has been there."""
    (step,) = plan_of(WHOLE).teardown
    assert (step.id, step.timeout_s, step.cwd) == (StepId("teardown", "stop"), 30, "${repo.backend.path}")
    several = plan_of(
        HEAD + GATES + "vars: {v: x}\nteardown: [{run: ./a.sh}, {run: b/a x}, {run: '${vars.v}'}, {file: x}]\n"
    )
    assert [step.name for step in several.teardown] == ["a", "2", "3", "4"]


def test_the_least_definition_has_sane_defaults() -> None:
    """Three keys are enough."""
    plan = plan_of(HEAD + GATES)
    assert plan.until_green == UntilGreen()
    step = plan.gates[0].steps[0]
    assert (step.timeout_s, step.grace_s, step.cwd, step.limits) == (600, 5, ".", Limits(1 << 30))
    assert (step.strays, step.tty, step.redact) == ("kill", False, "shown")


def test_a_long_command_keeps_its_lines() -> None:
    """A script is a script."""
    plan = plan_of(HEAD + "gates:\n  g:\n    steps:\n      s:\n        run: |\n          one\n            two\n")
    assert plan.gates[0].steps[0].work == Shell("one\n  two\n")


def test_a_probe_may_wait_for_nothing() -> None:
    """Without `within` a check is made once."""
    ready = step_of("run: x, ready: {file: x}").ready
    assert ready is not None
    assert ready.within_s == 0


def test_a_definition_is_loaded_from_its_file(tmp_path: Path) -> None:
    """With the digest of its bytes."""
    path = tmp_path / "c.yaml"
    path.write_text(HEAD + GATES)
    plan = load(str(path), root=str(tmp_path))
    assert plan.source == str(path)
    assert plan.digest.startswith("sha256:")
    assert len(plan.digest) == 71


def test_messages_name_the_file_from_the_root(tmp_path: Path) -> None:
    """An absolute path in the project is said shorter, what was typed is said as it was."""
    (tmp_path / "gates").mkdir()
    path = tmp_path / "gates" / "c.yaml"
    path.write_text("x")
    with pytest.raises(DefinitionError) as caught:
        load(str(path), root=str(tmp_path))
    assert caught.value.problems[0].file == "gates/c.yaml"
    assert str(caught.value).startswith("gates/c.yaml:1:1:")


def test_a_file_that_is_not_there_is_a_usage_error(tmp_path: Path) -> None:
    """And so is a folder, or a pipe, which would be waited for."""
    os.mkfifo(tmp_path / "pipe")
    for name, words in (("none", "no such file"), (".", "regular file"), ("pipe", "regular file")):
        with pytest.raises(UsageError, match=words):
            load(str(tmp_path / name), root=str(tmp_path))


def test_a_runtime_problem_can_be_placed(tmp_path: Path) -> None:
    """What only comes out in a run is told with line and column too."""
    path = tmp_path / "c.yaml"
    path.write_text(WHOLE)
    assert locate(str(path), ("gates", "suite", "steps", "npm-test", "env", "CI")) == (59, 19)
    assert locate(str(path), ("gates", "suite", "steps", "nope")) == (52, 5)
    assert locate(str(path), ("teardown", 0, "run")) == (70, 11)


@pytest.mark.parametrize(
    ("cycle", "step", "found"),
    [
        ("", "run: x", "shown"),
        ("redact: strict\n", "run: x", "strict"),
        ("redact: strict\n", "run: x, redact: shown", "shown"),
        ("redact: shown\n", "run: x, redact: strict", "strict"),
    ],
)
def test_how_secrets_in_output_are_treated_is_the_cycles_unless_the_step_says(
    cycle: str, step: str, found: str
) -> None:
    assert step_of(step, cycle).redact == found
