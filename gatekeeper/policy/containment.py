"""Owns what a required level of containment consists of, and the words for a containment that falls short of it."""

from __future__ import annotations

from gatekeeper.model.containment import Containment, GuardOrder, Level

BEST_EFFORT = ("best-effort",)
"""The layers of a guard that has no help from the kernel."""
SAMPLED = "processes are looked at again and again; one that gets away between two looks may be missed"

_NEEDED: dict[Level, tuple[str, ...]] = {"cgroup": ("cgroup2", "guardian"), "guardian": ("guardian",)}
LEVELS: tuple[Level, ...] = tuple(_NEEDED)
"""What may be required, strongest first."""


def falls_short(required: Level | None, layers: tuple[str, ...]) -> str:
    """What of the required level these layers lack, in words; empty where they are enough."""
    missing = [layer for layer in _NEEDED[required] if layer not in layers] if required else []
    if not missing:
        return ""
    return f"required is containment by {required}; missing: {', '.join(missing)}; there is: {_named(layers)}"


def weakened(containment: Containment, layers: tuple[str, ...]) -> str:
    """How these layers are less than those that the run began with, in words; empty where they are not."""
    missing = [layer for layer in containment.layers if layer not in layers]
    if not missing:
        return ""
    return f"the command was held without {', '.join(missing)}, unlike what the run began with; by: {_named(layers)}"


def beyond_best_effort(order: GuardOrder) -> str:
    """What of an order a guard without the kernel's help cannot keep, in words; empty where it can keep all of it.

    It must not run such a command and say nothing: a secret would be on the disk, a limit would be none.
    """
    asked = {
        "redact: strict": order.strict and order.masked,
        "tty": order.tty,
        "limits.memory": order.limits.memory,
        "limits.processes": order.limits.processes,
    }
    names = [name for name, value in asked.items() if value]
    return f"not kept by the best-effort guard of this system: {', '.join(names)}" if names else ""


def described(layers: tuple[str, ...], required: str = "") -> str:
    """What holds the commands of a run, for people; says where that is not a guarantee."""
    if not layers:
        return "nothing that is known"
    held = f"best effort only ({SAMPLED})" if layers == BEST_EFFORT else ", ".join(layers)
    return f"{held}; required: {required}" if required else held


def _named(layers: tuple[str, ...]) -> str:
    return ", ".join(layers) or "nothing"
