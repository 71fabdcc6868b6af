"""The ports that a step means stand in its probes, its command and its environment."""

from __future__ import annotations

import pytest

from gatekeeper.model.plan import Argv, Check, HttpProbe, Shell, Step, TcpProbe, Work
from gatekeeper.policy.patterns.ports_meant import ports_meant


def step(work: Work, ready: Check | None = None, **env: str) -> Step:
    return Step("stack", "serve", work, 10.0, ready=ready, env=tuple(env.items()))


@pytest.mark.parametrize(
    ("command", "ports"),
    [
        ("bash restart.sh 18471", (18471,)),
        ("flask run -p 8000 --host 127.0.0.1", (8000,)),
        ("gunicorn -b 127.0.0.1:8000 app:wsgi", (8000,)),
        ("PORT=3000 npm start", (3000,)),
        ("server --port=3000; server --admin-port='3001'", (3000, 3001)),
        ("curl http://localhost:3000/health || node app.js 3000", (3000,)),
        ("sleep 5; echo 99999 v1.20.300 commit-8000 a8000", ()),
        ("make serve", ()),
    ],
)
def test_numbers_that_stand_alone_in_a_command_may_be_ports(command: str, ports: tuple[int, ...]) -> None:
    """None that is part of a word, of one digit, or too high for a port."""
    assert ports_meant(step(Shell(command))) == ports


def test_what_its_probes_ask_comes_first() -> None:
    ready = Check("ready", HttpProbe("GET", "http://127.0.0.1:8000/health?at=9000"), 10.0)
    assert ports_meant(step(Argv(("serve", "9100")), ready)) == (8000, 9100)
    assert ports_meant(step(Argv(("serve",)), Check("ready", TcpProbe("localhost:5432")))) == (5432,)
    assert ports_meant(step(Argv(("serve",)), Check("ready", HttpProbe("GET", "http://app/health")))) == ()


def test_a_port_in_its_environment_counts() -> None:
    assert ports_meant(step(Argv(("serve",)), None, PORT="8000", NAME="x8000")) == (8000,)
