"""Stands around a gatekeeper and loses nobody: ``outer.py CGROUP|- COMMAND…``.

A subreaper, and where a cgroup is given a member of it, as everything will be that is started from here. Ends when
it has no child left. Runs under ``python -I -S``.
"""

import ctypes
import os
import sys

SET_CHILD_SUBREAPER = 36

if sys.argv[1] != "-":
    with open(f"{sys.argv[1]}/cgroup.procs", "w") as procs:
        procs.write("0")
ctypes.CDLL(None).prctl(SET_CHILD_SUBREAPER, 1, 0, 0, 0)
os.posix_spawn(sys.argv[2], sys.argv[2:], os.environ)
for standard in (0, 1):
    os.close(standard)
while True:
    try:
        os.waitpid(-1, 0)
    except ChildProcessError:
        break
