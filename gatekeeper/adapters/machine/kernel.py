"""Owns what the kernel itself is asked: whom we are, its small helps, namespaces, the clock. Grades nothing."""

from __future__ import annotations

import ctypes
import os
import platform
import pwd
import sys
import time

from gatekeeper.adapters.machine.asking import said_by
from gatekeeper.model.machine import Clock, Host, Kernel, Namespaces

_SET_CHILD_SUBREAPER = 36
_CLOEXEC = 0o2000000
_MODIFIED = 2
_UNSYNCHRONISED = 5
_TIMEX_BYTES = 512
_LOOK_S = 0.05
_NAMESPACES = ("unshare", "--user", "--map-root-user", "--pid", "--fork", "true")


def find_host() -> Host:
    """Whom and what we look at."""
    uid = os.geteuid()
    try:
        user = pwd.getpwuid(uid).pw_name
    except KeyError:
        user = f"uid {uid}"
    return Host(
        sys.platform,
        _system(),
        platform.release(),
        user,
        uid == 0,
        _container(),
        os.path.isdir("/run/systemd/system"),
    )


def _system() -> str:
    if sys.platform == "darwin":
        return f"macOS {platform.mac_ver()[0]}"
    try:
        return platform.freedesktop_os_release().get("PRETTY_NAME", sys.platform)
    except OSError:
        return sys.platform


def _container() -> str:
    if os.path.exists("/.dockerenv"):
        return "Docker"
    if os.path.exists("/run/.containerenv"):
        return "Podman"
    return _read("/run/systemd/container")


def try_kernel() -> Kernel:
    """Try the small things that the guard leans on. This process becomes a subreaper by that, which harms nobody."""
    return Kernel(_try_subreaper(), _try_pidfd(), _try_children(), _try_inotify())


def _try_subreaper() -> str:
    libc = ctypes.CDLL(None, use_errno=True)
    return "" if libc.prctl(_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0 else os.strerror(ctypes.get_errno())


def _try_pidfd() -> str:
    try:
        os.close(os.pidfd_open(os.getpid()))
    except OSError as refused:
        return refused.strerror or "refused"
    return ""


def _try_children() -> str:
    path = f"/proc/self/task/{os.getpid()}/children"
    return "" if os.access(path, os.R_OK) else f"there is no {path}"


def _try_inotify() -> str:
    libc = ctypes.CDLL(None, use_errno=True)
    descriptor = libc.inotify_init1(_CLOEXEC)
    if descriptor < 0:
        return os.strerror(ctypes.get_errno())
    try:
        watch = libc.inotify_add_watch(descriptor, b"/", _MODIFIED)
        return "" if watch >= 0 else os.strerror(ctypes.get_errno())
    finally:
        os.close(descriptor)


def try_namespaces() -> Namespaces:
    """Run a command as the first process of a pid namespace of its own, with no more rights than we have."""
    tried = " ".join(_NAMESPACES)
    code, _, why = said_by(*_NAMESPACES, within_s=4.0)
    if code == 0:
        return Namespaces(works=True, tried=tried)
    return Namespaces(False, tried, _obstacles(), (why.splitlines() or [f"exit code {code}"])[-1])


def _obstacles() -> tuple[str, ...]:
    """The switches that are set against it; the first of them is the first that the kernel asks."""
    found = []
    if _read("/proc/sys/kernel/unprivileged_userns_clone") == "0" and os.geteuid():
        found.append("sysctl kernel.unprivileged_userns_clone is 0")
    if _read("/proc/sys/user/max_user_namespaces") == "0":
        found.append("sysctl user.max_user_namespaces is 0")
    if _read("/proc/sys/user/max_pid_namespaces") == "0":
        found.append("sysctl user.max_pid_namespaces is 0")
    if _read("/proc/sys/kernel/apparmor_restrict_unprivileged_userns") == "1" and os.geteuid():
        found.append("sysctl kernel.apparmor_restrict_unprivileged_userns is 1")
    if "\nSeccomp:\t2" in _read("/proc/self/status"):
        found.append("a seccomp filter is in force (Docker's default one forbids it)")
    return tuple(found)


def read_clock() -> Clock:
    """Watch the wall clock beside the monotonic one for a moment."""
    wall, steady = time.time(), time.monotonic()
    time.sleep(_LOOK_S)
    looked = time.monotonic() - steady
    return Clock(time.gmtime(wall).tm_year, time.time() - wall - looked, looked, _synchronised())


def _synchronised() -> bool | None:
    if sys.platform != "linux":
        return None
    # Asked with nothing set, adjtimex(2) changes nothing and needs no rights.
    state = ctypes.CDLL(None).adjtimex(ctypes.create_string_buffer(_TIMEX_BYTES))
    return None if state < 0 else state != _UNSYNCHRONISED


def _read(path: str) -> str:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read().strip()
    except OSError:
        return ""
