"""Floor 1: pure decisions over the model. No I/O, no clock, no async."""
