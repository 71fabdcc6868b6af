"""Owns who came to be on this machine since the last look, and to which command they belong. Kills nobody.

For systems where the kernel does not help: all there is are looks. What was seen is held on to: a process belongs to a
command if its parent does, if it is in a process group or session that one of the command made, or if it carries the
command's cookie; and it stays its own whoever becomes its parent later. What was there before the command never is.
"""

from __future__ import annotations

import contextlib
import os

import psutil

from gatekeeper.adapters.guard.leftovers import sweep


class Lineage:
    """Everybody who was ever seen of one command, those left out who are gone."""

    def __init__(self, leader: psutil.Process, cookie: str, strangers: set[int]) -> None:
        """`strangers` are the pids that were there before the leader was."""
        self.members: dict[int, psutil.Process] = {leader.pid: leader}
        self._cookie = cookie
        self._groups = {leader.pid}
        self._strangers = strangers
        self.frozen = False

    def add(self, one: psutil.Process) -> None:
        """Take a process in; while all of it is frozen, stop this one too, before it forks once more."""
        self.members[one.pid] = one
        if self.frozen:
            with contextlib.suppress(OSError, psutil.Error):
                one.suspend()

    def alive(self) -> list[psutil.Process]:
        """Who of them can still run code."""
        return [one for one in self.members.values() if lives(one)]

    def unknown(self, present: set[int]) -> set[int]:
        """Who came after the leader, and was not seen to belong to it."""
        return present - self._strangers - self.members.keys()

    def notice_gone(self, present: set[int], arrivals: set[int]) -> None:
        """Forget who is not there any more. A number that comes anew is somebody else's, and its group is too."""
        self._strangers &= present - arrivals
        self._groups -= arrivals
        self.members = {pid: one for pid, one in self.members.items() if pid in present and pid not in arrivals}

    def learn_groups(self) -> None:
        """Remember the groups and sessions that members have made since."""
        for pid, one in self.members.items():
            with contextlib.suppress(OSError, psutil.Error):
                made = {os.getpgid(pid), os.getsid(pid)} - self._groups
                # Asked by number: only now is it sure that it was this very process that answered.
                if made and one.is_running():
                    self._groups |= made

    def claims(self, one: psutil.Process, present: set[int]) -> bool:
        """Whether a process that just came is tied to a member, by its parent, group or session."""
        with contextlib.suppress(OSError, psutil.Error):
            parent = self.members.get(one.ppid())
            if parent is not None and parent.is_running():
                return True
            ours = {os.getpgid(one.pid), os.getsid(one.pid)} & self._groups
            # A group outlives its leader; but if somebody has its number, it must be ours.
            return any(group in self.members or group not in present for group in ours)
        return False

    def carries_cookie(self, one: psutil.Process) -> bool:
        """Whether a process has this command's mark in its environment, as far as that may be read."""
        with contextlib.suppress(OSError, psutil.Error):
            return self._cookie in one.environ().get(sweep.VARIABLE, "").split(",")
        return False


class Census:
    """Looks at all processes for all commands at once."""

    def __init__(self) -> None:
        self._known: set[int] = set()
        self._lineages: list[Lineage] = []

    def present(self) -> set[int]:
        """Who is there now; for whoever is about to start a leader."""
        self.look()
        return set(self._known)

    def add(self, lineage: Lineage) -> None:
        """Look for this command's processes too, from now on."""
        self._lineages.append(lineage)

    def drop(self, lineage: Lineage) -> None:
        """Look for them no more."""
        if lineage in self._lineages:
            self._lineages.remove(lineage)

    def look(self) -> int:
        """See who came, and to whom they belong; how many members were found."""
        present = set(psutil.pids())
        arrivals = present - self._known
        self._known = present
        for lineage in self._lineages:
            lineage.notice_gone(present, arrivals - lineage.members.keys())
            lineage.learn_groups()
        leaders = {pid for lineage in self._lineages for pid in lineage.members}
        pending = [one for one in map(_process, arrivals - leaders) if one is not None]
        return self._by_ties(pending) + self._by_cookie(pending) if self._lineages else 0

    def sweep(self, lineage: Lineage) -> int:
        """Look at the environment of everybody who came since this command's leader; how many members were found."""
        found = 0
        for one in map(_process, lineage.unknown(self._known)):
            if one is not None and one.pid != os.getpid() and lineage.carries_cookie(one):
                lineage.add(one)
                found += 1
        return found

    def _by_ties(self, pending: list[psutil.Process]) -> int:
        """Move out of `pending` whoever is tied to a member, until nobody is left who is."""
        found = 0
        again = True
        while again and pending:
            again = False
            for one in tuple(pending):
                owner = next((each for each in self._lineages if each.claims(one, self._known)), None)
                if owner is not None:
                    owner.add(one)
                    pending.remove(one)
                    found += 1
                    again = True
        return found

    def _by_cookie(self, pending: list[psutil.Process]) -> int:
        found = 0
        for one in tuple(pending):
            owner = next((each for each in self._lineages if each.carries_cookie(one)), None)
            if owner is not None:
                owner.add(one)
                pending.remove(one)
                found += 1
        return found + self._by_ties(pending) if found else 0


def lives(one: psutil.Process) -> bool:
    """Whether this very process can still run code. Zombies are dead."""
    try:
        return one.is_running() and one.status() not in (psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD)
    except psutil.Error:
        return False


def _process(pid: int) -> psutil.Process | None:
    try:
        return psutil.Process(pid)
    except psutil.Error:
        return None
