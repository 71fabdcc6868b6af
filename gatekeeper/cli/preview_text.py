"""Owns how a preview looks at a terminal: aligned, one line a step, details below it. Knows no plan."""

from __future__ import annotations

from collections.abc import Iterator

from gatekeeper.adapters.definition.units import format_duration, format_size
from gatekeeper.cli.ink import Ink, count, printable, widths
from gatekeeper.cli.preview import Preview, ShownFixer, ShownGate, ShownStep
from gatekeeper.cli.preview_words import between_rounds


def print_preview(shown: Preview) -> None:
    """Write the preview to standard output."""
    ink = Ink()
    plan = shown.plan
    ink.say(f"{ink.paint(plan.cycle, 'bold')}  {plan.title}".rstrip())
    ink.say(ink.paint(f"{plan.source}  {plan.digest[:19]}…", "dim"))
    ink.say()
    _print_settings(ink, shown)
    steps = [step for gate in shown.gates for step in gate.steps] + list(shown.teardown)
    columns = widths([(step.name, format_duration(step.timeout_s), _whose(step)) for step in steps])
    for gate in shown.gates:
        ink.say(f"{ink.paint(gate.name, 'bold')}  {ink.paint(_about(gate), 'dim')}")
        _print_steps(ink, gate.steps, columns)
    if shown.teardown:
        ink.say(f"{ink.paint('teardown', 'bold')}  {ink.paint('at the end, whatever happened', 'dim')}")
        _print_steps(ink, shown.teardown, columns)
    _print_closing(ink, shown)
    ink.done()


def _print_settings(ink: Ink, shown: Preview) -> None:
    rows = [("not set", name, "the definition reads it and has no default") for name in shown.missing]
    rows += [("secret", name, f"{why}, nothing is hidden for it") for name, why in shown.unmasked]
    rows += [("repo", name, path) for name, path in shown.repos]
    rows += [("port", name, port) for name, port in shown.ports]
    rows += [("var", name, value) for name, value in shown.vars]
    rows += [("secret", name, "masked wherever it is shown") for name in shown.plan.secrets]
    rows += [("lock", name, "had for the whole run, by one run at a time") for name in shown.locks]
    rows += [("isolated", "", "in git worktrees of what is there")] if shown.plan.isolate else []
    rows += [("log", "", shown.log)] if shown.log else []
    if not rows:
        return
    first, second, _ = widths(rows)
    for kind, name, value in rows:
        colour = {"not set": "red", "secret": "yellow"}.get(kind, "dim")
        ink.say(f"  {ink.paint(f'{kind:<{first}}', colour)}  {name:<{second}}  {printable(value)}".rstrip())
    ink.say()


def _print_steps(ink: Ink, steps: tuple[ShownStep, ...], columns: list[int]) -> None:
    name_width, time_width, whose_width = columns
    indent = " " * (name_width + time_width + whose_width + 8)
    for step in steps:
        time = f"{format_duration(step.timeout_s):>{time_width}}"
        whose = ink.paint(f"{_whose(step):<{whose_width}}", "dim")
        first, *others = step.does.splitlines() or [""]
        ink.say(f"  {step.name:<{name_width}}  {time}  {whose}  {printable(first)}".rstrip())
        for line in others:
            ink.say(f"{indent}{printable(line)}".rstrip())
        for detail in _details(step):
            ink.say(f"{indent}{ink.paint(printable(detail), 'dim')}")
    ink.say()


def _details(step: ShownStep) -> Iterator[str]:
    if step.expects:
        yield step.expects
    if step.folder != ".":
        yield f"in {step.folder}"
    if step.only_if:
        yield f"if {step.only_if}"
    if step.needs:
        more = f" and {len(step.needs) - 6:,} more" if len(step.needs) > 6 else ""
        yield f"needs {', '.join(step.needs[:6])}{more}"
    if step.locks:
        yield f"while nobody else has {', '.join(step.locks)}"
    if step.keep:
        yield f"keeps {step.keep}"
    if step.ready:
        yield f"ready when {step.ready}"
    for check in step.after_each:
        yield f"then {check}"
    if step.strays == "fail":
        yield "fails if it leaves a process behind"
    if step.inputs:
        yield f"depends on {', '.join(step.inputs)}"
    if step.report:
        yield f"reports {', '.join(step.report)}"
    yield from step.demands
    if step.quiet_s is not None:
        yield f"ended after {format_duration(step.quiet_s)} without output"
    if step.known_bad:
        yield f"{step.proof} to notice {step.known_bad}"
    if step.inherits:
        yield f"sees {step.inherits}"
    if step.tty:
        yield "on a terminal of its own"
    if step.redact == "strict":
        yield "secrets are masked before the disk"
    if step.limits:
        yield f"limited to {', '.join(step.limits)}"


def _about(gate: ShownGate) -> str:
    parts = [gate.tier]
    parts += [f"after {', '.join(gate.needs)}"] if gate.needs else []
    parts += [f"{format_duration(gate.timeout_s)} in all"] if gate.timeout_s else []
    parts += ["stops on failure"] if gate.stop_on_failure else []
    parts += [f"while nobody else has {', '.join(gate.locks)}"] if gate.locks else []
    return ", ".join(parts)


def _whose(step: ShownStep) -> str:
    return f"class {step.timeout_class}" if step.timeout_from == "class" else step.timeout_from


def _print_closing(ink: Ink, shown: Preview) -> None:
    policy = shown.plan.until_green
    steps = sum(len(gate.steps) for gate in shown.gates)
    integrity = shown.plan.integrity
    means = {"fail": "blocks", "warn": "is told"}
    beside = f", beside {integrity.base} too" if integrity.base else ""
    if shown.fixer is not None:
        _print_fixer(ink, shown.fixer)
    for line in between_rounds(policy, shown.switches):
        ink.say(line)
    ink.say(f"what weakens what judges {means[integrity.others]}, by the fixer {means[integrity.fixer]}{beside}")
    longest = sum(
        min(sum(step.timeout_s for step in gate.steps), gate.timeout_s or policy.within_s) for gate in shown.gates
    )
    ink.say(
        f"{count(len(shown.gates), 'gate')}, {count(steps, 'step')}; "
        f"a round takes {format_duration(longest)} at most, "
        f"a run {count(policy.rounds, 'round')} and {format_duration(policy.within_s)}"
    )


def _print_fixer(ink: Ink, fixer: ShownFixer) -> None:
    bounds = f"between rounds, {count(fixer.calls, 'call')} of {format_duration(fixer.timeout_s)} at most"
    ink.say(f"{ink.paint('fixer', 'bold')}  {ink.paint(bounds, 'dim')}")
    first, *others = fixer.does.splitlines() or [""]
    indent = " " * (len(fixer.name) + 4)
    ink.say(f"  {printable(fixer.name)}  {printable(first)}".rstrip())
    for line in others:
        ink.say(f"{indent}{printable(line)}".rstrip())
    for detail in _details_of_fixer(fixer):
        ink.say(f"{indent}{ink.paint(printable(detail), 'dim')}")
    ink.say()


def _details_of_fixer(fixer: ShownFixer) -> Iterator[str]:
    if fixer.folder != ".":
        yield f"in {fixer.folder}"
    if fixer.goal:
        yield f"to reach: {' '.join(fixer.goal.split())}"
    but = f", but not {', '.join(fixer.protected)}" if fixer.protected else ""
    beyond = "; what it changes beyond is put back" if fixer.undo else ""
    yield f"may change {', '.join(fixer.scope) or 'every file'}{but}{beyond}"
    if fixer.env:
        yield f"with {', '.join(fixer.env)} in its environment"
    yield f"gets a brief of {format_size(fixer.brief)} at most"
