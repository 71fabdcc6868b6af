"""A file system that never answers: ``hung_disk.py FOLDER``, as root. Who asks it anything waits in the kernel.

Once a request was taken, not even SIGKILL ends who asked: state D, as behind a dead network mount. Prints ``mounted``,
and ``asked`` for every request it takes. When standard input closes it ends, and all who wait get an error.
"""

import ctypes
import os
import select
import struct
import sys

MS_NOSUID, MS_NODEV, MNT_DETACH = 2, 4, 2
INIT, FORGET, INTERRUPT = 26, 2, 36
IN_HEADER = struct.Struct("IIQQIIIHH")
OUT_HEADER = struct.Struct("IiQ")
INIT_OUT = struct.Struct("IIIIHHIIHHI7I")

libc = ctypes.CDLL(None, use_errno=True)
folder = sys.argv[1].encode()
device = os.open("/dev/fuse", os.O_RDWR)
options = b"fd=%d,rootmode=40000,user_id=0,group_id=0,allow_other" % device
if libc.mount(b"hung", folder, b"fuse.hung", MS_NOSUID | MS_NODEV, options):
    sys.exit(f"cannot mount: {os.strerror(ctypes.get_errno())}")
try:
    print("mounted", flush=True)
    poller = select.poll()
    poller.register(device, select.POLLIN)
    poller.register(0, select.POLLIN)
    while all(descriptor != 0 for descriptor, _ in poller.poll()):
        request = os.read(device, 1 << 20)
        _, kind, unique, *_ = IN_HEADER.unpack_from(request)
        if kind == INIT:
            answer = INIT_OUT.pack(7, 31, 0, 0, 1, 1, 4096, 1, 1, 0, 0, *[0] * 7)
            os.write(device, OUT_HEADER.pack(OUT_HEADER.size + len(answer), 0, unique) + answer)
        elif kind not in (FORGET, INTERRUPT):
            print("asked", flush=True)
finally:
    libc.umount2(folder, MNT_DETACH)
