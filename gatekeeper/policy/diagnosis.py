"""Owns the diagnosis of a machine: how strong containment is here, every finding graded, and where the promise ends."""

from __future__ import annotations

from typing import Literal, TypeAlias

from gatekeeper.model.machine import GuardTrial, Host, Leaf, Machine
from gatekeeper.model.record import NamedTuple
from gatekeeper.policy.diagnosis_rows import Grade, Row
from gatekeeper.policy.layers_diagnosed import layer_rows
from gatekeeper.policy.surroundings_diagnosed import surroundings_rows

Strength: TypeAlias = Literal["cgroup", "guardian", "best-effort", "none"]


class Diagnosis(NamedTuple):
    """What is to be said of a machine. `strength` is what `--require-containment` may ask for, where it is a level."""

    strength: Strength
    summary: str
    layers: tuple[Row, ...]
    surroundings: tuple[Row, ...]
    limits: tuple[str, ...]

    @property
    def healthy(self) -> bool:
        """Whether everything that a run needs is there."""
        return all(row.grade is not Grade.WRONG for row in (*self.layers, *self.surroundings))


def diagnose(machine: Machine) -> Diagnosis:
    """Grade everything that was found."""
    strength = _strength(machine)
    return Diagnosis(
        strength, _SUMMARIES[strength], layer_rows(machine), surroundings_rows(machine), _limits(machine.host, strength)
    )


_SUMMARIES: dict[Strength, str] = {
    "cgroup": "as strong as it gets: the kernel kills all of a step at once, and a guardian stands beside it",
    "guardian": "good: a guardian ends whatever its step started; a cgroup would close the last gap",
    "best-effort": "the strongest that this system offers: processes are looked at again and again",
    "none": "the guard failed its trial: a run would say of each step that its containment is broken",
}


def _strength(machine: Machine) -> Strength:
    if machine.linux is None:
        return "best-effort" if _held(machine.trial) else "none"
    leaf, layers = machine.linux.leaf, getattr(machine.trial, "layers", ())
    if _held(machine.trial) and "cgroup2" in layers and isinstance(leaf, Leaf) and leaf.state == "works":
        return "cgroup"
    return "guardian" if _held(machine.linux.bare) else "none"


def _held(trial: object) -> bool:
    return isinstance(trial, GuardTrial) and trial.gone and not trial.problem


_SERVERS = (
    "Work handed to a server that ran before the step cannot be traced: a pane in a tmux server, a container of the"
    " Docker daemon, a systemd unit, an at job, a build in a Gradle or Bazel daemon. The server starts it, and the"
    " kernel knows of no tie to the step."
)


def _limits(host: Host, strength: Strength) -> tuple[str, ...]:
    found = [_SERVERS]
    if strength == "cgroup" and host.root:
        found.append("A step that is root can leave its cgroup. Its guardian still has it.")
    if strength == "guardian":
        found.append(
            "Without a cgroup, a step that means to can get away: by killing its guardian and gatekeeper itself in the"
            " same moment, from a process with an emptied environment."
        )
        if not host.root:
            found.append(f"What a step runs as another user (sudo) cannot be signalled by {host.user}.")
    if strength == "best-effort":
        found.append(
            "A process is missed that forks twice and empties its environment between two looks. When gatekeeper is"
            " killed, a helper ends what had been seen until then."
        )
    found.append(
        "A process in uninterruptible sleep (a dead network file system) can be ended by nobody. The run says so and"
        " goes on."
    )
    found.append("This is no sandbox: a step may read, write and send whatever its user may.")
    return tuple(found)
