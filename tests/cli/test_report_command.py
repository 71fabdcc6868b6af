"""`gatekeeper report`: a run as one page."""

from __future__ import annotations

import base64
import hashlib
import os
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from gatekeeper.cli.main import run
from gatekeeper.model.events import RoundStarted, StepFinished
from gatekeeper.model.verdict import Finding
from tests.adapters.executionlog import log_stories as stories
from tests.adapters.executionlog.help_stories import HELPED
from tests.adapters.executionlog.log_telling import TREE, Story, started
from tests.adapters.executionlog.red_stories import red_with_timeout_and_stray
from tests.cli.past_runs import PastRun
from tests.support.project_fixtures import MakeTiny

EVIL = (
    "</script><script>document.title='owned'</script><img src=x onerror=alert(1)>\u202e\x1b[31m`|<!-- <![CDATA[ ]]>"
    "\u2028</title></style></textarea><svg onload=alert(1)>\x1b]8;;javascript:alert(1)\x1b\\click\x1b]8;;\x1b\\"
)
SECRET = "hunter2-correct-horse"


class Page(HTMLParser):
    """What stands in a page: elements, attributes, ids and links."""

    def __init__(self, content: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: set[str] = set()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.feed(content)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes |= {name for name, _ in attrs}
        found = dict(attrs)
        self.ids += [str(found["id"])] if "id" in found else []
        self.links += [str(found["href"])] if "href" in found else []


@pytest.fixture(autouse=True)
def _back_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)


def page_of(tmp_path: Path, story: Story) -> str:
    past = PastRun(tmp_path, story)
    assert run(["report"]) == 0
    return (past.folder / "report.html").read_text("utf-8")


TOLD = {
    "green": stories.green,
    "red": red_with_timeout_and_stray,
    "flaky": stories.flaky,
    "green-after-fix": stories.green_after_fix,
    "aborted": stories.aborted,
}


@pytest.mark.parametrize("verdict", TOLD)
def test_every_ending_has_its_page(tmp_path: Path, verdict: str) -> None:
    content = page_of(tmp_path, TOLD[verdict]())
    assert f"<title>{verdict}: " in content
    found = Page(content)
    assert len(found.ids) == len(set(found.ids)), "an id stands for one thing"
    inside = {link[1:] for link in found.links if link.startswith("#")}
    assert inside <= set(found.ids), "every link leads somewhere in the page"
    beside = [link for link in found.links if not link.startswith("#")]
    assert beside
    assert all(link.startswith("./") for link in beside), "every other one to a file of the run, wherever both lie"


def test_nothing_from_outside_becomes_markup(tmp_path: Path) -> None:
    """Everything that a run takes from outside is hostile here; one script and one style are ours."""
    content = page_of(tmp_path, stories.hostile(EVIL))
    found = Page(content)
    assert (found.tags.count("script"), found.tags.count("style"), found.tags.count("img")) == (1, 1, 0)
    assert not [name for name in found.attributes if name.startswith("on") or name in {"style", "src"}]
    assert "\u202e" not in content
    assert "\x1b" not in content
    assert "\u2028" not in content
    assert all(link.startswith(("#", "./")) for link in found.links)


def test_what_changed_between_rounds_is_shown_as_a_diff(tmp_path: Path) -> None:
    content = page_of(tmp_path, HELPED["fixed"]())
    assert '<span class="f-green">+exports.taken = &#x27;taken&#x27;;</span>' in content
    assert "the tree was changed by the fixer" in content, "in the picture"


def test_only_our_own_style_and_script_are_allowed(tmp_path: Path) -> None:
    """By their hashes, and nothing is loaded from anywhere."""
    content = page_of(tmp_path, stories.green())
    (policy,) = re.findall('Content-Security-Policy" content="([^"]*)"', content)
    assert policy.startswith("default-src 'none'; ")
    for name in ("script", "style"):
        (inside,) = re.findall(f"<{name}>(.*?)</{name}>", content, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(inside.encode()).digest()).decode()
        assert f"{name}-src 'sha256-{digest}'" in policy
    assert "http://" not in re.sub("<(main|header).*</\\1>", "", content, flags=re.DOTALL)


@pytest.mark.slow
def test_a_page_stays_small_whatever_its_run_was_like(tmp_path: Path) -> None:
    """A hundred failures, each with more to say than anybody reads; the newest are told in full."""
    findings = tuple(Finding("test-failed", "<" * 2_000) for _ in range(50))
    failed = [StepFinished("a", f"s{number}", 1, 1, "failed", findings=findings) for number in range(20)]
    again = [event._replace(round=number) for number in range(1, 6) for event in failed]
    content = page_of(tmp_path, Story().tell(started(), RoundStarted(1, "first", TREE, 20), *again))
    assert len(content) < 3_000_000
    assert "Not told in full, the page is full" in content
    assert content.count('<details class="attempt"') == 100


def test_a_run_that_goes_on_has_a_page(tiny: MakeTiny) -> None:
    """What runs is drawn as far as it came; output that may hold a secret is not shown while nobody can mask it."""
    project = tiny("""
secrets: [API_TOKEN]
gates:
  a:
    steps:
      serves: {run: "echo $API_TOKEN; (while :; do sleep 0.1; done) &", keep: server, ready: {file: gates/tiny.yaml}}
      waits: {run: "while [ ! -e $BEACONS/go ]; do sleep 0.05; done"}
""")
    going = project.start("run", "tiny", API_TOKEN=SECRET)
    going.wait_for("step.started", step="waits")
    content = project.gatekeeper("report", "-o", "-").expect(0).out
    (project.temporary / "go").touch()
    going.end().expect(0)
    assert "<title>running: tiny</title>" in content
    assert SECRET not in content
    assert "did not end while the journal was written" in content


def test_it_is_for_its_owner_only_and_verify_says_nothing_against_it(tmp_path: Path) -> None:
    past = PastRun(tmp_path, stories.green())
    assert run(["report", "latest", "-o", "here.html"]) == 0
    assert (tmp_path / "here.html").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir() if ".html." in path.name] == []
    assert not (past.folder / "report.html").exists()


def test_standard_output_gets_nothing_but_the_page(tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    PastRun(tmp_path, stories.green())
    assert run(["report", "-o", "-"]) == 0
    content = capfdbinary.readouterr().out
    assert content.startswith(b"<!doctype html>")
    assert content.endswith(b"</html>\n")


def test_a_place_that_takes_nothing_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    PastRun(tmp_path, stories.green())
    assert run(["report", "-o", "no/such/folder/x.html"]) == 1
    assert "cannot be written: No such file or directory" in capsys.readouterr().err
    for place in (".", os.devnull):
        assert run(["report", "-o", place]) == 2
        assert "is no ordinary file" in capsys.readouterr().err
    assert run(["report", "nobody"]) == 2


@pytest.mark.slow
def test_an_output_is_shown_without_secrets_with_times_and_colours(tiny: MakeTiny) -> None:
    """Also what is far from both its ends only in name: the file's path stands beside."""
    project = tiny(r"""
secrets: [API_TOKEN]
until_green: {rounds: 1}
gates:
  a:
    steps:
      talks:
        run: |
          printf '\033[31mred\033[0m </pre><script>\n'
          echo "token $API_TOKEN"
          seq 1 20000
          echo "again $API_TOKEN"
          exit 3
""")
    project.gatekeeper("run", "tiny", API_TOKEN=SECRET).expect(1)
    content = project.gatekeeper("report", "-o", "-").expect(0).out
    assert '<span class="f-red">red</span> &lt;/pre&gt;&lt;script&gt;' in content
    assert SECRET not in content
    assert "token •••" in content
    assert "again •••" in content
    assert "are not shown here" in content
    assert "\n10000\n" not in re.sub("<[^>]*>", "", content)
    assert len(content) < 200_000
    project.gatekeeper("report").expect(0)
    project.gatekeeper("verify", "latest").expect(0)
