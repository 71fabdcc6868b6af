"""Owns how much still fits into the page, which is to stay below ten million bytes whatever its run was like."""

from __future__ import annotations

from gatekeeper.adapters.reportpage.markup import Html


class Budget:
    """So many bytes that one kind of thing may take."""

    def __init__(self, count: int) -> None:
        self.left = count

    def take(self, part: Html) -> bool:
        """Whether `part` still fits; it is counted then."""
        count = len(part.encode(errors="replace"))
        if count > self.left:
            return False
        self.left -= count
        return True


class Budgets:
    """What the parts of a page that grow with its run may take in all, in bytes."""

    def __init__(self, details: int = 1_500_000, outputs: int = 2_500_000, tests: int = 3_500_000) -> None:
        self.details = Budget(details)
        self.outputs = Budget(outputs)
        self.tests = Budget(tests)
