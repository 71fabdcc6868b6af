"""The report page in headless Chromium: it is drawn, its filter works, and nothing that a step wrote is ever run."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.support.projects import Project

CHROMIUM = next(
    (found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), ""
)

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not CHROMIUM, reason="there is no Chromium here: apt-get install chromium"),
]

TESTS = 20_000
WRITE_REPORT = f"""
import sys
bad = '<failure message="&lt;/script&gt;&lt;script&gt;document.title=1&lt;/script&gt;">boom</failure>'
print('<testsuite name="s" tests="{TESTS}">')
for number in range({TESTS}):
    said = bad if number == 77 else ''
    print(f'<testcase classname="c" name="t{{number}}" time="{{number / 1e5}}">{{said}}</testcase>')
print('</testsuite>')
"""
CYCLE = r"""
until_green: {rounds: 1}
gates:
  a:
    steps:
      evil:
        run: |
          echo '</script><script>document.title="owned"</script>'
          echo '<img src=x onerror="document.title=`owned`"><svg onload="document.title=`owned`">'
          printf '\033[1;31mred\033[0m \342\200\256turned\342\200\254\n'
          exit 3
      fine: {run: echo fine}
      many:
        run: '"$PYTHON" write.py > report.xml'
        report: {junit: report.xml}
"""


class Seen(NamedTuple):
    """What Chromium made of the page: its document when all scripts had run, and what it complained of."""

    document: str
    complaints: list[str]

    @property
    def title(self) -> str:
        return re.search("<title>([^<]*)</title>", self.document)[1]  # type: ignore[index]

    @property
    def rows(self) -> list[str]:
        body = re.search('<tbody id="test-rows">(.*?)</tbody>', self.document, re.DOTALL)
        return re.findall("<tr.*?</tr>", body[1], re.DOTALL) if body else []


Look = Callable[..., Seen]


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of one run: a hostile step, and twenty thousand tests of which one fails."""
    folder = tmp_path_factory.mktemp("a page")
    project = Project.with_cycle(folder / "project", CYCLE)
    (project.root / "write.py").write_text(WRITE_REPORT)
    project.gatekeeper("run", "tiny").expect(1)
    project.gatekeeper("report", "-o", str(folder / "page.html")).expect(0)
    project.clean_up()
    return folder / "page.html"


@pytest.fixture
def look(page: Path, tmp_path: Path) -> Look:
    """Open the page as it is, or with a script of ours behind its own, which its policy then allows by a nonce."""

    def looked(act: str = "", *options: str) -> Seen:
        content = page.read_text("utf-8")
        if act:
            content = content.replace("script-src ", "script-src 'nonce-test' ", 1)
            content = content.replace("</body>", f'<script nonce="test">{act}</script></body>')
        file = tmp_path / "page.html"
        file.write_text(content, "utf-8")
        done = chromium(tmp_path, file, "--virtual-time-budget=5000", "--enable-logging=stderr", "--dump-dom", *options)
        return Seen(done.stdout, [line for line in done.stderr.splitlines() if "CONSOLE" in line])

    return looked


def chromium(folder: Path, file: Path, *options: str) -> subprocess.CompletedProcess[str]:
    own = ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-extensions")
    profile = f"--user-data-dir={folder / 'profile'}"
    environment = {"HOME": str(folder), "PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8"}
    command = [CHROMIUM, *own, profile, *options, file.as_uri()]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=200, check=True)


def test_the_page_is_whole_and_nothing_complains(page: Path, look: Look) -> None:
    """The verdict, the picture, every test counted, and not one line on the console."""
    seen = look()
    assert seen.title == "red: tiny"
    assert seen.complaints == []
    assert f"{TESTS:,} of {TESTS:,} tests, the first 200 shown" in seen.document
    assert len(seen.rows) == 200
    assert "t77" in seen.rows[0]
    assert page.stat().st_size < 10_000_000


def test_what_a_step_wrote_is_read_and_never_run(look: Look) -> None:
    """Nor what a test's message smuggles in; no element comes of it."""
    seen = look("document.body.dataset.made = document.images.length + ' ' + document.scripts.length;")
    assert seen.title == "red: tiny"
    assert 'data-made="0 2"' in seen.document
    assert "&lt;/script&gt;&lt;script&gt;document.title=" in seen.document
    assert "\u202e" not in seen.document


def test_what_was_smuggled_in_all_the_same_is_refused(page: Path, look: Look) -> None:
    """Should a mistake of ours ever let markup through, the page's own policy stands in its way."""
    page_with_hole = look("document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=\"document.title=1\">')")
    assert page_with_hole.title == "red: tiny"
    assert any("Content Security Policy" in line for line in page_with_hole.complaints)


def test_search_and_filter(look: Look) -> None:
    """By words, by what is marked, and all again, as with the keyboard."""
    press = "document.querySelector('[data-mark=%s]').click();"
    assert [("t77" in row) for row in look(press % "failing").rows] == [True]
    slowest = look(press % "slow").rows
    assert len(slowest) == 50
    assert f"t{TESTS - 1}<" in slowest[0]
    typed = (
        "const s = document.getElementById('test-search'); s.value = 'T1999 c::'; s.dispatchEvent(new Event('input'));"
    )
    assert len(look(typed).rows) == 11
    more = look("document.getElementById('more-tests').click();")
    assert len(more.rows) == 1_200


def test_a_link_to_something_folded_unfolds_it(look: Look) -> None:
    seen = look(
        "const folded = document.querySelector('details.attempt:not([open])'); folded.dataset.asked = '';"
        "location.hash = folded.id;"
    )
    (folded,) = re.findall("<details[^>]*data-asked[^>]*>", seen.document)
    assert " open" in folded


def test_all_is_there_without_scripts(page: Path, look: Look) -> None:
    """Every test is a row, and the controls that would do nothing stay hidden."""
    content = page.read_text("utf-8")
    assert content.count("</td></tr>") >= TESTS
    assert re.search('<div class="controls" id="test-controls" hidden>', content)
    assert re.search('<button type="button" id="more-tests" hidden>', content)


@pytest.mark.parametrize(("scheme", "ground"), [("1", "rgb(255, 255, 255)"), ("0", "rgb(18, 22, 29)")])
def test_light_and_dark_have_sensible_contrast(look: Look, scheme: str, ground: str) -> None:
    """Every visible text has a contrast of at least 4.5 to what is behind it."""
    seen = look(CONTRAST, f"--blink-settings=preferredColorScheme={scheme}")
    found = re.search('data-ground="([^"]*)" data-poor="([^"]*)"', seen.document)
    assert found is not None
    assert found[1] == ground
    assert found[2] == ""


CONTRAST = r"""
const parts = (colour) => (colour.match(/[\d.]+/g) || []).map(Number);
const light = ([r, g, b]) => [r, g, b].map((v) => v / 255)
  .map((v) => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
  .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
const behind = (element) => {
  for (let at = element; at; at = at.parentElement) {
    const colour = parts(getComputedStyle(at).backgroundColor);
    if (colour.length === 3 || colour[3] > 0.99) return colour;
  }
  return [255, 255, 255];
};
const poor = new Set();
for (const element of document.querySelectorAll("body *:not(svg *):not(script):not(style):not(:disabled)")) {
  if (![...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim())) continue;
  const [a, b] = [light(parts(getComputedStyle(element).color)), light(behind(element))];
  const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  if (ratio < 4.5) poor.add(`${element.tagName}.${element.className} ${ratio.toFixed(2)}`);
}
document.body.dataset.ground = getComputedStyle(document.body).backgroundColor;
document.body.dataset.poor = [...poor].join("; ");
"""


def test_it_can_be_printed(page: Path, tmp_path: Path) -> None:
    chromium(tmp_path, page, f"--print-to-pdf={tmp_path / 'page.pdf'}", "--no-pdf-header-footer")
    assert (tmp_path / "page.pdf").read_bytes().startswith(b"%PDF")
