"""Owns the words of a preview for what a step expects, is limited to and applies to, and for what helps."""

from __future__ import annotations

from collections.abc import Iterator

from gatekeeper.adapters.definition.units import format_duration, format_size
from gatekeeper.model.plan import Conditions, HttpProbe, Limits, UntilGreen, Work
from gatekeeper.policy.switches import Switch


def expectation(work: Work) -> str:
    """What an http probe expects, in words: ``gives 409 within 5s``."""
    if not isinstance(work, HttpProbe):
        return ""
    expect = work.expect
    parts = [" or ".join(map(str, expect.status))] if expect.status else []
    parts += [f"{wanted.path} = {wanted.equals}" for wanted in expect.json if wanted.equals is not None]
    parts += [f"{wanted.path} (kept as {wanted.capture})" for wanted in expect.json if wanted.capture]
    parts += [f"{name}: {value}" for name, value in expect.headers]
    parts += [f"the text {expect.contains!r}"] if expect.contains else []
    within = f" within {format_duration(expect.within_s)}" if expect.within_s else ""
    return f"gives {', '.join(parts) or 'an answer'}{within}"


def limits_in_words(limits: Limits) -> Iterator[str]:
    """What bounds a step besides time, one by one: ``4GiB of memory``."""
    if limits.memory is not None:
        yield f"{format_size(limits.memory)} of memory"
    if limits.processes is not None:
        yield f"{limits.processes} processes"
    if limits.cpu_s is not None:
        yield f"{format_duration(limits.cpu_s)} of processor time"
    if limits.open_files is not None:
        yield f"{limits.open_files} open files"
    if limits.output != Limits().output:
        yield f"{format_size(limits.output)} of output"
    if limits.nice:
        yield f"nice {limits.nice}"


def condition_in_words(condition: Conditions) -> str:
    """When a step applies: ``on main, CI is true``."""
    parts = [f"{name} is {wanted}" for name, wanted in condition.env]
    parts += [f"on {' or '.join(condition.branch)}"] if condition.branch else []
    parts += [f"on {' or '.join(condition.os)}"] if condition.os else []
    parts += [f"{' or '.join(condition.changed)} changed"] if condition.changed else []
    return ", ".join(parts)


def between_rounds(policy: UntilGreen, switches: tuple[Switch, ...]) -> Iterator[str]:
    """What helps after a red round, one sentence a line, and which of it is turned off here."""
    infra, unclassed = (_times(count) for count in (policy.retry_infra, policy.retry_unchanged))
    yield f"on the same tree, what the infrastructure failed is run again {infra}, another failure {unclassed}"
    if policy.mitigate:
        yield f"mitigations that may run: {', '.join(policy.mitigate)}"
    whose = {"always": "any change", "fixer": "a change of the fixer's"}
    if policy.prove_fix in whose and (policy.fixer or policy.prove_fix == "always"):
        yield f"what passes after {whose[policy.prove_fix]} must have failed once more on the tree before it"
    if switches:
        named = ", ".join(f"{switch} ({switch.variable})" for switch in switches)
        yield f"turned off by the environment: {named}"


def _times(count: int) -> str:
    return {0: "never", 1: "once", 2: "twice"}.get(count, f"{count} times")
