"""Owns the programs behind ready-made steps. Each runs as a command of its own, under the guard."""
