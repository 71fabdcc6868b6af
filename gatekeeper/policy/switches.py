"""Owns the kill switches: what each turns off, and that none can turn red into green. Reads no environment itself."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from gatekeeper.model.plan import UntilGreen

_PREFIX = "GATEKEEPER_"
_OFF = frozenset({"", "0"})


class Switch(StrEnum):
    """A kind of help that is turned off, by an environment variable of the same name."""

    NO_MITIGATE = "no-mitigate"
    NO_FIXER = "no-fixer"
    NO_NOTIFY = "no-notify"
    NO_RETRY = "no-retry"

    @property
    def variable(self) -> str:
        """The environment variable, as in ``GATEKEEPER_NO_FIXER``."""
        return _PREFIX + self.value.upper().replace("-", "_")


def switches_in(environ: Mapping[str, str]) -> tuple[Switch, ...]:
    """The switches in force: those whose variable holds anything but nothing or ``0``."""
    return tuple(switch for switch in Switch if environ.get(switch.variable, "") not in _OFF)


def allowed(policy: UntilGreen, switches: frozenset[str]) -> UntilGreen:
    """`policy` without the help that `switches` (their names) turn off."""
    if Switch.NO_MITIGATE in switches:
        policy = policy._replace(mitigate=())
    if Switch.NO_FIXER in switches:
        policy = policy._replace(fixer=None)
    if Switch.NO_RETRY in switches:
        policy = policy._replace(retry_unchanged=0, retry_infra=0)
    return policy
