"""Notifications: telling people and programs how a run ended."""
