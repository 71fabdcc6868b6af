"""Cycles that run by themselves: called, installed and shown, and how one is found missing."""
