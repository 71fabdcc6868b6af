"""Owns telling chat systems, mail and the like through apprise, an extra that need not be installed."""

from __future__ import annotations

import logging

from gatekeeper.adapters.notifications.tried import Tried

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

MISSING = "this kind of target needs apprise: pip install 'gatekeeper-run[notify]'"


class _Heard(logging.Handler):
    """Keeps what apprise has to say of a failure: its own answer is no more than a no."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.last = ""

    def emit(self, record: logging.LogRecord) -> None:
        self.last = record.getMessage()


def tell(target: str, message: Mapping[str, object]) -> Tried:
    """Try it once."""
    try:
        import apprise
    except ImportError:
        return Tried(MISSING)
    heard = _Heard()
    logger = logging.getLogger("apprise")
    logger.addHandler(heard)
    try:
        told = apprise.Apprise()
        if not told.add(target):
            return Tried("apprise does not know this kind of target, or a part of it is missing")
        kind = apprise.NotifyType.SUCCESS if message["exit_code"] == 0 else apprise.NotifyType.FAILURE
        # Plain text: what a step printed is not to be read as markup.
        delivered = told.notify(
            title=str(message["headline"]),
            body=str(message["text"]),
            notify_type=kind,
            body_format=apprise.NotifyFormat.TEXT,
        )
    finally:
        logger.removeHandler(heard)
    if delivered:
        return Tried("")
    said = f": {heard.last}" if heard.last else ""
    return Tried(f"apprise could not deliver it{said}", again=True)
