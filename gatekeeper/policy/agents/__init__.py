"""What coding agents' tools are told, and how their settings are edited."""
