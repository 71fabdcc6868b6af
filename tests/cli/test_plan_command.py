"""`gatekeeper plan`: what a run would do, as far as it can be known; and nothing is run."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion

from gatekeeper.cli.main import run
from gatekeeper.policy.switches import Switch

DEFINITION = """\
gatekeeper: 1
cycle: shop
id: "42"
title: The shop's gate
vars:
  url: http://127.0.0.1:${port.api}
  who: ${env:WHO:-the world}
ports: {api: auto, admin: "${env:ADMIN:-9000}"}
secrets: [SHOP_TOKEN]
repos:
  shop: {path: "${env:SHOP:-services/shop}"}
log: {file: "logs/${cycle.id}_${run.date}.md"}
classes: {suite: {timeout: 10m..15m}}
until_green:
  rounds: 4
  within: 1h
  mitigate: [port_in_use, git_lock]
  fixer:
    run: ./fix.sh --port ${port.admin} ${env:SHOP_TOKEN}
    in: shop
    timeout: 10m
    calls: 2
    scope: ["src/**", "tests/**"]
    protected: ["tests/contract/**"]
    provider: acme/fix-1
    goal: Make ${cycle.title} pass
    env: {FIX_TOKEN: "${env:SHOP_TOKEN}"}
    undo: true
    brief: 8KiB
gates:
  smoke:
    needs: [stack]
    tier: advisory
    timeout: 90s
    stop_on_failure: true
    after_each: {http: "GET ${vars.url}/health", expect: {status: 200, within: 5s}}
    steps:
      greet: {run: "echo ${vars.who} ${env:SHOP_TOKEN} ${vars.url} ${run.id}", timeout: 30s}
      signup:
        needs: [greet]
        http: POST ${vars.url}/signup
        expect: {status: [200, 201], json: {"$.id": {capture: id}, "$.ok": true}}
      use: {run: [./use, "${capture.id}", "${env:UNSET}"]}
  stack:
    steps:
      start:
        run: ./start.sh ${port.admin}
        in: shop
        keep: shop
        ready: {tcp: "127.0.0.1:${port.api}", within: 20s}
  suite:
    needs: [smoke]
    steps:
      tests:
        run: |
          make deps
          make test
        in: shop
        class: suite
        report: {junit: "reports/*.xml"}
        inputs: ["src/**", package.json]
        rerun: make test ONLY={failed}
        baseline: {ref: origin/main, skipped: 5, xfailed: "+0", duration: 90s}
        coverage: {file: lcov.info, lines: -0.5, branches: 70, changed_lines: 80}
        metrics:
          bundle_kb: {file: dist/size.txt, better: lower, tolerance: 1%, target: 250}
          hits: {pattern: 'hits (\\d+)', better: higher, limit: 3, unit: hits}
        limits: {memory: 4GiB, processes: 512, cpu: 10m, open_files: 1024, output: 1MiB, nice: 5}
        matrix: {db: [sqlite, postgres]}
        quiet: 2s
        tty: true
        redact: strict
        if: {branch: [main, "release/*"], os: linux, env: {CI: "true"}, changed: "src/**"}
teardown:
  - {run: ./stop.sh, in: shop, timeout: 10s}
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with one definition, and us in it."""
    monkeypatch.chdir(tmp_path)
    for name in ("FORCE_COLOR", "CLICOLOR_FORCE", "WHO", "ADMIN", "SHOP", "UNSET", *(each.variable for each in Switch)):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("SHOP_TOKEN", "hunter2-and-more")
    (tmp_path / "gates").mkdir()
    (tmp_path / "gates" / "shop.yaml").write_text(DEFINITION)
    return tmp_path


def test_the_plan_is_shown_in_the_order_in_which_it_would_run(
    project: Path, capsys: pytest.CaptureFixture[str], snapshot: SnapshotAssertion
) -> None:
    """Values filled in, what only the run knows as the reference that it is, secrets masked."""
    assert run(["plan", "shop"]) == 0
    out = capsys.readouterr().out
    assert "hunter2" not in out
    assert out.replace(out.split("sha256:")[1].split("…")[0], "DIGEST") == snapshot


def test_machines_get_json(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The same facts."""
    assert run(["plan", "shop", "--format", "json"]) == 0
    plan = json.loads(capsys.readouterr().out)
    assert [gate["name"] for gate in plan["gates"]] == ["stack", "smoke", "suite"]
    assert plan["missing_environment"] == ["UNSET"]
    greet = plan["gates"][1]["steps"][0]
    assert greet["does"] == "echo 'the world' ••• http://127.0.0.1:${port.api} ${run.id}"
    assert (greet["timeout_s"], greet["timeout_from"]) == (30.0, "own")
    tests = plan["gates"][2]["steps"]
    assert [step["name"] for step in tests] == ["tests[db=sqlite]", "tests[db=postgres]"]
    assert (tests[0]["timeout_s"], tests[0]["timeout_from"]) == (900.0, "class")
    assert (
        tests[0]["demands"][1] == "coverage: lines at most 0.5 points below the baseline, branches at least 70 %, "
        "changed lines (beside the upstream) at least 80 %"
    )
    assert plan["integrity"] == {"fixer": "fail", "others": "warn", "base": ""}
    assert plan["until_green"]["fixer"] == {
        "name": "acme/fix-1",
        "does": "./fix.sh --port 9000 •••",
        "folder": "services/shop",
        "timeout_s": 600.0,
        "calls": 2,
        "scope": ["src/**", "tests/**"],
        "protected": ["tests/contract/**"],
        "undo": True,
        "goal": "Make The shop's gate pass",
        "env": ["FIX_TOKEN"],
        "brief": 8192,
    }
    assert (plan["until_green"]["mitigate"], plan["switches"]) == (["port_in_use", "git_lock"], [])
    assert tests[0]["inputs"] == ["src/**", "package.json"]


def test_help_that_is_turned_off_is_told(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody wonders why no fixer is called."""
    monkeypatch.setenv("GATEKEEPER_NO_FIXER", "1")
    monkeypatch.setenv("GATEKEEPER_NO_RETRY", "0")
    assert run(["plan", "shop"]) == 0
    assert "turned off by the environment: no-fixer (GATEKEEPER_NO_FIXER)\n" in capsys.readouterr().out
    assert run(["plan", "shop", "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["switches"] == ["no-fixer"]


def test_a_variable_can_be_set(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """As `run` takes it."""
    assert run(["plan", "shop", "--set", "who=you & me", "--set", "url=http://x"]) == 0
    assert "echo 'you & me' ••• http://x ${run.id}" in capsys.readouterr().out


def test_the_environment_is_read(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is set is what would be used."""
    monkeypatch.setenv("SHOP", "/elsewhere")
    monkeypatch.setenv("UNSET", "now set")
    assert run(["plan", "shop"]) == 0
    out = capsys.readouterr().out
    assert "in /elsewhere" in out
    assert "not set" not in out


def test_a_secret_that_nothing_is_hidden_for_is_shown(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its name may be misspelt."""
    monkeypatch.delenv("SHOP_TOKEN")
    assert run(["plan", "shop"]) == 0
    rows = [line.split(maxsplit=2) for line in capsys.readouterr().out.splitlines()]
    assert ["secret", "SHOP_TOKEN", "not set here, nothing is hidden for it"] in rows
    assert run(["plan", "shop", "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["unmasked_secrets"] == {"SHOP_TOKEN": "not set here"}


def test_the_smallest_bound_is_the_one_that_is_shown(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A step can't take longer than its gate."""
    assert run(["plan", "shop", "--format", "json"]) == 0
    signup = json.loads(capsys.readouterr().out)["gates"][1]["steps"][1]
    assert (signup["timeout_s"], signup["timeout_from"]) == (90.0, "gate")


def test_a_wrong_definition_is_told_as_such(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 78, with the place."""
    (project / "gates" / "shop.yaml").write_text(DEFINITION.replace("class: suite", "class: suit"))
    assert run(["plan", "shop"]) == 78
    assert "gates/shop.yaml:59:16" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["plan", "shopp"], "did you mean shop?"),
        (["plan"], "which cycle? there is shop"),
        (["plan", "shop", "--set", "wo=x"], "did you mean who?"),
        (["plan", "shop", "--set", "who"], "--set NAME=VALUE"),
        (["plan", "shop", "--file", "x"], "leave out CYCLE"),
    ],
)
def test_wrong_usage_says_what_is_right(
    project: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], says: str
) -> None:
    """Exit code 2."""
    assert run(arguments) == 2
    assert says in capsys.readouterr().err


def test_nothing_is_run_and_only_the_plan_is_kept(project: Path) -> None:
    """A command that would leave a trace leaves none."""
    (project / "gates" / "shop.yaml").write_text(
        "gatekeeper: 1\ncycle: shop\ngates: {g: {steps: {s: {run: touch trace}}}}\n"
    )
    assert run(["plan", "shop"]) == 0
    assert sorted(path.name for path in project.iterdir()) == [".gatekeeper", "gates"]
    assert [path.name for path in (project / ".gatekeeper").iterdir()] == ["cache"]


def test_a_file_outside_a_project_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Looking is not touching."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "c.yaml").write_text("gatekeeper: 1\ncycle: c\ngates: {g: {steps: {s: {run: x}}}}\n")
    assert run(["plan", "--file", "c.yaml"]) == 0
    assert "1 gate, 1 step" in capsys.readouterr().out
    assert [path.name for path in tmp_path.iterdir()] == ["c.yaml"]


@pytest.mark.parametrize(
    ("whole", "shown"),
    [
        ("", {"locks": [], "g": ["db:orders", "files"], "h": ["port:8080"]}),
        ("locks: gpu\n", {"locks": ["db:orders", "files", "gpu", "port:8080"], "g": [], "h": []}),
    ],
    ids=["by gate and step", "by the whole run"],
)
def test_what_is_had_for_itself_is_shown_as_it_will_be(
    project: Path, capsys: pytest.CaptureFixture[str], whole: str, shown: dict[str, list[str]]
) -> None:
    text = (
        "gatekeeper: 1\ncycle: locked\nisolate: true\nvars: {db: orders}\ngates:\n"
        '  g: {locks: ["db:${vars.db}"], steps: {s: {run: "true", locks: [files, files]}}}\n'
        '  h: {steps: {s: {run: "true", locks: "port:8080"}}}\n'
    )
    (project / "gates" / "locked.yaml").write_text(text + whole, "utf-8")
    assert run(["plan", "locked", "--format", "json"]) == 0
    told = json.loads(capsys.readouterr().out)
    first, second = told["gates"]
    assert {"locks": told["locks"], "g": first["locks"], "h": second["steps"][0]["locks"]} == shown
    assert told["isolate"] is True
