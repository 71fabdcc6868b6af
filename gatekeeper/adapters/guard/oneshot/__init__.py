"""The command `gatekeeper guard`: one command, from a command line, without a run around it. Linux only."""
