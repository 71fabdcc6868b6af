"""Ready-made steps from the definition to the verdict: good ones are green with their counts, bad ones say where."""

from __future__ import annotations

import pytest

from tests.support.project_fixtures import MakeTiny

STEPS = """
until_green: {retry_unchanged: 0}
gates:
  drift:
    steps:
      code: {python: {files: "src/*.py", imports: [shop]}, env: {PYTHONPATH: src}}
      words: {docs: {files: "*.md", forbidden: [{text: master, reason: it is main}]}}
      api: {openapi: {base: before.yaml, head: after.yaml, tool: own}}
      surroundings: {environment: {required: [URL], refuse_production: [URL]}, env: {URL: "postgres://u:pw1234@db/test"}}
"""
API = "openapi: 3.0.0\npaths: {/a: {get: {responses: {200: {description: ok}}}}, /b: {get: {responses: {200: {}}}}}\n"
GOOD = {"src/shop.py": "X = 1\n", "a.md": "`master` is main\n", "before.yaml": API, "after.yaml": API}


@pytest.mark.slow
def test_what_is_in_order_is_green_and_counted(tiny: MakeTiny) -> None:
    """Each check is a test, and nothing is left in the tree."""
    project = tiny(STEPS)
    for name, text in GOOD.items():
        (project.root / name).parent.mkdir(exist_ok=True)
        (project.root / name).write_text(text)
    project.gatekeeper("run", "tiny").expect(0)
    finished = {
        step: project.journal.last("step.finished", step=step) for step in ("code", "words", "api", "surroundings")
    }
    assert {step: event["tests"]["passed"] for step, event in finished.items()} == {
        "code": 2,
        "words": 1,
        "api": 2,
        "surroundings": 2,
    }
    assert list(project.root.rglob("*.pyc")) == []
    assert list((project.journal.folder / "ready-made").iterdir()) == []


@pytest.mark.slow
@pytest.mark.parametrize(
    ("step", "name", "text", "told"),
    [
        ("code", "src/shop.py", "def f(:\n", "src/shop.py::compiles: invalid syntax"),
        ("code", "src/shop.py", "import sys; sys.exit(0)\n", "it ends the process while it is imported"),
        ("words", "a.md", "the\nmaster\n", "'master' may not stand here: it is main"),
        ("api", "after.yaml", API.partition(", /b")[0] + "}\n", "GET /b: the path is gone"),
        ("api", "before.yaml", "", "no `openapi:`"),
    ],
)
def test_what_is_not_in_order_is_red_and_said(tiny: MakeTiny, step: str, name: str, text: str, told: str) -> None:
    """The others pass all the same."""
    project = tiny(STEPS)
    for file, content in {**GOOD, name: text}.items():
        (project.root / file).parent.mkdir(exist_ok=True)
        (project.root / file).write_text(content)
    done = project.gatekeeper("run", "tiny").expect(1)
    assert told in done.out
    verdicts = {found["step"]: found["verdict"] for found in project.journal.end["steps"]}
    assert verdicts == {**dict.fromkeys(("code", "words", "api", "surroundings"), "passed"), step: "failed"}
