"""The value of a declared secret is nowhere but in the environment of the steps."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import shlex
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

import pytest

from tests.support.project_fixtures import MakeTiny
from tests.support.projects import Project, until

pytestmark = pytest.mark.slow

SECRET = "hunter2-correct-horse"
MANY_LINES = "-----BEGIN KEY-----\nc2VjcmV0IGxpbmUgb25l\n-----END KEY-----"
CYCLE = """
secrets: [API_TOKEN, API_KEY, NOT_SET]
vars: {header: "Bearer ${env:API_TOKEN:-}"}
ports: {api: auto}
until_green: {rounds: 1}
gates:
  a:
    steps:
      tells: {run: 'echo "token $API_TOKEN"; echo "$API_KEY" >&2; false'}
      argument: {run: ["sh", "-c", "echo $0; exit 1", "${env:API_TOKEN}"]}
      asks:
        http: "GET http://127.0.0.1:${port.api}/?token=${env:API_TOKEN}"
        headers: {Authorization: "${vars.header}"}
        expect: {status: 200, contains: "${env:API_TOKEN}"}
      reports:
        run: |
          mkdir -p reports
          echo "<testsuite tests='1' failures='1'><testcase classname='c' name='t $API_TOKEN'>" > reports/a.xml
          echo "<failure message='saw $API_TOKEN'>$API_TOKEN</failure></testcase></testsuite>" >> reports/a.xml
          false
        report: {junit: reports/*.xml}
      checks:
        run: |
          test "$API_TOKEN" = "hunter2""-correct""-horse"
"""


def places_of(project: Project, *values: str) -> list[str]:
    """Files below .gatekeeper that hold one of the values, in their content or in their name."""
    found = []
    for folder, _, names in os.walk(project.root / ".gatekeeper"):
        for name in names:
            path = Path(folder) / name
            if any(value.encode() in path.read_bytes() or value in name for value in values):
                found.append(str(path.relative_to(project.root)))
    return found


def test_a_secret_reaches_the_step_and_nothing_that_is_kept_or_shown(tiny: MakeTiny) -> None:
    """Journal, log, console in every format, reports, and the output once the step has ended."""
    values = (SECRET, "c2VjcmV0IGxpbmUgb25l")
    env: dict[str, Any] = {"API_TOKEN": SECRET, "API_KEY": MANY_LINES}
    for form in ("human", "json", "github"):
        project = tiny(CYCLE)
        (project.root / ".gitignore").write_text("reports/\n", "utf-8")
        done = project.gatekeeper("run", "tiny", "--format", form, **env).expect(1)
        assert not [value for value in values if value in done.text], form
        journal = project.journal
        assert journal.verdicts()["a/checks"] == "passed", "the step itself must see the value"
        kept = places_of(project, *values)
        assert kept == [], "definition and tests hold no value of ours, so nothing may"
        assert "•••" in journal.path.read_text("utf-8")
    looked = project.gatekeeper("show", **env).text + project.gatekeeper("show", "--json", **env).text
    assert SECRET not in looked


def test_secret_without_a_value_is_told_of(tiny: MakeTiny) -> None:
    """A misspelt name hides nothing: the run says so at its start, in the journal and in the log."""
    project = tiny(CYCLE)
    done = project.gatekeeper("run", "tiny", API_TOKEN=SECRET, API_KEY="abc", NOT_SET=None).expect(1)
    told = "secrets: nothing is hidden for API_KEY (shorter than 4 characters), NOT_SET (not set here)"
    assert done.err.count(told) == 1
    started = project.journal.last("run.started")
    assert dict(started["unmasked_secrets"]) == {"API_KEY": "shorter than 4 characters", "NOT_SET": "not set here"}
    log = Path(started["log"]).read_text("utf-8")
    assert "- **Nothing is hidden for:** `API_KEY` (shorter than 4 characters), `NOT_SET` (not set here)\n" in log
    everything: dict[str, Any] = {"API_TOKEN": SECRET, "API_KEY": MANY_LINES, "NOT_SET": "set after all"}
    assert "nothing is hidden" not in project.gatekeeper("run", "tiny", **everything).text


def test_captured_output_is_for_its_owner_alone(tiny: MakeTiny) -> None:
    """While a step runs, it is byte for byte what the step said, so nobody else may read it."""
    project = tiny(CYCLE)
    project.gatekeeper("run", "tiny", API_TOKEN=SECRET, API_KEY=MANY_LINES).expect(1)
    journal = project.journal
    private = [journal.folder, journal.path, *(journal.folder / "output").iterdir()]
    assert [path for path in private if path.stat().st_mode & 0o077] == []
    finished = journal.last("step.finished", step="tells")
    content = (journal.folder / finished["output"]).read_bytes()
    assert finished["output_digest"] == "sha256:" + hashlib.sha256(content).hexdigest()


FORMS = r"""
import base64, json, os, shlex, sys, urllib.parse
secret = os.environ["API_TOKEN"]
quoted = urllib.parse.quote(secret, safe="")
said = [secret, quoted, quoted.lower(), urllib.parse.quote_plus(secret), json.dumps({"token": secret})]
said += [shlex.quote(secret), repr(secret), f"\x1b[31m{secret}\x1b[0m", f"10%\r{secret}\r", os.environ["API_KEY"]]
for before in ("", "x", "user:", "\u00e4\u00e4"):
    whole = base64.b64encode((before + secret + "and more").encode())
    said += [whole.decode(), base64.urlsafe_b64encode((before + secret).encode()).decode()]
    said += [whole[:at].decode() + "\n" + whole[at:].decode() for at in (9, 16, 24)]
for one in said:
    print("<" + one + ">", flush=True)
    print("split ", end="", flush=True)
    sys.stdout.write(one[: len(one) // 2]); sys.stdout.flush()
    sys.stdout.write(one[len(one) // 2 :] + "\n")
"""
TELLING = """
secrets: [API_TOKEN, API_KEY]
until_green: {rounds: 1}
gates:
  a:
    steps:
      tells: {run: '"$PYTHON" forms.py; false'}
      terminal: {run: '"$PYTHON" forms.py; exit 3', tty: true}
      argument: {run: ["sh", "-c", "echo $0; exit 1", "${env:API_TOKEN}"]}
      hangs: {run: '"$PYTHON" -c "import time; time.sleep(600)" "$API_TOKEN"; true', timeout: 1s, grace: 0s}
      asks: {run: 'printf "token of %s: " "$API_TOKEN"; sleep 600', quiet: 1s, timeout: 9s, grace: 0s}
      strays: {run: 'sh -c "touch stray; sleep 600; true" "$API_TOKEN" & until [ -e stray ]; do sleep 0.01; done'}
      serves:
        run: '(while [ ! -e speak ]; do sleep 0.01; done; "$PYTHON" forms.py; touch spoken; sleep 600) & true'
        keep: api
      hears: {run: 'touch speak; until [ -e spoken ]; do sleep 0.01; done'}
      reports:
        run: |
          mkdir -p reports
          echo "<testsuite tests='1' failures='1'><testcase classname='c' name='t'>" > reports/a.xml
          echo "<failure message='saw $API_TOKEN'>$API_TOKEN</failure></testcase></testsuite>" >> reports/a.xml
          false
        report: {junit: reports/*.xml}
"""


def needles(secret: str) -> list[bytes]:
    """What may be found nowhere: the value as others encode it, made here once more and not by what is tested."""
    raw = secret.encode()
    found = [raw, quote(secret, safe="").encode(), quote(secret, safe="").lower().encode(), quote_plus(secret).encode()]
    found += [json.dumps(secret)[1:-1].encode(), shlex.quote(secret)[1:-1].encode()]
    for shift in range(3):
        # Four characters at each end are shared with neighbours, or are padding.
        found.append(base64.b64encode(b"x" * shift + raw)[4:-4])
        found.append(base64.urlsafe_b64encode(b"x" * shift + raw)[4:-4])
    return found


def joined(text: bytes) -> bytes:
    return text.replace(b"\r", b"").replace(b"\n", b"")


@pytest.mark.parametrize("mode", ["strict", "shown"])
def test_no_form_of_a_secret_is_kept_or_shown(tiny: MakeTiny, mode: str) -> None:
    """Everything below .gatekeeper and everything that is printed, while a step fails in every way there is."""
    secret = 'pa\'ss/w+rd \\of "mine"'
    env: dict[str, Any] = {"API_TOKEN": secret, "API_KEY": MANY_LINES}
    wanted = [*needles(secret), b"c2VjcmV0IGxpbmUgb25l"]
    for form in ("human", "json", "github"):
        project = tiny(f"redact: {mode}\n{TELLING}")
        (project.root / ".gitignore").write_text("reports/\nforms.py\nstray\nspeak\nspoken\n", "utf-8")
        (project.root / "forms.py").write_text(FORMS, "utf-8")
        summary = project.temporary / "summary.md"
        done = project.gatekeeper("run", "tiny", "--format", form, GITHUB_STEP_SUMMARY=str(summary), **env).expect(1)
        assert project.journal.verdicts()["a/hangs"] == "timed-out"
        assert project.journal.last("step.finished", step="strays")["strays"]
        shown = [done.text]
        shown += [project.gatekeeper("show", *more, **env).text for more in ((), ("--json",))]
        shown += [project.gatekeeper("show", "--output", f"a/{step}", "--times").text for step in ("tells", "terminal")]
        places = {f"shown {place}": text.encode() for place, text in enumerate(shown)}
        for folder, _, names in os.walk(project.root / ".gatekeeper"):
            places |= {f"{folder}/{name}": (Path(folder) / name).read_bytes() + name.encode() for name in names}
        if summary.exists():
            places["summary"] = summary.read_bytes()
        found = [(place, needle) for place, text in places.items() for needle in wanted if needle in joined(text)]
        assert found == []
        told = (project.journal.folder / "output" / "a.tells.1.log").read_text("utf-8")
        assert told.count("\u2022\u2022\u2022") > 40


def test_strict_keeps_a_secret_from_the_disk_while_the_step_runs(tiny: MakeTiny) -> None:
    """Not only in the end: nobody who looks meanwhile finds it, and what surrounds it is there at once."""
    script = 'printf "token %s" "$API_TOKEN"; echo " ends"; while [ ! -e go ]; do sleep 0.01; done'
    project = tiny(f"secrets: [API_TOKEN]\nredact: strict\ngates:\n  a:\n    steps:\n      x: {{run: '{script}'}}\n")
    going = project.start("run", "tiny", API_TOKEN=SECRET)
    output = going.wait_for("step.started")["output"]
    path = going.journal.folder / output
    until(lambda: path.exists() and path.read_text("utf-8").endswith("ends\n"), "the output is there")
    assert path.read_text("utf-8") == "token \u2022\u2022\u2022 ends\n"
    (project.root / "go").touch()
    going.end().expect(0)
