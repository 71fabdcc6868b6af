"""Owns hiding secrets in texts, by their values, and which of them have no value that could be hidden.

Knows not where secrets come from nor where texts go.
"""

from __future__ import annotations

from gatekeeper.policy import redaction
from gatekeeper.policy.redaction import Redaction
from gatekeeper.policy.secret_forms import SHORTEST, forms_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Self

    from gatekeeper.model.plan import Pairs

MASK = redaction.MASK.decode()


def unmasked(names: Iterable[str], environ: Mapping[str, str]) -> Pairs:
    """Those of the secrets called so that nothing can be hidden for, each with the reason: a misspelt one is there."""
    found = ((name, _why_not(environ.get(name))) for name in names)
    return tuple((name, why) for name, why in found if why)


def _why_not(value: str | None) -> str:
    if not value:
        return "not set here" if value is None else "empty here"
    return f"shorter than {SHORTEST} characters" if len(value) < SHORTEST else ""


class Masker:
    """Replaces every secret value, in whatever form it comes (see `secret_forms`), by a mask.

    `forms` are what it looks for, as bytes; another one can be made `of` them elsewhere.
    """

    def __init__(self, secrets: Iterable[str]) -> None:
        self._use(forms_of(secrets))

    @classmethod
    def of(cls, forms: tuple[bytes, ...]) -> Self:
        """The one that has these forms."""
        masker = cls(())
        masker._use(forms)
        return masker

    def _use(self, forms: tuple[bytes, ...]) -> None:
        self.forms = forms
        self._redaction = Redaction(forms)

    def __bool__(self) -> bool:
        return bool(self.forms)

    def mask(self, text: str, *, cut: bool = False) -> str:
        """`text` without any secret; where it was `cut`, without what its end may be the beginning of, too."""
        if not self.forms:
            return text
        way = "surrogateescape"
        try:
            raw = text.encode(errors=way)
        except UnicodeEncodeError:
            way = "surrogatepass"
            raw = text.encode(errors=way)
        masked = self._redaction.mask(raw, cut=cut)
        return text if masked is raw else masked.decode(errors=way)
