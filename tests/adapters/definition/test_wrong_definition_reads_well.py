"""What people read when a definition is wrong."""

from __future__ import annotations

from syrupy.assertion import SnapshotAssertion

from tests.adapters.definition.definitions import problems_of

MANY_MISTAKES = """\
gatekeeper: 1
cycle: Backend Cycle
titel: Backend quality gate
vars:
  url: http://127.0.0.1:${port.ap}
  loop: ${vars.loop}
ports: {api: auto}
repos:
  backend: {path: "${env:BACKEND_REPO:-examples/backend}", branch: ~}
classes:
  restart: {timeout: 120s..300s}
  smoke: {timeout: 300}
until_green:
  rounds: "5"
  within: 2 hours
  flaky: maybe
  mitigate: [port-in-use]
  fixer: {run: "./agent-fix.sh ${capture.user_id}", in: bakend, calls: 0, protected: [../gates], brief: 16}
gates:
  stack:
    needs: [suite]
    steps:
      restart-stack:
        run: |
          ./dev-scripts/restart-stack.sh
          echo ${HOME}
        in: bakend
        class: restart
        timeout: 500s
        keep: stack
        ready: {http: "GET ${vars.url}/health", within: 60s}
  suite:
    needs: [stak]
    steps:
      npm-test:
        run: npm test
        run: npm run test
        class: smok
        quiet: 120
        report: {ctrf: report.json}
        env: {PY: 1.10, EMPTY: }
        needs: [later, negative-paths/signup]
      later: {command: make}
  negative-paths:
    needs: [stack]
    steps:
      signup:
        http: post ${vars.url}/auth/signup
        json: {weight: .5}
        expect: {status: 20}
      login: {run: "echo ${capture.user_id}", stop_on_failure: yes}
notify:
  - {to: x, on: [rot]}
"""


def test_many_mistakes(snapshot: SnapshotAssertion) -> None:
    """Each with its place, what was found, and what to do; in the order of the file."""
    assert "\n".join(map(str, problems_of(MANY_MISTAKES))) == snapshot
