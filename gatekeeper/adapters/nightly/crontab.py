"""Owns reading and writing the user's crontab, through crontab(1) alone. Knows no block."""

from __future__ import annotations

import os
import re
import subprocess

from gatekeeper.model.errors import EnvironmentFault

_WITHIN_S = 20.0
# What Vixie's, cronie's, BSD's and busybox's say of somebody who has none.
_NONE = re.compile(r"no crontab for |can't open '[^']*': No such file")


def read_crontab() -> str:
    """The crontab; empty where there is none. Raises `EnvironmentFault` where that cannot be told."""
    done = _crontab("-l")
    if done.returncode == 0:
        return done.stdout.decode("utf-8", "surrogateescape")
    said = _said(done)
    if _NONE.search(said):
        return ""
    raise EnvironmentFault(f"the crontab cannot be read, and nothing was changed: {said}")


def write_crontab(text: str, was: str) -> None:
    """Put `text` in the place of `was`, which was read before; an empty one is removed.

    Raises:
        EnvironmentFault: somebody changed it meanwhile, it was refused, or another one is there now.
    """
    if read_crontab() != was:
        raise EnvironmentFault("somebody changed the crontab just now, and it was left as it is; try again")
    # With its own header Debian's takes a crontab back that it would not list.
    done = _crontab("-", given=text) if text else _crontab("-r")
    if done.returncode:
        raise EnvironmentFault(f"the crontab was refused, and is what it was: {_said(done)}")
    if read_crontab() != text:
        raise EnvironmentFault("crontab took what it was given, and lists something else; look at it with: crontab -l")


def _crontab(option: str, given: str = "") -> subprocess.CompletedProcess[bytes]:
    try:
        return subprocess.run(
            ["crontab", option],
            input=given.encode("utf-8", "surrogateescape"),
            capture_output=True,
            timeout=_WITHIN_S,
            check=False,
            env={**os.environ, "LC_ALL": "C"},
        )
    except FileNotFoundError:
        raise EnvironmentFault(
            "there is no crontab(1) here: install cron (apt install cron, dnf install cronie), or give --systemd"
        ) from None
    except OSError as fault:
        raise EnvironmentFault(f"crontab cannot be started: {fault.strerror}") from None
    except subprocess.TimeoutExpired:
        raise EnvironmentFault(f"crontab {option} gave no answer within {_WITHIN_S:g} s") from None


def _said(done: subprocess.CompletedProcess[bytes]) -> str:
    said = done.stderr.decode("utf-8", "replace").strip().replace("\n", "; ")
    return said or f"crontab left with exit code {done.returncode}"
