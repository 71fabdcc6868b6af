"""A shell with job control, as small as can be: ``terminal.py COMMAND…`` runs COMMAND as its foreground job.

Its standard input is the terminal to be controlled. Prints what becomes of the job, a line each, and continues it in
the foreground whenever it was stopped.
"""

import fcntl
import os
import signal
import sys
import termios


def tell(text: str) -> None:
    """One line to whoever tests us; not through the terminal."""
    os.write(1, f"{text}\n".encode())


if __name__ == "__main__":
    os.setsid()
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    signal.signal(signal.SIGTTOU, signal.SIG_IGN)
    job = os.fork()
    if job == 0:
        os.setpgid(0, 0)
        os.tcsetpgrp(0, os.getpid())
        signal.signal(signal.SIGTTOU, signal.SIG_DFL)
        os.execvp(sys.argv[1], sys.argv[1:])
    while True:
        _, status = os.waitpid(job, os.WUNTRACED)
        if not os.WIFSTOPPED(status):
            break
        tell(f"stopped by {os.WSTOPSIG(status)}")
        os.tcsetpgrp(0, os.getpid())
        sys.stdin.readline()
        os.tcsetpgrp(0, job)
        os.killpg(job, signal.SIGCONT)
    tell(f"ended with {os.waitstatus_to_exitcode(status)}")
