"""Our own processes beside a command: the warden, its guardians, and the leaders that they start."""
