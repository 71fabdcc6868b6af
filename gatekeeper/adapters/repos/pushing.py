"""Owns bringing a commit to a remote branch, and seeing whether that holds it. Never by force; asks nobody anything."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping

from gatekeeper.adapters.repos.bounds import Bounds, OutOfTime
from gatekeeper.adapters.repos.git import Answer, ask
from gatekeeper.model.plan import Pairs
from gatekeeper.model.record import NamedTuple

_QUIET = ("-c", "core.hooksPath=/dev/null", "-c", "push.followTags=false", "-c", "push.gpgSign=false")
_ANSWERED = (
    *("GIT_SSH", "GIT_SSH_COMMAND", "GIT_SSH_VARIANT", "GIT_ASKPASS", "GIT_PROXY_COMMAND"),
    *("GIT_SSL_CAINFO", "GIT_SSL_CAPATH", "GIT_SSL_CERT", "GIT_SSL_KEY", "GIT_SSL_NO_VERIFY"),
)
"""How somebody set this machine up to answer what a remote asks."""

_PROTOCOLS = "file:git:http:https:ssh"


class Pushed(NamedTuple):
    """Whether the remote branch was seen to hold the commit; else `problem` says why not, and what to do."""

    held: bool
    problem: str = ""


class _Refused(Exception):
    """What the remote, or git on its behalf, said instead of an answer."""


class Remote:
    """A remote of the repo at `folder`, by its name; `environ` says how it is spoken to."""

    def __init__(self, folder: str, name: str, environ: Mapping[str, str], bounds: Bounds) -> None:
        self._folder = os.fsencode(folder)
        self._name = name
        self._bounds = bounds
        self._added: Pairs = (
            ("GIT_ALLOW_PROTOCOL", environ.get("GIT_ALLOW_PROTOCOL") or _PROTOCOLS),
            *(("SSH_ASKPASS_REQUIRE", "never"), ("GCM_INTERACTIVE", "never")),
            *((name, environ[name]) for name in _ANSWERED if name in environ),
        )

    def push(self, branch: str, commit: str) -> Pushed:
        """Push `commit` to a branch there, unless that holds it already, and read what is there then."""
        try:
            if self._holds(branch, commit):
                return Pushed(True)
            answer = self._offer(branch, commit)
            if self._holds(branch, commit):
                return Pushed(True)
        except _Refused as fault:
            return Pushed(False, f"not pushed to {self._name}: {fault}")
        except OutOfTime:
            within = f"{self._bounds.within_s:g} s"
            return Pushed(False, f"not pushed to {self._name}: no answer within {within}, or the run was told to stop")
        except OSError as fault:
            return Pushed(False, f"not pushed to {self._name}: git could not be started: {fault.strerror}")
        return Pushed(False, f"{self._name} did not take {branch}: {_why(answer)}")

    def _holds(self, branch: str, commit: str) -> bool:
        """Whether the branch there is at `commit`, or at one that is known here to come after it."""
        answer = self._ask("ls-remote", "--quiet", "--", self._name, f"refs/heads/{branch}")
        if answer.code:
            raise _Refused(_why(answer))
        there = answer.out.decode("ascii", "replace").partition("\t")[0].strip()
        if not there or there == commit:
            return there == commit
        return self._ask("merge-base", "--is-ancestor", commit, there).code == 0

    def _offer(self, branch: str, commit: str) -> Answer:
        options = ("--porcelain", "--no-verify", "--recurse-submodules=no")
        return self._ask("push", *options, "--", self._name, f"{commit}:refs/heads/{branch}")

    def _ask(self, *question: str) -> Answer:
        (answer,) = ask(self._folder, (*_QUIET, *question), bounds=self._bounds, added=self._added)
        return answer


def _why(answer: Answer) -> str:
    """Why a remote would not: what git makes of it, and what the other side said."""
    lines = answer.out.decode("utf-8", "replace").splitlines()
    rejected = next((line.split("\t")[-1] for line in lines if line.startswith("!")), "")
    said = next((line for line in answer.err.splitlines() if line.startswith("remote: ") and line[8:].strip()), "")
    words = rejected or answer.why
    if rejected and ("fetch first" in rejected or "non-fast-forward" in rejected):
        words += ", it has commits that are not here: bring them in (git pull --rebase) and run again"
    elif said:
        words += f" ({' '.join(said.split())})"
    return re.sub(r"//[^/@\s]+@", "//…@", words)
