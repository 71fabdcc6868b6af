"""The guard: runs one command and lets nothing of it survive. Knows no step, no gate and no journal."""
