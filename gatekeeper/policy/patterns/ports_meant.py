"""Owns which ports a step means, told from its own words: what its probes ask, and the numbers of its command."""

from __future__ import annotations

import re
from collections.abc import Iterator

from gatekeeper.model.plan import HttpProbe, Step, TcpProbe
from gatekeeper.policy.describe import work_line

# A number that is a whole word, or stands behind what is put before a port: `8000`, `:8000`, `--port=8000`.
_NUMBER = r"(?:^|[\s:='\"])(\d{2,5})(?=$|[\s/'\";&|)])"
_HIGHEST = 65535


def ports_meant(step: Step) -> tuple[int, ...]:
    """The ports that a bound step may mean, each once; a number of its command need not be one."""
    numbers = dict.fromkeys(int(number) for number in _written(step))
    return tuple(number for number in numbers if 0 < number <= _HIGHEST)


def _written(step: Step) -> Iterator[str]:
    for check in (*((step.ready,) if step.ready else ()), *step.after_each):
        match check.probe:
            case HttpProbe(_, url):
                yield from re.findall(r"^\w+://[^/?#]*:(\d+)(?=$|[/?#])", url)
            case TcpProbe(address):
                yield from re.findall(r":(\d+)$", address)
            case _:
                pass
    for text in (work_line(step.work), *(value for _, value in step.env)):
        yield from re.findall(_NUMBER, text)
