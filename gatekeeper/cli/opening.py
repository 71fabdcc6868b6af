"""Owns filling a plan in for one run: values, absolute paths, the first event. Starts nothing."""

import hashlib
import os
from collections.abc import Mapping

from gatekeeper.cli.own_output import own_output
from gatekeeper.model.containment import Containment
from gatekeeper.model.errors import DefinitionError, EnvironmentFault, Problem, UsageError
from gatekeeper.model.event_parts import PlannedStep, ReadingState, SettleRule
from gatekeeper.model.events import RunStarted
from gatekeeper.model.plan import FixerSpec, Plan, Step, StepId
from gatekeeper.model.record import NamedTuple
from gatekeeper.model.tree import Tree
from gatekeeper.policy.binding import Context, UnboundReference, fill
from gatekeeper.policy.describe import command_line, work_line
from gatekeeper.policy.inheritance import in_words, withheld
from gatekeeper.policy.masking import unmasked
from gatekeeper.policy.switches import switches_in

# With these a line for a shell begins that names no program first.
_SHELLS_OWN = frozenset(
    {"if", "for", "while", "until", "case", "{", "(", "[", "[[", "!", ":", ".", "cd", "set", "export"}
)


class Place(NamedTuple):
    """A repo of the cycle with its absolute path."""

    name: str
    path: str


class Bound(NamedTuple):
    """What a plan comes to on this machine, now. All paths are absolute."""

    context: Context
    repos: tuple[Place, ...]
    log: str
    log_templates: str
    leave_out: tuple[str, ...]


def require_environment(plan: Plan, environ: Mapping[str, str]) -> None:
    """Raise `DefinitionError` for every variable that the definition reads, has no default for, and nobody set."""
    missing = [name for name in plan.environment if name not in environ]
    if missing:
        raise DefinitionError(
            tuple(
                problem_at(plan, f"${{env:{name}", f"the environment variable {name} is not set", f"export {name}=…")
                for name in missing
            )
        )


def bind_plan(
    plan: Plan,
    *,
    root: str,
    environ: Mapping[str, str],
    overrides: Mapping[str, str],
    ports: Mapping[str, str],
    run: str,
    now: str,
) -> Bound:
    """Fill in what is known at the start of a run.

    Raises:
        UsageError: an override names no variable.
        DefinitionError: a value is missing.
    """
    known = dict(plan.vars)
    for name in overrides:
        if name not in known:
            raise UsageError(f"--set {name}=…: the cycle has no variable {name!r}; it has {', '.join(known) or 'none'}")
    facts = {
        "run.id": run,
        "run.date": now[:10],
        "cycle.name": plan.cycle,
        "cycle.id": plan.id or plan.cycle,
        "cycle.title": plan.title or plan.cycle,
    }
    context = Context(environ=environ, vars={**known, **overrides}, ports=ports, facts=facts)
    try:
        paths = {repo.name: _absolute(root, fill(repo.path, context)) for repo in plan.repos}
        context = context._replace(repos=paths)
        log = _absolute(root, fill(plan.log.file, context)) if plan.log else _default_log(root, plan, facts)
        own_text = plan.log.templates if plan.log else ""
        templates = _absolute(root, fill(own_text, context)) if own_text else ""
        leave_out = [log, log.removesuffix(".md") + ".gatekeeper.md", os.path.join(root, ".gatekeeper"), *own_output()]
        for gate in plan.gates:
            for step in gate.steps:
                globs = (
                    *(step.report.globs if step.report else ()),
                    *(step.coverage.globs if step.coverage else ()),
                    *(metric.file for metric in step.metrics if metric.file),
                    *step.artifacts,
                )
                leave_out += [
                    _absolute(_absolute(root, fill(step.cwd, context)), fill(glob, context)) for glob in globs
                ]
    except UnboundReference as missing:
        reference = missing.reference
        written = f"${{{reference.space}{':' if reference.space == 'env' else '.'}{reference.name}"
        raise DefinitionError((problem_at(plan, written, str(missing), ""),)) from None
    repos = tuple(Place(name, path) for name, path in paths.items()) or (Place("project", root),)
    return Bound(context, repos, log, templates, tuple(dict.fromkeys(leave_out)))


def read_required(plan: Plan, bound: Bound, root: str) -> tuple[ReadingState, ...]:
    """The required reading with digests. Raises `EnvironmentFault` naming every document that is not there."""
    states = []
    for reading in plan.reading:
        base = bound.context.repos[reading.repo] if reading.repo else root
        path = _absolute(base, fill(reading.path, bound.context))
        try:
            with open(path, "rb") as document:
                digest = "sha256:" + hashlib.file_digest(document, "sha256").hexdigest()
        except OSError:
            digest = ""
        states.append(ReadingState(path, digest))
    missing = [state.path for state in states if not state.digest]
    if missing:
        raise EnvironmentFault("required reading cannot be read:\n" + "\n".join(f"  {path}" for path in missing))
    return tuple(states)


def first_event(
    plan: Plan,
    bound: Bound,
    tree: Tree,
    *,
    root: str,
    selected: tuple[StepId, ...],
    selection: str,
    containment: Containment,
    reading: tuple[ReadingState, ...],
    unproven: tuple[str, ...] = (),
    proof: str = "",
    judge_by: str = "",
    at: str = "",
    isolated: bool = False,
    watch: bool = False,
) -> RunStarted:
    """Everything about a run that its readers need and that no later event says."""
    import socket

    from gatekeeper import __version__

    context = bound.context
    chosen = frozenset(selected)
    return RunStarted(
        cycle=plan.cycle,
        definition=plan.digest,
        tree=tree.digest,
        repos=tree.repos,
        containment=containment.layers,
        id=plan.id,
        title=plan.title,
        source=plan.source,
        root=root,
        version=__version__,
        host=socket.gethostname(),
        pid=os.getpid(),
        configuration=configuration(context),
        reading=reading,
        settle=tuple(SettleRule(repo.name, repo.settle) for repo in plan.repos if repo.settle),
        classes=tuple((each.name, each.shortest_s, each.longest_s) for each in plan.classes),
        steps=tuple(
            PlannedStep(
                gate.name,
                step.name,
                gate.tier.value,
                _fill_known(work_line(step.work), context),
                step.timeout_s,
                step.timeout_class or "",
                in_words(step.inherit),
            )
            for gate in plan.gates
            for step in gate.steps
            if step.id in chosen
        ),
        deliverables=plan.deliverables,
        rounds=plan.until_green.rounds,
        within_s=plan.until_green.within_s,
        selection=selection,
        log=bound.log,
        log_templates=bound.log_templates,
        secrets=plan.secrets,
        required_containment=containment.required or "",
        unmasked_secrets=unmasked(plan.secrets, context.environ),
        unproven=unproven,
        proof=proof,
        judge_by=judge_by,
        at=at,
        isolated=isolated,
        switches=tuple(switch.value for switch in switches_in(context.environ)),
        fixer=fixer_name(plan.until_green.fixer, context),
        calls=plan.until_green.fixer.calls if plan.until_green.fixer else 0,
        mitigate=plan.until_green.mitigate,
        watch=watch,
        withheld=withheld(plan, context.environ),
    )


def fixer_name(fixer: FixerSpec | None, context: Context) -> str:
    """Who is called between rounds: the provider, or the program where the definition names none; empty for nobody."""
    if fixer is None:
        return ""
    if fixer.provider:
        return _fill_known(fixer.provider, context)
    program = (_fill_known(command_line(fixer.command) or "", context).split(maxsplit=1) or [""])[0]
    return "a shell line" if program in _SHELLS_OWN else program.strip("\"'").rpartition("/")[2]


def repo_of(step: Step, bound: Bound, root: str) -> str:
    """The name of the repo that a step's folder lies in, or the first one's."""
    try:
        folder = _absolute(root, fill(step.cwd, bound.context))
    except UnboundReference:
        folder = root
    inside = [repo for repo in bound.repos if f"{folder}/".startswith(f"{repo.path}/")]
    return max(inside, key=lambda repo: len(repo.path)).name if inside else bound.repos[0].name


def configuration(context: Context) -> tuple[tuple[str, str], ...]:
    """What the log tells of variables and ports, as (name, value)."""
    values = [(name, _fill_known(raw, context)) for name, raw in context.vars.items()]
    values += [(f"port {name}", number) for name, number in context.ports.items()]
    return tuple(values)


def _fill_known(text: str, context: Context) -> str:
    try:
        return fill(text, context)
    except UnboundReference:
        return text  # what a later step captures is not known yet


def _default_log(root: str, plan: Plan, facts: Mapping[str, str]) -> str:
    return os.path.join(root, ".gatekeeper", "logs", f"{plan.cycle}_EXECUTION_LOG_{facts['run.date']}.md")


def _absolute(base: str, path: str) -> str:
    return os.path.normpath(os.path.join(base, os.path.expanduser(path)))


def problem_at(plan: Plan, written: str, message: str, hint: str) -> Problem:
    """A problem at the first place in the definition where it says `written`."""
    try:
        with open(plan.source, encoding="utf-8-sig") as definition:
            for number, line in enumerate(definition, 1):
                if (column := line.find(written)) >= 0:
                    return Problem(plan.source, number, column + 1, "", message, hint)
    except OSError:
        pass
    return Problem(plan.source, 1, 1, "", message, hint)
