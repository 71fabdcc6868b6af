"""Owns the numbers of the system calls that processes wait in. Knows no process."""

from __future__ import annotations

import os

_X86_64 = {
    0: "read", 1: "write", 2: "open", 7: "poll", 17: "pread64", 19: "readv", 20: "writev", 23: "select", 34: "pause",
    35: "nanosleep", 42: "connect", 43: "accept", 44: "sendto", 45: "recvfrom", 46: "sendmsg", 47: "recvmsg",
    61: "wait4", 65: "semop", 70: "msgrcv", 72: "fcntl", 73: "flock", 74: "fsync", 128: "rt_sigtimedwait",
    130: "rt_sigsuspend", 202: "futex", 219: "restart_syscall", 220: "semtimedop", 230: "clock_nanosleep",
    232: "epoll_wait", 247: "waitid", 257: "openat", 270: "pselect6", 271: "ppoll", 281: "epoll_pwait",
    288: "accept4", 299: "recvmmsg",
}  # fmt: skip
_GENERIC = {
    63: "read", 64: "write", 65: "readv", 66: "writev", 67: "pread64", 22: "epoll_pwait", 25: "fcntl", 32: "flock",
    56: "openat", 72: "pselect6", 73: "ppoll", 82: "fsync", 95: "waitid", 98: "futex", 101: "nanosleep",
    115: "clock_nanosleep", 128: "restart_syscall", 133: "rt_sigsuspend", 137: "rt_sigtimedwait", 188: "msgrcv",
    192: "semtimedop", 193: "semop", 202: "accept", 203: "connect", 206: "sendto", 207: "recvfrom", 211: "sendmsg",
    212: "recvmsg", 242: "accept4", 243: "recvmmsg", 260: "wait4",
}  # fmt: skip
_SINCE_THEN = {426: "io_uring_enter", 437: "openat2", 441: "epoll_pwait2", 449: "futex_waitv", 455: "futex_wait"}
_TABLES = {"x86_64": _X86_64, "aarch64": _GENERIC, "riscv64": _GENERIC, "loongarch64": _GENERIC}

# What the kernel calls the places where it lets processes sleep, for where the call itself may not be seen.
_PLACES = (
    ("nanosleep", "nanosleep"),
    ("futex", "futex"),
    ("do_wait", "wait4"),
    ("pipe_read", "read"),
    ("n_tty_read", "read"),
    ("pipe_write", "write"),
    ("pipe_wait", "read"),
    ("wait_for_partner", "open"),
    ("fifo_open", "open"),
    ("inet_csk_accept", "accept"),
    ("inet_wait_for_connect", "connect"),
    ("inet_stream_connect", "connect"),
    ("ep_poll", "epoll_wait"),
    ("epoll_wait", "epoll_wait"),
    ("poll_schedule", "poll"),
    ("do_select", "select"),
    ("do_sys_poll", "poll"),
    ("sigsuspend", "rt_sigsuspend"),
    ("sigtimedwait", "rt_sigtimedwait"),
    ("flock", "flock"),
    ("posix_lock", "fcntl"),
    ("locks_lock", "flock"),
)


class Call:
    """The system call that a process is in. `arguments` are empty where only the kernel's place could be seen."""

    __slots__ = ("arguments", "name")

    def __init__(self, name: str, arguments: tuple[int, ...] = ()) -> None:
        self.name = name
        self.arguments = arguments


def call_of(line: bytes, wait_channel: str, machine: str = os.uname().machine) -> Call | None:
    """What /proc/PID/syscall and /proc/PID/wchan say, or None where the process is in no call that waits."""
    fields = line.split()
    if len(fields) >= 7:
        number = int(fields[0])
        name = _TABLES.get(machine, {}).get(number) or _SINCE_THEN.get(number, f"system call {number}")
        return Call(name, tuple(int(field, 16) for field in fields[1:7]))
    for place, name in _PLACES:
        if place in wait_channel:
            return Call(name)
    return None
