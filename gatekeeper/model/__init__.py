"""Floor 0: frozen data. No I/O, no clock, no async; knows nothing of the floors above."""
