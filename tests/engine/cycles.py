"""Small cycles to run, in as few words as they have meaning."""

from __future__ import annotations

from gatekeeper.model.plan import Conditions, Gate, Plan, Shell, Step, StepId, Tier, UntilGreen


def step(
    name: str,
    *needs: str,
    keep: str | None = None,
    script: str = "true",
    condition: Conditions | None = None,
    mutates: tuple[str, ...] = (),
    timeout_s: float = 60.0,
) -> Step:
    """A step called `gate/step`, which needs other steps."""
    gate, _, own = name.partition("/")
    needed = tuple(StepId(*need.split("/")) for need in needs)
    return Step(
        gate, own, Shell(script), timeout_s, needs=needed, keep=keep, condition=condition, mutates=mutates
    )  # fmt: skip


def gate(
    name: str,
    *steps: str | Step,
    needs: tuple[str, ...] = (),
    tier: Tier = Tier.REQUIRED,
    timeout_s: float | None = None,
    stop_on_failure: bool = False,
) -> Gate:
    """A gate with its steps in order, each given as itself or by its bare name."""
    made = tuple(step(f"{name}/{each}") if isinstance(each, str) else each for each in steps)
    return Gate(name, made, tier, needs, stop_on_failure, timeout_s)


def cycle(*gates: Gate, until_green: UntilGreen | None = None, teardown: tuple[Step, ...] = ()) -> Plan:
    """A plan of these gates."""
    return Plan(
        "cycle", "gates/cycle.yaml", "sha256:0", gates, until_green=until_green or UntilGreen(), teardown=teardown
    )  # fmt: skip
