"""Owns what the corpus is made of: a shop in a repo, what somebody does to it, and what gatekeeper must say of that.

The shop (the folder beside this file) is green on `main`, with an accepted baseline. Each scenario works on a branch.
Most cheats begin with `break_the_code`: a bug that one test finds. An honest person mends it; a cheat makes it green.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from tests.support.projects import Done, Journal, Project, git

SHOP = Path(__file__).with_name("shop")
RED, INCONCLUSIVE, FLAKY = frozenset({"red"}), frozenset({"inconclusive"}), frozenset({"flaky"})
GREEN = frozenset({"green", "green-after-fix"})


class Shop:
    """A shop that somebody works on."""

    def __init__(self, project: Project) -> None:
        # The shop wants no plugin: to load those of our own tests took most of each run.
        project.always["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
        self.project = project
        self.root = project.root

    def read(self, path: str) -> str:
        """The text of a file."""
        return (self.root / path).read_text("utf-8")

    def write(self, path: str, text: str) -> None:
        """Make or replace a file; its mode stays."""
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")

    def edit(self, path: str, *changes: tuple[str, str]) -> None:
        """Replace texts that are there, each once."""
        text = self.read(path)
        for old, new in changes:
            assert text.count(old) == 1, f"{path} holds {text.count(old)} of {old!r}"
            text = text.replace(old, new)
        self.write(path, text)

    def add(self, path: str, text: str) -> None:
        """Write at the end of a file."""
        self.write(path, self.read(path) + text)

    def remove(self, path: str) -> None:
        """Delete a file."""
        (self.root / path).unlink()

    def move(self, path: str, to: str) -> None:
        """Give a file another name."""
        (self.root / to).parent.mkdir(parents=True, exist_ok=True)
        (self.root / path).rename(self.root / to)

    def script(self, path: str, text: str) -> None:
        """Make or replace a program."""
        self.write(path, text)
        (self.root / path).chmod(0o755)

    def define(self, *changes: tuple[str, str]) -> None:
        """Edit the definition."""
        self.edit("gates/shop.yaml", *changes)

    def commit(self, message: str = "Work") -> None:
        """Commit everything on the branch."""
        git(self.root, "add", "-A")
        git(self.root, "commit", "-qm", message)

    def on_main(self) -> None:
        """What was done until now is what `main` has: the state that the work begins with."""
        self.commit("Before the work")
        git(self.root, "branch", "-f", "main", "HEAD")

    def break_the_code(self) -> None:
        """A bug: baskets of exactly 50.00 pay for shipping. One test finds it."""
        self.edit("shop/prices.py", ("cents >= 5000", "cents > 5000"))

    def gatekeeper(self, *arguments: str, **env: Any) -> Done:
        """Run gatekeeper to its end."""
        return self.project.gatekeeper(*arguments, **env)

    def run(self, *arguments: str, **env: Any) -> Journal:
        """Run the cycle to its end; its journal."""
        done = self.gatekeeper("run", "shop", *arguments, **env)
        assert "Traceback" not in done.text, done.text
        assert self.project.journals(), done.text
        return self.project.journals()[-1]

    def accept(self, *arguments: str) -> Done:
        """Take the newest run's results into the baseline of the suite."""
        return self.gatekeeper("baseline", "accept", "shop", "--reason", "as it is", "--by", "Tester", *arguments)


class Got(NamedTuple):
    """What gatekeeper said: a run's verdict (or ``altered``, ``whole``), and everything that it gave as a reason."""

    verdict: str
    said: str


class Scenario(NamedTuple):
    """One story. `does` works on the shop and gives what came of it; without an answer of its own, the cycle is run.

    `says` must stand in what is said: the right verdict for another reason would be luck.
    """

    name: str
    does: Callable[[Shop], Got | Journal | None]
    expected: frozenset[str]
    says: str = ""


def make_shop(root: Path) -> Shop:
    """A shop that is green on `main` with accepted baselines, and a branch `work` to work on."""
    shutil.copytree(SHOP, root)
    shop = Shop(Project(root, root.parent / f"{root.name}-tmp"))
    git(root, "init", "-q")
    git(root, "config", "user.name", "Tester")
    git(root, "config", "user.email", "tester@example.test")
    shop.commit("The shop")
    git(root, "branch", "-M", "main")
    shop.run()
    shop.accept("--initial").expect(0)
    shop.commit("Its baselines")
    git(root, "checkout", "-q", "-b", "work")
    return shop


def copy_of(template: Shop, root: Path) -> Shop:
    """The same shop once more, without what former runs left."""
    shutil.copytree(template.root, root, symlinks=True, ignore=shutil.ignore_patterns(".gatekeeper", "reports"))
    return Shop(Project(root, root.parent / f"{root.name}-tmp"))


def got(shop: Shop, answer: Got | Journal | None) -> Got:
    """What came of a scenario, in words."""
    if isinstance(answer, Got):
        return answer
    journal = answer if answer is not None else shop.run()
    return Got(journal.end["verdict"], reasons(journal))


def reasons(journal: Journal) -> str:
    """Everything that a run gives as a reason, one thing a line."""
    lines = [journal.end.get("reason", "")]
    for event in journal.events():
        data = event["data"]
        lines += [f"{found['kind']}: {found['message']}" for found in data.get("findings", ())]
        lines += [f"{data['kind']}: {data['message']}"] if event["event"] == "incident" else []
        lines += [data["message"]] if event["event"] == "step.flaky" else []
        changes = [*data.get("changes", ()), *data.get("integrity", ())]
        lines += [f"{one['effect']} {one['file']}: {'; '.join(one.get('reasons', ()))}" for one in changes]
    return "\n".join(line for line in lines if line)
