"""The line that tells a failure is what went wrong, and not how a tool around it passes that on."""

from __future__ import annotations

import pytest

from gatekeeper.policy.patterns.headline import headline_of

NPM = """npm error Lifecycle script `test` failed with error:
npm error code 1
npm error path /srv/ws/packages/app
npm error workspace @ws/app@1.0.0
npm error location /srv/ws/packages/app
npm error command failed
npm error command sh -c node --test test/"""
OLD_NPM = """npm ERR! code ELIFECYCLE
npm ERR! errno 1
npm ERR! A complete log of this run can be found in: /root/.npm/_logs/debug.log"""


@pytest.mark.parametrize(
    "passed_on",
    [
        NPM,
        OLD_NPM,
        "error Command failed with exit code 1.\ninfo Visit https://yarnpkg.com/en/docs/cli/run for documentation.",
        " ELIFECYCLE  Command failed with exit code 1.",
        "make[1]: *** [Makefile:2: test] Error 1\nmake: *** [Makefile:9: all] Error 2",
        'error: script "test" exited with code 1',
        "error: Recipe `test` failed on line 2 with exit code 1",
    ],
    ids=["npm", "npm 6", "yarn", "pnpm", "make", "bun", "just"],
)
def test_what_runs_a_script_does_not_hide_why_it_failed(passed_on: str) -> None:
    """These lines are the same for every failure of the script."""
    output = ["ok 1 - reads", "  error: '0 == 4'", "# fail 1", *passed_on.splitlines()]
    assert headline_of((), output) == "error: '0 == 4'"
