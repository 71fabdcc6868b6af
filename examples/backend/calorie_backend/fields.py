"""What a client sent, read field by field; every problem is collected, so that a form can show all of them at once."""

from __future__ import annotations

import re
from collections.abc import Mapping

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


class InvalidFields(Exception):
    """Raised when fields are missing or wrong; `problems` says what is wrong with each."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__("; ".join(f"{name} {problem}" for name, problem in problems.items()))
        self.problems = dict(problems)


class Fields:
    """Reads expected fields out of a JSON object. Its answers may be used once `verify` has returned."""

    def __init__(self, values: Mapping[str, object]) -> None:
        self._values = values
        self._problems: dict[str, str] = {}

    def text(self, name: str, *, shortest: int = 1, longest: int = 256) -> str:
        """A text of a certain length."""
        value = self._values.get(name)
        if not isinstance(value, str):
            return self._refuse(name, "must be a text")
        if not shortest <= len(value) <= longest:
            return self._refuse(name, f"must have {shortest} to {longest} characters")
        if re.search("[\ud800-\udfff]", value):
            return self._refuse(name, "has characters that are none")  # JSON can spell half a surrogate pair
        return value

    def email(self, name: str) -> str:
        """An email address, in lower case because nobody has two accounts that differ in case."""
        value = self.text(name, longest=254).strip().lower()
        if name not in self._problems and not (_EMAIL.fullmatch(value) and value.isprintable()):
            return self._refuse(name, "must be an email address")
        return value

    def choice(self, name: str, allowed: tuple[str, ...]) -> str:
        """One of a few words."""
        value = self._values.get(name)
        if not isinstance(value, str) or value not in allowed:
            return self._refuse(name, f"must be one of {', '.join(allowed)}")
        return value

    def integer(self, name: str, *, lowest: int, highest: int) -> int:
        """A whole number in a range."""
        value = self._values.get(name)
        # A bool is an int to Python, but not to the person who filled in the form.
        if not isinstance(value, int) or isinstance(value, bool) or not lowest <= value <= highest:
            self._refuse(name, f"must be a whole number from {lowest} to {highest}")
            return lowest
        return value

    def verify(self) -> None:
        """Raise InvalidFields if anything was wrong."""
        if self._problems:
            raise InvalidFields(self._problems)

    def _refuse(self, name: str, problem: str) -> str:
        self._problems[name] = problem
        return ""
