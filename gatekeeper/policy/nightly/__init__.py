"""When a cycle runs by itself: times, what is written for cron and systemd, and whether a run is missing."""
