"""Owns having one recipient told: a URL by a process of its own, a command under guard. Decides nothing."""

from __future__ import annotations

import os

from gatekeeper.model.record import NamedTuple
from gatekeeper.policy.recipients import TELEGRAM, TELEGRAM_TOKEN, Recipient, scheme_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from gatekeeper.adapters.notifications.sending import Patience
    from gatekeeper.model.containment import GuardEnd

COMMAND_S = 30.0
"""The hard timeout of a command that is told."""

_GRACE_S = 2.0
# The guard gives nobody anything to read; the message is in a file that only its owner can read.
_READING = 'exec "$@" <"$GATEKEEPER_MESSAGE"'


class Around(NamedTuple):
    """The project's root and its state folder, and how long one target is tried."""

    root: str
    state: str
    patience: Patience


async def have_told(recipient: Recipient, message: Mapping[str, object], around: Around) -> str:
    """Tell it; returns a problem in words without any token, or nothing. Nothing of it is alive on return."""
    if recipient.command is None:
        from gatekeeper.adapters.notifications.sending import send

        if scheme_of(recipient.to) == TELEGRAM:
            return f"{TELEGRAM}:CHAT needs the bot's token in {TELEGRAM_TOKEN}; or write tgram://TOKEN/CHAT"
        return await send(recipient.to, message, around.patience)
    return await _have_run(recipient, message, around)


async def _have_run(recipient: Recipient, message: Mapping[str, object], around: Around) -> str:
    import json
    import shutil
    import tempfile

    from gatekeeper.adapters.local.command import arguments
    from gatekeeper.adapters.local.environment import FORGOTTEN
    from gatekeeper.model.outcome import NotStarted
    from gatekeeper.policy.inheritance import UNATTENDED

    assert recipient.command is not None
    folder = tempfile.mkdtemp(prefix="notify-")
    try:
        path = os.path.join(folder, "message.json")
        _write(path, json.dumps(message))
        inherited = {name: value for name, value in os.environ.items() if name not in FORGOTTEN}
        told = {name: str(message[name]) for name in ("verdict", "cycle", "run", "announcement", "headline")}
        ours = {f"GATEKEEPER_{name.upper()}": value for name, value in told.items()}
        environ = tuple({**inherited, **dict(UNATTENDED), **ours, "GATEKEEPER_MESSAGE": path}.items())
        argv = arguments(recipient.command, around.root, environ)
        if isinstance(argv, NotStarted):
            return argv.detail
        return _problem(await _guarded(("sh", "-c", _READING, "sh", *argv), environ, folder, around))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _write(path: str, text: str) -> None:
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)


async def _guarded(
    argv: tuple[str, ...], environ: tuple[tuple[str, str], ...], folder: str, around: Around
) -> GuardEnd:
    from gatekeeper.adapters.guard.choice import new_guard, start_helpers
    from gatekeeper.cli.leftovers import OpenRun
    from gatekeeper.model.containment import GuardOrder
    from gatekeeper.model.plan import Limits

    name = os.path.basename(folder)
    # A ledger of its own: what it left, if we are killed now, the next run finds.
    mark = OpenRun(around.state, name)
    try:
        guard = new_guard(run=name, folder=folder, ledger=mark.ledger, helpers=start_helpers())
        guard.start()
        try:
            return await guard.run(
                GuardOrder(
                    label="notify",
                    argv=argv,
                    cwd=around.root,
                    environ=environ,
                    output=os.path.join(folder, "output"),
                    timeout_s=COMMAND_S,
                    grace_s=_GRACE_S,
                    limits=Limits(),
                )
            )
        finally:
            await guard.close()
    finally:
        mark.close()


def _problem(end: GuardEnd) -> str:
    from gatekeeper.model import outcome

    match end.outcome:
        case outcome.Exited(0):
            return ""
        case outcome.Exited(code):
            words = f"it exited with {code}"
        case outcome.Signalled(number):
            words = f"it died of signal {number}"
        case outcome.TimedOut():
            words = f"it was ended: it had not finished after {COMMAND_S:g} s"
        case outcome.LimitExceeded(limit):
            words = f"it was ended at its limit of {limit}"
        case outcome.NotStarted(_, detail) | outcome.GuardBroken(detail):
            words = detail
        case outcome.Cancelled() | outcome.Probed():
            words = "it was ended"
    last = f": {end.last_lines[-1].strip()[:200]}" if end.last_lines else ""
    return f"{words}{last}"
