"""Cycles that run by themselves: the crontab, systemd's units, heartbeats, pings."""
