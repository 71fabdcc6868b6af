"""Makes the pictures of the report page in `docs/` from real runs: ``python -m tests.support.report_pictures``."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tests.support.browser import Browser, browser
from tests.support.projects import ROOT, Project, git

_SUITE = r"""
import random, sys, time
good = "good" in open("src/value.py").read()
areas, verbs = ("auth", "cart", "orders", "search"), ("creates", "rejects", "lists")
names = [f"test_{area}_{verb}_{number:02}" for area in areas for verb in verbs for number in range(35)]
bad = {17: "assert 401 == 409", 203: "assert 3 == 4"}
print(f"\033[1mrunning {len(names)} tests\033[0m", flush=True)
cases = []
for number, name in enumerate(names):
    said = f'<failure message="{bad[number]}"/>' if number in bad and not good else ""
    said = '<skipped message="needs a network"/>' if number % 91 == 5 else said
    took = random.expovariate(8)
    cases.append(f'<testcase classname="s" name="{name}" file="tests/suite.py" time="{took:.3f}">{said}</testcase>')
    if number % 42 == 0:
        print(f"\r{number * 100 // len(names):3}% \033[38;5;208m{'#' * (number // 21)}\033[0m", end="", flush=True)
        time.sleep(0.05)
with open("report.xml", "w") as report:
    report.write(f'<testsuite name="unit" tests="{len(names)}">{"".join(cases)}</testsuite>')
with open("size.txt", "w") as file:
    file.write("240\n")
with open("coverage.info", "w") as file:
    file.write("SF:src/value.py\n" + "".join(f"DA:{line},{int(line % 6 != 0)}\n" for line in range(1, 121)))
    file.write("end_of_record\n")
print("\n\033[32mPASS\033[0m cart (105)\n\033[32mPASS\033[0m orders (105)")
if not good:
    print("\033[31;1mFAIL\033[0m auth: expected \033[4m409\033[0m, got \033[7m401\033[0m")
    sys.exit(1)
"""
_FIX = r"""#!/bin/sh
sleep 0.8
echo 'value = "good"' > src/value.py
printf 'Problem: signup answers 401\nRoot cause: the handler wants a good value\n' > "$GATEKEEPER_NOTES/n.md"
printf 'Solution: set it to good\nGold nugget: Look at the value before the handler\n' >> "$GATEKEEPER_NOTES/n.md"
"""
_PATTERN = r"""
pattern: broker_down
class: infra
title: The broker is down
root_cause: "{host} does not answer."
suggestion: Start the broker with docker compose up -d mq.
match: {text: ["broker at (?P<host>\\w+) is down"]}
"""
_GATES = r"""
gates:
  stack:
    steps:
      start: {run: "(while :; do sleep 0.2; done) & sleep 0.4", keep: server, ready: {file: src/value.py}}
  static:
    steps:
      lint: {run: "sleep 0.3; echo ok"}
      types: {run: "sleep 0.6; echo 120 files checked"}
  suite:
    needs: [stack]
    steps:
      unit:
        run: '"$PYTHON" tests/suite.py'
        report: {junit: report.xml}
        coverage: {file: coverage.info}
        metrics: {bundle_kb: {file: size.txt, better: lower, target: 250}}
      queue: {run: "sleep 0.3; test -e .seen || { touch .seen; echo broker at mq is down; exit 1; }"}
"""
_RED = r"""
      smoke: {run: "echo waiting for the queue; sleep 60", timeout: 1500ms, grace: 200ms}
      leaves: {run: "setsid sleep 300 >/dev/null 2>&1 & echo left one"}
      deploy: {needs: [smoke], run: echo deploy}
"""
_FIXED = """
until_green:
  rounds: 4
  fixer: {run: ./fix.sh, in: ., timeout: 60s, calls: 2, scope: ["src/**"], provider: acme/agent-1}
teardown: [{run: echo bye}]
"""
_FILES = {
    "tests/suite.py": _SUITE,
    "src/value.py": 'value = "bad"\n',
    "fix.sh": _FIX,
    "gates/patterns/broker_down.yaml": _PATTERN,
    ".gitignore": ".gatekeeper/\nreport.xml\nsize.txt\ncoverage.info\n.seen\n",
}


def main() -> None:
    """Write the three pictures into `docs/`, or into the folder that the command line names."""
    docs = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs"
    with tempfile.TemporaryDirectory() as folder:
        red = _page(Path(folder, "red"), f"until_green: {{rounds: 2}}{_GATES}{_RED}", 1)
        fixed = _page(Path(folder, "fixed"), f"{_FIXED}{_GATES}", 0)
        with browser(Path(folder)) as tab:
            _picture(tab, fixed, "light", docs / "report-light.png")
            _picture(tab, fixed, "dark", docs / "report-dark.png")
            _picture(tab, red, "light", docs / "report-failing.png")


def _page(folder: Path, cycle: str, code: int) -> Path:
    project = Project.with_cycle(folder / "shop", f"title: Backend quality gate\n{cycle}")
    for name, content in _FILES.items():
        path = project.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, "utf-8")
    (project.root / "fix.sh").chmod(0o755)
    git(project.root, "init", "-q")
    git(project.root, "add", "-A")
    git(project.root, "commit", "-q", "-m", "Shop: signup")
    project.gatekeeper("run", "tiny", "--jobs", "2").expect(code)
    project.gatekeeper("report").expect(0)
    project.clean_up()
    return project.journal.folder / "report.html"


def _picture(tab: Browser, page: Path, scheme: str, to: Path) -> None:
    tab.window(1100, 1500)
    tab.prefers(color_scheme=scheme)
    tab.open(page.as_uri())
    tab.picture(to)
    print(to)


if __name__ == "__main__":
    main()
