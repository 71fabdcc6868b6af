"""Makes docs/console-*.png: real runs at real terminals of three widths, while they run and when they have failed.

    .venv/bin/python docs/console_pictures.py       (from the root of the checkout; takes half a minute)

Needs the development environment, and chromium for turning a screen into a picture. Must not know how a run is shown.
"""

from __future__ import annotations

import html
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pyte

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.support.projects import Project  # noqa: E402 - only now can it be found
from tests.support.terminals import TerminalJob  # noqa: E402

_TALL = 60
WINDOWS = ((40, 22), (80, 26), (200, 30))
CYCLE = r"""
title: Shop backend
until_green: {rounds: 1}
gates:
  lint:
    steps:
      ruff: {run: "sleep .3; echo All checks passed!", timeout: 60s}
  build:
    needs: [lint]
    steps:
      image: {run: "for n in 1 2 3 4 5 6 7 8 9; do echo \"[$n/9] COPY layer $n\"; sleep .3; done", timeout: 10s}
      push: {run: "echo pushed; sleep 2", timeout: 60s}
  suite:
    needs: [lint]
    steps:
      unit: {run: "sh ./unit.sh", timeout: 5s}
      browser: {run: "sleep 1.1", timeout: 60s}
  docs:
    tier: advisory
    needs: [lint]
    steps:
      links: {run: "echo checking 214 links; sleep 3", timeout: 20s}
      spelling: {run: "sleep 1.1", timeout: 60s}
  deploy:
    needs: [build, suite]
    steps:
      staging: {run: "sleep 1.1", timeout: 60s}
"""
UNIT = r"""
for n in 1 2 3 4 5 6 7 8; do
    printf '\033[32mPASS\033[0m tests/basket-%s.test.js\n' $n
    sleep .3
done
[ ! -e broken ] || { echo 'FAIL tests/checkout.test.js: expected 409, received 500'; exit 1; }
"""
STYLE = """
body { margin: 0; padding: 14px; background: #d8dde3; display: inline-block }
pre { margin: 0 0 14px; padding: 12px 14px; background: #16191d; color: #d6dae0; border-radius: 8px;
      font: 14px/1.3 'DejaVu Sans Mono', 'Noto Sans Mono', monospace }
pre:last-child { margin: 0 } b { font-weight: bold; color: #fff } span.wide { display: inline-block; width: 2ch }
"""
COLOURS = {"green": "#7ec878", "red": "#ef7a75", "brown": "#e0b54f", "brightblack": "#858d98"}


class Screen(pyte.HistoryScreen):
    """A screen that knows faint text, which the emulator does not."""

    def select_graphic_rendition(self, *attributes: int, **rest: bool) -> None:
        """Faint becomes grey."""
        super().select_graphic_rendition(*(90 if each == 2 else each for each in attributes), **rest)


def markup(screen: pyte.Screen) -> str:
    """The screen as HTML, without the empty rows below."""
    rows = []
    for y in range(screen.lines):
        row = ""
        for x in range(screen.columns):
            cell = screen.buffer[y][x]
            text = html.escape(cell.data)
            after = screen.buffer[y][x + 1].data if x + 1 < screen.columns else " "
            if cell.data and not after:
                text = f'<span class="wide">{text}</span>'
            colour = COLOURS.get(cell.fg)
            text = f'<span style="color:{colour}">{text}</span>' if colour else text
            row += f"<b>{text}</b>" if cell.bold else text
        rows.append(row)
    shown = [len(line.rstrip()) > 0 for line in screen.display]
    last = max((number for number, any_ in enumerate(shown) if any_), default=0)
    return f'<pre style="width:{screen.columns}ch">' + "\n".join(rows[: last + 1]) + "</pre>"


def at_a_terminal(project: Project, columns: int, rows: int) -> TerminalJob:
    """A run of the cycle, on a screen that knows faint text."""
    return TerminalJob(
        [*project.command, "run", "shop", "--jobs", "3"],
        cwd=project.root,
        env=project.environment(),
        go=project.temporary / f"go-{columns}-{len(os.listdir(project.temporary))}",
        columns=columns,
        rows=rows,
        screen=Screen(columns, rows, history=1000),
    )


def pictures(project: Project, columns: int, rows: int) -> str:
    """Both screens of one width: a run that goes on, with output on demand, and the end of one that failed."""
    (project.root / "broken").touch()
    with at_a_terminal(project, columns, rows) as job:
        job.until(lambda: all(name in job.text() for name in ("image", "unit", "links")))
        job.type("tt")
        job.until_shown("│ PASS tests/basket-5")
        running = markup(job.screen)
        # The tree is the next run's only when this one has ended.
        job.end()
    with at_a_terminal(project, columns, _TALL) as job:
        job.end()
        ended = markup(job.screen)
    ended = "\n".join(line for line in ended.split("\n") if "ENDED" not in line)
    return running + ended


def photograph(page: Path, picture: Path) -> None:
    """The page as chromium shows it, cut to what is on it."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome") or sys.exit("chromium is not here")
    common = [str(chromium), "--headless", "--no-sandbox", "--hide-scrollbars", "--disable-gpu"]
    measured = subprocess.run([*common, "--dump-dom", page.as_uri()], capture_output=True, text=True, check=True).stdout
    width, height = measured.partition('data-size="')[2].partition('"')[0].split("x")
    subprocess.run(
        [*common, f"--window-size={width},{height}", f"--screenshot={picture}", page.as_uri()],
        capture_output=True,
        check=True,
    )


def main() -> None:
    """Make all three."""
    with tempfile.TemporaryDirectory() as folder:
        project = Project.with_cycle(Path(folder, "shop"), CYCLE, "shop")
        project.root.joinpath("unit.sh").write_text(UNIT)
        for _ in range(3):
            project.gatekeeper("run", "shop", "--jobs", "3").expect(0)
        for columns, rows in WINDOWS:
            page = Path(folder, f"{columns}.html")
            size = "document.body.dataset.size = document.body.offsetWidth + 'x' + document.body.offsetHeight"
            body = pictures(project, columns, rows)
            page.write_text(
                f'<meta charset="utf-8"><style>{STYLE}</style><body>{body}<script>{size}</script>', encoding="utf-8"
            )
            photograph(page, ROOT / "docs" / f"console-{columns}.png")


if __name__ == "__main__":
    main()
