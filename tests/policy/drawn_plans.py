"""Small cycles with any policy, drawn at random."""

from __future__ import annotations

from hypothesis import strategies as st

from gatekeeper.model.plan import FixerSpec, Gate, Plan, Shell, Tier, UntilGreen

from .situations import cycle, gate, step

PATTERNS = ["eased", "helpless"]


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    """Small cycles with any policy."""
    gates: list[Gate] = []
    known: list[str] = []
    for g in range(draw(st.integers(1, 3))):
        name = f"g{g}"
        names = [f"{name}/s{s}" for s in range(draw(st.integers(1, 3)))]
        needs = draw(st.lists(st.sampled_from([one.name for one in gates]), unique=True)) if gates else []
        steps = [
            step(own, *(draw(st.lists(st.sampled_from(known), max_size=2)) if known else ()))._replace(
                inputs=("src/*",) if draw(st.booleans()) else (),
                keep=own.replace("/", "-") if draw(st.sampled_from([False, False, True])) else None,
            )
            for own in names
        ]
        tier = draw(st.sampled_from([Tier.REQUIRED, Tier.REQUIRED, Tier.ADVISORY]))
        gates.append(gate(name, *steps, needs=needs, tier=tier, stop_on_failure=draw(st.booleans())))
        known += names
    policy = UntilGreen(
        rounds=draw(st.integers(1, 6)),
        retry_unchanged=draw(st.integers(0, 2)),
        retry_infra=draw(st.integers(0, 2)),
        confirm=draw(st.integers(0, 2)),
        flaky=draw(st.sampled_from(["fail", "warn", "pass"])),
        mitigate=tuple(draw(st.lists(st.sampled_from(PATTERNS), unique=True))),
        prove_fix=draw(st.sampled_from(["always", "fixer", "never"])),
        fixer=FixerSpec(Shell("fix"), calls=draw(st.integers(1, 3))) if draw(st.booleans()) else None,
    )
    return cycle(*gates, until_green=policy)
