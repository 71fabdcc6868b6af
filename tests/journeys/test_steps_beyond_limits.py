"""A step that uses more than it may: what people read says which limit, and not only which exit code."""

from __future__ import annotations

from tests.support.project_fixtures import MakeTiny

CYCLE = """
until_green: {rounds: 1}
gates:
  a:
    steps:
      hog:
        run: >-
          python3 -c "import time; held = [];
          [(held.append(b'x' * 1048576), time.sleep(0.002)) for _ in range(400)]; time.sleep(30)"; exit 0
        limits: {memory: 64MiB}
      spinner:
        run: "while :; do :; done"
        limits: {cpu: 300ms}
        grace: 0s
      modest: {run: "ulimit -n", limits: {memory: 64MiB, processes: 20, cpu: 60s, open_files: 99, nice: 1}}
"""


def test_steps_beyond_their_limits_fail_and_say_so(tiny: MakeTiny) -> None:
    """Also where the command itself does not mind, and never as a timeout."""
    project = tiny(CYCLE)
    done = project.gatekeeper("run", "tiny").expect(1)
    journal = project.journal
    assert journal.verdicts() == {"a/hog": "failed", "a/spinner": "failed", "a/modest": "passed"}
    findings = {event["step"]: event["findings"][0] for event in journal.events("step.finished") if event["findings"]}
    assert {step: found["kind"] for step, found in findings.items()} == {"hog": "limit-memory", "spinner": "limit-cpu"}
    assert "the limit is 64 MiB (" in findings["hog"]["message"]
    assert "the limit is 0.3 s (" in findings["spinner"]["message"]
    assert findings["hog"]["message"] in done.text
    assert journal.output("modest").strip() == "99"
