"""The report page in headless Chromium: it is drawn, it is used by keyboard, and nothing that a step wrote is ever run.

One Chromium for all of it. Keys are real keys; what the page asked for and complained of is looked at.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from gatekeeper.cli.main import run
from tests.adapters.executionlog import log_stories as stories
from tests.cli.past_runs import PastRun
from tests.journeys.page_in_view import CYCLE, EVIL, SCAN, SCRIPTS, TESTS
from tests.support.browser import CHROMIUM, Browser, browser
from tests.support.projects import Project, git

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not CHROMIUM, reason="there is no Chromium here: apt-get install chromium"),
]


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of one run: a hostile step, a step that is killed, and twenty thousand tests of which two fail."""
    folder = tmp_path_factory.mktemp("a page")
    project = Project.with_cycle(folder / "project", CYCLE)
    for name, script in SCRIPTS.items():
        (project.root / name).write_text(script, "utf-8")
    (project.root / "<img src=x onerror=document.title=1>").touch()
    git(project.root, "init", "-q", "-b", "</script><script>document.title=1</script>")
    git(project.root, "add", "gates")
    git(project.root, "commit", "-q", "-m", EVIL)
    project.gatekeeper("run", "tiny").expect(1)
    noted = [part for name in ("problem", "root-cause", "solution", "nugget") for part in (f"--{name}", EVIL)]
    project.gatekeeper("note", "latest", *noted).expect(0)
    project.gatekeeper("report").expect(0)
    project.clean_up()
    return project.journal.folder / "report.html"


@pytest.fixture(scope="module")
def tab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with browser(tmp_path_factory.mktemp("chromium")) as started:
        yield started


@pytest.fixture
def seen(tab: Browser, page: Path) -> Browser:
    """The page as it is opened: at its top, in a window of the usual size, light."""
    tab.window(1280)
    tab.prefers(color_scheme="light")
    tab.open(page.as_uri())
    return tab


def rows(tab: Browser) -> list[str]:
    return list(tab.ask("[...document.querySelectorAll('#test-rows tr')].map((row) => row.textContent)"))


def at(tab: Browser) -> str:
    """Where the focus is."""
    return str(tab.ask("(document.activeElement.id || document.activeElement.textContent).trim()"))


def count(tab: Browser) -> str:
    return str(tab.ask("document.getElementById('test-count').textContent"))


def test_the_page_is_whole_and_nothing_complains(seen: Browser, page: Path) -> None:
    """The verdict, every test counted, nothing asked for but the page, and not one line on the console."""
    assert seen.ask("document.title").startswith("red: </script><script>")
    assert seen.complaints == []
    assert seen.requests == [page.as_uri()]
    assert count(seen) == f"{TESTS:,} of {TESTS:,} tests, the first 200 shown"
    assert len(rows(seen)) == 200
    assert rows(seen)[0].startswith("failedc::")
    assert page.stat().st_size < 10_000_000


def test_what_a_step_wrote_is_read_and_never_run(seen: Browser) -> None:
    """Nor titles, names of tests, messages, notes, branches, subjects and files; no element comes of any of them."""
    said = seen.ask("document.body.innerText")
    for where in ("</script><script>document.title=1", "<img src=x onerror=", "<![CDATA[", "<!--", "javascript:"):
        assert where in said
    assert not set(said) & set("\u202e\u2028\x1b")
    made = "[...document.querySelectorAll('img,iframe,object,embed,style,script,svg[onload]')].map((e) => e.tagName)"
    assert seen.ask(made) == ["STYLE", "SCRIPT"]
    links = seen.ask("[...document.links].map((link) => link.getAttribute('href'))")
    assert [link for link in links if not link.startswith(("#", "./"))] == []


def test_nothing_of_a_run_that_is_hostile_in_every_field_is_run(
    tab: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    past = PastRun(tmp_path, stories.hostile(EVIL))
    assert run(["report"]) == 0
    tab.open((past.folder / "report.html").as_uri())
    assert tab.ask("document.title").startswith("red: ")
    assert (tab.complaints, len(tab.requests)) == ([], 1)
    assert tab.ask("document.images.length + document.scripts.length") == 1


def test_what_was_smuggled_in_all_the_same_is_refused(seen: Browser) -> None:
    """Should a mistake of ours ever let markup through, the page's own policy stands in its way."""
    title = seen.ask("document.title")
    hole = (
        "<img src=x onerror='document.title=1'><a id=bad href='javascript:document.title=2'>x</a><p style='color:red'>"
    )
    seen.ask(f"document.body.insertAdjacentHTML('beforeend', `{hole}`)")
    seen.ask("document.getElementById('bad').click()")
    seen.ask("new Promise((done) => setTimeout(done, 50))")
    assert seen.ask("document.title") == title
    assert sum("Content Security Policy" in line for line in seen.complaints) >= 3


def test_search_and_filter_by_keyboard(seen: Browser) -> None:
    """By words, by what is marked; arrow keys go along the rows, and Escape takes the search back."""
    seen.ask("document.getElementById('test-search').focus()")
    seen.type("T1999 c::")
    assert len(rows(seen)) == 11
    assert count(seen) == f"11 of {TESTS:,} tests"
    seen.press("ArrowDown", "ArrowDown")
    assert at(seen) == rows(seen)[1].strip()
    seen.press("ArrowUp", "ArrowUp")
    assert at(seen) == "test-search"
    seen.press("Escape")
    assert count(seen) == f"{TESTS:,} of {TESTS:,} tests, the first 200 shown"
    seen.press("Tab", "Tab", "Enter")
    assert at(seen) == "failed 2"
    assert len(rows(seen)) == 2
    seen.ask("document.querySelector('[data-mark=slow]').focus()")
    seen.press(" ")
    assert len(rows(seen)) == 50
    assert f"t{TESTS - 1}" in rows(seen)[0]
    seen.ask("document.querySelector('[data-mark=\"\"]').click()")
    seen.ask("document.getElementById('more-tests').focus()")
    seen.press("Enter")
    assert len(rows(seen)) == 1_200
    assert at(seen) == rows(seen)[200].strip(), "the first of those that came"


def test_the_picture_by_keyboard(seen: Browser) -> None:
    """One stop of the Tab key; arrow keys go on and say what each is; Enter leads to its details, unfolded."""
    assert seen.ask("document.querySelectorAll('#lanes [tabindex=\"0\"]').length") == 1
    seen.ask("document.querySelector('#lanes [tabindex=\"0\"]').focus()")
    tip = "document.getElementById('tip').hidden ? '' : document.getElementById('tip').textContent"
    assert seen.ask(tip).startswith("round 1")
    seen.press("ArrowDown")
    assert "attempt 1 in round 1" in seen.ask(tip)
    seen.press("Escape")
    assert seen.ask(tip) == ""
    seen.press("ArrowDown", "ArrowUp", "Enter")
    place = seen.ask("decodeURIComponent(location.hash.slice(1))")
    assert seen.ask(f"document.getElementById({place!r}).open")


def test_tab_reaches_everything_and_the_focus_is_seen(seen: Browser) -> None:
    """The way past the top first; then each stop has an outline, and none is off the page."""
    seen.press("Tab")
    assert at(seen) == "Skip to what happened"
    assert seen.ask("document.activeElement.getBoundingClientRect().left >= 0")
    seen.press("Enter")
    assert at(seen) == "main"
    stops = []
    for _ in range(40):
        seen.press("Tab")
        outline, name, left = seen.ask(SCAN["focus"])
        assert outline != "none", name
        assert left >= 0, name
        stops.append(name)
    assert len(set(stops)) > 20
    seen.press("Tab", shift=True)
    assert at(seen) != stops[-1]


def test_folds_open_by_key_and_by_link(seen: Browser) -> None:
    folded = "document.getElementById('a/fine:1.1')"
    assert not seen.ask(f"{folded}.open")
    seen.ask(f"{folded}.firstElementChild.focus()")
    seen.press(" ")
    assert seen.ask(f"{folded}.open")
    seen.press("Enter")
    assert not seen.ask(f"{folded}.open")
    seen.ask("location.hash = 'a/fine'")
    seen.ask("new Promise(requestAnimationFrame)")
    assert seen.ask(f"{folded}.open"), "a step's own name leads to its newest attempt"
    seen.ask("document.getElementById('fold-all').click()")
    assert seen.ask("document.querySelectorAll('details.attempt[open]').length") == 0


def test_commands_can_be_copied_with_and_without_a_clipboard(seen: Browser) -> None:
    command = seen.ask("document.querySelector('pre[data-copy]').textContent")
    assert command.startswith("gatekeeper run tiny --only a/")
    seen.ask("Object.defineProperty(navigator, 'clipboard', {value: undefined})")
    seen.ask("document.querySelector('.copies button').focus()")
    seen.press("Enter")
    seen.ask("new Promise((done) => setTimeout(done, 20))")
    assert seen.ask("document.querySelector('.copies button').textContent") in {"Copied", "Selected"}
    assert seen.ask("getSelection().toString().trim()") == command
    assert seen.ask("document.getElementById('said').textContent") != ""


@pytest.mark.parametrize(("scheme", "ground"), [("light", "rgb(255, 255, 255)"), ("dark", "rgb(18, 22, 29)")])
def test_light_and_dark_have_sensible_contrast(seen: Browser, scheme: str, ground: str) -> None:
    """Every text, in the picture too, has a contrast of at least 4.5 to what is behind it."""
    seen.prefers(color_scheme=scheme)
    assert seen.ask("getComputedStyle(document.body).backgroundColor") == ground
    measured, poor = seen.ask(SCAN["contrast"])
    assert measured > 500
    assert poor == []


@pytest.mark.parametrize("width", [320, 640])
def test_a_narrow_window_needs_no_scrolling_sideways(seen: Browser, width: int) -> None:
    """A telephone; and a window of 1280 at 200 %. Only what scrolls by itself may be wider."""
    seen.window(width)
    seen.ask("document.getElementById('unfold-all').click()")
    assert seen.ask(SCAN["wide"]) == []
    assert seen.ask("document.documentElement.scrollWidth") <= width


def test_headings_landmarks_and_names(seen: Browser) -> None:
    """One h1, no level left out, each section and control named, ids that stand for one thing."""
    assert seen.ask(SCAN["outline"]) == []
    assert seen.ask("document.getElementById('test-count').getAttribute('role')") == "status"
    tree = seen.call("Accessibility.getFullAXTree")["nodes"]
    wanted = {"button", "link", "searchbox", "navigation", "region", "img", "image", "DisclosureTriangle"}
    nameless = [
        node["role"]["value"]
        for node in tree
        if not node.get("ignored") and node["role"]["value"] in wanted and not node.get("name", {}).get("value")
    ]
    assert nameless == []


def test_nothing_moves_for_who_wants_it_still(seen: Browser) -> None:
    seen.prefers(reduced_motion="reduce")
    moving = "[...document.querySelectorAll('*')].filter((e) => getComputedStyle(e).transitionDuration !== '0s').length"
    assert seen.ask("getComputedStyle(document.documentElement).scrollBehavior") == "auto"
    assert seen.ask(moving) == 0
    assert seen.ask("document.getAnimations().length") == 0


def test_it_can_be_printed(seen: Browser) -> None:
    """What did not pass and the count of tests are on paper, controls are not, and what is folded says so."""
    seen.call("Emulation.setEmulatedMedia", media="print")
    shown = "document.querySelector(%r).checkVisibility()"
    assert not any(seen.ask(shown % which) for which in ("nav", "#test-search", "#folds button", "#more-tests"))
    assert all(seen.ask(shown % which) for which in (".wrong", "h1", "#lanes", "#test-count"))
    after = "getComputedStyle(document.querySelector('details:not([open]) > summary'), '::after').content"
    assert "folded: not printed" in seen.ask(after)
    assert seen.pdf().startswith(b"%PDF")
    seen.call("Emulation.setEmulatedMedia", media="")


def test_all_is_there_without_scripts(tab: Browser, page: Path) -> None:
    """Every test is a row, and the controls that would do nothing stay hidden."""
    tab.call("Emulation.setScriptExecutionDisabled", value=True)
    tab.open(page.as_uri())
    assert tab.ask("document.getElementById('test-rows').rows.length") == TESTS
    assert (
        tab.ask("['test-controls', 'more-tests', 'folds'].map((id) => document.getElementById(id).hidden)")
        == [True] * 3
    )
    tab.call("Emulation.setScriptExecutionDisabled", value=False)
