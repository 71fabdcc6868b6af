"""Tests of what lies in examples/, as a user of it would run it."""
