"""Tests of pure decisions: no file, no clock, no process, save where a shell is asked what it makes of a text."""
