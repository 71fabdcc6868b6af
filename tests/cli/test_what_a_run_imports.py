"""Starting fast is a feature: what a warm run may import before its first step, and at all."""

from __future__ import annotations

import json
import sys

import pytest

from tests.support.project_fixtures import MakeTiny
from tests.support.projects import Project

# Each costs more than most of what we do ourselves until the first step.
HEAVY = {"yaml", "pydantic", "pydantic_core", "structlog", "rich", "httpx", "httpcore", "psutil", "apprise"}
HEAVY |= {"email", "http", "multiprocessing", "opentelemetry", "requests", "uuid"}

# Tells what was imported when gatekeeper asks the guard for the first process, and when it leaves. A file of our own on
# the path would be an import too: so the hooks are given to the interpreter on its command line.
WATCHED = """
import os, sys
before = {}
leave = os._exit
spawned = []
def told(code):
    import json
    at_spawn = spawned[0] if spawned else []
    with open(os.environ["WATCHED"], "w") as file:
        json.dump({"spawn": at_spawn, "end": sorted(sys.modules)}, file)
    leave(code)
def watch(event, arguments):
    if event == "socket.sendmsg" and not spawned and any(name == "anyio" for name in sys.modules):
        spawned.append(sorted(sys.modules))
os._exit = told
sys.addaudithook(watch)
sys.argv = ["gatekeeper", *sys.argv[1:]]
from gatekeeper.__main__ import main
main()
"""


def imported(project: Project, *arguments: str) -> dict[str, set[str]]:
    """The modules, by their outermost names, that a warm run had at its first spawn and at its end."""
    project.gatekeeper(*arguments).expect(0)
    bare = {name.partition(".")[0] for name in sys.stdlib_module_names if name.startswith("_")}
    project.command = [sys.executable, "-c", WATCHED]
    watched = project.temporary / "watched.json"
    project.gatekeeper(*arguments, WATCHED=str(watched)).expect(0)
    found = json.loads(watched.read_text("utf-8"))
    return {when: {name for name in names if name.partition(".")[0] not in bare} for when, names in found.items()}


def outermost(names: set[str]) -> set[str]:
    return {name.partition(".")[0] for name in names}


@pytest.fixture
def one_step(tiny: MakeTiny) -> Project:
    return tiny("gates:\n  a:\n    steps:\n      one: {run: 'true'}\n")


def test_a_warm_run_of_one_step_imports_nothing_heavy(one_step: Project) -> None:
    """Neither on the way to its step nor after it: YAML and models stay in the cache, libraries where they are used."""
    found = imported(one_step, "run", "tiny")
    assert found["spawn"], "the first spawn was not seen"
    assert outermost(found["end"]) & HEAVY == set()


def test_the_first_step_waits_for_no_reader(one_step: Project) -> None:
    """Console, log, probes and reports are imported while the step runs, or not at all."""
    found = imported(one_step, "run", "tiny")
    late = (
        "gatekeeper.adapters.executionlog",
        "gatekeeper.adapters.console.plain",
        "gatekeeper.adapters.testreports.junit",
    )
    early = {name for name in found["spawn"] if name.startswith(late)}
    assert early == set()


def test_a_run_without_evidence_imports_nothing_of_it(one_step: Project) -> None:
    """Neither readers of reports and measures, nor rules on them, nor reruns: a step that leaves none pays for none."""
    found = imported(one_step, "run", "tiny")
    evidence = (
        "gatekeeper.adapters.testreports",
        "gatekeeper.adapters.measures",
        "gatekeeper.adapters.artifacts",
        "gatekeeper.adapters.baselines",
        "gatekeeper.adapters.local.evidence",
        "gatekeeper.cli.standards",
        "gatekeeper.engine.rerun",
        "gatekeeper.policy.judging.evidence",
        "gatekeeper.policy.rerun",
    )
    assert {name for name in found["end"] if name.startswith(evidence)} == set()


def test_a_run_that_needs_no_help_imports_none(one_step: Project) -> None:
    """Neither who helps between rounds, nor what is known of failures, nor what is told of both."""
    found = imported(one_step, "run", "tiny")
    helping = (
        "decimal",
        "gatekeeper.adapters.console.closing_help",
        "gatekeeper.adapters.executionlog.help_summary",
        "gatekeeper.adapters.fixer",
        "gatekeeper.adapters.patterns",
        "gatekeeper.adapters.repos.inputs",
        "gatekeeper.adapters.repos.snapshot",
        "gatekeeper.cli.fix_proving",
        "gatekeeper.cli.settling",
        "gatekeeper.cli.step_inputs",
        "gatekeeper.engine.breakers",
        "gatekeeper.engine.fixing",
        "gatekeeper.engine.helping",
        "gatekeeper.engine.proving",
        "gatekeeper.engine.watching",
        "gatekeeper.policy.brief",
        "gatekeeper.policy.fixer_",
        "gatekeeper.policy.patterns",
    )
    assert {name for name in found["end"] if name.startswith(helping)} == set()


def test_a_run_that_tells_nobody_imports_nobody(tiny: MakeTiny) -> None:
    """Where no variable names a target, nothing is imported that could reach one."""
    project = tiny('notify: [{to: "${env:NOBODY:-}"}]\ngates: {a: {steps: {one: {run: "true"}}}}\n')
    telling = ("gatekeeper.adapters.notifications", "gatekeeper.cli.notifications", "urllib")
    assert {name for name in imported(project, "run", "tiny")["end"] if name.startswith(telling)} == set()


def test_a_machine_that_is_asked_for_help_imports_next_to_nothing(one_step: Project) -> None:
    found = imported(one_step, "--help")
    assert outermost(found["end"]) & (HEAVY | {"asyncio", "anyio", "argparse"}) == set()


def test_guard_starts_before_anything_is_imported_that_it_does_not_need(one_step: Project) -> None:
    """It stands in for a program that starts in 2 ms; reading its own command line is part of that."""
    found = imported(one_step, "guard", "10", "true")
    assert (
        outermost(found["end"]) & (HEAVY | {"asyncio", "anyio", "argparse", "socket", "ctypes", "subprocess"}) == set()
    )


def test_a_shell_that_asks_for_words_waits_for_no_yaml(one_step: Project) -> None:
    """It is asked with every press of Tab."""
    found = imported(one_step, "completion", "--words", "steps", "run", "tiny")
    assert outermost(found["end"]) & (HEAVY | {"asyncio", "anyio", "argparse", "subprocess"}) == set()
