"""Owns what `gatekeeper doctor` looks at beside the machine: extras, whom to tell, the state folder. Sends nothing.

`CHECKS` is where another check is added: it is given the project's root (None outside of any) and tells rows.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from typing import TypeAlias

from gatekeeper.cli.project import STATE, cycles, definition_path, link_in
from gatekeeper.model.errors import GatekeeperError
from gatekeeper.policy.diagnosis_rows import Grade, Row

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gatekeeper.model.cycle_parts import Notification

Check: TypeAlias = Callable[[str | None], Iterator[Row]]

_EXTRAS = (
    ("notify", "apprise", "telling chat systems, mail and desktops how a run ended; webhooks need nothing"),
    ("otel", "opentelemetry.exporter.otlp.proto.http", "sending a run as a trace (gatekeeper export --to otlp)"),
)


def further_rows(root: str | None) -> tuple[Row, ...]:
    """What all the checks tell, in their order; one that cannot tell does not keep the others from it."""
    rows: list[Row] = []
    for name, check in CHECKS:
        try:
            rows += check(root)
        except (OSError, GatekeeperError) as fault:
            first, *_ = str(fault).splitlines() or [type(fault).__name__]
            rows.append(Row(Grade.LOOK, name, f"could not be found out: {first}"))
    return tuple(rows)


def _extras(_: str | None) -> Iterator[Row]:
    for extra, module, use in _EXTRAS:
        if _is_there(module):
            yield Row(Grade.OK, f"extra {extra}", f"installed, for {use}")
        else:
            advice = f"python -m pip install 'gatekeeper-run[{extra}]'"
            yield Row(Grade.NOTE, f"extra {extra}", f"not installed; it is for {use}", advice)


def _is_there(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:
        return False


def _notifications(root: str | None) -> Iterator[Row]:
    if root is None:
        return
    from gatekeeper.adapters.definition.loading import load

    for cycle in cycles(root):
        try:
            plan = load(definition_path(root, cycle), root=root)
        except GatekeeperError:
            yield Row(Grade.LOOK, "notifications", f"{cycle}: its definition is wrong", f"gatekeeper check {cycle}")
            continue
        for each in plan.notify:
            yield _target(cycle, each, dict(plan.vars))


def _target(cycle: str, told: Notification, variables: dict[str, str]) -> Row:
    from gatekeeper.policy.binding import Context, UnboundReference
    from gatekeeper.policy.recipients import is_web, recipients, scheme_of

    about = f"{cycle}, on {', '.join(told.on)}"
    facts = dict.fromkeys(("run.id", "run.date", "cycle.name", "cycle.id", "cycle.title"), cycle)
    try:
        found = recipients((told,), Context(environ=os.environ, vars=variables, facts=facts))
    except UnboundReference as missing:
        return Row(Grade.LOOK, "notifications", f"{about}: {missing}")
    if not found:
        return Row(Grade.NOTE, "notifications", f"{about}: to nobody, because {told.to} is empty here")
    (who,) = found
    if who.command is None and not is_web(who.to):
        if not scheme_of(who.to):
            advice = "write https://… or an apprise URL"
            return Row(Grade.LOOK, "notifications", f"{about}: to {who.shown}, which is no URL", advice)
        if not _is_there("apprise"):
            advice = "python -m pip install 'gatekeeper-run[notify]'"
            missing_extra = f"{about}: to {who.shown}, for which the extra notify is missing"
            return Row(Grade.LOOK, "notifications", missing_extra, advice)
    return Row(Grade.OK, "notifications", f"{about}: to {who.shown}; gatekeeper notify test {cycle} tries it")


def _state(root: str | None) -> Iterator[Row]:
    if root is None:
        return
    state = os.path.join(root, STATE)
    if link := link_in(state):
        yield Row(Grade.WRONG, "private", f"{link} is a symbolic link to {os.readlink(link)}", "remove the link")
    elif os.path.isdir(state):
        open_to = os.stat(state).st_mode & 0o066
        if open_to & 0o022:
            found = f"others can write {state}, and so what is remembered of runs"
            yield Row(Grade.LOOK, "private", found, f"chmod 700 {state}")
        elif open_to:
            yield Row(Grade.NOTE, "private", f"others can look into {state}; the runs in it are yours alone")
        else:
            yield Row(Grade.OK, "private", f"nobody else can look into {state}")


CHECKS: tuple[tuple[str, Check], ...] = (
    ("private", _state),
    ("notifications", _notifications),
    ("extras", _extras),
)
