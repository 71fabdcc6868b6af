"""Steps in one line of words."""

from __future__ import annotations

import pytest

from gatekeeper.model.plan import Argv, FileProbe, HttpProbe, Shell, TcpProbe, Work
from gatekeeper.policy.describe import command_line, probe_line, work_line


@pytest.mark.parametrize(
    ("work", "line"),
    [
        (Shell("  npm test\n"), "npm test"),
        (Argv(("echo", "a b", "$x")), "echo 'a b' '$x'"),
        (HttpProbe("GET", "http://localhost/health"), "GET http://localhost/health"),
        (TcpProbe("localhost:1"), "tcp localhost:1 accepts connections"),
        (TcpProbe("localhost:1", open=False), "tcp localhost:1 refuses connections"),
        (FileProbe("a.txt"), "file a.txt exists"),
        (FileProbe("a.txt", exists=False), "file a.txt is absent"),
        (FileProbe("a.txt", contains="x"), "file a.txt holds 'x'"),
    ],
)
def test_a_step_in_one_line(work: Work, line: str) -> None:
    assert work_line(work) == line
    assert {command_line(work), probe_line(work)} == {line, None}
