"""Owns what the run was set up to do: configuration, required reading, tasks, time limits, deliverables."""

from __future__ import annotations

from collections.abc import Iterable

from gatekeeper.adapters.executionlog.text import code, prose
from gatekeeper.adapters.executionlog.words import duration, plural, short
from gatekeeper.model.event_parts import PlannedStep
from gatekeeper.model.events import RunStarted
from gatekeeper.policy.containment import described
from gatekeeper.policy.fold import RunRecord
from gatekeeper.policy.judged_commit import judged_commit, path_now

_STEPS_OF_A_GATE = 30
_STEPS_SHOWN = 150


def configuration(record: RunRecord) -> str:
    """``## Configuration`` and ``## Tasks``."""
    if record.started is None:
        return "## Configuration\n\n*Not recorded: the run's journal has no beginning.*"
    parts = (_configuration, _reading, _tasks, _limits, _deliverables)
    return "\n".join(line for part in parts for line in (*part(record.started), "")).rstrip("\n")


def class_range(shortest: float, longest: float) -> str:
    """A class's permitted range as the plan writes it: ``120 to 300 s``."""
    return f"{shortest:g} to {longest:g} s" if shortest < longest else f"{longest:g} s"


def _configuration(started: RunStarted) -> list[str]:
    repos = {f"{repo.name.upper().replace('-', '_')}_REPO": _place(started, repo.path) for repo in started.repos}
    named = {repo.name for repo in started.repos} | set(repos)
    values = [(name, value) for name, value in started.configuration if name not in named]
    lines = ["## Configuration", ""]
    lines += [f"- **{prose(name)}:** {code(path)}" for name, path in repos.items()]
    lines += [f"- **{prose(name)}:** {code(value)}" for name, value in values]
    source = path_now(started, started.source or started.cycle)
    lines.append(f"- **Definition:** {code(source)}, {code(started.definition, 80)}")
    lines.append(f"- **Until green:** {_budget(started)}")
    lines += _help(started)
    lines.append(f"- **Containment:** {prose(described(started.containment, started.required_containment))}")
    if started.at:
        lines.append(f"- **Judged:** {judged_commit(started)}, by its own definition ({code(started.at, 64)})")
    if started.judge_by:
        lines.append(f"- **Judged by:** definition, baselines and quarantine of {code(started.judge_by)}")
    if started.selection:
        lines.append(f"- **Only:** {code(started.selection)}")
    if started.switches:
        lines.append(f"- **Kill switches in force:** {', '.join(map(code, started.switches))}")
    if started.secrets:
        names = ", ".join(map(code, started.secrets))
        told = "by name; their values are hidden in everything gatekeeper writes; artifacts are copied as they are"
        lines.append(f"- **Secrets:** {names} ({told})")
    if started.withheld:
        lines.append(f"- **Kept from the steps:** {', '.join(map(code, started.withheld))}")
    if started.unmasked_secrets:
        passed_over = ", ".join(f"{code(name)} ({prose(why)})" for name, why in started.unmasked_secrets)
        lines.append(f"- **Nothing is hidden for:** {passed_over}")
    if started.host:
        version = f" by gatekeeper {prose(started.version)}" if started.version else ""
        lines.append(f"- **Run on:** {prose(started.host)}{version}")
    return lines


def _place(started: RunStarted, path: str) -> str:
    now = path_now(started, path)
    return "a scratch worktree, which is gone" if now == "." else now


def _help(started: RunStarted) -> Iterable[str]:
    if started.fixer:
        yield f"- **Fixer:** {code(started.fixer)}, at most {plural(started.calls, 'call')}"
    if started.mitigate:
        yield f"- **Mitigations that may run:** {', '.join(map(code, started.mitigate))}"
    if started.watch:
        yield f"- **Watching:** where nothing is left to try, the run waits for a change ({code('--watch')})"


def _budget(started: RunStarted) -> str:
    rounds = f"at most {plural(started.rounds, 'round')}" if started.rounds else "no bound on rounds recorded"
    return f"{rounds}, within {duration(started.within_s)}" if started.within_s else rounds


def _reading(started: RunStarted) -> list[str]:
    lines = ["## Tasks", "", "### Required Reading", ""]
    if not started.reading:
        return [*lines, "*None declared.*"]
    for document in started.reading:
        found = f"({code(short(document.digest))})" if document.digest else "- ❌ **missing**"
        lines.append(f"- {code(document.path)} {found}")
    return lines


def _tasks(started: RunStarted) -> list[str]:
    lines = ["### Execution Tasks", ""]
    gates: dict[str, list[PlannedStep]] = {}
    for step in started.steps:
        gates.setdefault(step.gate, []).append(step)
    left = _STEPS_SHOWN
    # Where nothing is proven, one sentence says more than a mark at every step.
    required = [step for step in started.steps if step.tier == "required"]
    all_unproven = len(required) == len(started.unproven)
    unproven = frozenset() if all_unproven else frozenset(started.unproven)
    for number, (gate, steps) in enumerate(gates.items(), 1):
        tier = "" if steps[0].tier == "required" else f" ({prose(steps[0].tier)})"
        indent = " " * (len(str(number)) + 2)
        lines.append(f"{number}. **{prose(gate)}**{tier}")
        shown = steps[: min(_STEPS_OF_A_GATE, left)]
        left -= len(shown)
        lines += [f"{indent}- {_task(step, unproven)}" for step in shown]
        if len(steps) > len(shown):
            rest = len(steps) - len(shown)
            lines.append(f"{indent}- and {plural(rest, 'more step')}" if shown else f"{indent}- {plural(rest, 'step')}")
    if not gates:
        lines.append("*None planned.*")
    else:
        lines.append(f"{len(gates) + 1}. **Re-run until green** ({_budget(started)})")
    if required and all_unproven:
        hint = "a step says `known_bad:`, and `gatekeeper prove` tries it"
        lines += ["", f"*No required step is proven: nobody has shown yet that it can fail ({hint}).*"]
    return lines


def _task(step: PlannedStep, unproven: frozenset[str]) -> str:
    named = f", class {prose(step.timeout_class)}" if step.timeout_class else ""
    named += f"; sees {prose(step.inherits)}" if step.inherits else ""
    mark = " ⚠️ unproven" if f"{step.gate}/{step.step}" in unproven else ""
    return f"{prose(step.step)}: {code(step.command)} (at most {duration(step.timeout_s)}{named}){mark}"


def _limits(started: RunStarted) -> Iterable[str]:
    yield "### Anti-Hang Requirements"
    yield ""
    yield "- Every step runs under a hard timeout; none may ask a person, and none may leave a process behind"
    if started.classes:
        yield "- Timeout classes:"
        for name, shortest, longest in started.classes:
            yield f"  - {prose(name)}: {class_range(shortest, longest)}"


def _deliverables(started: RunStarted) -> list[str]:
    lines = ["### Expected Deliverables", ""]
    return lines + ([f"- {prose(item)}" for item in started.deliverables] or ["*None declared.*"])
