"""A stranger that gets a pid which somebody had before: ``takes_pid.py PID COMMAND…``, as root.

The command runs under that very pid, in a session and a group of its own, as a child of this program. Prints ``ready``
once it does. Needs nothing but the standard library, and runs under ``python -I -S``.
"""

import ctypes
import os
import signal
import struct
import sys

CLONE3 = 435

wanted = ctypes.c_int(int(sys.argv[1]))
taken, told = os.pipe()
arguments = struct.pack("10Q", 0, 0, 0, 0, signal.SIGCHLD, 0, 0, 0, ctypes.addressof(wanted), 1)
libc = ctypes.CDLL(None, use_errno=True)
pid = libc.syscall(CLONE3, ctypes.c_char_p(arguments), len(arguments))
if pid < 0:
    sys.exit(f"pid {wanted.value} cannot be had: {os.strerror(ctypes.get_errno())}")
if pid == 0:
    os.setsid()
    os.execvp(sys.argv[2], sys.argv[2:])
os.close(told)
# The pipe closes when the command has become what it is to be.
os.read(taken, 1)
print("ready", flush=True)
os.waitpid(pid, 0)
