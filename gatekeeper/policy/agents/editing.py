"""Owns how a text of a tool's settings becomes one with our hooks in it, and back, in each form that there is. Pure."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping

from gatekeeper.model.record import NamedTuple
from gatekeeper.policy.agents import marked
from gatekeeper.policy.agents.json_edit import Entry, added, found, removed
from gatekeeper.policy.agents.json_places import NotEditable
from gatekeeper.policy.agents.tools import CODEX, TOOLS, Commands, Tool, contract, toml_of


class Edited(NamedTuple):
    """The text of a file after an edit, None where it is to go; `what` says what was done."""

    text: str | None
    what: str


class JsonForm(NamedTuple):
    """Hooks in a JSON file of a tool."""

    tool: Tool

    @property
    def file(self) -> str:
        """Its file, from the project's root."""
        return self.tool.file

    def is_chosen(self, texts: Mapping[str, str | None]) -> bool:
        """Whether this form is the one to use, where the tool's files hold `texts`."""
        return texts[self.file] is not None

    def installed(self, text: str | None, commands: Commands, _contract: str) -> Edited:
        """`text` with our hooks. Raises `NotEditable`."""
        entries = self.tool.entries(commands)
        if text is not None and self._there(text) == entries:
            return Edited(text, "our hooks are there already")
        # Others of ours are of an earlier day: of another cycle, another time, another place of the program.
        clean = self.uninstalled(text).text if text is not None else None
        for entry in entries:
            clean = added(clean, entry, self.tool.beside)
        return Edited(clean, f"{' and '.join(entry.way[-1] for entry in entries)} call gatekeeper now")

    def uninstalled(self, text: str) -> Edited:
        """`text` without our hooks. Raises `NotEditable`."""
        left: str | None = text
        for entry in reversed(self._there(text)):
            left = removed(left, entry, self.tool.beside) if left is not None else None
        return Edited(left, "our hooks are gone, and it is as it was before")

    def is_there(self, text: str) -> bool:
        """Whether anything of ours seems to be in it."""
        return "agent-hook" in text

    def by_hand(self, commands: Commands) -> str:
        """What a person has to put in."""
        whole = {way[-1]: [item] for way, item in self.tool.entries(commands)}
        return json.dumps({"hooks": whole, **self.tool.beside}, indent=2)

    def _there(self, text: str) -> tuple[Entry, ...]:
        return tuple(entry for event in self.tool.events for entry in found(text, ("hooks", event), self.tool.is_ours))


class TomlForm(NamedTuple):
    """Hooks of Codex in its TOML file, as a block between marks: used where that file holds hooks already."""

    file: str = ".codex/config.toml"

    def is_chosen(self, texts: Mapping[str, str | None]) -> bool:
        """As `JsonForm`; Codex warns where both files hold hooks."""
        return "hooks" in _tables(texts[self.file] or "")

    def installed(self, text: str | None, commands: Commands, _contract: str) -> Edited:
        """As `JsonForm`."""
        whole = _blocked(text, marked.TOML, toml_of(CODEX.entries(commands)))
        if not _tables(whole):
            raise NotEditable("with our tables at its end it would be no TOML: its hooks are written in another way")
        return Edited(whole, "Stop and SessionStart call gatekeeper now")

    def uninstalled(self, text: str) -> Edited:
        """As `JsonForm`."""
        return Edited(_unblocked(text, marked.TOML), "our block is gone, and it is as it was before")

    def is_there(self, text: str) -> bool:
        """As `JsonForm`."""
        return marked.TOML.begin in text

    def by_hand(self, commands: Commands) -> str:
        """As `JsonForm`."""
        return toml_of(CODEX.entries(commands))


class SectionForm(NamedTuple):
    """A section of AGENTS.md, for agents whose tool calls no hook."""

    file: str = "AGENTS.md"

    def is_chosen(self, _texts: Mapping[str, str | None]) -> bool:
        """As `JsonForm`."""
        return True

    def installed(self, text: str | None, _commands: Commands, told: str) -> Edited:
        """As `JsonForm`."""
        return Edited(_blocked(text, marked.MARKDOWN, told), "a section says what is asked of an agent")

    def uninstalled(self, text: str) -> Edited:
        """As `JsonForm`."""
        return Edited(_unblocked(text, marked.MARKDOWN), "our section is gone, and it is as it was before")

    def is_there(self, text: str) -> bool:
        """As `JsonForm`."""
        return marked.MARKDOWN.begin in text

    def by_hand(self, _commands: Commands) -> str:
        """As `JsonForm`."""
        return contract("CYCLE", "gatekeeper")


Form = JsonForm | TomlForm | SectionForm
FORMS: Mapping[str, tuple[Form, ...]] = {
    **{name: (JsonForm(tool),) for name, tool in TOOLS.items() if tool is not CODEX},
    CODEX.name: (TomlForm(), JsonForm(CODEX)),
    "generic": (SectionForm(),),
}
"""The forms of each tool's settings, the one that is looked at first in front."""


def _tables(text: str) -> Mapping[str, object]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return {}


def _blocked(text: str | None, marks: marked.Marks, body: str) -> str:
    try:
        return marked.with_block(text, marks, body)
    except ValueError as why:
        raise NotEditable(str(why)) from None


def _unblocked(text: str, marks: marked.Marks) -> str | None:
    try:
        return marked.without_block(text, marks)
    except ValueError as why:
        raise NotEditable(str(why)) from None
