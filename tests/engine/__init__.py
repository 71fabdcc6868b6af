"""Tests of the engine over its own ports: real anyio tasks, with steps, trees, journal and clock held in memory."""
